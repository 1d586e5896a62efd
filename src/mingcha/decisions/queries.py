"""Reads of decisions for other rooms."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.prepared import prepared
from mingcha.decisions.choices import Conclusion, Variant
from mingcha.decisions.models import Change, Decision, Discussion, Outcome, Redo, Resolution, Revocation, Voice
from mingcha.documents.models import Correction, Document


def of_case(case: Case) -> Decision | None:
    rows = Decision.objects.filter(case=case).select_related("document", "decided_by", "opinion", "revocation")
    return rows.first()


@prepared
def decided(case_id: uuid.UUID) -> QuerySet[Decision, uuid.UUID]:
    """Key of the decision of a case, or nothing."""
    return Decision.objects.filter(case_id=case_id).values_list("id", flat=True)


def case_of(decision_id: uuid.UUID) -> uuid.UUID | None:
    """Key of the case of a decision."""
    return Decision.objects.filter(id=decision_id).values_list("case_id", flat=True).first()


def decision(decision_id: uuid.UUID) -> Decision:
    """One decision with case, letter, opinion and revocation. Raises Decision.DoesNotExist."""
    rows = _decision(decision_id)
    if not rows:
        raise Decision.DoesNotExist
    return rows[0]


@prepared
def _decision(decision_id: uuid.UUID) -> QuerySet[Decision]:
    rows = Decision.objects.select_related("case__organisation", "document", "opinion", "revocation")
    return rows.filter(id=decision_id)


def of_organ(organisation_id: uuid.UUID) -> QuerySet[Decision]:
    """Decisions of an organ, newest first, case and revocation joined, with what later acts did (`is_change`, `is_void` …)."""
    rows = Decision.objects.filter(case__organisation_id=organisation_id).select_related("case", "revocation")
    for variant in Variant.values:
        found = Change.objects.filter(decision=OuterRef("pk"), variant=variant)
        rows = rows.annotate(**{f"is_{variant}": Exists(found)})
    return rows.order_by("-decided_at", "-id")


def revoked(jurisdiction: str) -> QuerySet[Decision]:
    """Revoked decisions of a jurisdiction, newest first."""
    rows = Decision.objects.filter(case__jurisdiction=jurisdiction, revocation__isnull=False)
    return rows.select_related("case__organisation", "revocation").order_by("-revocation__decided_at")


def discussions(case: Case) -> list[Discussion]:
    """Collective discussions of a case, newest first, with their conclusion."""
    return list(_discussions(case.pk))


@prepared
def _discussions(case_id: uuid.UUID) -> QuerySet[Discussion]:
    rows = Discussion.objects.filter(case_id=case_id).select_related("chair", "resolution__minutes")
    return rows.order_by("-seq")


@dataclass(frozen=True)
class Wanted:
    """What a reader of the list of discussions asks for; the days are those on which it began."""

    words: str = ""
    state: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    organ: uuid.UUID | None = None


def listed_discussions(cases_: QuerySet[Case], wanted: Wanted) -> QuerySet[Discussion]:
    """Collective discussions of these cases that fit; `state`: open, or the conclusion."""
    rows = Discussion.objects.filter(case__in=cases_).annotate(spoken=Count("voices"))
    for word in wanted.words.split()[:5]:
        rows = rows.filter(
            Q(case__party_name__icontains=word) | Q(case__cause__icontains=word) | Q(case__number__icontains=word)
        )
    if wanted.organ:
        rows = rows.filter(case__organisation_id=wanted.organ)
    if wanted.first:
        rows = rows.filter(started_at__gte=clock.at(wanted.first, 0))
    if wanted.last:
        rows = rows.filter(started_at__lt=clock.at(wanted.last + dt.timedelta(days=1), 0))
    if wanted.state == "open":
        rows = rows.filter(resolution=None)
    elif wanted.state in Conclusion.values:
        rows = rows.filter(resolution__outcome=wanted.state)
    return rows.select_related("case__organisation", "chair", "resolution")


def open_discussion(case: Case) -> Discussion | None:
    """The discussion that has no conclusion yet."""
    found = next(iter(discussions(case)), None)
    return None if found is None or hasattr(found, "resolution") else found


def resolution(case: Case) -> Resolution | None:
    """The conclusion that binds: that of the newest discussion."""
    found = next(iter(discussions(case)), None)
    return getattr(found, "resolution", None) if found else None


def voices(discussion: Discussion) -> list[Voice]:
    """What each member held, in the order in which they spoke."""
    return list(Voice.objects.filter(discussion=discussion).select_related("officer").order_by("at", "id"))


def outcome(case: Case) -> Outcome | None:
    """What was decided instead of a penalty, or None."""
    return next(iter(_outcome(case.pk)), None)


@prepared
def _outcome(case_id: uuid.UUID) -> QuerySet[Outcome]:
    return Outcome.objects.filter(case_id=case_id).select_related("document__service", "edition")


def changes(decision: Decision) -> list[Change]:
    """Acts that changed a decision, oldest first."""
    return list(Change.objects.filter(decision=decision).select_related("document__service").order_by("seq"))


@dataclass(frozen=True)
class LaterAct:
    """One act that points to a decision (补正、变更、确认、撤销): what it did, why, and its letter."""

    what: str
    at: dt.datetime
    reason: str
    letter: Document


def later_acts(decision: Decision) -> list[LaterAct]:
    """All acts that point to a decision, oldest first; the decision itself stays as it was."""
    found = [LaterAct(row.get_variant_display(), row.decided_at, row.reason, row.document) for row in changes(decision)]
    revoked = Revocation.objects.filter(decision=decision).select_related("document__service").first()
    if revoked is not None:
        found.append(LaterAct("撤销原决定", revoked.decided_at, revoked.reason, revoked.document))
    paper = decision.document
    while (
        slip := Correction.objects.filter(original=paper).select_related("letter__service", "successor").first()
    ) is not None:
        found.append(LaterAct("补正笔误", slip.at, slip.reason, slip.letter))
        paper = slip.successor
    return sorted(found, key=lambda act: act.at)


def amounts(decision: Decision) -> tuple[int, int]:
    """Fine and confiscation in fen as they stand now: the last change counts."""
    last = next(reversed(changes(decision)), None)
    return (last.fine_fen, last.confiscated_fen) if last else (decision.fine_fen, decision.confiscated_fen)


def earlier_numbers(case: Case) -> list[str]:
    """Numbers of decisions in force against the same party in this jurisdiction, by its identifiers."""
    party = cases.party(case)
    same = Q(case__parties__uscc=party.uscc) if party.uscc else Q()
    same |= Q(case__parties__id_number=party.id_number) if party.id_number else Q()
    if not same:
        return []
    rows = Decision.objects.filter(same, case__jurisdiction=case.jurisdiction, revocation=None).exclude(case=case)
    return list(rows.order_by("decided_at").values_list("number", flat=True).distinct())


def leniency_list(case: Case) -> Edition | None:
    """The published list of minor and first violations in force today."""
    return catalogues.in_force(case.organisation_id, "leniency-list", clock.today())


def lenient_entries(case: Case, ground: str) -> list[Mapping[str, Any]]:
    """Entries of that list for the matter of the case and a ground."""
    edition = leniency_list(case)
    rows = edition.content["entries"] if edition else []
    return [row for row in rows if row.get("item") == case.item_code and row.get("ground") == ground]


def redo_of(case: Case) -> Redo | None:
    """The order under which this case decides anew, with the decision that did not stand; None for the others."""
    return next(iter(_redo_of(case.pk)), None)


@prepared
def _redo_of(case_id: uuid.UUID) -> QuerySet[Redo]:
    return Redo.objects.filter(other_id=case_id).select_related("decision__case", "decision__document")


@dataclass(frozen=True)
class RedoLink:
    """The old and the new case of a decision made anew, as links between cases are shown."""

    case_id: uuid.UUID
    case: Case
    other: Case


def redo_links(case: Case) -> list[RedoLink]:
    """Where a case is decided anew, and what it decides anew."""
    return [RedoLink(row.decision.case_id, row.decision.case, row.other) for row in _redo_links(case.pk)]


@prepared
def _redo_links(case_id: uuid.UUID) -> QuerySet[Redo]:
    rows = Redo.objects.filter(Q(other_id=case_id) | Q(decision__case_id=case_id))
    return rows.select_related("decision__case", "other").order_by("at")


def redone(decision: Decision) -> Redo | None:
    """The case in which a decision that did not stand is decided anew."""
    return Redo.objects.filter(decision=decision).select_related("other").first()


def state(decision: Decision) -> str:
    """In one word what has become of a decision: the gravest of the acts that point to it."""
    if hasattr(decision, "revocation"):
        return "已撤销"
    known = hasattr(decision, "is_void")
    done = {
        *(variant for variant in Variant.values if known and getattr(decision, f"is_{variant}")),
        *(() if known else (row.variant for row in changes(decision))),
    }
    words = ((Variant.VOID, "已确认无效"), (Variant.ILLEGAL, "已确认违法"), (Variant.CHANGE, "已变更"))
    return next((label for variant, label in words if variant in done), "有效")


def stands(decision: Decision) -> bool:
    """Whether a decision was neither revoked nor declared void."""
    return not hasattr(decision, "revocation") and all(row.variant != Variant.VOID for row in changes(decision))
