"""The channels beside the portal (渠道矩阵): what each demands of a decision, until when, what is owed and what was done.

Credit platform (PUB-06): by severity, applied for in `credit`. Company register of the market supervisors (PUB-04):
ordinary procedure, not for a mere warning. What ends before its time comes down in three working days (PUB-05); where
no record here proves why (信用修复、提前停止公示), another person checks it before it is recorded (R024).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import queries as cases
from mingcha.cases.choices import PartyKind
from mingcha.cases.locks import lock
from mingcha.catalogues import profiles
from mingcha.catalogues.queries import pinned
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict, NotFound, Reason, Refused
from mingcha.common.explained import Explained
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines import rulebook
from mingcha.deadlines.periods import compute
from mingcha.decisions.models import Decision
from mingcha.disclosure import actions, credit
from mingcha.disclosure.models import (
    ChannelEndAnswer,
    ChannelEndRequest,
    ChannelEvent,
    CreditRequest,
    Publication,
    Withdrawal,
)
from mingcha.disclosure.models_channels import TO_BE_CHECKED, Channel, ChannelStep, EndGround
from mingcha.disclosure.rules import may_approve
from mingcha.ledger.actions import append

_MARKET, _SHORT, _LONG, _WITHDRAW = "PUB-04", "PUB-04:4", "PUB-04:5", "PUB-05"
# Only the ordinary procedure is shown in the company register; its variants for a hearing or a transfer belong to it.
_NOT_ORDINARY = frozenset({"P-JY"})
_WARNING, _CRITICISM = "warning", "criticism"


@dataclass(frozen=True)
class Duty:
    """What a channel demands: whether and why, until when to publish it, until when it stays on show."""

    channel: str
    applies: bool
    why: str
    due: Explained[dt.date] | None = None
    until: Explained[dt.date] | None = None


def _reckoned(rule: str, decision: Decision, start: dt.date) -> Explained[dt.date]:
    return compute(rulebook.rule(rule, start), start, deadlines.calendar(decision.case.jurisdiction))


def _kinds(decision: Decision) -> set[str]:
    return {row["kind"] for row in decision.document.fields.get("penalties", ()) if row.get("kind")}


def market(decision: Decision, shown_on: dt.date | None = None) -> Duty:
    """What the company register demands of a decision; `shown_on` is the day from which it is on show there."""
    content = pinned(decision.case.profile_id).content
    kinds = _kinds(decision)
    if profiles.value(content, "publish.market") != "yes":
        return Duty(Channel.MARKET, False, "本机关的政策参数没有写明适用。")
    if decision.case.procedure.key in _NOT_ORDINARY:
        return Duty(Channel.MARKET, False, "简易程序的处罚不在企业信用信息公示系统公示。")
    if kinds <= {_WARNING}:
        return Duty(Channel.MARKET, False, "只受到警告的，不公示；法律、行政法规另有规定的除外。")
    party = "person" if cases.party(decision.case).kind == PartyKind.PERSON else "organisation"
    low = content["hearing"].get(party, {}).get("fine")
    mild = kinds <= {_WARNING, _CRITICISM, "fine"} and low is not None and decision.fine_fen < low
    why = "通报批评、较低数额罚款，公示三个月。" if mild else "公示三年。"
    if mild and decision.fine_fen:
        why += "较低数额没有全国统一标准，这里按低于本地听证标准判断，请核对。"
    start = shown_on or decision.decided_on
    return Duty(
        Channel.MARKET,
        True,
        why,
        _reckoned(_MARKET, decision, decision.decided_on),
        _reckoned(_SHORT if mild else _LONG, decision, start),
    )


def events(decision_ids: list[uuid.UUID]) -> dict[tuple[uuid.UUID, str, str], ChannelEvent]:
    """What was recorded, by decision, channel and step."""
    rows = ChannelEvent.objects.filter(decision_id__in=decision_ids).select_related("by")
    return {(row.decision_id, row.channel, row.step): row for row in rows}


def undone_on(decision: Decision) -> dt.date | None:
    """The day on which a decision was revoked or changed: from it the three working days run."""
    days = [row.decided_on for row in decision.changes.all()]
    if hasattr(decision, "revocation"):
        days.append(clock.legal_day(decision.revocation.decided_at))
    return min(days) if days else None


@dataclass(frozen=True)
class Owed:
    """Something on a channel that somebody still has to do."""

    decision: Decision
    channel: str
    what: str
    due: dt.date


def owed(rows: QuerySet[Decision]) -> list[Owed]:
    """What is owed on all channels for these decisions, most urgent first."""
    found = list(rows.select_related("case__organisation", "case__procedure", "document").prefetch_related("changes"))
    ids = [row.id for row in found]
    done, asked = events(ids), credit.newest(ids)
    items = [item for row in found for item in _owed(row, done, asked.get(row.id))]
    for end_ in to_be_checked(rows):
        due = _reckoned(_WITHDRAW, end_.decision, end_.arose_on).value
        items.append(Owed(end_.decision, end_.channel, "撤回待审核", due))
    return sorted(items, key=lambda item: item.due)


def _owed(
    row: Decision, done: dict[tuple[uuid.UUID, str, str], ChannelEvent], asked: CreditRequest | None
) -> Iterator[Owed]:
    undone = undone_on(row)
    answered = asked is not None and hasattr(asked, "answer")
    approved = answered and asked is not None and asked.answer.approved
    if undone is None and not approved:
        yield Owed(row, Channel.CREDIT, "待审批" if asked and not answered else "待申请", credit.due(row))
    shown = approved and asked is not None and asked.publish and not (undone and _over(asked.until, undone))
    if undone and shown and (row.id, Channel.CREDIT, ChannelStep.WITHDRAWN) not in done:
        yield Owed(row, Channel.CREDIT, "应当撤回", _reckoned(_WITHDRAW, row, undone).value)
    reported = done.get((row.id, Channel.MARKET, ChannelStep.REPORTED))
    duty = market(row)
    if undone is None and reported is None and duty.applies and duty.due is not None:
        yield Owed(row, Channel.MARKET, "待公示", duty.due.value)
    if undone and reported is not None and (row.id, Channel.MARKET, ChannelStep.WITHDRAWN) not in done:
        yield Owed(row, Channel.MARKET, "应当撤回", _reckoned(_WITHDRAW, row, undone).value)


def _over(until: dt.date | None, day: dt.date) -> bool:
    return until is not None and until < day


def _over_from(
    decision: Decision, channel: str, asked: CreditRequest | None, reported: ChannelEvent | None
) -> dt.date | None:
    """The first day on which the term has run out: after the last day of the credit platform, on the register's own."""
    if channel == Channel.CREDIT:
        return asked.until + dt.timedelta(days=1) if asked is not None and asked.until else None
    until = market(decision, reported.happened_on if reported else None).until
    return until.value if until else None


