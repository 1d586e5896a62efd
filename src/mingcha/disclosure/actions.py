"""Writes of disclosure: queueing, sign-off, release, withdrawal."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases.locks import lock
from mingcha.cases.moves import pass_on
from mingcha.catalogues.queries import pinned
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert, prepared
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines import queries as running
from mingcha.decisions.models import Decision
from mingcha.disclosure import access, changed, preparing, replacing
from mingcha.disclosure.choices import PublicState, SourceKind
from mingcha.disclosure.commitments import cutting, making
from mingcha.disclosure.controls import demand, demanded, submit
from mingcha.disclosure.models import (
    Commitment,
    Publication,
    PublicEntry,
    Release,
    ReplacementRelease,
    Signoff,
    Submission,
    Withdrawal,
)
from mingcha.disclosure.rules import apply_spans, may_keep, may_publish, swallowed
from mingcha.disclosure.showing import shown
from mingcha.documents.queries import newest_version
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot
from mingcha.redaction import Redacted


@prepared
def _of(decision_id: uuid.UUID) -> QuerySet[Publication]:
    return Publication.objects.filter(decision_id=decision_id)


def queue(decision: Decision, *, by: ActorSnapshot, since: dt.date | None = None) -> Publication:
    """The duty to publish; its last day (PUB-01) is reckoned from `since`, without it from the day of decision."""
    case = decision.case
    for found in _of(decision.pk):
        return found
    publication_id = uuid7()
    period = deadlines.start(
        "PUB-01",
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        start=since or decision.decided_on,
        subject=str(publication_id),
        length=pinned(case.profile_id).content["publish_days"],
    )
    row = insert(
        Publication(
            id=publication_id,
            jurisdiction=case.jurisdiction,
            organisation=case.organisation,
            source=SourceKind.DECISION,
            decision=decision,
            due_on=period.due_on,
            created_at=clock.now(),
        )
    )
    demand(row, pinned(case.profile_id).content)
    append(
        "publication-queued",
        log=case.jurisdiction,
        subject=("publication", str(row.id)),
        case_id=case.id,
        actor=by,
        payload={"decision": decision.number, "due_on": row.due_on},
    )
    return row


def publish(
    publication_id: uuid.UUID,
    *,
    actor: Actor,
    attested: bool,
    rejected: Mapping[int, str] | None = None,
    added: Sequence[Mapping[str, Any]] = (),
    profile: str = preparing.PROFILE,
) -> Release | ReplacementRelease | Submission:
    """Sign off the redaction and publish in one act of the clerk; after a correction, replace what is public.

    Where the profile of the case demands another's approval (R024) nothing is public yet: it is submitted.

    The engine's spans stand unless `rejected` (index → reason); `added` are further spans (start, end, reason?); one that
    covers a span of the engine extends it. Nothing is
    published while a second scan still finds something. Raises Refused, InvalidInput, Conflict.
    """
    actor.require(Role.CLERK)
    publication = access.publication(actor, publication_id)
    text = preparing.original(publication)
    check = Check()
    check.one_of("profile", profile, "脱敏方案", list(preparing.profiles()))
    check.done()
    proposal = preparing.marked(publication, text, profile)
    rejected = dict(rejected or {})
    if not attested:
        check.add("attested", "请确认已逐项核对隐去的内容。")
    for index, reason in rejected.items():
        if not 0 <= index < len(proposal.spans):
            check.add("rejected", "隐去范围与原文不符，请刷新页面后重新核对。")
        elif not may_keep(proposal.spans[index].type):
            check.add(f"reason-{index}", "证件号码、电话、账号等个人信息不得保留，请取消勾选。")
        check.text(f"reason-{index}", reason, "保留原文的理由", most=200)
    check.done()
    return carry_out(publication, actor=actor, **ready(publication, text, proposal, rejected, added, profile))


def ready(
    publication: Publication,
    text: str,
    proposal: Redacted,
    rejected: Mapping[int, str],
    added: Sequence[Mapping[str, Any]],
    profile: str,
) -> dict[str, Any]:
    """What is signed off: digest of the original, spans, public content, what is left, commitment. Writes no release."""
    spans: list[dict[str, Any]] = [
        {
            "start": span.start,
            "end": span.end,
            "type": span.type,
            "rule": span.rule,
            "replacement": span.replacement,
        }
        for index, span in enumerate(proposal.spans)
        if index not in rejected and not swallowed(span, added)
    ]
    spans += [
        {
            "start": item["start"],
            "end": item["end"],
            "type": "manual",
            "rule": "manual",
            "replacement": "（此处隐去）",
            **({"reason": item["reason"]} if item.get("reason") else {}),
        }
        for item in added
    ]
    # What would be hidden of the letter's fields is what was marked, not the whole clause around it.
    gone = {text[span["start"] : span["end"]]: str(span["replacement"]) for span in spans}
    commitment = _commitment(publication, text, proposal.spans)
    if commitment is not None:
        spans = cutting.fitted(spans, commitment.opening.cuts)
    public_text = apply_spans(text, spans)
    # Only what was kept by name is forgiven, wherever it stands; anything else that is left stops the publication.
    kept = {text[proposal.spans[index].start : proposal.spans[index].end] for index in rejected}
    left = preparing.leftover(publication, public_text, kept, profile)
    content = preparing.content(publication, public_text, preparing.count_hidden(spans), gone, profile)
    if commitment is not None:
        content["commitment"] = making.mark(commitment, content, spans)
    duty = replacing.open_duty(publication.id)
    if duty is not None:
        content = plain({**content, "corrections": replacing.notes(duty.correction)})
    return {
        "original_digest": hashlib.sha256(text.encode()).hexdigest(),
        "spans": [*spans, *({"rejected": index, "reason": reason} for index, reason in rejected.items())],
        "content": content,
        "residual": left,
        "commitment": commitment,
    }


def carry_out(publication: Publication, *, actor: Actor, **signed: Any) -> Release | ReplacementRelease | Submission:
    """Publish, replace or submit what was made ready, as the profile and the state of the publication say."""
    duty = replacing.open_duty(publication.id)
    if demanded(publication):
        released = hasattr(publication, "release") and duty is None
        undone = changed.undone(publication)
        reasons = may_publish(signed_off=True, residual=signed["residual"], revoked=undone, released=released)
        if reasons:
            raise Refused(reasons)
        told = {name: signed[name] for name in ("original_digest", "spans", "content")}
        return submit(publication, actor=actor, **told)
    # What was public before a correction is replaced by the same act as a first publication.
    write = replace if duty is not None else release
    return write(publication, actor=actor, **signed)


def _commitment(publication: Publication, text: str, spans: Sequence[Any]) -> Commitment | None:
    """What the letter was committed to when it was issued, at the latest now; None for letters from before."""
    if publication.document is None:
        return None
    found = making.commit(publication, newest_version(publication.document), text, spans)
    if found is not None and found.opening.text != text:
        raise Refused(
            [
                Reason(
                    "text-not-committed",
                    "文书现在的文本与签发时承诺的不同，不能公示。",
                    ("行政处罚法第四十八条",),
                    "请联系信息管理员核对文书模板的版本。",
                )
            ]
        )
    return found


@transaction.atomic
def release(
    publication: Publication,
    *,
    actor: Actor,
    original_digest: str,
    spans: Sequence[Mapping[str, Any]],
    content: Mapping[str, Any],
    residual: int,
    commitment: Commitment | None = None,
    signer: uuid.UUID | None = None,
) -> Release:
    """Make public in the caller's name; `signer` answers for the redaction where another submitted it."""
    case = lock(publication.case.id) if publication.case else None
    reasons = may_publish(
        signed_off=True,
        residual=residual,
        revoked=changed.undone(publication),
        released=Release.objects.filter(publication=publication).exists(),
    )
    if reasons:
        raise Refused(reasons)
    _still_newest(publication, content)
    where = _where(publication, actor)
    signoff = _sign_off(publication, signer or actor.officer_id, where, original_digest, spans, content, residual)
    content_digest = digest(content)
    entry = append(
        "decision-published",
        subject=("publication", str(publication.id)),
        payload={"number": content["number"], "content_digest": content_digest},
        **where,
    )
    made = Release.objects.create(
        publication=publication,
        signoff=signoff,
        content=content,
        content_digest=content_digest,
        entry_id=entry.pk,
        released_at=entry.recorded_at,
    )
    show(publication, made)
    changed.point_back(publication)
    if commitment is not None:
        making.show(publication, commitment, content)
    if case is not None:
        period = running.open_period(case.id, publication.rule, str(publication.id))
        if period is not None:
            deadlines.end(period.id, on=clock.today(), entry=entry.pk)
        pass_on(case, actor)
    return made


