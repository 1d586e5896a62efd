"""Figures of enforcement (执法统计), counted from the cases: every number can be opened down to its cases."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import Q

from mingcha.accounts.choices import StaffKind
from mingcha.accounts.models import Certificate, Officer
from mingcha.cases.models import BranchMove, Case, StageChange
from mingcha.common import clock
from mingcha.decisions.models import Decision
from mingcha.disclosure.models import Publication, Submission, Withdrawal
from mingcha.disclosure.models_controls import SubmissionKind

_PLACE = Path(__file__).parent / "data" / "yearbook.json"


@cache
def form() -> dict[str, Any]:
    """The tables as data, with their rules."""
    found: dict[str, Any] = json.loads(_PLACE.read_text("utf-8"))
    return found


def columns(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The columns in use; one with `until` stands only in figures that were counted by an earlier form."""
    return [row for row in table["columns"] if "until" not in row]


def heaviest(kinds: Iterable[str]) -> str:
    """The column of a decision: the heaviest of its kinds; a named kind goes before “other”."""
    columns = form()["penalties"]
    named = [row["id"] for row in columns if set(row["kinds"]) & set(kinds)]
    return str(named[-1]) if named else "other"


def _kinds(row: Decision) -> list[str]:
    return [item["kind"] for item in row.document.fields.get("penalties", ()) if item.get("kind")]


def _span(year: int) -> tuple[dt.date, dt.date]:
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def count(organisation_id: uuid.UUID, year: int) -> dict[str, Any]:
    """The tables of one organ and year; `cases` names those behind each number and stays inside."""
    first, last = _span(year)
    decisions = Decision.objects.filter(case__organisation_id=organisation_id, decided_on__range=(first, last))
    rows = list(decisions.select_related("document", "case").order_by("decided_on", "id"))
    cases: dict[str, list[str]] = {}
    for row in rows:
        cases.setdefault(f"penalty.{heaviest(_kinds(row))}", []).append(str(row.case_id))
    changes = _changes(organisation_id, first, last)
    for table in form()["acts"]:
        for column in columns(table):
            found = [
                str(case)
                for case, act, stage in changes
                if act in column.get("act_types", table["act_types"]) and stage in column["stages"]
            ]
            cases[f"{table['id']}.{column['id']}"] = list(dict.fromkeys(found))
    staff = Officer.objects.filter(
        Q(organisation_id=organisation_id) | Q(organisation__organ_id=organisation_id), staff_kind=StaffKind.OFFICER
    )
    until = min(last, clock.today())
    certified = Certificate.objects.filter(officer__in=staff, valid_from__lte=until, valid_to__gte=until)
    certified = certified.filter(Q(suspended_on=None) | Q(suspended_on__gt=until))
    return {
        "version": form()["version"],
        "penalties": {row["id"]: len(cases.get(f"penalty.{row['id']}", ())) for row in form()["penalties"]},
        "penalties_total": len(rows),
        "sum_fen": sum(row.fine_fen + row.confiscated_fen for row in rows),
        "acts": {
            table["id"]: {column["id"]: len(cases[f"{table['id']}.{column['id']}"]) for column in columns(table)}
            for table in form()["acts"]
        },
        "staff": staff.count(),
        "certified": certified.values("officer_id").distinct().count(),
        "withheld": not_published(organisation_id, first, last),
        "reversed": Withdrawal.objects.filter(
            publication__organisation_id=organisation_id, withdrawn_at__range=_instants(first, last)
        ).count(),
        "cases": {name: found for name, found in cases.items() if found},
    }


def _instants(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    return clock.at(first, 0), clock.at(last + dt.timedelta(days=1), 0) - dt.timedelta(microseconds=1)


def _changes(organisation_id: uuid.UUID, first: dt.date, last: dt.date) -> list[tuple[uuid.UUID, str, str]]:
    rows = StageChange.objects.filter(case__organisation_id=organisation_id, at__range=_instants(first, last))
    rows = rows.order_by("at", "id")
    begun = Case.objects.filter(organisation_id=organisation_id, created_at__range=_instants(first, last))
    moved = list(rows.values_list("case_id", "case__act_type", "target"))
    # The stage in which a case begins is entered by no move.
    first_stages = StageChange.objects.filter(case__in=begun, seq=1).values_list("case_id", "case__act_type", "source")
    still = begun.filter(changes=None).values_list("id", "act_type", "stage")
    return [*first_stages, *still, *moved]


def not_published(organisation_id: uuid.UUID, first: dt.date, last: dt.date) -> int:
    """Decisions that are not made public, each with its ground and approver on file in the case."""
    rows = Publication.objects.filter(
        organisation_id=organisation_id, release=None, decision__decided_on__range=(first, last)
    )
    refused = BranchMove.objects.filter(source="publish-check", target="close").values("branch__case_id")
    # A letter of another act is withheld by itself, its case may hold others.
    kept = Submission.objects.filter(
        publication__organisation_id=organisation_id,
        publication__source="act",
        kind=SubmissionKind.WITHHOLD,
        answer__approved=True,
        publication__created_at__range=_instants(first, last),
    )
    return rows.filter(decision__case_id__in=refused).count() + kept.count()


def reconciled(content: Mapping[str, Any]) -> list[str]:
    """Sums that do not agree; empty when the tables are sound."""
    wrong = []
    if sum(content["penalties"].values()) != content["penalties_total"]:
        wrong.append("各种处罚的宗数之和与合计不一致。")
    if content["certified"] > content["staff"]:
        wrong.append("持证人数多于在编执法人员人数。")
    licence = content["acts"]["licence"]
    if licence["granted"] + licence["refused"] > licence["accepted"] + licence["applied"]:
        wrong.append("作出许可、不予许可决定的件数多于申请和受理的件数，请核对跨年度的申请。")
    return wrong


@dataclass(frozen=True)
class Figures:
    """Acts of some months for people: by month, by the heaviest kind, by organ in the order of names (R114)."""

    months: list[tuple[dt.date, int]]
    kinds: list[tuple[str, int]]
    organs: list[tuple[str, int]]
    total: int
    withdrawn: list[tuple[str, int]]


def figures(jurisdiction: str, first: dt.date, last: dt.date) -> Figures:
    """Decisions of a place between two days; the kinds of withdrawal are told by the words before the colon."""
    rows = list(
        Decision.objects.filter(case__jurisdiction=jurisdiction, decided_on__range=(first, last)).values_list(
            "decided_on", "document__fields", "case__organisation__name"
        )
    )
    months, month = [], first.replace(day=1)
    while month <= last:
        months.append(month)
        month = (month + dt.timedelta(days=32)).replace(day=1)
    by_month = Counter(day.replace(day=1) for day, _, _ in rows)
    by_kind = Counter(
        heaviest([item["kind"] for item in fields.get("penalties", ()) if item.get("kind")]) for _, fields, _ in rows
    )
    by_organ = Counter(organ for _, _, organ in rows)
    gone = Withdrawal.objects.filter(
        publication__jurisdiction=jurisdiction, withdrawn_at__range=_instants(first, last)
    ).values_list("reason", flat=True)
    reasons = Counter(reason.split("：", 1)[0] if "：" in reason[:12] else "其他原因撤下" for reason in gone)
    return Figures(
        [(day, by_month[day]) for day in months],
        [(row["short"], by_kind[row["id"]]) for row in form()["penalties"]],
        sorted(by_organ.items()),
        len(rows),
        sorted(reasons.items()),
    )