@transaction.atomic
def report(decision_id: uuid.UUID, *, actor: Actor, happened_on: dt.date, note: str = "") -> ChannelEvent:
    """Record that a decision is on show in the company register. Raises Refused, Conflict, InvalidInput, NotFound."""
    decision = _own(actor, decision_id)
    check = Check()
    note = check.text("note", note, "说明", most=500, required=False)
    if not decision.decided_on <= happened_on <= clock.today():
        check.add("happened_on", "公示日期应当在决定日期以后、今天以前。")
    check.done()
    duty = market(decision)
    if not duty.applies or duty.due is None:
        raise Refused([Reason("channel-not-due", duty.why, ("市场监督管理行政处罚信息公示规定",))])
    if undone_on(decision) is not None:
        raise Refused([Reason("channel-revoked", "决定已经撤销或者变更，不得公示。", ("行政处罚法第四十八条第二款",))])
    return _record(
        decision,
        actor,
        Role.CLERK,
        channel=Channel.MARKET,
        step=ChannelStep.REPORTED,
        happened_on=happened_on,
        arose_on=decision.decided_on,
        due_on=duty.due.value,
        note=note,
    )


@transaction.atomic
def end(
    decision_id: uuid.UUID,
    *,
    actor: Actor,
    channel: str,
    ground: str,
    arose_on: dt.date,
    happened_on: dt.date,
    note: str = "",
    portal: bool = False,
) -> ChannelEvent | ChannelEndRequest:
    """Record that a channel was withdrawn and why; with `portal` the portal comes down by the same act.

    Repair and an early end wait for another person's answer (`answer_end`). Raises Refused, Conflict, InvalidInput,
    NotFound.
    """
    decision = _own(actor, decision_id)
    check = Check()
    check.one_of("channel", channel, "渠道", Channel.values)
    check.one_of("ground", ground, "撤回的理由", EndGround.values)
    note = check.text("note", note, "说明", most=500, required=ground in (EndGround.REPAIRED, EndGround.EARLY))
    if arose_on < decision.decided_on:
        check.add("arose_on", "理由发生之日不应早于决定日期。")
    if not arose_on <= happened_on <= clock.today():
        check.add("happened_on", "撤回日期应当在理由发生以后、今天以前。")
    check.done()
    asked = credit.newest([decision.id]).get(decision.id)
    reported = events([decision.id]).get((decision.id, channel, ChannelStep.REPORTED))
    if channel == Channel.CREDIT:
        shown = asked is not None and asked.publish and hasattr(asked, "answer") and asked.answer.approved
    else:
        shown = reported is not None
    if not shown:
        raise Refused([Reason("channel-not-reported", "这份决定没有在这个渠道公示。", (), "请核对渠道。")])
    if ground == EndGround.REVOKED and undone_on(decision) is None:
        message = "这份决定没有被撤销、变更、确认违法或者确认无效。"
        raise Refused([Reason("channel-not-revoked", message, (), "请选择实际的理由。")])
    if ground == EndGround.REPAIRED and asked is not None and asked.repair_from and arose_on < asked.repair_from:
        day = asked.repair_from.isoformat()
        message = f"公示没有满最短期限，{day}起才能信用修复。"
        raise Refused([Reason("credit-repair-too-early", message, ("信用修复管理办法",), "请在该日以后办理。")])
    if ground == EndGround.EXPIRED and (over := _over_from(decision, channel, asked, reported)) and arose_on < over:
        message = f"公示期没有满，{over.isoformat()}起才是期满。"
        raise Refused([Reason("channel-not-expired", message, (), "请在该日以后登记，或者选择实际的理由。")])
    facts: dict[str, Any] = {"channel": channel, "ground": ground, "note": note, "arose_on": arose_on}
    facts |= {"happened_on": happened_on}
    if ground not in TO_BE_CHECKED:
        return _ended(decision, actor, Role.CLERK, portal=portal, **facts)
    if ChannelEndRequest.objects.filter(decision=decision, channel=channel, answer=None).exists():
        raise Conflict("channel-end-open", "这个渠道的撤回已经送审，正在等待另一人审核。")
    _not_twice(decision, channel, ChannelStep.WITHDRAWN)
    append(
        "channel-end-asked",
        log=decision.case.jurisdiction,
        subject=("decision", str(decision.id)),
        case_id=decision.case_id,
        actor=actor.snapshot(Role.CLERK),
        payload={"channel": channel, "ground": ground, "on": happened_on},
    )
    return ChannelEndRequest.objects.create(
        decision=decision, portal=portal, asked_by_id=actor.officer_id, asked_at=clock.now(), **facts
    )


