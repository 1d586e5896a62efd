"""Rounds of a review: scope, submissions, opinions, what changed since, materials."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from mingcha.cases import facts as case_facts
from mingcha.cases import queries as cases
from mingcha.cases.memory import kept
from mingcha.cases.models import Case
from mingcha.catalogues import profiles
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.conditions import listed_as
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.explained import Explained
from mingcha.common.prepared import prepared
from mingcha.documents import queries as documents
from mingcha.documents.models import Document
from mingcha.documents.rendering import restricted
from mingcha.documents.rules import money
from mingcha.recordings import queries as recordings
from mingcha.review.choices import Conclusion
from mingcha.review.models import Exemption, Opinion, Submission
from mingcha.review.rules import changes, scope


@kept("catalogues_edition", "cases_case")
def list_in_force(case: Case) -> Edition:
    """The review list in force when the case was filed (or begun). Raises Refused when the organ has none."""
    return catalogues.require(case.organisation_id, "review-list", case.filed_on or clock.legal_day(case.created_at))


@kept("catalogues_edition", "cases_case", "cases_party", "cases_statement", "cases_statedfact", "documents_draft")
def demanded(case: Case) -> Explained[bool]:
    """Whether the published list demands review of this case as it stands."""
    penalties: list[dict[str, Any]] = []
    for kind in ("penalty-decision", "penalty-notice", "investigation-report"):
        draft = documents.draft(case, kind)
        if draft and draft.fields.get("penalties"):
            penalties = draft.fields["penalties"]
            break
    edition = list_in_force(case)
    facts: dict[str, Any] = {
        "procedure": cases.procedure(case).code,
        "act_type": listed_as(case.act_type),
        "party_kind": cases.party(case).kind,
        "hearing_held": case_facts.hearing_held(case),
        "kinds": {row["kind"] for row in penalties},
        "fine": money(penalties, "fine"),
        "confiscation": money(penalties, "confiscate_gains"),
        **case_facts.stated(case),
    }
    answer = scope(edition.content["entries"], facts)
    return Explained(
        answer.value,
        answer.rule,
        answer.article,
        {**answer.facts, "edition": str(edition.id), "edition_name": str(edition)},
        (f"依据《{edition.title}》第{edition.number}版。", *answer.steps),
    )


# Procedures that each scope of the policy profile sends to review besides the list; None: all of them.
_ORDINARY, _SIMPLE = ("P-PT", "P-TZ"), ("P-JY",)


def in_scope(case: Case) -> Explained[bool]:
    """Whether review is demanded: by the published list, or because the policy profile widens it (R083). Never narrower."""
    listed = demanded(case)
    width = profiles.value(case.profile.content, "legal_review.scope")
    code = cases.procedure(case).code
    wider = {"all": True, "list_ordinary": code in _ORDINARY, "list_beyond_simple": code not in _SIMPLE}.get(
        width, False
    )
    if listed.value or not wider:
        return listed
    edition = case.profile
    words = profiles.words("legal_review.scope", width)
    step = f"依据《{edition.title}》第{edition.number}版“法制审核的范围”：{words}。"
    facts = {**listed.facts, "legal_review.scope": width}
    return Explained(True, listed.rule, listed.article, facts, (*listed.steps, step))


def submissions(case: Case) -> QuerySet[Submission]:
    """All rounds, newest first, opinions joined."""
    rows = Submission.objects.filter(case=case).select_related(
        "opinion__reviewer", "opinion__document", "opinion__voiding", "withdrawal__by", "urgency", "submitted_by"
    )
    return rows.order_by("-round")


@prepared
def rounds(case_id: uuid.UUID) -> QuerySet[Submission]:
    """As `submissions`, in one prepared read."""
    return Submission.objects.filter(case_id=case_id).select_related("opinion").order_by("-round")


@kept("review_submission", "review_opinion", "review_withdrawal", "review_voiding")
def latest(case: Case) -> Submission | None:
    return next(iter(_newest(case.pk)), None)


@prepared
def _newest(case_id: uuid.UUID) -> QuerySet[Submission]:
    rows = Submission.objects.filter(case_id=case_id)
    rows = rows.select_related(
        "opinion__reviewer", "opinion__document", "opinion__voiding", "submitted_by__organisation", "withdrawal"
    )
    return rows.order_by("-round")[:1]


def open_submission(case: Case) -> Submission | None:
    """The submission that waits for an opinion."""
    found = latest(case)
    return found if found is not None and waits(found) else None


def waits(submission: Submission) -> bool:
    """Whether a submission has neither an opinion nor been withdrawn."""
    return not hasattr(submission, "opinion") and not hasattr(submission, "withdrawal")


def last_opinion(case: Case) -> Opinion | None:
    """The opinion of the newest round that has one."""
    found = latest(case)
    if found is None or hasattr(found, "opinion"):
        return getattr(found, "opinion", None)
    return Opinion.objects.filter(submission__case=case).order_by("-submission__round").first()


def standing(case: Case) -> Opinion | None:
    """The approval on which a decision could rest: of the newest round, not void."""
    opinion = getattr(latest(case), "opinion", None)
    if opinion is None or opinion.conclusion != Conclusion.AGREE or hasattr(opinion, "voiding"):
        return None
    return opinion


def exemption(case: Case) -> Exemption | None:
    return Exemption.objects.filter(case=case).select_related("edition").first()


def changed_since_last(submission: Submission) -> list[dict[str, str]]:
    """What the handler changed since the round before."""
    if submission.round == 1:
        return []
    before = Submission.objects.filter(case_id=submission.case_id, round=submission.round - 1).first()
    return changes(before.content, submission.content) if before else []


def changed_since(case: Case, submission: Submission) -> list[dict[str, str]]:
    """What differs now from what was handed over."""
    now = documents.frozen(case)
    if now is None:
        return [{"label": "决定书草稿", "before": "有", "after": "没有"}]
    return [] if now.digest == submission.digest else changes(submission.content, now.content)


def materials(case: Case) -> list[dict[str, Any]]:
    """Index of what is handed over: documents, evidence, recordings, each with key and digest."""
    rows: list[dict[str, Any]] = [
        {"key": f"document:{row.id}", "label": str(row), "kind": row.kind, "digest": row.digest}
        for row in _documents(case.pk)
        if row.kind not in restricted()
    ]
    rows += [
        {"key": f"evidence:{row.id}", "label": f"证据{row.seq} {row.name}", "kind": "evidence", "digest": row.digest}
        for row in cases.counted_evidence(case)
    ]
    rows += [
        {"key": f"recording:{row.id}", "label": f"音像 {row.title}", "kind": "recording", "digest": row.file_id}
        for row in recordings.shown(case)
    ]
    return rows


@prepared
def _documents(case_id: uuid.UUID) -> QuerySet[Document]:
    return Document.objects.filter(case_id=case_id).defer("fields").order_by("issued_at", "id")


def waiting_rule() -> Q:
    """Cases with something to review: at the stage of review, or beside their course with a submission that waits."""
    beside = Submission.objects.filter(case_id=OuterRef("pk"), opinion=None, withdrawal=None)
    return Q(stage="legal-review") | Q(Exists(beside))


def newest(case_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Submission]:
    """The newest round of each case without what was handed over, who submitted it joined."""
    rows = Submission.objects.filter(case_id__in=list(case_ids)).defer("content", "materials", "answers")
    return {row.case_id: row for row in rows.select_related("submitted_by").order_by("round")}


def ground(submission: Submission) -> str:
    """Why the case had to be reviewed, as it was judged when it was handed over: the conditions that it met."""
    steps = submission.scope.get("steps", [])
    return "；".join(steps[1:] or steps)


def given_by(officer_id: uuid.UUID) -> QuerySet[Opinion]:
    """Opinions that a reviewer gave, newest first, case joined."""
    return Opinion.objects.filter(reviewer_id=officer_id).select_related("submission__case").order_by("-given_at")
