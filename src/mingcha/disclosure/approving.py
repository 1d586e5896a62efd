"""The second person's answer (另一人审核): what was submitted is made public or withheld with it, or goes back."""

from __future__ import annotations

import hashlib
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.locks import lock
from mingcha.cases.moves import settle
from mingcha.cases.queries import open_branches
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.disclosure import access, actions, acts, controls, preparing, replacing
from mingcha.disclosure.choices import SourceKind
from mingcha.disclosure.commitments import making
from mingcha.disclosure.models import Submission, SubmissionAnswer
from mingcha.disclosure.models_controls import SubmissionKind
from mingcha.disclosure.rules import may_approve
from mingcha.documents.queries import newest_version
from mingcha.ledger.actions import append


def find(actor: Actor, submission_id: uuid.UUID) -> Submission:
    """A submission this person may see. Raises NotFound."""
    rows = Submission.objects.filter(id=submission_id, publication__in=access.visible(actor))
    found = rows.select_related("asked_by", "answer").first()
    if found is None:
        raise NotFound("没有找到这项送审，或者您无权查看。")
    return found


def answer(submission_id: uuid.UUID, *, actor: Actor, approved: bool, reason: str = "") -> SubmissionAnswer:
    """Approve or send back. An approved text is public with the answer; a withheld one leaves the queue.

    Renders once more: call it outside a transaction. Raises Refused, Conflict, InvalidInput, NotFound.
    """
    role = actor.require(Role.CLERK, Role.HEAD)
    row = find(actor, submission_id)
    check = Check()
    reason = check.text("reason", reason, "退回的理由", most=500, required=not approved)
    check.done()
    publication = access.publication(actor, row.publication_id)
    text = preparing.original(publication) if approved and row.kind == SubmissionKind.RELEASE else None
    if text is not None and hashlib.sha256(text.encode()).hexdigest() != row.original_digest:
        raise Conflict("text-corrected-meanwhile", "送审以后决定书补正过，请退回，由公示员按补正后的文本重新送审。")
    with transaction.atomic():
        case = lock(publication.case.id) if publication.case else None
        if SubmissionAnswer.objects.filter(submission=row).exists():
            raise Conflict("submission-answered", "这项送审已经审核。")
        if reasons := may_approve(asked_by=row.asked_by_id, officer=actor.officer_id):
            raise Refused(reasons)
        entry = append(
            "publication-answered",
            log=publication.jurisdiction,
            subject=("publication", str(publication.id)),
            case_id=case.id if case else None,
            actor=actor.snapshot(role),
            payload={"approved": approved, "kind": row.kind, "submission": str(row.id)},
        )
        found = SubmissionAnswer.objects.create(
            submission=row, approved=approved, reason=reason, entry_id=entry.pk, by_id=actor.officer_id, at=clock.now()
        )
        if approved and row.kind == SubmissionKind.RELEASE:
            letter = newest_version(publication.document) if publication.document else None
            committed = making.of(letter) if letter is not None and row.content.get("commitment") else None
            write = actions.replace if replacing.open_duty(publication.id) is not None else actions.release
            write(
                publication,
                actor=actor,
                original_digest=row.original_digest,
                spans=row.spans,
                content=row.content,
                residual=0,
                commitment=committed,
                signer=row.asked_by_id,
            )
        elif approved and publication.source == SourceKind.ACT:
            acts.end_period(publication, entry=entry.pk)
        elif approved and case is not None:
            told = controls.grounds()[row.ground]
            for branch in open_branches(case):
                if branch.stage == "publish-check":
                    settle(
                        case, branch, "close", f"依法不公示（{told['article']}，{told['label']}）：{row.reason}"[:500]
                    )
    return found