def to_be_checked(rows: QuerySet[Decision]) -> QuerySet[ChannelEndRequest]:
    """Ends of channels of these decisions that wait for another person, the oldest first."""
    waiting = ChannelEndRequest.objects.filter(answer=None, decision__in=rows)
    return waiting.select_related("decision__case__organisation", "asked_by").order_by("asked_at", "id")


def checkable(actor: Actor, row: ChannelEndRequest) -> bool:
    """Whether this person is the other one."""
    own = row.decision.case.organisation_id == actor.organ_id
    return own and actor.has(Role.CLERK, Role.HEAD) and actor.officer_id != row.asked_by_id


@transaction.atomic
def answer_end(request_id: uuid.UUID, *, actor: Actor, approved: bool, reason: str = "") -> ChannelEndAnswer:
    """Approve or send back the end of a channel; approved, it is recorded. Raises Refused, Conflict, InvalidInput, NotFound."""
    role = Role(actor.require(Role.CLERK, Role.HEAD))
    rows = ChannelEndRequest.objects.filter(decision__in=credit.decisions(actor))
    row = rows.filter(id=request_id, decision__case__organisation_id=actor.organ_id).first()
    if row is None:
        raise NotFound("没有找到这项登记，或者不属于您的机关。")
    check = Check()
    reason = check.text("reason", reason, "退回的理由", most=500, required=not approved)
    check.done()
    lock(row.decision.case_id)
    if ChannelEndAnswer.objects.filter(request=row).exists():
        raise Conflict("channel-end-answered", "这项登记已经审核。")
    if reasons := may_approve(asked_by=row.asked_by_id, officer=actor.officer_id):
        raise Refused(reasons)
    entry = append(
        "channel-end-answered",
        log=row.decision.case.jurisdiction,
        subject=("decision", str(row.decision_id)),
        case_id=row.decision.case_id,
        actor=actor.snapshot(role),
        payload={"approved": approved, "request": str(row.id)},
    )
    found = ChannelEndAnswer.objects.create(
        request=row, approved=approved, reason=reason, entry_id=entry.pk, by_id=actor.officer_id, at=clock.now()
    )
    if approved:
        names = ("portal", "channel", "ground", "note", "arose_on", "happened_on")
        _ended(row.decision, actor, role, **{name: getattr(row, name) for name in names})
    return found


