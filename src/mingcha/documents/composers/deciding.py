"""What decisions, payment and enforcement take from the case: the decision that is carried out, what waits for service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.clock import legal_day
from mingcha.common.money import yuan
from mingcha.deadlines.rulebook import rule
from mingcha.documents.blocks import Fields, latest
from mingcha.documents.composing import composer
from mingcha.documents.filling import KNOWN
from mingcha.documents.models import Document
from mingcha.documents.rendering import restricted, template
from mingcha.documents.rules import money, penalty_labels

# Decisions that are carried out, in the order in which a case is asked for them.
CARRIED_OUT = (
    "penalty-decision", "onsite-penalty-decision", "levy-decision", "fee-notice", "correction-order",
)  # fmt: skip
# Service letters of kinds that reach a person; the others are handed over on the spot or stay inside.
_SERVED = ("S2", "S3", "S4")
# Terms that a letter tells in words: the length is that of the rule in force on the day of the letter.
TOLD_LENGTHS = ("PEN-04", "PEN-06", "PEN-07", "PEN-12")


def _holders(case: Case) -> Iterator[Case]:
    """The case and those that it came from: execution is a case of its own that rests on the decision of another."""
    yield case
    for link in cases.links(case):
        if link.other_id == case.pk:
            yield link.case


def base(case: Case) -> Document | None:
    """The decision that this case carries out."""
    return next((found for holder in _holders(case) for kind in CARRIED_OUT if (found := latest(holder, kind))), None)


def _of_base(case: Case, wanted: str) -> Any:
    found = base(case)
    if found is None:
        return None
    service = getattr(found, "service", None)
    match wanted:
        case "title":
            return found.title
        case "number":
            return found.number or found.fields.get("doc_no")
        case "on":
            own = found.fields.get(template(found.kind, found.template_version).date)
            return (
                legal_day(dt.datetime.fromisoformat(own)) if own and "T" in own else own or legal_day(found.issued_at)
            )
        case "served_on":
            return service.effective_on if service else None
        case "fine":
            return money(found.fields.get("penalties", []), "fine") or found.fields.get("amount")
        case "gist":
            demands = "；".join(str(row.get("text", "")).rstrip("。；") for row in found.fields.get("demands", []))
            return penalties_text(found.fields.get("penalties", [])) or (f"{demands}。" if demands else None)
    return None


def penalties_text(rows: list[Fields]) -> str:
    """The penalties in one line: 警告；罚款20,000.00元。"""
    labels = penalty_labels()
    parts = [
        f"{labels[row['kind']]}{yuan(row['amount']) + '元' if row.get('amount') else ''}{row.get('text') or ''}"
        for row in rows
    ]
    return "；".join(parts) + "。" if parts else ""


def _told_length(rule_id: str, case: Case) -> int | None:
    return rule(rule_id, clock.today()).length


def _pending(case: Case) -> list[Document]:
    """Letters that have to be served and are not, newest first."""
    rows = Document.objects.filter(case=case, service=None, void=None).exclude(kind__in=restricted())
    rows = rows.order_by("-issued_at", "-id")
    return [row for row in rows if template(row.kind).about.service in _SERVED]


def _of_pending(case: Case, wanted: str) -> Any:
    found = next(iter(_pending(case)), None)
    if found is None:
        return None
    return {
        "title": found.title,
        "number": found.number or found.fields.get("doc_no") or case.number,
        "on": legal_day(found.issued_at),
    }[wanted]


for _name in ("title", "number", "on"):
    KNOWN[f"pending.{_name}"] = partial(_of_pending, wanted=_name)
KNOWN["case.name"] = lambda case: f"{case.party_name}{case.cause.removeprefix('涉嫌')}案"
KNOWN["case.procedure"] = lambda case: cases.procedure(case).name
KNOWN["case.closed_on"] = lambda case: case.closed_on or clock.today()
for _name in ("title", "number", "on", "served_on", "fine", "gist"):
    KNOWN[f"base.{_name}"] = partial(_of_base, wanted=_name)
for _id in TOLD_LENGTHS:
    KNOWN[f"length.{_id}"] = partial(_told_length, _id)


@composer("onsite-penalty-decision")
def _onsite(case: Case, typed: Mapping[str, Any]) -> Fields:
    settings = case.profile.content.get("organ", {})
    fine = money(typed.get("penalties") or [], "fine")
    if not fine:
        return {}
    names = ("payee", "payee_address", "account_name", "bank", "account_no")
    pay = {name: settings[name] for name in names if settings.get(name)}
    return {"payment": {**pay, "amount": fine, "enforcement": settings.get("enforcement", "court")}}


@composer("onsite-filing")
def _onsite_filing(case: Case, typed: Mapping[str, Any]) -> Fields:
    found = latest(case, "onsite-penalty-decision")
    return {"decision_text": penalties_text(found.fields.get("penalties", [])) if found else ""}


@composer("entrusted-service")
def _entrusted(case: Case, typed: Mapping[str, Any]) -> Fields:
    rows = [{"name": row.title, "number": row.number, "quantity": 1} for row in _pending(case)]
    return {"documents": [*rows, {"name": template("service-receipt").title, "quantity": 1}]} if rows else {}
