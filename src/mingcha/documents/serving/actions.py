"""Writes of service (送达): signed address forms, attempts, hand-overs with one receipt each — 民事诉讼法 art. 87–95."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.cases import queries as cases
from mingcha.cases.choices import DutyKind
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.common.ids import uuid7
from mingcha.common.prepared import insert, prepared
from mingcha.deadlines import queries as deadlines
from mingcha.documents import making
from mingcha.documents import queries as documents
from mingcha.documents.blocks import officers_block, party_block
from mingcha.documents.choices import DECIDED, AttemptOutcome, Relation, ServiceMode
from mingcha.documents.models import Consent, Document, HandedPaper, HandOver, Service, ServiceAttempt
from mingcha.documents.rendering import spoken
from mingcha.documents.sealing import queries as sealing
from mingcha.documents.sealing.rules import before_service, missing
from mingcha.documents.serving import queries, receipts, rules
from mingcha.documents.serving.receipts import Told
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append

_MOST_PAPERS = 30
_MOST_WITNESSES = 5
_CHANNELS = ("mail", "fax", "sms", "app")


@transaction.atomic
def serve(document_id: uuid.UUID, *, actor: Actor, also: Sequence[uuid.UUID] = (), **told: Any) -> Service:
    """Record that a paper, with others in the same hand-over, reached the party; the receipt is made with it.

    Raises InvalidInput for what the mode lacks, Refused where the law does not allow the mode, Conflict when served.
    """
    handed = hand_over([document_id, *also], actor=actor, told=Told(**told))
    found = next(iter(_service(handed.pk, document_id)), None)
    if found is None:
        raise NotFound("文书已交给其他受送达人，当事人的送达另行登记。")
    return found


@transaction.atomic
def hand_over(document_ids: Sequence[uuid.UUID], *, actor: Actor, told: Told) -> HandOver:
    """One hand-over of one or several papers of a case to one addressee, with one receipt (送达回证)."""
    papers = _papers(document_ids)
    case = access.own_locked(actor, papers[0].case_id, afterwards=all(map(documents.came_later, papers)))
    party = cases.party(case)
    addressee = told.addressee.strip() or party.name
    told = _checked(told, papers)
    _not_served(case, papers, addressee)
    consent = queries.consent(case, addressee, told.served_at) if told.mode == ServiceMode.ELECTRONIC else None
    tried = queries.attempts(papers, addressee)
    approval = queries.approval(case, told.served_at) if told.mode == ServiceMode.ANNOUNCEMENT else None
    reasons = _unsigned(papers)
    if told.mode == ServiceMode.ELECTRONIC:
        online = all(_tells_online(paper) for paper in papers)
        reasons += rules.may_send(bool(consent and consent.electronic), online)
    if told.mode == ServiceMode.ANNOUNCEMENT:
        reasons += rules.may_announce([row.mode for row in tried], approval is not None)
        numbers = [paper.number or str(paper.fields.get("doc_no", "")) or case.number for paper in papers]
        reasons += rules.announced(queries.announced(case, told.served_at), numbers)
    if told.mode == ServiceMode.ENTRUSTED:
        reasons += rules.may_entrust(told.letter, queries.entrusting(case, told.served_at))
    if "relation" in rules.needs(told.mode) and addressee == party.name:
        reasons += rules.may_sign(party.kind, told.relation)
    if reasons:
        raise Refused(reasons)
    effect = rules.effect(told.mode, told.served_at, deadlines.calendar(case.jurisdiction))
    by = actor.snapshot(Role.HANDLER)
    receipt = making.make(
        case, "service-receipt", receipts.fields(case, papers, addressee, told, tried, effect, consent, approval), by=by
    )
    handed = insert(
        HandOver(
            id=uuid7(),
            case=case,
            addressee=addressee,
            mode=told.mode,
            receiver=told.receiver,
            relation=told.relation if "relation" in rules.needs(told.mode) else "",
            sent_at=told.sent_at,
            served_at=told.served_at,
            effective_on=effect.value,
            reckoning=effect.as_dict(),
            consent=consent,
            approval=approval,
            evidence=keep(told.evidence) if told.evidence else None,
            witnesses=[dict(row) for row in told.witnesses],
            details={
                name: getattr(told, name)
                for name in ("place", "refusal", "tracking", "media", "agency", "letter", "note")
                if getattr(told, name)
            },
            receipt=receipt,
            recorded_at=clock.now(),
        )
    )
    for paper in papers:
        insert(HandedPaper(handover=handed, document=paper, addressee=addressee))
        if addressee == party.name:
            insert(
                Service(
                    document=paper,
                    mode=told.mode,
                    receiver=told.receiver,
                    relation=handed.relation,
                    served_at=told.served_at,
                    effective_on=effect.value,
                    evidence_id=handed.evidence_id,
                    receipt=receipt,
                    note=told.note,
                    handover=handed,
                )
            )
        append(
            "document-served",
            log=case.jurisdiction,
            subject=("document", str(paper.id)),
            case_id=case.id,
            actor=by,
            occurred_at=told.served_at,
            payload={
                "kind": spoken(paper.kind)["kind"],
                "number": spoken(paper.kind, number=paper.number)["number"],
                "mode": told.mode,
                "addressee": addressee,
                "receiver": told.receiver,
                "relation": handed.relation,
                "effective_on": effect.value,
                "evidence": handed.evidence_id,
                "handover": str(handed.id),
            },
        )
    return handed


def _papers(ids: Sequence[uuid.UUID]) -> list[Document]:
    check = Check()
    if len(set(ids)) != len(ids) or not 1 <= len(ids) <= _MOST_PAPERS:
        check.add("also", f"一次送达1至{_MOST_PAPERS}份文书，每份只列一次。")
    check.done()
    papers = [row for document_id in ids for row in documents.with_id(document_id)]
    if len(papers) != len(ids) or len({paper.case_id for paper in papers}) != 1:
        raise NotFound("没有找到这份文书。")
    return papers


def _unsigned(papers: Sequence[Document]) -> list[Reason]:
    """What the organ's own people have not signed: such a paper does not leave the house."""
    standing = sealing.standings(papers)
    return [
        reason
        for paper in papers
        for reason in missing(before_service(standing[paper.pk]), title=paper.title, articles=rules.law()["signed"])
    ]


