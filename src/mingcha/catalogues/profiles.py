"""Policy profiles (政策参数): the keys in which the policy documents differ, five ready ones, check, what a value decides.

Pure. A profile keeps for each key the value, its source, whether it was checked against the document, and for a value
that the place changed itself, the reason. Keys that other rooms read flat (`publish_days` …) are derived, never typed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.catalogues import local
from mingcha.common.errors import MingchaError, Reason
from mingcha.common.explained import Explained

Content = Mapping[str, Any]
SHIPPED = ("s0", "s1", "s2", "s3", "s4")
# Reckons working days: (day, n) → the nth working day after it.
Workdays = Callable[[dt.date, int], dt.date]


@dataclass(frozen=True)
class Key:
    """One value that the law leaves to the place. `default` stands where an older edition does not know the key."""

    name: str
    label: str
    type: str
    default: Any
    decides: str
    floor: str
    choices: Mapping[str, str] | None = None
    unit: str = ""
    flat: str = ""


def _read(name: str) -> Any:
    return json.loads(resources.files("mingcha.catalogues").joinpath("data", *name.split("/")).read_text("utf-8"))


@cache
def keys() -> dict[str, Key]:
    return {row["name"]: Key(**row) for row in _read("profile_keys.json")["keys"]}


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """The five ready profiles by code, each with its document and values."""
    return {code: _read(f"profiles/{code}.json") for code in SHIPPED}


def value(content: Content, name: str) -> Any:
    """A value of a profile by its key."""
    row = content.get("values", {}).get(name)
    return keys()[name].default if row is None else row["value"]


def compose(
    code: str,
    *,
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
    hearing: Mapping[str, Any],
    organ: Mapping[str, Any],
    terms: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of a profile: a ready one with values of the place (`value`, `reason`), thresholds, addresses, terms.

    Raises MingchaError `profile-unknown` for a code nobody ships.
    """
    if code not in shipped():
        raise MingchaError("profile-unknown", f"没有编号为“{code}”的政策模板，请选择：{'、'.join(SHIPPED)}。")
    ready = shipped()[code]
    title = ready["document"]["title"]
    values: dict[str, Any] = {}
    for name, row in ready["values"].items():
        source = f"{title} {row['place']}".strip() if row["place"] else "系统的起始值"
        values[name] = {"value": row["value"], "source": source, "words": row["words"], "verified": row["verified"]}
    for name, own in (overrides or {}).items():
        before = values.get(name)
        values[name] = {
            "value": own["value"],
            "source": "本机关确定",
            "words": "",
            "verified": bool(own.get("verified", False)),
            "reason": own.get("reason", ""),
            "instead": before["value"] if before else None,
        }
    return flattened(
        {
            "based_on": code,
            "source": f"以《{title}》为模板" + (f"，{len(overrides)}个值由本机关确定" if overrides else ""),
            "values": values,
            "hearing": dict(hearing),
            "organ": dict(organ),
            **({"terms": dict(terms)} if terms else {}),
        }
    )


def flattened(content: Content) -> dict[str, Any]:
    """The content with the values that other rooms read at the top."""
    flat = {key.flat: _flat(key, value(content, name)) for name, key in keys().items() if key.flat}
    # A profile older than the part has no such terms: nothing is put at the top of it.
    terms = {name: found for name, found in local.flattened(content).items() if found is not None}
    return {**content, **flat, **terms}


def _flat(key: Key, found: Any) -> int | bool:
    if key.type == "publish":
        return int(found.get("days") or key.default["days"])
    if key.type == "choice":
        return bool(found == "lenient")
    return int(found)


def check(content: Content) -> list[Reason]:
    """What is wrong with a profile; empty when it can be published."""
    needed = ("hearing", "review_days", "statement_days", "publish_days", "publish_years")
    reasons = [Reason("profile-value-missing", f"政策参数缺少“{name}”。") for name in needed if name not in content]
    if reasons or "values" not in content:
        return reasons
    reasons = local.check(content)
    for name, row in content["values"].items():
        key = keys().get(name)
        if key is None:
            reasons.append(Reason("profile-key-unknown", f"政策参数里有系统不认识的“{name}”。", data={"key": name}))
        elif not fits(key, row.get("value")):
            where = {"key": name}
            reasons.append(Reason("profile-value-wrong", f"“{key.label}”的值不完整或者不正确。", (), key.floor, where))
        elif not row.get("source"):
            reasons.append(Reason("profile-source-missing", f"“{key.label}”没有写明来源。", data={"key": name}))
        elif "reason" in row and not str(row["reason"]).strip():
            text = f"“{key.label}”改了模板的值，没有写明理由。"
            reasons.append(Reason("profile-reason-missing", text, (), "请写明为什么改。", {"key": name}))
    if not reasons:
        derived = flattened(content)
        for key in keys().values():
            if key.flat and derived[key.flat] != content.get(key.flat):
                reasons.append(Reason("profile-value-differs", f"“{key.label}”与{key.flat}不一致。"))
    return reasons


