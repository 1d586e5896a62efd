"""Writes of documents: drafting, issuing with a number, serving. PDFs are made outside the transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.canonical import plain
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.common.prepared import insert, update
from mingcha.documents import clearing, queries
from mingcha.documents.circles import actions as circles
from mingcha.documents.making import make
from mingcha.documents.models import Document, Draft, Rendering
from mingcha.documents.rendering import Rendered, render, spoken, template
from mingcha.documents.serving.actions import serve
from mingcha.files.actions import keep, receive_bytes
from mingcha.ledger.actions import append

__all__ = ["ensure_rendered", "issue", "make", "require_due", "save_draft", "serve"]

_DRAFT_LIMIT = 400_000


@transaction.atomic
def save_draft(
    case_id: uuid.UUID, kind: str, fields: Mapping[str, Any], *, actor: Actor, version: int | None = None
) -> Draft:
    """Save what was typed so far. `version` is the one the writer started from; a newer one raises Conflict."""
    case = access.own_locked(actor, case_id)
    if kind not in queries.cleared_kinds() or kind not in queries.decisive(cases.procedure(case).code):
        # What a review approves is drafted before the stage that makes it.
        require_due(case, kind)
    circles.enter(case, kind, actor)
    if queries.by_act(case, kind):
        require_others_make(case, kind)
    if len(str(fields)) > _DRAFT_LIMIT:
        raise InvalidInput({"fields": ["文书内容过长，请删减后再保存。"]})
    found = next(iter(queries.saved_draft(case.id, kind)), None)
    if found is None:
        return insert(
            Draft(
                case=case,
                kind=kind,
                fields=plain(fields),
                version=1,
                saved_by_id=actor.officer_id,
                saved_at=clock.now(),
            )
        )
    if version is not None and version != found.version:
        raise Conflict("draft-changed", "其他人刚刚保存过这份文书，您的修改没有覆盖它。请刷新页面对照后再保存。")
    found.fields, found.version = plain(fields), found.version + 1
    found.saved_by_id, found.saved_at = actor.officer_id, clock.now()
    update(found, "fields", "version", "saved_by", "saved_at")
    clearing.redrafted(case, kind)
    return found


def require_due(case: Case, kind: str) -> None:
    """Refuse a document that the present stages do not make. Raises Refused."""
    stage = cases.stage(case)
    allowed = set(stage.documents)
    if stage.id == "review-return":
        # Answering the reviewer's problems includes mending the draft decision.
        allowed.add("penalty-decision")
    if kind not in allowed and not template(kind).about.anytime:
        flow = cases.procedure(case)
        if any(kind in flow.stage(branch.stage).documents for branch in cases.open_branches(case)):
            return
        raise Refused(
            [
                Reason(
                    "document-not-due",
                    f"“{stage.name}”环节不制作{template(kind).title}。",
                    (stage.article,),
                    "请先把案件转入相应环节。",
                )
            ]
        )


def require_others_make(case: Case, kind: str) -> None:
    """What an act of its own makes is made by nobody else: the opinion by the review, the record by the hearing, a letter
    by which the head decides with the decision; who handles the case at most drafts it. Raises Refused.
    """
    if queries.by_act(case, kind):
        text = f"《{template(kind).title}》由相应的办理事项制作，不能单独制作。"
        raise Refused([Reason("document-made-by-act", text, fix="请到相应的页面办理，办理后自动制作。")])
    if queries.by_decision(case, kind):
        text = f"《{template(kind).title}》由机关负责人作出决定时制作，承办人员只能拟稿。"
        raise Refused([Reason("decision-by-head-only", text, ("行政处罚法第五十七条",))])


@transaction.atomic
def issue(
    case_id: uuid.UUID,
    kind: str,
    *,
    actor: Actor,
    fields: Mapping[str, Any] | None = None,
    pad_number: str = "",
    made_at: dt.datetime | None = None,
) -> Document:
    """Issue a document of the present stage from its draft (or `fields`). Raises Incomplete with what is missing.

    A paper made on the spot takes the next number of the officer's pad; one made there without network names its
    `pad_number` and the hour `made_at`.
    """
    case = access.own_locked(actor, case_id)
    require_due(case, kind)
    circles.enter(case, kind, actor)
    require_others_make(case, kind)
    if template(kind).about.made == "approved":
        raise Refused(
            [
                Reason(
                    "approval-needed",
                    f"《{template(kind).title}》须经批准才能制作。",
                    fix="请提交审批，由负责人批准后自动制作。",
                )
            ]
        )
    if fields is None:
        found = queries.draft(case, kind)
        fields = found.fields if found else {}
    return make(case, kind, fields, by=actor.snapshot(Role.HANDLER), pad_number=pad_number, made_at=made_at)


def ensure_rendered(document_id: uuid.UUID) -> Rendering:
    """The PDF/A of a document; made now if the worker has not done so. Runs outside a transaction."""
    found = Rendering.objects.filter(document_id=document_id).select_related("file").first()
    if found:
        return found
    document = Document.objects.select_related("case").filter(id=document_id).first()
    if document is None:
        raise NotFound("没有找到这份文书。")
    rendered: Rendered = render(document.kind, document.fields, version=document.template_version)
    incoming = receive_bytes(rendered.pdf)
    with transaction.atomic():
        lock(document.case_id)
        found = Rendering.objects.filter(document_id=document_id).select_related("file").first()
        if found:
            return found
        found = Rendering.objects.create(
            document=document, file=keep(incoming), template_digest=rendered.template_digest, at=clock.now()
        )
        append(
            "document-rendered",
            log=document.case.jurisdiction,
            subject=("document", str(document.id)),
            case_id=document.case_id,
            actor=SYSTEM,
            payload={
                "kind": spoken(document.kind)["kind"],
                "sha256": incoming.sha256,
                "template_digest": rendered.template_digest,
            },
        )
    return found