@transaction.atomic
def replace(
    publication: Publication,
    *,
    actor: Actor,
    original_digest: str,
    spans: Sequence[Mapping[str, Any]],
    content: Mapping[str, Any],
    residual: int,
    commitment: Commitment | None = None,
    signer: uuid.UUID | None = None,
) -> ReplacementRelease:
    """Put the corrected text in the place of the public one, with a note that everybody sees (更正公示)."""
    case = lock(publication.case.id) if publication.case else None
    duty = replacing.open_duty(publication.id)
    reasons = may_publish(
        signed_off=True,
        residual=residual,
        revoked=changed.undone(publication),
        released=duty is None,
    )
    if reasons or duty is None:
        raise Refused(reasons)
    _still_newest(publication, content)
    where = _where(publication, actor)
    signoff = _sign_off(publication, signer or actor.officer_id, where, original_digest, spans, content, residual)
    before = replacing.current(publication.id) or publication.release
    content_digest = digest(content)
    entry = append(
        "correction-published",
        subject=("publication", str(publication.id)),
        payload={
            "number": content["number"],
            "content_digest": content_digest,
            "replaces": before.content_digest,
            "letter": duty.correction.letter.number,
        },
        **where,
    )
    replaced = ReplacementRelease.objects.create(
        replacement=duty,
        signoff=signoff,
        document=duty.correction.successor,
        content=content,
        content_digest=content_digest,
        entry_id=entry.pk,
        released_at=entry.recorded_at,
    )
    show(publication, replaced)
    if commitment is not None:
        making.show(publication, commitment, content)
    replacing.end_periods(publication, on=clock.today(), entry=entry.pk)
    if case is not None:
        pass_on(case, actor)
    return replaced


