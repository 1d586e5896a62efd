from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, Reason, Refused
from mingcha.decisions import queries as decisions
from mingcha.documents import queries as documents
from mingcha.ledger.actions import append
from mingcha.performance.models import Payment
from mingcha.performance.queries import standing


@transaction.atomic
def record_payment(case_id: uuid.UUID, *, actor: Actor, amount_fen: int, paid_on: dt.date, voucher: str) -> Payment:
    """Record a payment shown by the collecting bank's voucher. Raises InvalidInput, Refused, Conflict."""
    case = access.own_locked(actor, case_id)
    decision = decisions.of_case(case)
    served = documents.served_on(case, "penalty-decision")
    if decision is None or served is None:
        raise Refused(
            [
                Reason(
                    "payment-before-service",
                    "决定书送达以前不能登记缴款。",
                    ("行政处罚法第六十七条",),
                    "请先送达决定书。",
                )
            ]
        )
    check = Check()
    check.amount("amount_fen", amount_fen, "缴款金额")
    check.date("paid_on", paid_on, "缴款日期", latest=clock.today())
    voucher = check.text("voucher", voucher, "缴款凭证号", most=60)
    if not check.errors:
        if paid_on < served:
            check.add("paid_on", f"缴款日期不能早于决定书送达日{served.isoformat()}。")
        left = standing(decision, paid_on).left
        if amount_fen > left:
            check.add("amount_fen", "缴款金额超过应缴余额，请核对凭证；多缴的应当退还。")
    check.done()
    if Payment.objects.filter(decision=decision, voucher=voucher).exists():
        raise Conflict("payment-exists", "这张缴款凭证已经登记过。")
    row = Payment.objects.create(
        decision=decision, amount_fen=amount_fen, paid_on=paid_on, voucher=voucher, created_at=clock.now()
    )
    append(
        "payment-recorded",
        log=case.jurisdiction,
        subject=("payment", str(row.id)),
        case_id=case.id,
        actor=actor.snapshot(Role.HANDLER),
        payload={"amount_fen": amount_fen, "paid_on": paid_on, "voucher": voucher},
    )
    return row
