"""What the party says to the notice (陈述申辩), and the re-examination — 行政处罚法 art. 45, 62–64."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access, queries
from mingcha.cases.choices import (
    STATEMENTS,
    WAIVERS,
    DutyKind,
    StatementKind,
)
from mingcha.cases.locks import lock
from mingcha.cases.models import (
    Statement,
    StatementAnswer,
)
from mingcha.cases.rules import may_recheck
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, InvalidInput, NotFound, Reason, Refused
from mingcha.common.prepared import insert, prepared
from mingcha.files.actions import Incoming, keep
from mingcha.ledger.actions import append

_ADVICE = "由承办人员复核；宜由没有承办本案的人员复核。"


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
    case = access.own_locked(actor, case_id)
    check = Check()
    check.one_of("kind", kind, "意见类型", StatementKind.values)
    speaker = check.text("speaker", speaker, "陈述人", most=60)
    text = check.text("text", text, "意见内容", most=10000)
    check.moment("received_at", received_at, "收到时间", latest=clock.now())
    check.done()
    round_ = queries.notice_round(case)
    here = queries.stage(case)
    if not round_ or here.id == "notify" or here.step != "notify":
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
    if kind in WAIVERS and file is None:
        raise InvalidInput({"file": ["放弃陈述申辩、放弃或者撤回听证必须明确并留存证据，请上传当事人签名的书面材料。"]})
    row = insert(
        Statement(
            case=case,
            kind=kind,
            speaker=speaker,
            text=text,
            received_at=received_at,
            file=keep(file) if file else None,
            round=round_,
            created_at=clock.now(),
        )
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


@prepared
def _statement(statement_id: uuid.UUID) -> QuerySet[Statement]:
    return Statement.objects.filter(id=statement_id)


@transaction.atomic
def answer_statement(statement_id: uuid.UUID, *, actor: Actor, adopted: bool, reasons: str) -> StatementAnswer:
    """Re-examine a statement (复核): adopt what stands, say why not otherwise — art. 45 ¶1.

    Whoever a head named for it answers, a handler where nobody was named. Raises Refused for others.
    """
    found = next(iter(_statement(statement_id)), None)
    if found is None:
        raise NotFound("没有找到这份陈述申辩。")
    access.case(actor, found.case_id)
    case = lock(found.case_id)
    held = queries.duties_of(case, actor.officer_id)
    named = any(duty == DutyKind.RECHECKER for _, duty in queries.all_duties(case.pk))
    if unmet := may_recheck(actor.name, held, named, actor.officer_id in queries.avoiding(case)):
        raise Refused(unmet)
    if not named:
        case = access.own_locked(actor, found.case_id)
    check = Check()
    reasons = check.text("reasons", reasons, "复核理由", most=5000)
    check.done()
    if found.kind not in STATEMENTS:
        raise InvalidInput({"statement": ["放弃或者听证要求不需要复核。"]})
    if hasattr(next(row for row in queries.statements(case) if row.pk == found.pk), "answer"):
        raise Conflict("statement-answered", "这份陈述申辩已经复核，复核意见不能修改。")
    row = insert(
        StatementAnswer(
            statement=found,
            adopted=adopted,
            reasons=reasons,
            by=actor.name,
            officer_id=actor.officer_id,
            at=clock.now(),
        )
    )
    append(
        "statement-answered",
        log=case.jurisdiction,
        subject=("statement", str(found.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"adopted": adopted, "reasons": reasons} | ({} if named else {"advice": _ADVICE}),
    )
    return row
