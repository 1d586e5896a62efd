"""Which edition is in force, what it takes from above, drafts and their rounds; reads for other rooms."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from typing import Any

from django.db.models import Q, QuerySet

from mingcha.accounts.models import Organisation
from mingcha.catalogues.choices import UNFINISHED
from mingcha.catalogues.models import (
    Draft,
    DraftEntry,
    Edition,
    FoundingAct,
    ListImport,
    ListReview,
    Proposal,
    Superior,
)
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


def all_in_force(organisation_id: uuid.UUID, kind: str, day: dt.date) -> QuerySet[Edition]:
    """The editions of every list of a kind in force on `day`, without their contents, by key."""
    return _on(organisation_id, kind, day).defer("content").order_by("key")


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


def superior_of(organisation_id: uuid.UUID, kind: str, day: dt.date) -> Superior | None:
    """From whom an organ takes fixed entries of a kind of list on `day`."""
    rows = Superior.objects.filter(organisation_id=organisation_id, kind=kind, since__lte=day)
    rows = rows.filter(Q(until=None) | Q(until__gt=day))
    return rows.select_related("superior").order_by("-since", "-id").first()


def superiors(organisation_id: uuid.UUID, kind: str, day: dt.date) -> list[Organisation]:
    """The organs above in a kind of list, nearest first. Ends at a ring, which the database refuses anyway."""
    found: list[Organisation] = []
    seen = {organisation_id}
    link = superior_of(organisation_id, kind, day)
    while link is not None and link.superior_id not in seen:
        seen.add(link.superior_id)
        found.append(link.superior)
        link = superior_of(link.superior_id, kind, day)
    return found


def fixed_above(organisation_id: uuid.UUID, kind: str, day: dt.date) -> list[dict[str, Any]]:
    """Entries that the levels above have fixed, the highest level first; a lower level never overrides them (R017)."""
    found: dict[str, dict[str, Any]] = {}
    for organ in reversed(superiors(organisation_id, kind, day)):
        row = in_force(organ.id, kind, day)
        for item in row.content.get("entries", []) if row else []:
            if item.get("fixed"):
                found.setdefault(str(item["code"]), dict(item))
    return list(found.values())


def entries(edition: Edition, day: dt.date) -> list[dict[str, Any]]:
    """What an edition demands on `day`: the entries fixed above, as they stand above, then its own others."""
    fixed = fixed_above(edition.organisation_id, edition.kind, day)
    codes = {str(item["code"]) for item in fixed}
    return [*fixed, *(row for row in edition.content.get("entries", []) if str(row.get("code")) not in codes)]


def draft(draft_id: uuid.UUID) -> Draft:
    return Draft.objects.select_related("organisation", "base", "changed_by").get(id=draft_id)


def open_draft(organisation_id: uuid.UUID, kind: str, key: str) -> Draft | None:
    """The unfinished draft of a list, if there is one."""
    rows = Draft.objects.filter(organisation_id=organisation_id, kind=kind, key=key, state__in=UNFINISHED)
    return rows.select_related("organisation", "base", "changed_by").first()


def list_imports(draft: Draft) -> QuerySet[ListImport]:
    """Files that were read into a draft, the newest first."""
    return ListImport.objects.filter(draft=draft).select_related("by", "chosen_by").order_by("-started_at", "-id")


def draft_entries(draft: Draft) -> QuerySet[DraftEntry]:
    """Entries of a draft in order."""
    return DraftEntry.objects.filter(draft=draft).select_related("changed_by").order_by("position", "id")


def composed(draft: Draft) -> dict[str, Any]:
    """The content that a draft would publish."""
    if not schema(draft.kind).columns:
        return dict(draft.content)
    rows = DraftEntry.objects.filter(draft=draft).order_by("position", "id").values_list("data", flat=True)
    return {**draft.content, "entries": list(rows)}


def latest_proposal(draft: Draft) -> Proposal | None:
    """The newest round of a draft, its review joined where there is one."""
    rows = Proposal.objects.filter(draft=draft).select_related("review__reviewer", "submitted_by", "organisation")
    return rows.order_by("-round").first()


def review_of(proposal: Proposal) -> ListReview | None:
    return ListReview.objects.filter(proposal=proposal).select_related("reviewer").first()
