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


def in_force(organisation_id: uuid.UUID, kind: str, day: dt.date, key: str = "") -> Edition | None:
    """The edition of a list in force on `day`, or None."""
    rows = Edition.objects.filter(organisation_id=organisation_id, kind=kind, effective_from__lte=day)
    rows = rows.filter(Q(effective_to=None) | Q(effective_to__gte=day))
    return (rows.filter(key=key) if key else rows).order_by("-effective_from").first()


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
