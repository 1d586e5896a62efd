"""Pure rules of reading (调阅): who allows it, what stands against it, when it is open — R077."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.archives.lending.choices import Reader, Volume
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained

LAW = ("档案法第二十八条",)


@cache
def law() -> Mapping[str, Any]:
    """Approvers, purposes and levels as data, with source and whether somebody checked them."""
    text = resources.files("mingcha.archives.lending").joinpath("data", "rules.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True)
class Asked:
    """What the answer to a request depends on."""

    reader: str
    volume: str
    own: bool
    secret: bool
    in_circle: bool
    closed: bool


def route(asked: Asked) -> Explained[Sequence[str]]:
    """Roles of which one must allow the reading; none: the rule allows it at once."""
    row = next(item for item in law()["rules"] if _matches(item["when"], asked))
    steps = [f"{row['id']} {row['name']}。"]
    if not law()["verified"]:
        steps.append("批准权限按各地常见做法取值，没有逐地核对。")
    facts = {"reader": asked.reader, "volume": asked.volume, "own": asked.own, "secret": asked.secret}
    return Explained(tuple(row["approver"]), row["id"], law()["article"], facts, tuple(steps), not law()["verified"])


def _matches(when: Mapping[str, Any], asked: Asked) -> bool:
    return (
        ("secret" not in when or when["secret"] == asked.secret)
        and ("reader" not in when or asked.reader in when["reader"])
        and ("own" not in when or when["own"] == asked.own)
        and ("volume" not in when or when["volume"] == asked.volume)
    )


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
