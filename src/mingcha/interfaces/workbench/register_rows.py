"""The register of enforcement (执法台账, R055): derived from cases, papers, decisions and payments, nothing stored."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet, Sum

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.choices import DutyKind, PartyKind, Source
from mingcha.cases.models import Case, Duty, PadUse, Party
from mingcha.common import clock
from mingcha.common.money import yuan
from mingcha.decisions.models import Decision
from mingcha.documents.choices import ServiceMode
from mingcha.documents.models import Document
from mingcha.documents.rendering import restricted
from mingcha.documents.rules import penalty_labels
from mingcha.performance.models import Payment
from mingcha.procedures.queries import definition
from mingcha.redaction import KnownEntity, redact

HEADS = (
    "案号", "案由", "当事人", "程序", "案件来源", "承办机构", "承办人员", "登记", "立案", "决定", "决定书文号", "处罚",
    "罚没（元）", "送达", "送达方式", "已缴（元）", "结案", "环节", "文书和文号", "预编号码",
)  # fmt: skip
# Columns of the day by which a period is chosen.
PERIODS = {"created": "登记", "filed": "立案", "decided": "决定", "closed": "结案"}
KINDS = {
    "penalty": "行政处罚",
    "coercion": "行政强制",
    "licence": "行政许可",
    "inspection": "行政检查",
    "collection": "行政征收",
}


@dataclass(frozen=True)
class Asked:
    """What the reader wants to see."""

    words: str = ""
    by: str = "created"
    first: dt.date | None = None
    last: dt.date | None = None
    act_type: str = ""
    unit: uuid.UUID | None = None
    officer: uuid.UUID | None = None


@dataclass
class Line:
    """One case in the register."""

    case: Case
    cells: list[Any] = field(default_factory=list)


def selected(actor: Actor, asked: Asked) -> QuerySet[Case]:
    """Cases of the register for a reader: only those that the person may see."""
    rows = access.visible(actor).filter(jurisdiction=actor.jurisdiction)
    for word in asked.words.split()[:5]:
        papers = (
            Document.objects.exclude(number="")
            .exclude(kind__in=restricted())
            .filter(number__icontains=word)
            .values("case_id")
        )
        match = Q(number__icontains=word) | Q(cause__icontains=word) | Q(id__in=papers)
        if not _masks(actor):
            # Who reads names masked cannot find people by their names either.
            match |= Q(party_name__icontains=word)
        rows = rows.filter(match)
    if asked.act_type:
        rows = rows.filter(act_type=asked.act_type)
    rows = _within(rows, asked)
    handled = Duty.objects.filter(duty=DutyKind.HANDLER)
    if asked.officer:
        rows = rows.filter(id__in=handled.filter(officer_id=asked.officer).values("case_id"))
    if asked.unit:
        rows = rows.filter(id__in=handled.filter(officer__organisation_id=asked.unit).values("case_id"))
    return rows


def _within(rows: QuerySet[Case], asked: Asked) -> QuerySet[Case]:
    name = {"filed": "filed_on", "decided": "decision__decided_on", "closed": "closed_on"}.get(asked.by)
    if name:
        first, last = asked.first, asked.last
        if first:
            rows = rows.filter(**{f"{name}__gte": first})
        return rows.filter(**{f"{name}__lte": last}) if last else rows
    if asked.first:
        rows = rows.filter(created_at__gte=clock.at(asked.first, 0))
    if asked.last:
        rows = rows.filter(created_at__lt=clock.at(asked.last + dt.timedelta(days=1), 0))
    return rows


def _masks(actor: Actor) -> bool:
    """Whether names of people are withheld: who neither handles, approves nor reviews has no need of them."""
    return not actor.has(Role.HANDLER, Role.UNIT_HEAD, Role.HEAD, Role.REVIEWER)


def lines(actor: Actor, cases: Sequence[Case]) -> list[Line]:
    """The register's lines of these cases, in a constant number of statements."""
    ids = [row.id for row in cases]
    kinds = dict(Party.objects.filter(case_id__in=ids).order_by("version").values_list("case_id", "kind"))
    handlers = _grouped(
        Duty.objects.filter(case_id__in=ids, duty=DutyKind.HANDLER)
        .order_by("since")
        .values_list("case_id", "officer__name", "officer__organisation__name", "officer_id")
    )
    papers = _grouped(
        Document.objects.filter(case_id__in=ids, corrects=None)
        .exclude(kind__in=restricted())
        .order_by("issued_at", "id")
        .values_list("case_id", "kind", "title", "number", "void__reason", "service__effective_on", "service__mode")
    )
    decisions = {row.case_id: row for row in Decision.objects.filter(case_id__in=ids).select_related("document")}
    paid = dict(
        Payment.objects.filter(decision__case_id__in=ids)
        .values_list("decision__case_id")
        .annotate(total=Sum("amount_fen"))
    )
    pads = _grouped(PadUse.objects.filter(case_id__in=ids).values_list("case_id", "number__text"))
    labels = penalty_labels()
    found = []
    for case in cases:
        decision = decisions.get(case.id)
        own = any(row[3] == actor.officer_id for row in handlers.get(case.id, ()))
        party = case.party_name
        if _masks(actor) and not own and kinds.get(case.id) != PartyKind.ORGANISATION:
            # As somebody who is named beside the party is masked in public.
            party = redact(party, profile="public", known=[KnownEntity("person", party, "speaker")]).text
        served = next((row for row in papers.get(case.id, ())[::-1] if row[1] == "penalty-decision" and row[5]), None)
        found.append(
            Line(
                case,
                [
                    case.number or "未立案",
                    case.cause,
                    party,
                    KINDS.get(case.act_type, case.act_type),
                    Source(case.source).label,
                    "、".join(dict.fromkeys(row[2] for row in handlers.get(case.id, ()))),
                    "、".join(row[1] for row in handlers.get(case.id, ())),
                    clock.legal_day(case.created_at),
                    case.filed_on,
                    decision.decided_on if decision else None,
                    decision.number if decision else "",
                    _penalty(decision, labels),
                    yuan(decision.fine_fen + decision.confiscated_fen) if decision else "",
                    served[5] if served else None,
                    _mode(served[6]) if served else "",
                    yuan(paid[case.id]) if case.id in paid else "",
                    case.closed_on,
                    definition(case.procedure_id).stage(case.stage).name,
                    "；".join(
                        f"{row[2]}{row[3]}{'（作废）' if row[4] is not None else ''}" for row in papers.get(case.id, ())
                    ),
                    "、".join(row[1] for row in pads.get(case.id, ())),
                ],
            )
        )
    return found


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[uuid.UUID, list[tuple[Any, ...]]]:
    found: dict[uuid.UUID, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _mode(value: str) -> str:

    return str(ServiceMode(value).label)


def _penalty(decision: Decision | None, labels: Any) -> str:
    if decision is None:
        return ""
    rows = decision.document.fields.get("penalties", [])
    return "、".join(
        f"{labels.get(row['kind'], row['kind'])}{yuan(row['amount']) + '元' if row.get('amount') else ''}"
        for row in rows
    )
