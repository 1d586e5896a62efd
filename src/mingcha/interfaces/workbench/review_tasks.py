"""What a review asks of people beside the stage of the case: void approvals, supplements, counsel, statements to recheck."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.interfaces.workbench.organ_tasks import Duty
from mingcha.review import queries
from mingcha.review.rules import source


def duties(actor: Actor) -> list[Duty]:
    """Soonest first; each leads to the page where it is done."""
    heads = actor.has("head")
    # Nearly always nobody is asked anything: one read says so, on every page.
    asked = queries.asks(actor.officer_id, actor.organ_id, heads=heads)
    found = []
    for void in queries.voided_for(actor.officer_id, actor.organ_id, heads=heads) if "voided" in asked else ():
        case = void.opinion.submission.case
        why = f"审核同意以后案卷又有改动（{source(case.act_type)}）"
        found.append(_duty(case, "审核意见已经失效，须再次送审", why, "review-case"))
    for more in queries.supplements_for(actor.officer_id) if "supplements" in asked else ():
        found.append(_duty(more.submission.case, "答复补充材料要求", more.text[:60], "review-case"))
    for back in queries.withdrawn_for(actor.officer_id) if "withdrawn" in asked else ():
        found.append(_duty(back.submission.case, "再次送审", f"送审已经撤回：{back.reason[:50]}", "review-submit"))
    for row in queries.disputes_for(actor.officer_id, actor.organ_id, heads=heads) if "disputes" in asked else ():
        what = "决定审核分歧" if heads else "审核分歧：会商"
        found.append(_duty(row.opinion.submission.case, what, row.view[:60], "review-case"))
    for called in queries.waiting_for(actor.officer_id)[:20] if "consultations" in asked else ():
        # Counsel learns no more of the case than the organ that asks.
        organ = called.submission.case.organisation.name
        url = reverse("consultation", args=[called.id])
        found.append(Duty("review", called.id, "答复征询", organ, called.question[:60], url, called.until, ""))
    for said in cases.to_recheck(actor.officer_id)[:20] if "rechecks" in asked else ():
        why = "您被指定复核陈述申辩（行政处罚法第四十五条第一款）"
        found.append(_duty(said.case, "复核陈述申辩", why, "case-answer", said.id))
    return sorted(found, key=lambda duty: (duty.due_on or dt.date.max, duty.what))


def _duty(case: Case, what: str, why: str, route: str, *more: object) -> Duty:
    return Duty("review", case.id, what, str(case), why, reverse(route, args=[case.id, *more]), None, "")
