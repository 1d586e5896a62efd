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
from mingcha.cases.numbers import allocate
from mingcha.common import clock
from mingcha.common.canonical import digest, plain
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert, update
from mingcha.documents import examining, queries
from mingcha.documents.blocks import officers_block
from mingcha.documents.choices import NUMBER_CODES, Relation, ServiceMode
from mingcha.documents.composing import compose
from mingcha.documents.errors import Incomplete
from mingcha.documents.models import Document, Draft, Rendering, Service
from mingcha.documents.rendering import Rendered, check_fields, missing_fields, render, template
from mingcha.files.actions import Incoming, keep, receive_bytes
from mingcha.ledger.actions import append
from mingcha.ledger.actors import ActorSnapshot

_DRAFT_LIMIT = 200_000


@transaction.atomic
def save_draft(
    case_id: uuid.UUID, kind: str, fields: Mapping[str, Any], *, actor: Actor, version: int | None = None
) -> Draft:
    """Save what was typed so far. `version` is the one the writer started from; a newer one raises Conflict."""
    case = access.own_locked(actor, case_id)
    _due(case, kind)
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
    return found


def _due(case: Case, kind: str) -> None:
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


@transaction.atomic
def issue(case_id: uuid.UUID, kind: str, *, actor: Actor, fields: Mapping[str, Any] | None = None) -> Document:
    """Issue a document of the present stage from its draft (or `fields`). Raises Incomplete with what is missing."""
    case = access.own_locked(actor, case_id)
    _due(case, kind)
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
    if kind == "penalty-decision":
        raise Refused(
            [
                Reason(
                    "decision-by-head-only",
                    "处罚决定书由机关负责人作出决定时制作，承办人员只能拟稿。",
                    ("行政处罚法第五十七条",),
                )
            ]
        )
    if fields is None:
        found = queries.draft(case, kind)
        fields = found.fields if found else {}
    return make(case, kind, fields, by=actor.snapshot(Role.HANDLER))


def make(case: Case, kind: str, typed: Mapping[str, Any], *, by: ActorSnapshot) -> Document:
    """Compose, check, number and store a document of a locked case in the caller's transaction; rooms above use it."""
    document_id = uuid7()
    fields = compose(case, kind, typed, document_id)
    form = template(kind)
    names = {field.name for field in form.fields}
    fields = {name: value for name, value in fields.items() if name in names}
    if form.date in names and not fields.get(form.date):
        field = form.field(form.date)
        fields[form.date] = clock.now() if field and field.type == "moment" else clock.today()
    if "doc_no" in names and not fields.get("doc_no"):
        # The place of the number is kept while the gaps are counted: no number is spent on a refused document.
        fields["doc_no"] = "-"
    gaps = missing_fields(kind, fields)
    if gaps:
        raise Incomplete(
            [
                Reason("document-incomplete", f"《{form.title}》缺少：{label}。", data={"field": name})
                for name, label in gaps
            ]
        )
    # All that a printer or a court would refuse is refused now, before a number is spent.
    at = clock.now()
    marks = examining.marks(case, kind, check_fields(kind, fields), at)
    if refusing := [mark.reason for mark in marks if mark.refuses]:
        raise Refused(refusing)
    number = ""
    code = form.number_code or NUMBER_CODES.get(kind)
    if code:
        number = allocate(case.organisation, code)
        fields["doc_no"] = number
    elif "doc_no" in names:
        fields["doc_no"] = case.number
    stored = plain(fields)
    document = insert(
        Document(
            id=document_id,
            case=case,
            kind=kind,
            template_version=form.version,
            title=form.title,
            number=number,
            fields=stored,
            digest=digest({"kind": kind, "template": form.version, "fields": stored}),
            issued_by=by.name,
            issued_at=at,
        )
    )
    append(
        "document-issued",
        log=case.jurisdiction,
        subject=("document", str(document.id)),
        case_id=case.id,
        actor=by,
        payload={
            "kind": kind,
            "title": form.title,
            "number": number,
            "digest": document.digest,
            "template": form.version,
            **({"marks": [mark.reason.code for mark in marks]} if marks else {}),
        },
    )
    return document


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
            payload={"sha256": incoming.sha256, "template_digest": rendered.template_digest},
        )
    return found


