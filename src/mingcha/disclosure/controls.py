"""Dual control (谁录入谁负责、另一人审核, R024): what waits for another person's approval, and what the profile demands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.locks import lock
from mingcha.catalogues import profiles
from mingcha.catalogues.queries import pinned
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Refused
from mingcha.disclosure import access, changed
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.models import DualControl, Publication, Submission
from mingcha.disclosure.models_controls import SubmissionKind
from mingcha.disclosure.rules import may_withhold
from mingcha.ledger.actions import append

_PLACE = Path(__file__).parent / "data" / "withholding.json"


@cache
def grounds() -> dict[str, dict[str, str]]:
    """The grounds on which a decision is not made public, by code: label, article, and the scope that allows it."""
    return {row["code"]: row for row in json.loads(_PLACE.read_text("utf-8"))["grounds"]}


def demand(publication: Publication, content: Mapping[str, Any]) -> None:
    """Fix, with the duty to publish, that another approves, where the profile of the case says so."""
    if profiles.value(content, "publish.approval") == "another":
        DualControl.objects.create(publication=publication, created_at=publication.created_at)


def demanded(publication: Publication) -> bool:
    return DualControl.objects.filter(publication=publication).exists()


def scope(publication: Publication) -> str:
    """Whether all penalties are published, or those of social impact (处罚法48): the value of the case's profile."""
    if publication.case is None:
        return "all"
    return str(profiles.value(pinned(publication.case.profile_id).content, "publish.scope"))


def grounds_for(publication: Publication) -> dict[str, dict[str, str]]:
    """The grounds that the profile of this case leaves."""
    return {code: row for code, row in grounds().items() if row.get("scope", scope(publication)) == scope(publication)}


def open_submission(publication: Publication) -> Submission | None:
    """What waits for another's answer."""
    rows = Submission.objects.filter(publication=publication, answer=None).select_related("asked_by")
    return rows.order_by("-seq").first()


def last_refusal(publication: Publication) -> Submission | None:
    """The refusal that the next submission has to meet; None after an approval or without submission."""
    row = Submission.objects.filter(publication=publication).select_related("answer__by").order_by("-seq").first()
    return row if row is not None and hasattr(row, "answer") and not row.answer.approved else None


def waiting(publications: QuerySet[Publication]) -> QuerySet[Submission]:
    """Submissions of these publications without answer, the oldest first."""
    rows = Submission.objects.filter(publication__in=publications, answer=None)
    return rows.select_related(
        "publication__decision__case", "publication__letter__case", "publication__organisation", "asked_by"
    ).order_by("asked_at", "id")


def withheld(case_id: uuid.UUID) -> bool:
    """Whether another person approved that the decision of this case is not made public."""
    about = Q(publication__decision__case_id=case_id) | Q(publication__letter__case_id=case_id)
    rows = Submission.objects.filter(about, kind=SubmissionKind.WITHHOLD, answer__approved=True)
    return rows.exists()


def waiting_decision(case_id: uuid.UUID) -> bool:
    """Whether the decision of this case stands and has to be made public still."""
    about = Q(decision__case_id=case_id) | Q(letter__case_id=case_id, source=SourceKind.ACT)
    rows = Publication.objects.filter(about, release=None)
    return changed.standing(rows).exists()


@transaction.atomic
def submit(
    publication: Publication,
    *,
    actor: Actor,
    original_digest: str,
    spans: Sequence[Mapping[str, Any]],
    content: Mapping[str, Any],
) -> Submission:
    """Hand the redacted text to another person instead of publishing it. Raises Conflict while one waits."""
    return _store(
        publication,
        actor,
        kind=SubmissionKind.RELEASE,
        original_digest=original_digest,
        spans=list(spans),
        content=content,
        content_digest=digest(content),
    )


@transaction.atomic
def withhold(publication_id: uuid.UUID, *, actor: Actor, ground: str, reason: str) -> Submission:
    """Ask that a decision be not made public; it takes effect with another's approval. Raises Refused, InvalidInput."""
    actor.require(Role.CLERK)
    publication = access.publication(actor, publication_id)
    check = Check()
    check.one_of("ground", ground, "依据", list(grounds_for(publication)))
    reason = check.text("reason", reason, "事实和理由", most=500)
    check.done()
    reasons = may_withhold(
        of_case=publication.case is not None,
        released=hasattr(publication, "release"),
        undone=changed.undone(publication),
    )
    if reasons:
        raise Refused(reasons)
    return _store(publication, actor, kind=SubmissionKind.WITHHOLD, ground=ground, reason=reason, spans=[], content={})


def _store(publication: Publication, actor: Actor, **fields: Any) -> Submission:
    case = lock(publication.case.id) if publication.case else None
    if open_submission(publication) is not None:
        raise Conflict("submission-open", "这项公示已经送审，正在等待另一人审核。")
    row = Submission.objects.create(
        publication=publication,
        seq=Submission.objects.filter(publication=publication).count() + 1,
        asked_by_id=actor.officer_id,
        asked_at=clock.now(),
        **fields,
    )
    append(
        "publication-submitted",
        log=publication.jurisdiction,
        subject=("publication", str(publication.id)),
        case_id=case.id if case else None,
        actor=actor.snapshot(Role.CLERK),
        payload={"kind": row.kind, "ground": row.ground, "content_digest": row.content_digest},
    )
    return row
