"""Asking for more before an opinion (补充材料): the time limit rests until the answer."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common import clock
from mingcha.common.checks import Check
from mingcha.common.errors import Conflict
from mingcha.common.prepared import insert
from mingcha.deadlines import actions as deadlines
from mingcha.review import queries
from mingcha.review.actions import writing
from mingcha.review.actions.allocating import take_over
from mingcha.review.actions.submitting import submit
from mingcha.review.models import Supplement, SupplementAnswer, Withdrawal

_DAY = dt.timedelta(days=1)


@transaction.atomic
def ask_supplement(case_id: uuid.UUID, *, actor: Actor, text: str) -> Supplement:
    """Ask the handling unit for materials or an explanation. The time limit rests from today (at the earliest its second day).

    Raises Conflict while an earlier request is open.
    """
    case, submission = writing.reviewing(case_id, actor)
    check = Check()
    text = check.text("text", text, "需要补充的材料", most=1000)
    check.done()
    before = queries.supplements(submission)
    if before and not hasattr(before[-1], "answer"):
        raise Conflict("supplement-asked", "已经要求补充材料，承办人员还没有答复。")
    take_over(case, submission, actor)
    row = insert(
        Supplement(submission=submission, seq=len(before) + 1, text=text, by_id=actor.officer_id, at=clock.now())
    )
    entry = writing.entered("review-supplement-asked", case, submission, actor.snapshot(Role.REVIEWER), {"text": text})
    running = writing.period(case)
    if running is not None and not running.paused:
        last = max((stop.last_day for stop in running.pauses.all() if stop.last_day), default=running.starts_on)
        first = max(clock.today(), last + _DAY)
        # After its last day a period rests no longer: it stays late.
        if first <= running.due_on:
            deadlines.pause(
                running.id,
                first_day=first,
                reason="等待承办机构补充送审材料",
                basis="本机关法制审核制度（补充材料的时间不计入审核期限）",
                entry=entry,
            )
    return row


@transaction.atomic
def answer_supplement(case_id: uuid.UUID, *, actor: Actor, text: str, attested: bool = False) -> SupplementAnswer:
    """Answer the request. Where draft, evidence or recordings changed, the file is handed over anew as the next round.

    `attested` is then needed again. The time limit runs on. Raises Conflict when nothing was asked, InvalidInput.
    """
    case = access.own_locked(actor, case_id)
    submission = writing.opened(case)
    asked = queries.open_supplement(submission)
    if asked is None:
        raise Conflict("supplement-not-open", "审核人员没有要求补充材料，或者已经答复。请刷新页面。")
    check = Check()
    text = check.text("text", text, "补充说明", most=1000)
    new = queries.materials(case) != submission.materials or bool(queries.changed_since(case, submission))
    if new and not attested:
        check.add("attested", "案卷有新的材料，请确认对送审材料的真实性、准确性、完整性负责。")
    check.done()
    row = insert(SupplementAnswer(supplement=asked, text=text, by_id=actor.officer_id, at=clock.now()))
    by = actor.snapshot(Role.HANDLER)
    entry = writing.entered("review-supplement-answered", case, submission, by, {"text": text, "new_round": new})
    running = writing.period(case)
    if running is not None and running.paused:
        stop = running.pauses.get(last_day=None)
        deadlines.resume(running.id, last_day=max(clock.today(), stop.first_day), entry=entry)
    if new:
        reason = "补充材料后由下一轮接续"
        insert(Withdrawal(submission=submission, reason=reason, by_id=actor.officer_id, at=row.at))
        writing.entered("review-withdrawn", case, submission, by, {"reason": reason})
        urgent = submission.urgency.reason if hasattr(submission, "urgency") else ""
        submit(case.id, actor=actor, attested=True, answers=submission.answers, urgent=urgent)
    return row