def _where(publication: Publication, actor: Actor) -> dict[str, Any]:
    role = actor.require(Role.CLERK, Role.HEAD)
    where: dict[str, Any] = {"log": publication.jurisdiction, "actor": actor.snapshot(role)}
    if publication.case is not None:
        where["case_id"] = publication.case.id
    return where


def _still_newest(publication: Publication, content: Mapping[str, Any]) -> None:
    """The text was rendered before the lock: a correction that came between makes it an old one."""
    if publication.document is None:
        return
    if newest_version(publication.document).digest != content["document_digest"]:
        raise Conflict("text-corrected-meanwhile", "决定书刚刚补正过，请刷新页面，核对补正后的文本再签发。")


def _sign_off(
    publication: Publication,
    signer: uuid.UUID,
    where: Mapping[str, Any],
    original_digest: str,
    spans: Sequence[Mapping[str, Any]],
    content: Mapping[str, Any],
    residual: int,
) -> Signoff:
    signoff = Signoff.objects.create(
        publication=publication,
        original_digest=original_digest,
        spans=list(spans),
        text=content["text"],
        residual=residual,
        signed_by_id=signer,
        signed_at=clock.now(),
    )
    append(
        "redaction-signed-off",
        subject=("publication", str(publication.id)),
        payload={"original": original_digest, "hidden": content["hidden"], "spans": len(spans)},
        **where,
    )
    return signoff


def not_published(case_id: uuid.UUID, entry_id: int) -> None:
    """End the period of a publication that will not be made (依法不公示); nothing is removed."""
    about = Q(decision__case_id=case_id) | Q(letter__case_id=case_id)
    for publication in Publication.objects.filter(about, release=None):
        period = running.open_period(case_id, publication.rule, str(publication.id))
        if period is not None:
            deadlines.end(period.id, on=max(clock.today(), period.starts_on), entry=entry_id)


def show(publication: Publication, release: Release | ReplacementRelease) -> None:
    """Write the portal's read model of a release."""
    PublicEntry.objects.update_or_create(id=publication.id, defaults=shown(publication, release))


@transaction.atomic
def withdraw(publication_id: uuid.UUID, *, actor: Actor, reason: str) -> Withdrawal:
    """Take a publication down with a public reason; a tombstone stays — art. 48 ¶2."""
    actor.require(Role.CLERK, Role.HEAD)
    publication = access.publication(actor, publication_id)
    check = Check()
    reason = check.text("reason", reason, "撤下理由", most=300)
    check.done()
    role = Role.CLERK if actor.has(Role.CLERK) else Role.HEAD
    return take_down(publication, reason=reason, by=actor.snapshot(role))


def take_down(publication: Publication, *, reason: str, by: ActorSnapshot) -> Withdrawal:
    """Withdraw in the caller's transaction. Raises Refused when never published, Conflict when withdrawn already."""
    case = lock(publication.case.id) if publication.case else None
    if not Release.objects.filter(publication=publication).exists():
        raise Refused([Reason("not-published", "还没有公示，不需要撤下。")])
    if Withdrawal.objects.filter(publication=publication).exists():
        raise Conflict("withdrawn-already", "已经撤下。")
    row = Withdrawal.objects.create(publication=publication, reason=reason, withdrawn_at=clock.now())
    told = append(
        "publication-withdrawn",
        log=publication.jurisdiction,
        subject=("publication", str(publication.id)),
        actor=by,
        payload={"reason": reason},
        case_id=case.id if case else None,
    )
    entry = PublicEntry.objects.get(id=publication.id)
    # The tombstone names the decision and the reason; the withdrawn text leaves the portal and its search at once.
    entry.state, entry.withdrawn_at, entry.withdrawn_reason = PublicState.WITHDRAWN, row.withdrawn_at, reason
    entry.content, entry.search_text = {}, entry.number
    entry.save()
    making.take_down(publication)
    replacing.end_periods(publication, on=clock.today(), entry=told.pk)
    return row


def withdraw_revoked(decision: Decision, *, reason: str, by: ActorSnapshot, what: str = "被撤销") -> None:
    """What was revoked, changed or declared void comes down at once, within the three working days of art. 48 ¶2."""
    about = Q(decision=decision) | Q(letter__in=decision.changes.values("document"))
    for publication in Publication.objects.filter(about, release__isnull=False, withdrawal=None):
        take_down(publication, reason=f"决定已{what}：{reason}", by=by)