def _ended(decision: Decision, actor: Actor, role: Role, *, portal: bool, **facts: Any) -> ChannelEvent:
    due = _reckoned(_WITHDRAW, decision, facts["arose_on"]).value
    row = _record(decision, actor, role, step=ChannelStep.WITHDRAWN, due_on=due, **facts)
    publication = Publication.objects.filter(decision=decision, release__isnull=False).first()
    if portal and publication is not None and not Withdrawal.objects.filter(publication=publication).exists():
        actions.withdraw(publication.id, actor=actor, reason=f"{EndGround(row.ground).label}，停止公示")
    return row


def _own(actor: Actor, decision_id: uuid.UUID) -> Decision:
    actor.require(Role.CLERK)
    found = credit.decisions(actor).filter(id=decision_id, case__organisation_id=actor.organ_id).first()
    if found is None:
        raise NotFound("没有找到这份处罚决定，或者不属于您的机关。")
    lock(found.case_id)
    return found


def _not_twice(decision: Decision, channel: str, step: str) -> None:
    if ChannelEvent.objects.filter(decision=decision, channel=channel, step=step).exists():
        raise Conflict("channel-step-recorded", "已经登记过。")


def _record(decision: Decision, actor: Actor, role: Role, *, channel: str, step: str, **facts: Any) -> ChannelEvent:
    _not_twice(decision, channel, step)
    entry = append(
        "channel-reported" if step == ChannelStep.REPORTED else "channel-withdrawn",
        log=decision.case.jurisdiction,
        subject=("decision", str(decision.id)),
        case_id=decision.case_id,
        actor=actor.snapshot(role),
        payload={
            "channel": channel,
            "on": facts["happened_on"],
            "due_on": facts["due_on"],
            "ground": facts.get("ground", ""),
        },
    )
    return ChannelEvent.objects.create(
        decision=decision,
        channel=channel,
        step=step,
        entry_id=entry.pk,
        by_id=actor.officer_id,
        at=clock.now(),
        **facts,
    )
