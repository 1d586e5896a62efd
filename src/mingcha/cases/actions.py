"""Writes of the case room. Each locks the case, checks, writes rows and the journal entry in one transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, queries
from mingcha.cases.choices import (
    STATEMENTS,
    AvoidanceState,
    DutyKind,
    EvidenceKind,
    PartyKind,
    Source,
    StatementKind,
)
from mingcha.cases.locks import lock
from mingcha.cases.models import (
    Avoidance,
    Case,
    Duty,
    Evidence,
    EvidenceExclusion,
    Party,
    Statement,
    StatementAnswer,
)
from mingcha.cases.rules import may_take_duty
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.canonical import digest
from mingcha.common.checks import Check, id_number_valid, uscc_valid
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append
from mingcha.procedures.queries import definition


@transaction.atomic
def register_lead(
    *,
    actor: Actor,
    procedure: str,
    source: str,
    cause: str,
    facts: str,
    item_code: str,
    conduct_ended_on: dt.date,
    discovered_on: dt.date,
    party_kind: str,
    party_name: str,
    id_number: str = "",
    uscc: str = "",
    legal_representative: str = "",
    address: str = "",
    phone: str = "",
    second_officer_id: uuid.UUID | None = None,
) -> Case:
    """Register a lead (线索登记): the case begins, pinned to the editions in force today; the officer becomes a handler.

    Identifiers with a wrong check digit are kept and flagged. Raises InvalidInput, Refused.
    """
    actor.require(Role.HANDLER)
    check = Check()
    cause = check.text("cause", cause, "案由", most=120)
    facts = check.text("facts", facts, "线索内容", most=5000)
    check.one_of("source", source, "线索来源", Source.values)
    check.date("discovered_on", discovered_on, "发现之日", latest=clock.today())
    check.date("conduct_ended_on", conduct_ended_on, "违法行为发生或者终了之日", latest=clock.today())
    party = _party_fields(check, party_kind, party_name, id_number, uscc, legal_representative, address, phone)
    today = clock.today()
    pinned = catalogues.require(actor.organ_id, "procedure", today, procedure)
    items = catalogues.require(actor.organ_id, "items", today)
    profile = catalogues.profile(actor.organ_id, today)
    if catalogues.entry(items, item_code) is None:
        check.add("item_code", "这个执法事项不在已公布的清单中，不得实施。请从清单中选择。")
    check.done()
    flow = definition(pinned.id)
    case = Case.objects.create(
        jurisdiction=actor.jurisdiction,
        organisation_id=actor.organ_id,
        act_type=flow.act_type,
        procedure=pinned,
        items=items,
        profile=profile,
        item_code=item_code,
        stage=flow.entry,
        step=flow.stage(flow.entry).step,
        cause=cause,
        facts=facts,
        source=source,
        conduct_ended_on=conduct_ended_on,
        discovered_on=discovered_on,
        party_name=party["name"],
        created_at=clock.now(),
    )
    append(
        "case-registered",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={
            "cause": cause,
            "source": source,
            "facts": facts,
            "item": item_code,
            "procedure": str(pinned.id),
            "items": str(items.id),
            "profile": str(profile.id),
        },
    )
    _record_party(case, actor, party)
    _take_duty(case, actor.officer_id, DutyKind.HANDLER, actor)
    if second_officer_id:
        if second_officer_id == actor.officer_id:
            raise InvalidInput({"second_officer_id": ["两名执法人员不能是同一人。"]})
        _take_duty(case, second_officer_id, DutyKind.HANDLER, actor)
    return case


def _party_fields(
    check: Check, kind: str, name: str, id_number: str, uscc: str, representative: str, address: str, phone: str
) -> dict[str, str]:
    check.one_of("party_kind", kind, "当事人类型", PartyKind.values)
    fields = {
        "kind": kind,
        "name": check.text("party_name", name, "当事人名称", most=120),
        "id_number": check.text("id_number", id_number, "证件号码", most=40, required=False).upper(),
        "uscc": check.text("uscc", uscc, "统一社会信用代码", most=40, required=False).upper(),
        "legal_representative": check.text(
            "legal_representative", representative, "法定代表人", most=60, required=False
        ),
        "address": check.text("address", address, "住所", most=200),
        "phone": check.text("phone", phone, "联系电话", most=40, required=False),
    }
    if kind == PartyKind.PERSON and not fields["id_number"]:
        check.add("id_number", "请填写自然人的身份证件号码。")
    if kind == PartyKind.ORGANISATION and not fields["uscc"]:
        check.add("uscc", "请填写单位的统一社会信用代码。")
    if kind == PartyKind.TRADER and not (fields["uscc"] or fields["id_number"]):
        check.add("uscc", "请填写统一社会信用代码或者经营者身份证件号码。")
    return fields


def _record_party(case: Case, actor: Actor, fields: dict[str, str]) -> Party:
    flagged = bool(
        (fields["id_number"] and not id_number_valid(fields["id_number"]))
        or (fields["uscc"] and not uscc_valid(fields["uscc"]))
    )
    version = Party.objects.filter(case=case).count() + 1
    party = Party.objects.create(
        case=case, version=version, identifier_flagged=flagged, created_at=clock.now(), **fields
    )
    append(
        "party-recorded",
        log=case.jurisdiction,
        subject=("party", str(party.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={**fields, "version": version, "identifier_flagged": flagged},
    )
    if case.party_name != fields["name"]:
        case.party_name = fields["name"]
        case.save(update_fields=["party_name"])
    return party


@transaction.atomic
def correct_party(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    party_kind: str,
    party_name: str,
    id_number: str = "",
    uscc: str = "",
    legal_representative: str = "",
    address: str = "",
    phone: str = "",
) -> Party:
    """Record a corrected party as a new version; the earlier one stays in the record."""
    access.own_case(actor, case_id)
    case = lock(case_id)
    check = Check()
    fields = _party_fields(check, party_kind, party_name, id_number, uscc, legal_representative, address, phone)
    check.done()
    return _record_party(case, actor, fields)


def _take_duty(case: Case, officer_id: uuid.UUID, duty: str, actor: Actor) -> Duty:
    officer = accounts.officers([officer_id]).get(officer_id)
    if officer is None or (officer.organisation.organ_id or officer.organisation_id) != case.organisation_id:
        raise NotFound("没有找到这名人员，或者不属于本机关。")
    held = queries.held_duties(case.id, officer_id)
    reasons = may_take_duty(officer, duty, held, clock.today())
    if officer_id in queries.avoiding(case):
        reasons.append(
            Reason(
                "officer-avoiding",
                f"{officer.name}已被决定回避，不能参与本案。",
                ("行政处罚法第四十三条",),
                "请由其他人员办理。",
            )
        )
    if reasons:
        raise Refused(reasons)
    if duty in held:
        raise Conflict("duty-held", f"{officer.name}已经是本案的{DutyKind(duty).label}人员。")
    row = Duty.objects.create(case=case, officer=officer, duty=duty, since=clock.now())
    append(
        "duty-taken",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(next(iter(sorted(actor.roles)), "系统")),
        payload={"officer": officer.name, "officer_id": str(officer.id), "duty": duty},
    )
    return row


@transaction.atomic
def assign_handler(case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor) -> Duty:
    """Add a handler. Raises Refused for auxiliary staff, invalid certificates and incompatible duties (art. 42)."""
    if not actor.has(Role.UNIT_HEAD, Role.HEAD):
        access.own_case(actor, case_id)
    else:
        access.case(actor, case_id)
    return _take_duty(lock(case_id), officer_id, DutyKind.HANDLER, actor)


def take_duty(case: Case, duty: str, *, actor: Actor) -> None:
    """The acting person takes a duty on a locked case, unless it is held already. Raises Refused."""
    if duty not in queries.held_duties(case.id, actor.officer_id):
        _take_duty(case, actor.officer_id, duty, actor)


@transaction.atomic
def declare_avoidance(case_id: uuid.UUID, *, actor: Actor, conflict: bool, ground: str = "") -> Avoidance:
    """A handler declares whether a ground for avoidance (回避) exists — art. 43 ¶1. A conflict waits for the head."""
    access.own_case(actor, case_id)
    case = lock(case_id)
    check = Check()
    ground = check.text("ground", ground, "回避情形", most=300, required=conflict)
    check.done()
    if Avoidance.objects.filter(case=case, officer_id=actor.officer_id).exists():
        # A later declaration must not overtake a request of the party or a decision of the head.
        raise Conflict("avoidance-declared", "您在本案的回避情况已经登记，有变化的请向机关负责人说明。")
    state = AvoidanceState.OPEN if conflict else AvoidanceState.REJECTED
    return _avoidance(case, actor, actor.officer_id, conflict, ground, actor.name, state, "avoidance-declared")


@transaction.atomic
def request_avoidance(
    case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor, applicant: str, ground: str
) -> Avoidance:
    """The party asks that an officer stay away — art. 43 ¶2. The investigation does not stop before the decision."""
    access.own_case(actor, case_id)
    case = lock(case_id)
    check = Check()
    applicant = check.text("applicant", applicant, "申请人", most=60)
    ground = check.text("ground", ground, "申请理由", most=300)
    if not queries.held_duties(case.id, officer_id):
        check.add("officer_id", "被申请回避的人员不是本案经办人员。")
    check.done()
    return _avoidance(case, actor, officer_id, True, ground, applicant, AvoidanceState.OPEN, "avoidance-requested")


@transaction.atomic
def decide_avoidance(
    case_id: uuid.UUID, officer_id: uuid.UUID, *, actor: Actor, granted: bool, ground: str
) -> Avoidance:
    """The head decides on avoidance — art. 43 ¶3. Nobody decides on himself."""
    role = actor.require(Role.HEAD, Role.UNIT_HEAD)
    access.case(actor, case_id)
    case = lock(case_id)
    check = Check()
    ground = check.text("ground", ground, "理由", most=300)
    check.done()
    if officer_id == actor.officer_id:
        raise Refused(
            [Reason("avoidance-own", "不能决定本人的回避。", ("行政处罚法第四十三条",), "请由其他负责人决定。")]
        )
    last = Avoidance.objects.filter(case=case, officer_id=officer_id).order_by("-at", "-id").first()
    if last is None or last.state != AvoidanceState.OPEN:
        raise Conflict("avoidance-not-open", "没有待决定的回避申请。")
    state = AvoidanceState.GRANTED if granted else AvoidanceState.REJECTED
    return _avoidance(case, actor, officer_id, last.conflict, ground, last.applicant, state, "avoidance-decided", role)


def _avoidance(
    case: Case,
    actor: Actor,
    officer_id: uuid.UUID,
    conflict: bool,
    ground: str,
    applicant: str,
    state: str,
    kind: str,
    role: str = Role.HANDLER,
) -> Avoidance:
    row = Avoidance.objects.create(
        case=case,
        officer_id=officer_id,
        conflict=conflict,
        ground=ground,
        applicant=applicant,
        state=state,
        at=clock.now(),
    )
    append(
        kind,
        log=case.jurisdiction,
        subject=("avoidance", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(role),
        payload={"officer_id": str(officer_id), "conflict": conflict, "ground": ground, "state": state},
    )
    return row


@transaction.atomic
def record_evidence(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    kind: str,
    name: str,
    proves: str,
    origin: str,
    collected_at: dt.datetime,
    collected_by: Sequence[str] = (),
    file: Incoming | None = None,
) -> Evidence:
    """Register a piece of evidence (证据登记) — art. 46. Raises InvalidInput."""
    access.own_case(actor, case_id)
    case = lock(case_id)
    check = Check()
    check.one_of("kind", kind, "证据种类", EvidenceKind.values)
    name = check.text("name", name, "证据名称", most=120)
    proves = check.text("proves", proves, "证明内容", most=500)
    origin = check.text("origin", origin, "来源", most=200)
    check.moment("collected_at", collected_at, "收集时间", latest=clock.now())
    if file is None and kind in (EvidenceKind.AUDIOVISUAL, EvidenceKind.ELECTRONIC):
        check.add("file", f"{EvidenceKind(kind).label}应当上传原件或者复制件。")
    check.done()
    stored = keep(file) if file else None
    seq = Evidence.objects.filter(case=case).count() + 1
    collectors = "、".join(collected_by) or actor.name
    content = {
        "seq": seq,
        "kind": kind,
        "name": name,
        "proves": proves,
        "origin": origin,
        "collected_at": collected_at,
        "collected_by": collectors,
        "file": stored.sha256 if stored else None,
    }
    row = Evidence.objects.create(
        case=case,
        seq=seq,
        kind=kind,
        name=name,
        proves=proves,
        origin=origin,
        collected_at=collected_at,
        collected_by=collectors,
        file=stored,
        digest=digest(content),
        created_at=clock.now(),
    )
    append(
        "evidence-recorded",
        log=case.jurisdiction,
        subject=("evidence", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        occurred_at=collected_at,
        payload=content,
    )
    return row


@transaction.atomic
def exclude_evidence(evidence_id: uuid.UUID, *, actor: Actor, reason: str) -> None:
    """Exclude illegally obtained evidence — art. 46 ¶3. The piece stays in the record and no longer counts."""
    found = Evidence.objects.filter(id=evidence_id).first()
    if found is None:
        raise NotFound("没有找到这份证据。")
    access.own_case(actor, found.case_id)
    case = lock(found.case_id)
    check = Check()
    reason = check.text("reason", reason, "排除理由", most=500)
    check.done()
    if EvidenceExclusion.objects.filter(evidence=found).exists():
        raise Conflict("evidence-excluded", "这份证据已经排除。")
    EvidenceExclusion.objects.create(evidence=found, reason=reason, at=clock.now())
    append(
        "evidence-excluded",
        log=case.jurisdiction,
        subject=("evidence", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"reason": reason, "name": found.name},
    )


@transaction.atomic
def record_statement(
    case_id: uuid.UUID,
    *,
    actor: Actor,
    kind: str,
    speaker: str,
    text: str,
    received_at: dt.datetime,
    file: Incoming | None = None,
) -> Statement:
    """Record what the party said to the notice — art. 45, 63, 64. Waivers must be explicit (art. 62)."""
    access.own_case(actor, case_id)
    case = lock(case_id)
    check = Check()
    check.one_of("kind", kind, "意见类型", StatementKind.values)
    speaker = check.text("speaker", speaker, "陈述人", most=60)
    text = check.text("text", text, "意见内容", most=10000)
    check.moment("received_at", received_at, "收到时间", latest=clock.now())
    check.done()
    round_ = queries.notice_round(case)
    if not round_ or case.stage not in ("hear-statement", "recheck"):
        raise Refused(
            [
                Reason(
                    "statement-before-notice",
                    "事先告知书送达以后才能登记陈述申辩和听证意见。",
                    ("行政处罚法第四十四条",),
                    "请先送达行政处罚事先告知书。",
                )
            ]
        )
    if kind in (StatementKind.WAIVED, StatementKind.HEARING_WAIVED) and file is None:
        raise InvalidInput({"file": ["放弃陈述申辩或者听证必须明确并留存证据，请上传当事人签名的书面材料。"]})
    row = Statement.objects.create(
        case=case,
        kind=kind,
        speaker=speaker,
        text=text,
        received_at=received_at,
        file=keep(file) if file else None,
        round=round_,
        created_at=clock.now(),
    )
    append(
        "statement-recorded",
        log=case.jurisdiction,
        subject=("statement", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        occurred_at=received_at,
        payload={"kind": kind, "speaker": speaker, "text": text, "file": row.file_id, "round": round_},
    )
    return row


@transaction.atomic
def answer_statement(statement_id: uuid.UUID, *, actor: Actor, adopted: bool, reasons: str) -> StatementAnswer:
    """Re-examine a statement (复核): adopt what stands, say why not otherwise — art. 45 ¶1."""
    found = Statement.objects.filter(id=statement_id).first()
    if found is None:
        raise NotFound("没有找到这份陈述申辩。")
    access.own_case(actor, found.case_id)
    case = lock(found.case_id)
    check = Check()
    reasons = check.text("reasons", reasons, "复核理由", most=5000)
    check.done()
    if found.kind not in STATEMENTS:
        raise InvalidInput({"statement": ["放弃或者听证要求不需要复核。"]})
    if StatementAnswer.objects.filter(statement=found).exists():
        raise Conflict("statement-answered", "这份陈述申辩已经复核，复核意见不能修改。")
    row = StatementAnswer.objects.create(
        statement=found, adopted=adopted, reasons=reasons, by=actor.name, at=clock.now()
    )
    append(
        "statement-answered",
        log=case.jurisdiction,
        subject=("statement", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"adopted": adopted, "reasons": reasons},
    )
    return row
