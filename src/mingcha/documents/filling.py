"""Entered once (一次录入): fields that a template names by `fill` come from the case, those with `calc` are computed.

`fill` is a name of the table below, or `doc.<kind>.number|on|served_on|<field>` of the newest earlier document; several
joined by ` or ` are tried in turn. `calc` is {"rule": id, "from": field} for a last day, {"total": list, "of": field},
{"count": list}, {"product": [field, field]} or {"remedies": true}.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.choices import Source
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.errors import InvalidInput
from mingcha.common.explained import Explained
from mingcha.deadlines import periods
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.rulebook import rule
from mingcha.documents import blocks
from mingcha.documents.rendering.fields import Field, Template, blank, look_up

Fields = dict[str, Any]


def _item(case: Case) -> Mapping[str, Any]:
    return catalogues.entry(case.items, case.item_code) or {}


def _articles(case: Case, *names: str) -> list[Fields]:
    """The articles under the first of these columns that says any; a text column holds one citation a line."""
    item = _item(case)
    for name in names:
        said = item.get(name) or []
        rows = said.splitlines() if isinstance(said, str) else said
        if found := [{"citation": text.strip()} for text in rows if text.strip()]:
            return found
    return []


KNOWN: dict[str, Callable[[Case], Any]] = {
    "case.number": lambda case: case.number,
    "case.cause": lambda case: case.cause,
    "case.conduct": lambda case: case.cause.removeprefix("涉嫌"),
    "case.facts": lambda case: case.facts,
    "case.source": lambda case: Source(case.source).label,
    "case.filed_on": lambda case: case.filed_on,
    "case.conduct_ended_on": lambda case: case.conduct_ended_on,
    "case.discovered_on": lambda case: case.discovered_on,
    "case.received_on": lambda case: legal_day(case.created_at),
    "case.course": blocks.course,
    "case.unit": lambda case: next((row["unit"] for row in blocks.officers_block(case)), case.organisation.name),
    "party": lambda case: blocks.party_block(cases.party(case)),
    "parties": lambda case: [blocks.party_block(cases.party(case))],
    "party.name": lambda case: case.party_name,
    "party.address": lambda case: cases.party(case).address,
    "party.person": lambda case: cases.party(case).legal_representative or case.party_name,
    "officers": blocks.officers_block,
    "officer_names": lambda case: "、".join(row["name"] for row in blocks.officers_block(case)),
    "evidence": blocks.evidence_block,
    "organ.name": lambda case: case.organisation.name,
    "organ.code": lambda case: case.organisation.code,
    "item.code": lambda case: case.item_code,
    "item.name": lambda case: _item(case).get("name", ""),
    "item.broken": lambda case: _articles(case, "broken"),
    "item.penalty": lambda case: _articles(case, "penalty"),
    "item.basis": lambda case: _articles(case, "basis", "broken"),
    "statement_days": lambda case: case.profile.content["statement_days"],
    "today": lambda case: clock.today(),
    "now": lambda case: clock.now(),
}


def known(case: Case, name: str) -> Any:
    """What the case knows under a name. Raises KeyError for a name that nobody knows."""
    for part in name.split(" or "):
        value = _one(case, part)
        if not blank(value):
            return value
    return None


def _one(case: Case, name: str) -> Any:
    if name.startswith("organ.") and name not in KNOWN:
        return blocks.organ(case).get(name.removeprefix("organ."))
    if not name.startswith("doc."):
        return KNOWN[name](case)
    kind, _, wanted = name.removeprefix("doc.").partition(".")
    found = blocks.latest(case, kind)
    if found is None:
        return None
    if wanted == "number":
        return found.number or found.fields.get("doc_no")
    if wanted == "on":
        return legal_day(found.issued_at)
    if wanted == "served_on":
        service = getattr(found, "service", None)
        return service.effective_on if service else None
    return look_up(found.fields, wanted)


def filled(case: Case, form: Template, typed: Mapping[str, Any]) -> Fields:
    """The fields that nobody types: carried from the case, then computed. What was typed over a carried field stays."""
    found: Fields = {}
    for field in form.fields:
        # A computed sum is not typed over: what was typed counts only where nothing can be computed.
        if field.fill and (field.source == "x" or blank(typed.get(field.name))):
            value = known(case, field.fill)
            if not blank(value):
                found[field.name] = value
    values = {**typed, **found}
    for field in form.fields:
        if field.calc:
            value = _computed(case, form, field, values)
            if not blank(value):
                found[field.name] = values[field.name] = value
    return found


def _computed(case: Case, form: Template, field: Field, values: Mapping[str, Any]) -> Any:
    calc = field.calc or {}
    if "remedies" in calc:
        return remedies(case, form)
    if "count" in calc:
        return len(values.get(calc["count"]) or ())
    if "total" in calc:
        amounts = [look_up(row, calc["of"]) for row in values.get(calc["total"]) or ()]
        return sum(amounts) if amounts and all(isinstance(amount, int) for amount in amounts) else None
    if "product" in calc:
        factors = [look_up(values, name) for name in calc["product"]]
        return factors[0] * factors[1] if all(isinstance(factor, int) for factor in factors) else None
    start = look_up(values, calc["from"])
    if blank(start):
        return None
    return last_day(case, calc["rule"], start, field)


def last_day(case: Case, rule_id: str, start: Any, field: Field) -> dt.date | dt.datetime:
    """The last day (or instant, where the law counts hours) of a period that begins at `start`."""
    return period(case, rule_id, start, field).value


def period(case: Case, rule_id: str, start: Any, field: Field) -> Explained[Any]:
    """The period that begins at `start` and ends on a printed day, with its reckoning."""
    moment = dt.datetime.fromisoformat(start) if isinstance(start, str) and "T" in start else start
    if isinstance(moment, str):
        moment = dt.date.fromisoformat(moment)
    day = legal_day(moment) if isinstance(moment, dt.datetime) else moment
    wanted = rule(rule_id, day)
    if wanted.unit == "H":
        if not isinstance(moment, dt.datetime):
            raise InvalidInput({field.name: [f"{field.label_zh}须从带时间的时刻起算。"]})
        return periods.compute_hours(wanted, moment)
    length = periods.length_by(wanted, case.profile.content)
    return periods.compute(wanted, day, deadlines.calendar(case.jurisdiction), length=length)


def remedies(case: Case, form: Template) -> Fields:
    """The remedy block of the kind with the organ's own authorities — documents.md @REM."""
    organ = blocks.organ(case)
    return {
        "kind": form.about.remedy,
        "recon_organ": organ.get("recon_organ", ""),
        "recon_address": organ.get("recon_address", ""),
        "recon_online": organ.get("recon_online", ""),
        "served_online": False,
        "lit_court": organ.get("lit_court", ""),
        "basis": form.about.remedy_basis,
    }
