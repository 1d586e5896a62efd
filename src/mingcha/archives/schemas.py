"""What this room demands of lists (保管期限表、调阅规则): a term and a rule for everything, no way around the head."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.accounts.choices import Role
from mingcha.archives.lending.choices import Reader, Volume
from mingcha.catalogues import conditions, queries, schemas
from mingcha.catalogues.columns import Column
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.common.triggers import day_of

Entry = Mapping[str, Any]
_SHIPPED = {"retention-list": ("keeping", "retention.json"), "loan-list": ("lending", "rules.json")}
_LABELS = {"retention-list": "保管期限表", "loan-list": "调阅规则"}
_KEPT = ("档案法第三十一条",)
_READ = ("档案法第二十八条",)


@dataclass(frozen=True)
class Table:
    """The entries that count, and where they come from: an edition of the organ, or what ships, unverified."""

    name: str
    entries: Sequence[Entry]
    article: str
    verified: bool
    data: Mapping[str, Any]
    edition: Edition | None = None


@cache
def shipped(kind: str) -> Table:
    """The table that ships, with article, source and whether somebody checked it."""
    room, name = _SHIPPED[kind]
    text = resources.files(f"mingcha.archives.{room}").joinpath("data", name).read_text("utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return Table(_LABELS[kind], data["entries"], data["article"], data["verified"], data)


def published(edition: Edition) -> Table:
    """The table of an edition; what the levels above fix was taken over before it was published."""
    origin = shipped(edition.kind)
    name = f"{edition.title}（第{edition.number}版）"
    return Table(name, edition.content["entries"], origin.article, True, origin.data, edition)


def in_force(kind: str, organisation_id: uuid.UUID) -> Table:
    """What an organ follows today."""
    edition = queries.in_force(organisation_id, kind, clock.today())
    return published(edition) if edition else shipped(kind)


def rule(entries: Sequence[Entry], reader: str, volume: str, *, own: bool, secret: bool) -> Entry:
    """The first rule of reading that fits. Raises StopIteration where none does; no such list is published."""
    return next(
        row
        for row in entries
        if (secret or not row.get("secret"))
        and (own or not row.get("own"))
        and reader in row.get("reader", (reader,))
        and volume == row.get("volume", volume)
    )


def unpinned(kind: str, pinned: str, organ: str, at: str) -> str:
    """SQL: another edition, or none, is pinned than the one that the organ had in force at that moment."""
    day = day_of(at)
    found = (
        f"SELECT 1 FROM catalogues_edition e WHERE e.kind = '{kind}' AND e.organisation_id = {organ} "
        f"AND CAST(e.effective_from AS text) <= {day} "
        f"AND (e.effective_to IS NULL OR CAST(e.effective_to AS text) >= {day})"
    )
    return f"({pinned} IS NULL AND EXISTS ({found})) OR ({pinned} IS NOT NULL AND NOT EXISTS ({found} AND e.id = {pinned}))"


def check_terms(content: Mapping[str, Any]) -> list[Reason]:
    """Every dossier has its term: the last row for dossiers holds for all others; recordings have their months."""
    if reasons := schemas.check_entries(_TERMS, content.get("entries")):
        return reasons
    rows = content["entries"]
    dossiers = [row for row in rows if row["object"] == "dossier"]
    when = ("penalties", "outcome", "act_types", "procedures")
    if not dossiers or any(name in dossiers[-1] for name in when):
        reasons.append(
            Reason(
                "retention-no-rest",
                "最后一条案卷期限还有条件，不在表里的案卷就没有期限。",
                _KEPT,
                "请把没有条件的“其他案卷”放在最后。",
            )
        )
    for place, row in enumerate(rows, 1):
        name, label = ("years", "保管期限") if row["object"] == "dossier" else ("months", "月数")
        if not row.get(name):
            where = {"row": place, "field": name}
            reasons.append(
                Reason("retention-no-term", f"第{place}条没有填写“{label}”。", _KEPT, f"请填写{label}。", where)
            )
    for kind, label in (("recording", "案件的音像"), ("unassigned", "与案件无关的音像")):
        if sum(row["object"] == kind for row in rows) != 1:
            message = f"“{label}”应当正好有一条。"
            reasons.append(Reason("retention-recordings", message, _KEPT, f"请为{label}填写一条。"))
    return reasons


def check_loans(content: Mapping[str, Any]) -> list[Reason]:
    """Whatever is asked meets a rule; secret dossiers and the secondary volume stay with the head."""
    if reasons := schemas.check_entries(_LOANS, content.get("entries")):
        return reasons
    rows = content["entries"]
    found: dict[str, Reason] = {}

    def add(code: str, message: str, fix: str, row: Entry | None = None) -> None:
        at = f"第{rows.index(row) + 1}条（{row['name']}）：" if row else ""
        found.setdefault(f"{code}{at}", Reason(code, f"{at}{message}", _READ, fix))

    for reader, volume, own, secret in itertools.product(Reader.values, Volume.values, (False, True), (False, True)):
        try:
            row = rule(rows, reader, volume, own=own, secret=secret)
        except StopIteration:
            add("loan-list-no-rest", "有的调阅申请不在任何一条规则里。", "请把没有条件的一条放在最后。")
            continue
        approver = row.get("approver", [])
        outside = reader in (Reader.COURT, Reader.PARTY, Reader.LAWYER)
        if (secret or (outside and volume == Volume.WHOLE)) and approver != [Role.HEAD]:
            add(
                "loan-list-head",
                "涉密案卷和对外提供的副卷只能由机关负责人批准。",
                "请把涉密、副卷的规则放在前面，批准人只选机关负责人。",
                row,
            )
        elif not approver and not (own and reader == Reader.SELF):
            add("loan-list-approver", "只有本人承办过的案卷可以不经批准。", "请填写批准人。", row)
    return list(found.values())


def _columns(*rows: Mapping[str, Any]) -> tuple[Column, ...]:
    code = {"name": "code", "label": "编码", "required": True, "most": 40, "short": True}
    plain = {
        "name": "plain",
        "label": "通俗说明",
        "type": "long",
        "required": True,
        "most": 500,
        "help": "用一两句大家都看得懂的话说明这一条，公示时显示在最前面。",
    }
    basis = {"name": "basis", "label": "依据", "type": "long", "most": 500}
    name = {"name": "name", "label": "名称", "required": True, "most": 100}
    code["help"] = "本清单内不能重复。"
    return tuple(Column.of(row) for row in (code, name, plain, *rows, basis))


_TERMS = _columns(
    {
        "name": "object",
        "label": "保管对象",
        "type": "choice",
        "required": True,
        "short": True,
        "choices": {"dossier": "案卷", "recording": "案件的音像（至少）", "unassigned": "与案件无关的音像"},
    },
    {
        "name": "years",
        "label": "保管期限",
        "type": "choice",
        "short": True,
        "choices": {"permanent": "永久", "thirty": "30年", "ten": "10年"},
        "help": "案卷填写。从结案的次年一月一日起算；同一件案卷适用第一条符合的。",
    },
    {"name": "months", "label": "月数", "type": "integer", "short": True, "help": "音像填写。"},
    {
        "name": "act_types",
        "label": "执法行为类别",
        "type": "choices",
        "choices": conditions.keys()["act_type"].choices,
        "help": "不选就是各类案卷。",
    },
    {"name": "procedures", "label": "程序编号", "type": "lines", "help": "每行一个；不填就是各种程序。"},
    {"name": "penalties", "label": "处罚种类", "type": "choices", "choices": conditions.keys()["kinds"].choices},
    {
        "name": "outcome",
        "label": "处理结果",
        "type": "choice",
        "choices": {"revoked": "决定被撤销", "undecided": "没有作出决定"},
    },
)
# A cell of a sheet parts its values at 、, so no word may hold one.
_READERS = {row.value: row.label.replace("、", "和") for row in Reader}
_LOANS = _columns(
    {"name": "secret", "label": "只用于涉密案卷", "type": "bool", "short": True},
    {"name": "own", "label": "只用于本人承办过的案卷", "type": "bool", "short": True},
    {
        "name": "reader",
        "label": "调阅人",
        "type": "choices",
        "choices": _READERS,
        "help": "不选就是所有人。",
    },
    {
        "name": "volume",
        "label": "调阅范围",
        "type": "choice",
        "choices": dict(Volume.choices),
        "help": "不选就是正卷、副卷都适用。",
    },
    {
        "name": "approver",
        "label": "批准人",
        "type": "choices",
        "choices": {role.value: role.label for role in (Role.ARCHIVIST, Role.REVIEWER, Role.UNIT_HEAD, Role.HEAD)},
        "help": "有一名批准即可；不选的，登记后即可调阅。",
    },
    {"name": "days", "label": "最长日数", "type": "integer", "required": True, "short": True},
)
for _kind, _check, _listed, _about, _without in (
    (
        "retention-list",
        check_terms,
        _TERMS,
        "各类案卷和音像保管多久。接收案卷时适用当时公布的一版，以后不因修订缩短。",
        "按随系统提供的期限表计算，标明没有核对",
    ),
    (
        "loan-list",
        check_loans,
        _LOANS,
        "谁可以调阅案卷，由谁批准，最长多少日。申请时适用当时公布的一版。",
        "按随系统提供的调阅规则办理，标明没有核对",
    ),
):
    schemas.register(
        _kind,
        _LABELS[_kind],
        _check,
        columns=_listed,
        about=_about,
        basis=shipped(_kind).article,
        without=_without,
        first={"entries": shipped(_kind).entries},
    )
