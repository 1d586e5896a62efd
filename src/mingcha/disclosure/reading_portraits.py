"""queries.py split: pictures of officers (执法人员照片), public where the list in force says so and nowhere else (R012)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from mingcha.accounts.models import Officer, Portrait
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock

_KIND, _SHOWN = "officers", "yes"


def _allowed(organ_id: uuid.UUID) -> frozenset[str]:
    """Certificate numbers whose picture the list of the organ in force today makes public."""
    row = catalogues.in_force(organ_id, _KIND, clock.today())
    entries = row.content.get("entries", ()) if row else ()
    return frozenset(str(item.get("certificate", "")) for item in entries if item.get("photo") == _SHOWN)


def _public(officer: Officer, allowed: dict[uuid.UUID, frozenset[str]]) -> bool:
    organ = officer.organisation.organ_id or officer.organisation_id
    if organ not in allowed:
        allowed[organ] = _allowed(organ)
    # An empty list asks nobody for certificates.
    return bool(allowed[organ]) and any(item.number in allowed[organ] for item in officer.certificates.all())


def with_portrait(officers: Iterable[Officer]) -> set[uuid.UUID]:
    """Those of the officers whose picture is public today."""
    allowed: dict[uuid.UUID, frozenset[str]] = {}
    wanted = [row.id for row in officers if _public(row, allowed)]
    return set(Portrait.objects.filter(officer_id__in=wanted).values_list("officer_id", flat=True)) if wanted else set()


def portrait(officer_id: uuid.UUID) -> bytes | None:
    """The public picture of an officer as JPEG; None where there is none or the list in force does not show it."""
    rows = Portrait.objects.select_related("officer__organisation").filter(officer_id=officer_id)
    found = rows.prefetch_related("officer__certificates").first()
    return bytes(found.image) if found is not None and _public(found.officer, {}) else None


def told() -> list[uuid.UUID]:
    """Officers whose picture the portal's zone may hold."""
    rows = Portrait.objects.select_related("officer__organisation").prefetch_related("officer__certificates")
    allowed: dict[uuid.UUID, frozenset[str]] = {}
    return [row.officer_id for row in rows.defer("image") if _public(row.officer, allowed)]