@transaction.atomic
def serve(
    document_id: uuid.UUID,
    *,
    actor: Actor,
    mode: str,
    receiver: str,
    relation: str,
    served_at: dt.datetime,
    place: str,
    refusal: str = "",
    evidence: Incoming | None = None,
    note: str = "",
) -> Service:
    """Record service (送达) with its receipt; the day of effect follows from the mode — 民事诉讼法 art. 88–91.

    Leaving in place wants the refusal and a photo or video; post wants the returned receipt; electronic service wants
    the signed consent. Raises InvalidInput, Conflict when served already.
    """
    document = next(iter(queries.with_id(document_id)), None)
    if document is None:
        raise NotFound("没有找到这份文书。")
    case = access.own_locked(actor, document.case_id)
    check = Check()
    check.one_of("mode", mode, "送达方式", ServiceMode.values)
    check.one_of("relation", relation, "签收人与受送达人的关系", Relation.values)
    receiver = check.text("receiver", receiver, "签收人", most=60, required=mode != ServiceMode.LEFT)
    place = check.text("place", place, "送达地点", most=200)
    refusal = check.text("refusal", refusal, "拒收事由", most=300, required=mode == ServiceMode.LEFT)
    note = check.text("note", note, "备注", most=300, required=False)
    check.moment("served_at", served_at, "送达时间", latest=clock.now())
    # Forms know minutes: a letter may be served in the minute in which it was made.
    if served_at < document.issued_at.replace(second=0, microsecond=0):
        check.add("served_at", "送达时间不能早于文书制作时间。")
    if mode in (ServiceMode.LEFT, ServiceMode.POST, ServiceMode.ELECTRONIC) and evidence is None:
        wanted = {"left": "拍照或者录像", "post": "邮寄回执", "electronic": "当事人签署的电子送达确认书"}[mode]
        check.add("evidence", f"{ServiceMode(mode).label}须留存{wanted}，请上传。")
    check.done()
    if hasattr(document, "service"):
        raise Conflict("document-served", f"《{document.title}》已经送达，送达记录不能修改。")
    effective = clock.legal_day(served_at)
    receipt = make(
        case,
        "service-receipt",
        {
            "organ_name": case.organisation.name,
            "cause": case.cause,
            "doc_no": document.number,
            "documents": [{"name": document.title, "number": document.number, "quantity": 1}],
            "addressee": case.party_name,
            "address": place,
            "mode": mode,
            "attempts": [{"at": served_at, "place": place, "result": "已送达" if mode != "left" else "拒收，留置"}],
            "served_at": served_at,
            "receiver": receiver,
            "receiver_relation": relation,
            "refusal": refusal,
            "recording": f"SHA-256 {evidence.sha256[:16]}…" if evidence else "",
            "electronic": note or "确认书已归档" if mode == ServiceMode.ELECTRONIC else "",
            "post": note or "回执已归档" if mode == ServiceMode.POST else "",
            "servers": officers_block(case),
            "note": note,
        },
        by=actor.snapshot(Role.HANDLER),
    )
    row = insert(
        Service(
            document=document,
            mode=mode,
            receiver=receiver,
            relation=relation,
            served_at=served_at,
            effective_on=effective,
            evidence=keep(evidence) if evidence else None,
            receipt=receipt,
            note=note,
        )
    )
    append(
        "document-served",
        log=case.jurisdiction,
        subject=("document", str(document.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        occurred_at=served_at,
        payload={
            "kind": document.kind,
            "number": document.number,
            "mode": mode,
            "receiver": receiver,
            "relation": relation,
            "effective_on": effective,
            "evidence": row.evidence_id,
        },
    )
    return row
