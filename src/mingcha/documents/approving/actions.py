"""Approval of internal papers (审批): the handler lays the paper before the heads, the last consent makes it.

The time of the consent is the time of the document, so that “approved before the act” (行政强制法 art. 18(1); 行政处罚法
art. 56) is a comparison of two instants that nobody typed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.queries import duties_of
from mingcha.cases.rules import grounded, may_approve
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotPermitted, Reason, Refused
from mingcha.documents import actions, examining, queries
from mingcha.documents.approving.choices import ROLES, ApprovalChoice, ApprovalStep
from mingcha.documents.approving.models import Approval, ApprovalOpinion
from mingcha.documents.approving.queries import approval, ended, open_for
from mingcha.documents.blocks import officers_block
from mingcha.documents.circles import actions as circles
from mingcha.documents.models import Document
from mingcha.documents.rendering import check_fields, spoken, template
from mingcha.ledger.actions import append

# What the opinions themselves put into the paper.
_BY_OPINIONS = ("head_choice", "head_opinion", "head", "head_at", "unit_opinion", "unit_head", "unit_at")


@transaction.atomic
def ask(case_id: uuid.UUID, kind: str, *, actor: Actor, fields: Mapping[str, Any] | None = None) -> Approval:
    """Lay a paper before the heads. Raises Incomplete, Refused by a check, Conflict while one of the kind waits."""
    case = access.own_locked(actor, case_id)
    form = template(kind)
    if form.about.made != "approved":
        raise Refused([Reason("no-approval", f"《{form.title}》不需要审批，可以直接制作。")])
    actions.require_due(case, kind)
    circles.enter(case, kind, actor)
    actions.require_others_make(case, kind)
    if open_for(case, kind):
        raise Conflict("approval-waiting", f"《{form.title}》已经提交审批，还没有答复。需要修改的，请先撤回。")
    if fields is None:
        draft = queries.draft(case, kind)
        fields = draft.fields if draft else {}
    typed = {name: value for name, value in fields.items() if name not in _BY_OPINIONS}
    _require_complete(case, kind, typed)
    stored = plain(typed)
    found = Approval.objects.create(
        case=case,
        kind=kind,
        fields=stored,
        digest=digest({"kind": kind, "fields": stored}),
        asked_by_id=actor.officer_id,
        asked_at=clock.now(),
    )
    told = spoken(kind, form.title)
    append(
        "approval-asked",
        log=case.jurisdiction,
        subject=("approval", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"kind": told["kind"], "title": told["title"], "digest": found.digest},
    )
    return found


def _require_complete(case: Case, kind: str, typed: Mapping[str, Any]) -> None:
    """All that would keep the paper from being made after the consent is said before it is laid before anybody."""
    fields = examining.as_made(case, kind, typed)
    examining.require_whole(kind, fields)
    marks = examining.marks(case, kind, check_fields(kind, fields), clock.now())
    if refusing := [mark.reason for mark in marks if mark.refuses]:
        raise Refused(refusing)


@transaction.atomic
def answer(
    approval_id: uuid.UUID, *, actor: Actor, step: str, choice: str, text: str = "", digest_seen: str
) -> Document | None:
    """One head's word. The consent of the last makes the document; refusal and return want a reason.

    Raises NotPermitted for the wrong role or one's own paper, Conflict when it has ended or that step has spoken.
    """
    found = approval(actor, approval_id)
    case = lock(found.case_id)
    if step not in ROLES or not actor.has(ROLES[ApprovalStep(step)]) or actor.organ_id != case.organisation_id:
        raise NotPermitted(message="只有本机关的负责人可以审批。")
    if found.asked_by_id == actor.officer_id:
        raise NotPermitted(message="不能审批自己提交的文书。")
    if unmet := may_approve(actor.name, ROLES[ApprovalStep(step)], duties_of(case, actor.officer_id)):
        raise Refused(grounded(unmet, case.act_type))
    check = Check()
    check.one_of("choice", choice, "审批意见", [ApprovalChoice.AGREE, ApprovalChoice.REFUSE, ApprovalChoice.RETURN])
    text = check.text("text", text, "意见和理由", most=500, required=choice != ApprovalChoice.AGREE)
    check.done()
    opinions = list(ApprovalOpinion.objects.filter(approval=found).order_by("at"))
    if any(row.choice != ApprovalChoice.AGREE or row.document_id for row in opinions):
        raise Conflict("approval-ended", "这份审批已经办结或者撤回，请刷新页面。")
    if any(row.step == step for row in opinions):
        raise Conflict("approval-answered", "这一级已经审批过了，请刷新页面。")
    if digest_seen != found.digest:
        raise Conflict("approval-changed", "文书内容与您看到的不一致，请刷新页面后再审批。")
    words = text or ApprovalChoice(choice).label
    last = choice == ApprovalChoice.AGREE and template(found.kind).about.approver == step
    now = clock.now()
    document = _make(case, found, opinions, actor, step, words) if last else None
    ApprovalOpinion.objects.create(
        approval=found,
        step=step,
        choice=choice,
        text=words,
        officer_id=actor.officer_id,
        name=actor.name,
        at=now,
        document=document,
    )
    append(
        "approval-answered",
        log=case.jurisdiction,
        subject=("approval", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(ROLES[ApprovalStep(step)]),
        payload={"kind": spoken(found.kind)["kind"], "step": step, "choice": choice, "digest": found.digest},
    )
    return document


def _make(
    case: Case, found: Approval, opinions: list[ApprovalOpinion], actor: Actor, step: str, words: str
) -> Document:
    form = template(found.kind)
    names = {field.name for field in form.fields}
    today = clock.today()
    spoken: dict[str, Any] = {"handlers": officers_block(case), "handler_at": clock.legal_day(found.asked_at)}
    for row in opinions:
        if row.step == ApprovalStep.UNIT_HEAD:
            spoken |= {"unit_opinion": row.text, "unit_head": row.name, "unit_at": clock.legal_day(row.at)}
    if step == ApprovalStep.HEAD:
        spoken |= {"head_choice": "agree", "head_opinion": words, "head": actor.name, "head_at": today}
    else:
        spoken |= {"unit_opinion": words, "unit_head": actor.name, "unit_at": today}
    fields = {**found.fields, **{name: value for name, value in spoken.items() if name in names}}
    return actions.make(case, found.kind, fields, by=actor.snapshot(ROLES[ApprovalStep(step)]))


@transaction.atomic
def withdraw(approval_id: uuid.UUID, *, actor: Actor) -> None:
    """The handler takes a paper back that nobody has finally answered. Raises Conflict, NotPermitted."""
    found = approval(actor, approval_id)
    case = access.own_locked(actor, found.case_id)
    if not Approval.objects.filter(id=found.id).filter(~ended()).exists():
        raise Conflict("approval-ended", "这份审批已经办结或者撤回，请刷新页面。")
    ApprovalOpinion.objects.create(
        approval=found,
        step=ApprovalStep.HANDLER,
        choice=ApprovalChoice.WITHDRAW,
        text="",
        officer_id=actor.officer_id,
        name=actor.name,
        at=clock.now(),
    )
    append(
        "approval-answered",
        log=case.jurisdiction,
        subject=("approval", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"kind": spoken(found.kind)["kind"], "step": "handler", "choice": "withdraw", "digest": found.digest},
    )