def fits(key: Key, found: Any) -> bool:
    """Whether a value has the form of its key."""
    choices = key.choices or {}
    if key.type in ("choice", "yearday"):
        return found in choices
    if key.type == "words":
        return isinstance(found, list) and all(isinstance(item, str) and item.strip() for item in found)
    if key.type in ("days", "percent"):
        return isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= 365
    if not isinstance(found, Mapping):
        return False
    if key.type == "upload":
        days = found.get("n")
        whole = isinstance(days, int) and not isinstance(days, bool) and 0 < days <= 60
        return found.get("mode") in choices and (found["mode"] != "workdays" or whole)
    days = found.get("days")
    whole = isinstance(days, int) and not isinstance(days, bool) and 0 < days <= 60
    return found.get("from") in choices and (whole or found["from"] in ("prompt", "none"))


def words(name: str, found: Any) -> str:
    """A value as people read it."""
    key = keys()[name]
    choices = key.choices or {}
    if key.type in ("choice", "yearday"):
        return choices.get(found, str(found))
    if key.type == "words":
        return "、".join(found) or "没有另外规定"
    if key.type == "percent":
        return f"不少于{found}%" if found else "没有规定比例"
    if key.type == "days":
        return f"{found}{key.unit}"
    if key.type == "upload":
        return f"{found['n']}个工作日内" if found["mode"] == "workdays" else choices[found["mode"]]
    if found["from"] in ("prompt", "none"):
        return choices[found["from"]]
    return f"{choices[found['from']]}{found['days']}个工作日内"


def upload_due(content: Content, recorded: dt.date, workdays: Workdays) -> Explained[dt.date | None]:
    """The last day on which a recording is handed in to the store (R064, R066, R068)."""
    found = value(content, "av.upload_deadline")
    said = words("av.upload_deadline", found)
    due = {"instant": recorded, "year_end": dt.date(recorded.year, 12, 31)}.get(found["mode"])
    if found["mode"] == "workdays":
        due = workdays(recorded, found["n"])
    end = f"最迟{due.isoformat()}入库。" if due else "没有期限，尽快入库。"
    return Explained(
        due, "av.upload_deadline", "国办发〔2018〕118号", {"recorded": recorded}, (f"音像资料入库：{said}。", end)
    )


def publish_due(content: Content, kind: str, day: dt.date, workdays: Workdays) -> Explained[dt.date]:
    """The last day to publish a decision: `kind` is penalty or other, `day` the day the period runs from (R040, R041)."""
    name = f"publish.{kind}"
    found, key = value(content, name), keys()[name]
    length = int(found.get("days") or key.default["days"])
    due = workdays(day, length)
    steps = [f"{key.label}：{words(name, found)}。"]
    if found["from"] == "effective":
        steps.append("决定自送达之日起生效，送达以前不列入待公示。")
    if "days" not in found:
        steps.append(f"文件没有写天数，按{length}个工作日计算（国办发〔2018〕118号）。")
    steps.append(f"从{day.isoformat()}的第二天起算，第{length}个工作日是{due.isoformat()}。")
    return Explained(due, name, "国办发〔2018〕118号", {"day": day, "days": length}, tuple(steps))


def waits_for_effect(content: Content) -> bool:
    """Whether the term to publish a penalty runs from its taking effect, that is from service, not from the decision."""
    return bool(value(content, "publish.penalty")["from"] == "effective")


def report_due(content: Content, year: int) -> Explained[dt.date | None]:
    """The last day to publish the figures of a year (R045)."""
    found = value(content, "annual_report.deadline")
    due = {"01-31": dt.date(year + 1, 1, 31), "12-31": dt.date(year, 12, 31)}.get(found)
    text = f"{year}年度数据：{words('annual_report.deadline', found)}" + (f"，即{due.isoformat()}。" if due else "。")
    return Explained(due, "annual_report.deadline", "国办发〔2018〕118号", {"year": year}, (text,))


def ratio(content: Content, reviewers: int, officers: int) -> Explained[bool]:
    """Whether there are enough reviewers for the officers (R080)."""
    wanted = int(value(content, "reviewer_ratio"))
    least = -(-officers * wanted // 100)
    share = f"{reviewers * 1000 // officers / 10:g}%" if officers else "—"
    steps = [f"执法人员{officers}名，审核人员{reviewers}名，占{share}。"]
    if not officers:
        steps.append("没有持有效证件的执法人员，不计算比例。")
    elif not wanted:
        steps.append("政策没有规定比例，只要求与工作任务相适应。")
    else:
        steps.append(
            f"不少于{wanted}%，即至少{least}名。"
            + ("达到要求。" if reviewers >= least else f"还差{least - reviewers}名。")
        )
    facts = {"reviewers": reviewers, "officers": officers, "least": least}
    return Explained(reviewers >= least, "reviewer_ratio", "国办发〔2018〕118号", facts, tuple(steps))


@dataclass(frozen=True)
class Term:
    """One period for which an inspection plan is due."""

    key: str
    label: str
    due_on: dt.date


def plan_terms(content: Content, since: dt.date, until: dt.date) -> list[Term]:
    """The plans of inspection that the profile demands between two days; each is due on the first day of its period."""
    found = value(content, "inspection_plan")
    months = {"quarterly": (1, 4, 7, 10), "yearly": (1,)}.get(found, ())
    terms = []
    for year in range(since.year, until.year + 1):
        for month in months:
            day = dt.date(year, month, 1)
            if since <= day <= until:
                quarter = (month + 2) // 3
                key = f"{year}Q{quarter}" if found == "quarterly" else str(year)
                label = f"{year}年第{quarter}季度" if found == "quarterly" else f"{year}年"
                terms.append(Term(key, label, day))
    return terms