@prepared
def _handed(document_id: uuid.UUID, addressee: str) -> QuerySet[HandedPaper, Any]:
    return HandedPaper.objects.filter(document_id=document_id, addressee=addressee).values_list("pk", flat=True)[:1]


@prepared
def _service(handover_id: uuid.UUID, document_id: uuid.UUID) -> QuerySet[Service]:
    return Service.objects.filter(handover_id=handover_id, document_id=document_id)


def _not_served(case: Case, papers: Sequence[Document], addressee: str) -> None:
    for paper in papers:
        if _handed(paper.pk, addressee) or (addressee == case.party_name and hasattr(paper, "service")):
            raise Conflict("document-served", f"《{paper.title}》已经送达，送达记录不能修改。")
        if hasattr(paper, "void"):
            raise Conflict("document-voided", f"《{paper.title}》已经作废，不能送达。")


def _checked(told: Told, papers: Sequence[Document]) -> Told:
    check = Check()
    mode = check.one_of("mode", told.mode, "送达方式", ServiceMode.values)
    wanted = set(rules.needs(mode)) if mode else set()
    values: dict[str, Any] = {
        "receiver": check.text("receiver", told.receiver, "签收人", most=60, required="receiver" in wanted),
        "place": check.text("place", told.place, "送达地点", most=200),
        "refusal": check.text("refusal", told.refusal, "拒收事由", most=300, required="refusal" in wanted),
        "tracking": check.text("tracking", told.tracking, "邮件编号", most=60, required="tracking" in wanted),
        "media": check.text("media", told.media, "公告媒体", most=200, required="media" in wanted),
        "agency": check.text("agency", told.agency, "受委托或者转交的机关", most=100, required="agency" in wanted),
        "letter": check.text("letter", told.letter, "委托函文号", most=60, required="letter" in wanted),
        "note": check.text("note", told.note, "备注", most=300, required=False),
        "relation": told.relation,
    }
    if "relation" in wanted:
        check.one_of("relation", told.relation, "签收人与受送达人的关系", Relation.values)
    _check_times(check, told, papers, "sent_at" in wanted)
    witnesses = _witnesses(check, told.witnesses, papers[0].case if told.witnesses else None)
    proof = f"{ServiceMode(mode).label}须留存{rules.law()['modes'][mode]['proof']}，请上传。" if mode else ""
    if "evidence" in wanted and told.evidence is None:
        check.add("evidence", proof)
    if "witness_or_evidence" in wanted and told.evidence is None and not witnesses:
        check.add("evidence", "留置送达须有见证人，或者上传拍照、录像。")
    check.done()
    return Told(
        mode=mode,
        served_at=told.served_at,
        addressee=told.addressee,
        sent_at=told.sent_at if "sent_at" in wanted else None,
        witnesses=witnesses,
        evidence=told.evidence,
        **values,
    )


def _check_times(check: Check, told: Told, papers: Sequence[Document], posted: bool) -> None:
    check.moment("served_at", told.served_at, "送达时间", latest=clock.now())
    if "served_at" in check.errors:
        return
    # Forms know minutes: a letter may be served in the minute in which it was made.
    if told.served_at < max(paper.issued_at for paper in papers).replace(second=0, microsecond=0):
        check.add("served_at", "送达时间不能早于文书制作时间。")
    if not posted:
        return
    check.moment("sent_at", told.sent_at, "交邮时间", latest=clock.now())
    if "sent_at" not in check.errors and told.sent_at is not None and told.served_at <= told.sent_at:
        check.add("served_at", "送达时间以回执上注明的收件时间为准，应晚于交邮时间。")


