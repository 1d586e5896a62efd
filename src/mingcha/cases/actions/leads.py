"""Registering a lead (线索) and its party — 行政处罚法 art. 54."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.cases import access, numbers, periods
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.choices import (
    DutyKind,
    PartyKind,
    Source,
)
from mingcha.cases.models import (
    Case,
    Party,
)
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.checks import Check, id_number_valid, uscc_valid
from mingcha.common.errors import InvalidInput
from mingcha.common.prepared import insert, prepared
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
    entry: str = "",
) -> Case:
    """Register a lead (线索登记): the case begins, pinned to the editions in force today; the officer becomes a handler.

    `entry`: at which of its beginnings a procedure with several begins (an inspection: plan, tip, urgent); empty: the
    usual one. Identifiers with a wrong check digit are kept and flagged. Raises InvalidInput, Refused.
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
    if catalogues.entry(items, item_code) is None:
        check.add("item_code", "这个执法事项不在已公布的清单中，不得实施。请从清单中选择。")
    flow = definition(pinned.id)
    if entry and entry not in flow.doors:
        names = "、".join(flow.stage(name).name for name in flow.doors)
        check.add("entry", f"“{flow.name}”不能从这一步开始，可以从这些步骤开始：{names}。")
    check.done()
    case = begin(
        actor,
        procedure=pinned,
        stage=entry,
        item_code=item_code,
        cause=cause,
        facts=facts,
        source=source,
        conduct_ended_on=conduct_ended_on,
        discovered_on=discovered_on,
        party_name=party["name"],
    )
    record_party(case, actor, party)
    add_duty(case, actor.officer_id, DutyKind.HANDLER, actor)
    if second_officer_id:
        if second_officer_id == actor.officer_id:
            raise InvalidInput({"second_officer_id": ["两名执法人员不能是同一人。"]})
        add_duty(case, second_officer_id, DutyKind.HANDLER, actor)
    return case


def begin(actor: Actor, *, procedure: Edition, stage: str = "", **fields: Any) -> Case:
    """Store a new case at a stage where its procedure begins, pinned to the lists in force today, with its entry."""
    today, flow = clock.today(), definition(procedure.id)
    start = flow.stage(stage or flow.entry)
    items = catalogues.require(actor.organ_id, "items", today)
    profile = catalogues.profile(actor.organ_id, today)
    code = numbers.opening_code(flow)
    number = numbers.allocate(Organisation.objects.get(id=actor.organ_id), code) if code else ""
    case = insert(
        Case(
            jurisdiction=actor.jurisdiction,
            organisation_id=actor.organ_id,
            number=number,
            act_type=flow.act_type,
            procedure=procedure,
            items=items,
            profile=profile,
            stage=start.id,
            step=start.step,
            created_at=clock.now(),
            **fields,
        )
    )
    append(
        "case-registered",
        log=case.jurisdiction,
        subject=("case", str(case.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={
            **({"number": number} if number else {}),
            "cause": case.cause,
            "source": case.source,
            "facts": case.facts,
            "item": case.item_code,
            "procedure": str(procedure.id),
            "items": str(items.id),
            "profile": str(profile.id),
        },
    )
    periods.enter(case, start)
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


@prepared
def _versions(case_id: uuid.UUID) -> QuerySet[Party, uuid.UUID]:
    return Party.objects.filter(case_id=case_id).values_list("id", flat=True)


def record_party(case: Case, actor: Actor, fields: dict[str, str]) -> Party:
    flagged = bool(
        (fields["id_number"] and not id_number_valid(fields["id_number"]))
        or (fields["uscc"] and not uscc_valid(fields["uscc"]))
    )
    version = len(_versions(case.pk)) + 1
    party = insert(Party(case=case, version=version, identifier_flagged=flagged, created_at=clock.now(), **fields))
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
    case = access.own_locked(actor, case_id)
    check = Check()
    fields = _party_fields(check, party_kind, party_name, id_number, uscc, legal_representative, address, phone)
    check.done()
    return record_party(case, actor, fields)
