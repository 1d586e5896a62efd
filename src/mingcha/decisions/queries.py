"""Reads of decisions for other rooms."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mingcha.cases.models import Case
from mingcha.common.prepared import prepared
from mingcha.decisions.models import Decision


def of_case(case: Case) -> Decision | None:
    rows = Decision.objects.filter(case=case).select_related("document", "decided_by", "opinion", "revocation")
    return rows.first()


@prepared
def decided(case_id: uuid.UUID) -> QuerySet[Decision, uuid.UUID]:
    """Key of the decision of a case, or nothing."""
    return Decision.objects.filter(case_id=case_id).values_list("id", flat=True)


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
    """Decisions of an organ, newest first, case and revocation joined."""
    rows = Decision.objects.filter(case__organisation_id=organisation_id).select_related("case", "revocation")
    return rows.order_by("-decided_at", "-id")


def revoked(jurisdiction: str) -> QuerySet[Decision]:
    """Revoked decisions of a jurisdiction, newest first."""
    rows = Decision.objects.filter(case__jurisdiction=jurisdiction, revocation__isnull=False)
    return rows.select_related("case__organisation", "revocation").order_by("-revocation__decided_at")
