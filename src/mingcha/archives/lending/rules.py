"""Pure rules of reading (调阅): who allows it, what stands against it, when it is open — R077."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mingcha.archives.lending.choices import Reader, Volume
from mingcha.archives.schemas import Table, rule, shipped
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained

LAW = ("档案法第二十八条",)


def law() -> Mapping[str, Any]:
    """Purposes and levels as data, and the rules that ship, with source and whether somebody checked them."""
    return shipped("loan-list").data


@dataclass(frozen=True)
class Asked:
    """What the answer to a request depends on."""

    reader: str
    volume: str
    own: bool
    secret: bool
    in_circle: bool
    closed: bool
    # What the organ has published (调阅规则); none: what ships.
    table: Table | None = None


def route(asked: Asked) -> Explained[Sequence[str]]:
    """Roles of which one must allow the reading; none: the rule allows it at once."""
    table = asked.table or shipped("loan-list")
    row = rule(table.entries, asked.reader, asked.volume, own=asked.own, secret=asked.secret)
    steps = [f"{table.name} {row['code']} {row['name']}。"]
    if not table.verified:
        steps.append("批准权限按各地常见做法取值，没有逐地核对。")
    facts = {"reader": asked.reader, "volume": asked.volume, "own": asked.own, "secret": asked.secret}
    approver = tuple(row.get("approver", ()))
    return Explained(approver, row["code"], row.get("basis") or table.article, facts, tuple(steps), not table.verified)


def longest(asked: Asked) -> int:
    """Days for which a reading may be asked at most, by its rule."""
    table = asked.table or shipped("loan-list")
    return int(rule(table.entries, asked.reader, asked.volume, own=asked.own, secret=asked.secret)["days"])


def may_ask(asked: Asked) -> list[Reason]:
    """Why a request cannot even be made."""
    found = []
    if not asked.closed:
        message = "案件还没有结案，案卷由承办机构保管。"
        found.append(Reason("loan-case-open", message, LAW, "请向承办机构查阅在办材料。"))
    if asked.secret and asked.reader != Reader.SELF:
        message = "涉密案卷不对外提供调阅。"
        found.append(Reason("loan-secret", message, LAW, "请按保守国家秘密的规定另行办理。"))
    elif asked.secret and not asked.in_circle:
        message = "这是涉密案卷，您不在知悉范围内。"
        found.append(Reason("loan-secret", message, LAW, "确有需要的，请机关负责人调整知悉范围。"))
    return found


def may_read(granted: bool, ended: bool, until: dt.date, today: dt.date) -> list[Reason]:
    """Why nothing can be read under a request now."""
    if not granted:
        return [Reason("loan-not-open", "这份调阅申请没有获得批准。", LAW, "请等待批准，或者重新申请。")]
    if ended:
        return [Reason("loan-not-open", "这次调阅已经归还或者收回。", LAW, "需要继续查看的，请重新申请。")]
    if today > until:
        return [Reason("loan-expired", f"调阅已于{until.isoformat()}到期。", LAW, "需要继续查看的，请重新申请。")]
    return []


def opens(volume: str, second: bool) -> bool:
    """Whether a request for `volume` covers a paper of the secondary volume or of the main one."""
    return not second or volume == Volume.WHOLE
