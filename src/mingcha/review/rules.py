"""Pure rules of legal review: scope by the published list, checklist, what changed between rounds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from mingcha.accounts.models import Officer
from mingcha.catalogues.conditions import matches
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.common.money import yuan
from mingcha.documents.rendering import Field, template
from mingcha.review.choices import Conclusion, PointResult


@cache
def checklist() -> list[dict[str, str]]:
    """The points that a reviewer goes through (R084), in order."""
    text = resources.files("mingcha.review").joinpath("data", "checklist.json").read_text("utf-8")
    points: list[dict[str, str]] = json.loads(text)["points"]
    return points


def scope(entries: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Explained[bool]:
    """Whether the published list demands review of this case, and by which entries — 行政处罚法 art. 58 ¶1.

    `facts` as `catalogues.conditions.evaluate` reads them; what an entry asks and nobody stated keeps the gate shut.
    """
    hits = matches(entries, facts)
    steps = tuple(match.step for match in hits) or ("不符合清单的任何一项。",)
    kept = {name: sorted(value) if isinstance(value, set) else value for name, value in facts.items()}
    return Explained(bool(hits), "G-09", "行政处罚法第五十八条", kept, steps)


def may_review(officer: Officer, held: Sequence[str]) -> list[Reason]:
    """Reasons why this person may not review: handled the case, or lacks the qualification — art. 58."""
    reasons = []
    if "handler" in held:
        reasons.append(
            Reason(
                "reviewer-handled",
                f"{officer.name}承办过本案，不能审核。",
                ("行政处罚法第五十八条",),
                "请由没有参与本案的审核人员办理。",
            )
        )
    if not officer.qualifications.all():
        reasons.append(
            Reason(
                "reviewer-unqualified",
                f"{officer.name}没有登记法律职业资格，不能从事法制审核。",
                ("行政处罚法第五十八条第二款",),
                "请管理员登记资格证书，或者由有资格的人员审核。",
            )
        )
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
    if not errors and conclusion == Conclusion.PROBLEMS and not problems:
        errors["conclusion"] = ["各项都符合，请指出存在的问题，或者出具同意的意见。"]
    return errors


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """What differs between two frozen drafts: label, before, after; evidence added or removed."""
    rows = _differences(template(after["kind"]).fields, before["fields"], after["fields"])
    seen = {tuple(item) for item in before["evidence"]}
    added = [item for item in after["evidence"] if tuple(item) not in seen]
    if added:
        rows.append(
            {"label": "证据", "before": "", "after": "新增证据" + "、".join(f"第{item[0]}号" for item in added)}
        )
    if before["recordings"] != after["recordings"]:
        count = len(set(after["recordings"]) - set(before["recordings"]))
        rows.append({"label": "音像", "before": "", "after": f"新增音像{count}段"})
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
