"""Which edition is in force; reads for other rooms."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.catalogues.models import Edition, FoundingAct
from mingcha.catalogues.schemas import schema
from mingcha.common.errors import Reason, Refused
from mingcha.common.prepared import prepared


def in_force(organisation_id: uuid.UUID, kind: str, day: dt.date, key: str = "") -> Edition | None:
    """The edition of a list in force on `day`, or None."""
    found = _in_force_of(organisation_id, kind, day, key) if key else _in_force(organisation_id, kind, day)
    # Contents never change: they are read once per process.
    return pinned(found[0]) if found else None


def _on(organisation_id: uuid.UUID, kind: str, day: dt.date) -> QuerySet[Edition]:
    rows = Edition.objects.filter(organisation_id=organisation_id, kind=kind, effective_from__lte=day)
    return rows.filter(Q(effective_to=None) | Q(effective_to__gte=day)).order_by("-effective_from")


@prepared
def _in_force(organisation_id: uuid.UUID, kind: str, day: dt.date) -> QuerySet[Edition, uuid.UUID]:
    return _on(organisation_id, kind, day).values_list("id", flat=True)[:1]


@prepared
def _in_force_of(organisation_id: uuid.UUID, kind: str, day: dt.date, key: str) -> QuerySet[Edition, uuid.UUID]:
    return _on(organisation_id, kind, day).filter(key=key).values_list("id", flat=True)[:1]


def require(organisation_id: uuid.UUID, kind: str, day: dt.date, key: str = "") -> Edition:
    """The edition in force. Raises Refused when the organ has published none: only a published list can drive a case."""
    edition = in_force(organisation_id, kind, day, key)
    if edition is None:
        label = schema(kind).label
        raise Refused(
            [
                Reason(
                    "edition-missing",
                    f"本机关在{day.isoformat()}没有已公布的{label}，不能办理。",
                    ("行政处罚法第三十九条",),
                    f"请先由管理员公布{label}。",
                )
            ]
        )
    return edition


def edition(edition_id: uuid.UUID) -> Edition:
    return Edition.objects.select_related("organisation").get(id=edition_id)


@functools.lru_cache(maxsize=256)
def pinned(edition_id: uuid.UUID) -> Edition:
    """An edition that cases are pinned to, read once per process: its content never changes (only its end is set)."""
    return Edition.objects.get(id=edition_id)


def published(jurisdiction: str) -> QuerySet[Edition]:
    """All editions of a jurisdiction without their contents, newest first."""
    rows = Edition.objects.filter(organisation__jurisdiction=jurisdiction).select_related("organisation")
    return rows.defer("content").order_by("kind", "key", "-number")


def entry(edition: Edition, code: str) -> dict[str, Any] | None:
    """An entry of an edition by its code."""
    return next((item for item in edition.content.get("entries", []) if item.get("code") == code), None)


def profile(organisation_id: uuid.UUID, day: dt.date) -> Edition:
    """The policy profile in force."""
    return require(organisation_id, "policy-profile", day)


def founding_acts(jurisdiction: str) -> QuerySet[FoundingAct]:
    return FoundingAct.objects.filter(organisation__jurisdiction=jurisdiction).select_related("organisation")
