"""Pure rules of legal review: scope by the published list, checklist, what changed between rounds."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.accounts.models import Officer
from mingcha.cases.choices import DutyKind
from mingcha.cases.rules import apart, ground
from mingcha.catalogues.conditions import matches
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.common.money import yuan
from mingcha.documents.rendering import Field, template
from mingcha.procedures.definition import Definition, parse
from mingcha.review.choices import Conclusion, PointResult


@cache
def _data(name: str) -> dict[str, Any]:
    text = resources.files("mingcha.review").joinpath("data", f"{name}.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def checklist(act_type: str = "penalty") -> list[dict[str, str]]:
    """The points that a reviewer goes through (R084), in order, with what they ask of an act of this type."""
    points: list[dict[str, str]] = _data("checklist")["points"]
    if act_type == "penalty":
        return points
    return [{**row, "ask": row["ask_other"], "article": source(act_type, row["article"])} for row in points]


def source(act_type: str, article: str = "行政处罚法第五十八条") -> str:
    """Where review of an act has its ground: the law on penalties says nothing of licences and coercion."""
    other: str = _data("checklist")["other_article"]
    return article if act_type == "penalty" or not article.startswith("行政处罚法") else other


def course() -> Definition:
    """The review's own course, drawn for the public (R092)."""
    return parse(_data("course"))


def urgent(kind: str, fields: Mapping[str, Any]) -> str:
    """Why a paper is made before any review can be: the act was urgent by its own words. "" where it was not."""
    found = next((row for row in _data("urgent")["papers"] if row["kind"] == kind), None)
    return str(found["text"]) if found and fields.get(found["field"]) is True else ""


def urgent_words(kind: str) -> str:
    """What is said of a paper that an urgent act makes before any review. "" for the others."""
    return next((str(row["text"]) for row in _data("urgent")["papers"] if row["kind"] == kind), "")


def attestations() -> list[dict[str, str]]:
    """What the submitting officer answers for (R091)."""
    statements: list[dict[str, str]] = _data("attestations")["statements"]
    return statements


def effect(conclusion: str) -> dict[str, Any]:
    """What a conclusion leads to: words, choice of the letter, points that must be problems, advice."""
    return next(row for row in _data("conclusions")["conclusions"] if row["code"] == conclusion)


