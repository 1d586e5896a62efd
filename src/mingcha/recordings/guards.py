from __future__ import annotations

from typing import Any

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.catalogues import profiles
from mingcha.common.errors import Reason
from mingcha.procedures.definition import Move
from mingcha.procedures.guards import Answer, guard, standing
from mingcha.recordings import queries

# What the policy profile says of steps likely to be contested (R061): these two make a recording a duty.
_WANTED = {"record": "按政策参数应当音像记录", "full": "按政策参数应当全程音像记录"}
# A move that asks one of these leaves its stage by the rule of its own definition.
_OWN = {"recordings-complete@1", "recordings-unbroken@1"}


def _wanted(item: dict[str, Any], mode: str) -> str:
    return "要求全程记录" if item["mode"] == "full" else _WANTED[mode]


def _contested(case: Case, stage: str, mode: str) -> list[dict[str, Any]]:
    """Entries of a stage that the list leaves to the circumstances and the policy profile does not."""
    return [item for item in queries.listed(case, stage) if item["mode"] == "circumstances"] if mode in _WANTED else []


def _missing(case: Case, needed: list[dict[str, Any]], mode: str) -> tuple[tuple[Reason, ...], list[str]]:
    """Entries without a recording and without a stated reason; and the entries that were explained."""
    have = {row.matter for row in queries.rows(case)}
    excused = {row.matter for row in queries.excuses(case)}
    reasons = tuple(
        Reason(
            "recording-missing",
            f"缺少音像记录：{item['plain']}（清单第{item['code']}项{_wanted(item, mode)}）。",
            ("行政处罚法第四十七条",),
            "请上传音像；确实没有的，请说明原因。",
            {"matter": item["code"]},
        )
        for item in needed
        if item["code"] not in have | excused
    )
    return reasons, sorted(excused)


def _interrupted(case: Case, whole: list[dict[str, Any]]) -> tuple[tuple[Reason, ...], list[str]]:
    """Gaps that nobody explained in what must be recorded whole; and files whose length is not known."""
    reasons = tuple(
        Reason(
            "recording-interrupted",
            f"全程记录有中断：{item['plain']}，{gap.text}。",
            ("行政处罚法第四十七条",),
            "请补充中间的音像，或者说明中断的原因。",
            {"matter": item["code"], "after": str(gap.after.key), "before": str(gap.before.key)},
        )
        for item in whole
        for gap in queries.unexplained(case, item["code"])
    )
    return reasons, sorted(
        str(take.key) for item in whole for take in queries.broken(case).get(item["code"], ([], []))[1]
    )


@guard(
    "recordings-complete@1", "应当音像记录的环节已有音像或者说明原因", "行政处罚法第四十七条；本机关音像记录事项清单"
)
def recordings_complete(case: Case, actor: Actor) -> Answer:
    edition = queries.list_in_force(case)
    mode = profiles.value(case.profile.content, "av.contested_mode")
    needed = [*queries.demanded(case, case.stage), *_contested(case, case.stage, mode)]
    reasons, excused = _missing(case, needed, mode)
    return Answer(
        reasons,
        {
            "edition": str(edition.id) if edition else None,
            "demanded": [item["code"] for item in needed],
            "av.contested_mode": mode,
            "excused": excused,
        },
    )


@guard(
    "recordings-unbroken@1",
    "全程记录没有中断，或者已经说明中断的原因",
    "行政处罚法第四十七条；国办发〔2018〕118号",
)
def recordings_unbroken(case: Case, actor: Actor) -> Answer:
    """Gaps between the files of a matter that must be recorded whole are explained before the stage is left (R060)."""
    mode = profiles.value(case.profile.content, "av.contested_mode")
    whole = list(queries.demanded(case, case.stage))
    if mode == "full":
        whole += _contested(case, case.stage, mode)
    reasons, blind = _interrupted(case, whole)
    return Answer(reasons, {"whole": [item["code"] for item in whole], "without_length": blind})


@standing(
    "recordings-listed@1",
    "清单要求全程音像的环节已有音像、没有中断，或者已经说明原因",
    "行政处罚法第四十七条；国办发〔2018〕118号；本机关音像记录事项清单",
)
def recordings_listed(case: Case, actor: Actor, move: Move) -> Answer | None:
    """What the published list holds back at leaving a stage of any procedure, branches too (R060).

    The list says it entry by entry (`leave`), so an edition that does not say it holds nothing back; a move whose
    own definition asks already is not asked twice.
    """
    entries = [item for item in queries.listed(case, move.source) if item.get("leave") == "checked"]
    if not entries or move.parallel or _OWN & set(move.guards):
        return None
    mode = profiles.value(case.profile.content, "av.contested_mode")
    whole = [item for item in entries if item["mode"] == "full" or (item["mode"], mode) == ("circumstances", "full")]
    needed = whole + [item for item in entries if (item["mode"], mode) == ("circumstances", "record")]
    missing, excused = _missing(case, needed, mode)
    broken, blind = _interrupted(case, whole)
    edition = queries.list_in_force(case)
    return Answer(
        (*missing, *broken),
        {
            "edition": str(edition.id) if edition else None,
            "demanded": [item["code"] for item in needed],
            "whole": [item["code"] for item in whole],
            "av.contested_mode": mode,
            "excused": excused,
            "without_length": blind,
        },
    )
