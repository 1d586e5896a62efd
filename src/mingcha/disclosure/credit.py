"""Credit publication (信用公示): the unit applies, another person approves; terms by severity (PUB-06)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Organisation
from mingcha.cases import closings
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
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
from mingcha.disclosure.models import CreditAnswer, CreditReferral, CreditRequest
from mingcha.disclosure.models_credit import Severity
from mingcha.ledger.actions import append

_REPORT = "PUB-06"
# Shortest and longest term on show, by the numbers of the rules.
_TERMS = {
    Severity.MINOR: ("", "PUB-06:2"),
    Severity.GENERAL: ("PUB-06:3", "PUB-06:4"),
    Severity.SERIOUS: ("PUB-06:5", "PUB-06:6"),
}
_LAW = ("信用修复管理办法",)


def _reckoned(rule: str, decision: Decision) -> Explained[dt.date]:
    place = deadlines.calendar(decision.case.jurisdiction)
    return compute(rulebook.rule(rule, decision.decided_on), decision.decided_on, place)


@dataclass(frozen=True)
class Terms:
    """Until when to report, when repair may be asked for at the earliest, when the entry ends at the latest."""

    due: Explained[dt.date]
    repair: Explained[dt.date] | None
    until: Explained[dt.date]


def terms(decision: Decision, severity: str) -> Terms:
    """The terms of a decision by its severity, each with its reckoning."""
    shortest, longest = _TERMS[Severity(severity)]
    repair = _reckoned(shortest, decision) if shortest else None
    return Terms(_reckoned(_REPORT, decision), repair, _reckoned(longest, decision))


def due(decision: Decision) -> dt.date:
    """The last day to report, whatever the severity."""
    return _reckoned(_REPORT, decision).value


def superior(decision: Decision) -> Organisation | None:
    """The organ above that approves, where the profile of the case says so (S0, R040); else None."""
    if profiles.value(pinned(decision.case.profile_id).content, "publish.credit") != "superior":
        return None
    above = decision.case.organisation.parent
    if above is None:
        message = "政策参数写明信用公示由上级批准，但没有登记本机关的上级。"
        raise Refused([Reason("credit-no-superior", message, (), "请信息管理员登记上级机关，或者修改政策参数。")])
    return above


def may_answer(request: CreditRequest, *, officer: uuid.UUID, revoked: bool) -> list[Reason]:
    """Reasons why a request cannot be approved by this person; empty when it can."""
    reasons = []
    if request.asked_by_id == officer:
        reasons.append(Reason("credit-own-approval", "申请由您提出，应当由另一人审批。", (), "请其他负责人审批。"))
    if revoked and request.publish:
        reasons.append(Reason("credit-revoked", "决定已经撤销，不得公示。", ("行政处罚法第四十八条第二款",)))
    return reasons


@transaction.atomic
def ask(decision_id: uuid.UUID, *, actor: Actor, severity: str, publish: bool, reason: str = "") -> CreditRequest:
    """Apply for credit publication, or for leaving it. Raises Refused, Conflict, InvalidInput, NotFound."""
    role = actor.require(Role.CLERK, Role.UNIT_HEAD)
    decision = decisions(actor).filter(id=decision_id, case__organisation_id=actor.organ_id).first()
    if decision is None:
        raise NotFound("没有找到这份处罚决定，或者不属于您的机关。")
    lock(decision.case_id)
    check = Check()
    check.one_of("severity", severity, "失信程度", Severity.values)
    departs = publish == (severity == Severity.MINOR)
    reason = check.text("reason", reason, "理由", most=500, required=departs)
    check.done()
    if publish and hasattr(decision, "revocation"):
        raise Refused([Reason("credit-revoked", "决定已经撤销，不得公示。", ("行政处罚法第四十八条第二款",))])
    earlier = list(CreditRequest.objects.filter(decision=decision).select_related("answer").order_by("seq"))
    if earlier and (not hasattr(earlier[-1], "answer") or earlier[-1].answer.approved):
        raise Conflict("credit-request-open", "这份决定已经申请过，正在审批或者已经批准。")
    found = terms(decision, severity)
    row = CreditRequest.objects.create(
        jurisdiction=decision.case.jurisdiction,
        decision=decision,
        seq=len(earlier) + 1,
        severity=severity,
        publish=publish,
        reason=reason,
        due_on=found.due.value,
        explanation={
            "due": found.due.as_dict(),
            "repair": found.repair.as_dict() if found.repair else None,
            "until": found.until.as_dict(),
        },
        repair_from=found.repair.value if publish and found.repair else None,
        until=found.until.value if publish else None,
        asked_by_id=actor.officer_id,
        asked_at=clock.now(),
    )
    above = superior(decision)
    if above is not None:
        CreditReferral.objects.create(request=row, organisation=above, sent_at=row.asked_at)
        append(
            "credit-referred",
            log=row.jurisdiction,
            subject=("decision", str(decision.id)),
            case_id=decision.case_id,
            actor=actor.snapshot(role),
            payload={"request": str(row.id), "to": above.name},
        )
    append(
        "credit-asked",
        log=row.jurisdiction,
        subject=("decision", str(decision.id)),
        case_id=decision.case_id,
        actor=actor.snapshot(role),
        payload={"severity": severity, "publish": publish, "due_on": row.due_on, "until": row.until},
    )
    return row


@transaction.atomic
def answer(request_id: uuid.UUID, *, actor: Actor, approved: bool, reason: str = "") -> CreditAnswer:
    """Approve or refuse: a head of the organ, or of the superior where the request went up (报上级批准).

    Raises Refused, Conflict, InvalidInput, NotFound.
    """
    role = actor.require(Role.HEAD)
    rows = answerable(actor).select_related("decision__case")
    row = rows.filter(id=request_id).first()
    if row is None:
        raise NotFound("没有找到这项申请。")
    lock(row.decision.case_id)
    check = Check()
    reason = check.text("reason", reason, "理由", most=500, required=not approved)
    check.done()
    if CreditAnswer.objects.filter(request=row).exists():
        raise Conflict("credit-answered", "这项申请已经审批。")
    if reasons := may_answer(row, officer=actor.officer_id, revoked=approved and hasattr(row.decision, "revocation")):
        raise Refused(reasons)
    entry = append(
        "credit-answered",
        log=row.jurisdiction,
        subject=("decision", str(row.decision_id)),
        case_id=row.decision.case_id,
        actor=actor.snapshot(role),
        payload={"approved": approved, "request": str(row.id)},
    )
    return CreditAnswer.objects.create(
        request=row, approved=approved, reason=reason, entry_id=entry.pk, by_id=actor.officer_id, at=clock.now()
    )


def answerable(actor: Actor) -> QuerySet[CreditRequest]:
    """Requests that are this person's organ's to answer: its own, or those that were sent up to it."""
    here = Q(referral__organisation_id=actor.organ_id)
    here |= Q(referral=None, decision__case__organisation_id=actor.organ_id)
    return CreditRequest.objects.filter(here, decision__in=decisions(actor))


def decisions(actor: Actor) -> QuerySet[Decision]:
    """Decisions on the board of this person: of the own organ, for the supervisor of the jurisdiction.

    None of a case that is shut to the person.
    """
    rows = Decision.objects.select_related(
        "case__organisation__parent", "publication__release", "publication__withdrawal", "revocation"
    ).filter(case__in=Case.objects.filter(*closings.left_to(actor)))
    if actor.has(Role.SUPERVISOR):
        return rows.filter(case__jurisdiction=actor.jurisdiction)
    sent = CreditReferral.objects.filter(organisation_id=actor.organ_id).values("request__decision_id")
    return rows.filter(Q(case__organisation_id=actor.organ_id) | Q(id__in=sent))


def newest(decision_ids: list[uuid.UUID]) -> dict[uuid.UUID, CreditRequest]:
    """The newest request of each decision, with its answer."""
    rows = (
        CreditRequest.objects.filter(decision_id__in=decision_ids)
        .select_related("answer", "referral__organisation")
        .order_by("seq")
    )
    return {row.decision_id: row for row in rows}


def state(row: CreditRequest | None, *, revoked: bool, today: dt.date, withdrawn: bool = False) -> tuple[str, str]:
    """Word and kind of the state on the board."""
    if row is None:
        return ("决定已撤销，不报送", "empty") if revoked else ("未申请", "act")
    if not hasattr(row, "answer"):
        return ("已报上级，待批准" if hasattr(row, "referral") else "待审批"), "act"
    if not row.answer.approved:
        return "未批准", "warn"
    if not row.publish:
        return "批准不公示", "empty"
    if withdrawn:
        return "已撤回", "law"
    if revoked:
        return "应当撤回", "late"
    if row.until and today > row.until:
        return "到期停止", "empty"
    return f"公示至{row.until.isoformat() if row.until else ''}", "ok"
