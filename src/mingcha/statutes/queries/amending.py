"""Amendments with what rests on them, and how far the re-examination has come."""

from __future__ import annotations

import uuid

from django.db.models import Count, Q, QuerySet

from mingcha.common.errors import NotFound
from mingcha.statutes.models import Amendment, Reexamination


def amendments(jurisdiction: str) -> QuerySet[Amendment]:
    """All amendments, the newest first, with `listed` and `waiting` of this jurisdiction."""
    ours = Q(reexaminations__jurisdiction=jurisdiction)
    return Amendment.objects.annotate(
        listed=Count("reexaminations", filter=ours),
        waiting=Count("reexaminations", filter=ours & Q(reexaminations__outcome=None)),
    ).order_by("-effective_from", "law_name")


def amendment(amendment_id: uuid.UUID) -> Amendment:
    """Raises NotFound."""
    row = Amendment.objects.filter(id=amendment_id).first()
    if row is None:
        raise NotFound("没有找到这次法律变动。")
    return row


def reexaminations(jurisdiction: str, amendment: Amendment | None = None) -> QuerySet[Reexamination]:
    """What is listed for re-examination in a jurisdiction, with its outcome where there is one."""
    rows = Reexamination.objects.filter(jurisdiction=jurisdiction).select_related("amendment", "outcome")
    if amendment is not None:
        rows = rows.filter(amendment=amendment)
    return rows.order_by("-amendment__effective_from", "title", "place", "id")


def reexamination(reexamination_id: uuid.UUID, jurisdiction: str) -> Reexamination:
    """Raises NotFound, also for another jurisdiction's."""
    row = reexaminations(jurisdiction).filter(id=reexamination_id).first()
    if row is None:
        raise NotFound("没有找到这项复核，或者它不属于您的地区。")
    return row


def waiting_amendments(jurisdiction: str) -> list[tuple[Amendment, int]]:
    """Amendments of which something still waits for re-examination, with how many; the earliest effect first."""
    rows = Reexamination.objects.filter(jurisdiction=jurisdiction, outcome=None).order_by()
    counts = dict(rows.values_list("amendment").annotate(count=Count("id")))
    found = Amendment.objects.filter(id__in=counts).order_by("effective_from", "law_name") if counts else []
    return [(row, counts[row.id]) for row in found]


def open_counts(jurisdiction: str) -> int:
    """How many re-examinations wait."""
    return Reexamination.objects.filter(jurisdiction=jurisdiction, outcome=None).count()