def _witnesses(check: Check, rows: Sequence[Mapping[str, str]], case: Case | None) -> list[dict[str, str]]:
    found = []
    own = {officer.name for officer in cases.officers_on(case, DutyKind.HANDLER)} if case else set()
    if len(rows) > _MOST_WITNESSES:
        check.add("witnesses", f"见证人最多{_MOST_WITNESSES}名。")
    for row in rows[:_MOST_WITNESSES]:
        name = check.text("witnesses", row.get("name", ""), "见证人姓名", most=60)
        unit = check.text("witnesses", row.get("unit", ""), "见证人所在的基层组织或者单位", most=100)
        if name in own:
            check.add("witnesses", f"{name}是本案的承办人员，不能作见证人（民事诉讼法第八十九条）。")
        found.append({"name": name, "unit": unit})
    return found


def _tells_online(paper: Document) -> bool:
    if paper.kind not in DECIDED:
        return True
    remedies = paper.fields.get("remedies") or {}
    return bool(remedies.get("recon_online"))


@transaction.atomic
def record_attempt(
    document_ids: Sequence[uuid.UUID],
    *,
    actor: Actor,
    mode: str,
    outcome: str,
    tried_at: dt.datetime,
    place: str,
    account: str,
    addressee: str = "",
    evidence: Incoming | None = None,
) -> list[ServiceAttempt]:
    """Record an attempt that did not succeed, with its course; a returned letter needs its envelope or the trace."""
    papers = _papers(document_ids)
    case = access.own_locked(actor, papers[0].case_id, afterwards=all(map(documents.came_later, papers)))
    addressee = addressee.strip() or case.party_name
    _not_served(case, papers, addressee)
    check = Check()
    tried = [value for value in ServiceMode.values if value not in (ServiceMode.LEFT, ServiceMode.ANNOUNCEMENT)]
    check.one_of("mode", mode, "尝试的送达方式", tried)
    check.one_of("outcome", outcome, "没有送达的原因", AttemptOutcome.values)
    place = check.text("place", place, "地点或者账号", most=200)
    account = check.text("account", account, "经过", most=500)
    check.moment("tried_at", tried_at, "时间", latest=clock.now())
    if not check.errors and tried_at < max(row.issued_at for row in papers).replace(second=0, microsecond=0):
        check.add("tried_at", "送达不能早于文书制作时间。")
    if outcome == AttemptOutcome.RETURNED and evidence is None:
        check.add("evidence", "邮件退回的，请上传退回的信封或者物流记录。")
    check.done()
    kept = keep(evidence) if evidence else None
    rows = []
    for paper in papers:
        row = insert(
            ServiceAttempt(
                id=uuid7(),
                document=paper,
                addressee=addressee,
                mode=mode,
                outcome=outcome,
                tried_at=tried_at,
                place=place,
                account=account,
                evidence=kept,
                recorded_by=actor.name,
                recorded_at=clock.now(),
            )
        )
        append(
            "service-attempted",
            log=case.jurisdiction,
            subject=("document", str(paper.id)),
            case_id=case.id,
            actor=actor.snapshot(Role.HANDLER),
            occurred_at=tried_at,
            payload={
                "kind": spoken(paper.kind)["kind"],
                "mode": mode,
                "outcome": outcome,
                "place": place,
                "account": account,
                "evidence": kept.pk if kept else None,
            },
        )
        rows.append(row)
    return rows


@transaction.atomic
def record_consent(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    receiver: str,
    phone: str,
    address: str,
    electronic: bool,
    signed: Incoming | None,
    channel: str = "",
    account: str = "",
    scope: str = "",
) -> Consent:
    """Record the signed address form (送达地址确认书, no. 70) of the party; consent is never presumed."""
    case = access.own_locked(actor, case_id, afterwards=True)
    if not documents.unserved_later(case):
        access.require_open(case)
    check = Check()
    receiver = check.text("receiver", receiver, "收件人", most=60)
    phone = check.text("phone", phone, "收件人联系电话", most=40)
    address = check.text("address", address, "送达地址", most=200)
    scope = check.text("scope", scope or "本案全部程序中的文书", "适用范围", most=200)
    account = check.text("account", account, "电子送达账号", most=120, required=electronic)
    if electronic:
        check.one_of("channel", channel, "电子送达方式", _CHANNELS)
    if signed is None:
        check.add("signed", "没有当事人签名的确认书不发生效力，请上传签名的确认书。")
    check.done()
    form = {
        "party": party_block(cases.party(case)),
        "case_no": case.number,
        "cause": case.cause,
        "receiver": receiver,
        "receiver_phone": phone,
        "postal_address": address,
        "electronic": electronic,
        "channel": channel if electronic else "",
        "account": account if electronic else "",
        "scope": scope,
        "confirmed_on": clock.today(),
        "officers": officers_block(case),
    }
    document = making.make(case, "service-address-confirmation", form, by=actor.snapshot(Role.HANDLER))
    row = insert(
        Consent(
            id=uuid7(),
            case=case,
            addressee=case.party_name,
            document=document,
            electronic=electronic,
            channel=channel if electronic else "",
            account=account if electronic else "",
            address=address,
            receiver=receiver,
            phone=phone,
            signed=keep(signed) if signed else None,
            at=clock.now(),
        )
    )
    append(
        "service-consent-recorded",
        log=case.jurisdiction,
        subject=("document", str(document.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"electronic": electronic, "channel": row.channel, "signed": row.signed_id},
    )
    return row
