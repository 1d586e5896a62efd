"""Reads of the circle of a restricted paper (知悉范围): who belongs to it, and whom a head may still admit."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, RoleGrant
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.documents.models import Admission, Document, Draft
from mingcha.documents.rendering.about import about


def admitted(case: Case, kind: str) -> QuerySet[Admission]:
    """Who began the paper and whom a head admitted, in order."""
    rows = Admission.objects.filter(case=case, kind=kind).select_related("officer", "admitted_by")
    return rows.order_by("at", "id")


def granted(case: Case) -> QuerySet[RoleGrant]:
    """Roles that people hold today in the organ of a case."""
    today = clock.today()
    held = Q(until=None) | Q(until__gte=today)
    return RoleGrant.objects.filter(held, organisation_id=case.organisation_id, since__lte=today)


def reported(case: Case, kind: str) -> set[str]:
    """Names of those on whom the papers of a kind in a case report, its draft included."""
    name = about(kind).reported
    if not name:
        return set()
    papers = (rows.objects.filter(case=case, kind=kind).values_list(f"fields__{name}", flat=True) for rows in _PAPERS)
    return {str(text) for rows in papers for text in rows if text}


def heads(case: Case, kind: str) -> Sequence[Officer]:
    """Heads of the organ: they belong to every circle of its cases, but who is reported on."""
    grants = granted(case).filter(role=Role.HEAD).values("officer_id")
    rows = Officer.objects.filter(id__in=grants).exclude(name__in=reported(case, kind))
    return list(rows.order_by("name", "id"))


def to_admit(case: Case, kind: str) -> Sequence[Officer]:
    """People of the organ outside the circle who may be admitted."""
    inside = [row.officer_id for row in admitted(case, kind)] + [row.id for row in heads(case, kind)]
    grants = granted(case).values("officer_id")
    rows = Officer.objects.filter(id__in=grants).exclude(id__in=inside).exclude(name__in=reported(case, kind))
    return list(rows.order_by("name", "id"))


_PAPERS = (Document, Draft)