def scope(entries: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Explained[bool]:
    """Whether the published list demands review of this case, and by which entries.

    `facts` as `catalogues.conditions.evaluate` reads them; what an entry asks and nobody stated keeps the gate shut.
    """
    hits = matches(entries, facts)
    steps = tuple(match.step for match in hits) or ("不符合清单的任何一项。",)
    kept = {name: sorted(value) if isinstance(value, set) else value for name, value in facts.items()}
    return Explained(bool(hits), "G-09", source(str(facts.get("act_type", "penalty"))), kept, steps)


def may_review(officer: Officer, held: Sequence[str], act_type: str) -> list[Reason]:
    """Reasons why this person may not review: handled the case, or lacks the qualification."""
    reasons = []
    if "handler" in held:
        reasons.append(
            Reason(
                "reviewer-handled",
                f"{officer.name}承办过本案，不能审核。",
                (source(act_type),),
                "请由没有参与本案的审核人员办理。",
            )
        )
    for other in sorted({*held} - {"handler", "reviewer"}):
        if row := apart("reviewer", other):
            text = f"{officer.name}在本案中担任{DutyKind(other).label}，不能审核：{row['text']}。"
            fix = "请由没有参与本案的审核人员办理。"
            reasons.append(Reason("duty-incompatible", text, (ground(row["article"], act_type),), fix))
    if not officer.qualifications.all():
        reasons.append(
            Reason(
                "reviewer-unqualified",
                f"{officer.name}没有登记法律职业资格，不能从事法制审核。",
                (source(act_type, "行政处罚法第五十八条第二款"),),
                "请管理员登记资格证书，或者由有资格的人员审核。",
            )
        )
    return reasons


def may_opine(conclusion: str, asked: bool, changed: Sequence[Mapping[str, str]], act_type: str) -> list[Reason]:
    """Reasons why an opinion waits: what was asked is not answered; agreement never covers what was not handed over.

    `asked`: a request for more is open; `changed`: what the file changed by since it was handed over.
    """
    reasons = []
    if asked:
        text = "已经要求承办机构补充材料，还没有收到答复，不能出具意见。"
        reasons.append(Reason("supplement-open", text, (source(act_type),), "请等待答复。"))
    if changed and conclusion == Conclusion.AGREE:
        said = "；".join(f"{row['label']}{row['after'] or row['before']}" for row in changed[:5])
        text = f"送审以后案卷又有改动（{said}），不能对现在的内容出具同意的意见。"
        fix = "请要求补充材料，或者由承办人员撤回后再次送审。"
        data = {"changes": list(changed)}
        reasons.append(Reason("text-changed-since-review", text, (source(act_type),), fix, data))
    return reasons


def opinion_gaps(
    conclusion: str, points: Sequence[Mapping[str, Any]], materials: Sequence[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """What is missing in an opinion, by field: every point marked, 'met' linked to a material, problems described."""
    errors: dict[str, list[str]] = {}
    keys = {item["key"] for item in materials}
    given = {point.get("code"): point for point in points}
    problems = 0
    for item in checklist():
        point = given.get(item["code"], {})
        field, result = f"point-{item['code']}", point.get("result")
        if result not in PointResult.values:
            errors.setdefault(field, []).append(f"请对“{item['label']}”作出判断。")
        elif result == PointResult.MET and point.get("link") not in keys:
            errors.setdefault(field, []).append(f"“{item['label']}”认定符合，请选择所依据的材料。")
        elif result == PointResult.PROBLEM:
            problems += 1
            if not str(point.get("note") or "").strip():
                errors.setdefault(field, []).append(f"请写明“{item['label']}”存在的问题和要求。")
    if not errors and conclusion == Conclusion.AGREE and problems:
        errors["conclusion"] = [f"有{problems}项存在问题，不能出具同意的意见。"]
    if not errors and conclusion != Conclusion.AGREE:
        for needed in effect(conclusion)["needs"]:
            if needed == "*" and not problems:
                errors["conclusion"] = ["各项都符合，请指出存在的问题，或者出具同意的意见。"]
            elif needed != "*" and given[needed]["result"] != PointResult.PROBLEM:
                label = next(item["label"] for item in checklist() if item["code"] == needed)
                word = Conclusion(conclusion).label
                errors[f"point-{needed}"] = [f"结论是“{word}”的，请把“{label}”判断为有问题，并写明理由。"]
    return errors


@dataclass(frozen=True)
class Candidate:
    """A reviewer to whom a submission could be given: what speaks against, the open submissions, like cases, last round."""

    id: uuid.UUID
    name: str
    conflicts: tuple[str, ...]
    load: int
    alike: int
    before: bool
    same_unit: bool


def choose(candidates: Sequence[Candidate]) -> tuple[Candidate | None, list[str]]:
    """To whom a submission goes, with the reckoning in words: without conflict, as the last round, least load, experience.

    Who sits in the unit that handles the case comes last — R081.
    """
    steps = [f"{row.name}不分：{'、'.join(row.conflicts)}。" for row in candidates if row.conflicts]
    able = [row for row in candidates if not row.conflicts]
    if not able:
        return None, [*steps, "本机关没有可以审核本案的人员，请管理员登记，或者请其他机关的审核人员协助。"]
    order = sorted(able, key=lambda row: (not row.before, row.same_unit, row.load, -row.alike, row.name, str(row.id)))
    chosen = order[0]
    for row in order:
        said = [f"待审{row.load}件", f"审过同一事项{row.alike}件"]
        said += ["审核过上一轮"] if row.before else []
        said += ["与承办人员同一机构"] if row.same_unit else []
        steps.append(f"{row.name}：{'，'.join(said)}。")
    why = "审核过上一轮，情况熟悉"
    if not chosen.before:
        others = [row for row in order[1:] if row.same_unit == chosen.same_unit]
        why = "没有利益冲突的只有一人" if len(able) == 1 else "与承办机构分开" if not others else "待审的最少"
        if others and others[0].load == chosen.load:
            more = chosen.alike > others[0].alike
            why = "待审的一样多，审过同一事项的更多" if more else "待审的和经验一样多，按姓名排序"
    return chosen, [*steps, f"分给{chosen.name}：{why}。"]


def may_allocate(name: str, conflicts: Sequence[str], act_type: str) -> list[Reason]:
    """Reasons why a submission may not be given to a person."""
    if not conflicts:
        return []
    text = f"不能分给{name}：{'、'.join(conflicts)}。"
    return [Reason("allocation-conflict", text, (source(act_type),), "请选择没有参与本案、有资格的审核人员。")]


def may_settle(name: str, held: Sequence[str], mechanism: str, meetings: int, act_type: str) -> list[Reason]:
    """Reasons why a head may not settle a disagreement: a part in the case, or the meeting of the profile is missing."""
    reasons = []
    if "handler" in held or "reviewer" in held:
        text = f"{name}参与过本案的承办或者审核，不能决定审核分歧。"
        reasons.append(Reason("ruling-by-party", text, (source(act_type),), "请由其他负责人决定。"))
    if mechanism == "meeting" and not meetings:
        text = "政策参数规定先由承办机构和审核机构会商，还没有会商记录。"
        reasons.append(Reason("meeting-missing", text, ("国办发〔2018〕118号",), "请先会商并记录。"))
    return reasons


def may_study(mode: str, passed: bool, act_type: str) -> list[Reason]:
    """Reasons why a case may not go to the superior: without final power, the own review comes first (S0)."""
    if mode == "after_pass" and not passed:
        text = "没有最终决定权的机关，本级法制审核没有通过以前，不得提交上级机关审核。"
        return [Reason("superior-before-pass", text, (source(act_type),), "请先通过本级法制审核。")]
    return []


def may_be_called(name: str, held: Sequence[str], avoiding: bool) -> list[Reason]:
    """Reasons why a member of the pool may not be called in: any part in the case, or avoidance."""
    if not held and not avoiding:
        return []
    text = f"{name}参与过本案或者已决定回避，不能作为顾问。"
    return [Reason("counsel-involved", text, ("行政处罚法第四十三条",), "请征询其他人员。")]


def may_answer(until: dt.date, today: dt.date, left: bool, waiting: bool) -> list[Reason]:
    """Reasons why counsel may no longer answer."""
    if left:
        return [Reason("counsel-left", "您已经退出顾问名册，不能再出具意见。", (), "请联系审核人员。")]
    if today > until:
        text = f"答复期限（{until.isoformat()}）已经届满。"
        return [Reason("consultation-over", text, (), "请联系审核人员重新征询。")]
    if not waiting:
        return [Reason("review-not-open", "这次送审已经有审核意见或者已经撤回，不再需要答复。")]
    return []


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """What differs between two frozen drafts: label, before, after; evidence added or removed."""
    rows = _differences(template(after["kind"]).fields, before["fields"], after["fields"])
    seen = {tuple(item) for item in before["evidence"]}
    added = [item for item in after["evidence"] if tuple(item) not in seen]
    if added:
        rows.append(
            {"label": "证据目录", "before": "", "after": "新增证据" + "、".join(f"第{item[0]}号" for item in added)}
        )
    kept = {tuple(item) for item in after["evidence"]}
    gone = [item for item in before["evidence"] if tuple(item) not in kept]
    if gone:
        text = "不再使用" + "、".join(f"第{item[0]}号" for item in gone)
        rows.append({"label": "证据目录", "before": text, "after": ""})
    more = len(set(after["recordings"]) - set(before["recordings"]))
    less = len(set(before["recordings"]) - set(after["recordings"]))
    if more or less:
        was, now = f"减少音像{less}段" if less else "", f"新增音像{more}段" if more else ""
        rows.append({"label": "音像", "before": was, "after": now})
    if before.get("notice") != after.get("notice"):
        rows.append({"label": "事先告知书", "before": "上一份", "after": "另一份"})
    return rows


def _differences(
    fields: Sequence[Field], old: Mapping[str, Any], new: Mapping[str, Any], above: str = ""
) -> list[dict[str, str]]:
    """Fields that differ, in the order of the template; within an object only the parts that differ."""
    known = {field.name: field for field in fields}
    order = {name: place for place, name in enumerate(known)}
    rows = []
    for name in sorted(old.keys() | new.keys(), key=lambda item: (order.get(item, len(order)), item)):
        was, now, field = old.get(name), new.get(name), known.get(name)
        if was == now:
            continue
        label = above + (field.label_zh if field else name)
        if field and field.of and isinstance(was, Mapping) and isinstance(now, Mapping):
            rows += _differences(field.of, was, now, f"{label}：")
        else:
            rows.append({"label": label, "before": readable(was, field), "after": readable(now, field)})
    return rows


def readable(value: Any, field: Field | None = None) -> str:
    """A stored value as a person reads it: words of the template instead of codes, amounts in yuan."""
    if value in (None, ""):
        return "（空）"
    if isinstance(value, list):
        return "；".join(readable(item, field) for item in value)
    if isinstance(value, Mapping):
        known = {part.name: part for part in field.of} if field else {}
        parts = [
            f"{yuan(item)}元" if key == "amount" and isinstance(item, int) else readable(item, known.get(key))
            for key, item in value.items()
            if item not in (None, "", [], {})
        ]
        return "，".join(parts)
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(field.choices.get(value, value)) if field and field.choices else str(value)
