"""What a review asks of people beside the stage of the case: void approvals, supplements, disagreements, counsel called in."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case
from mingcha.interfaces.workbench.organ_tasks import Duty
from mingcha.review import queries


def duties(actor: Actor) -> list[Duty]:
    """Soonest first; each leads to the page where it is done."""
    found = [
        _duty(
            row.opinion.submission.case,
            "审核意见已经失效，须再次送审",
            "审核同意以后案卷又有改动（行政处罚法第五十八条）",
            "review-case",
        )
        for row in queries.voided_for(actor.officer_id, actor.organ_id, heads=actor.has("head"))
    ]
    for asked in queries.supplements_for(actor.officer_id):
        found.append(_duty(asked.submission.case, "答复补充材料要求", asked.text[:60], "review-case"))
    for row in queries.disputes_for(actor.officer_id, actor.organ_id, heads=actor.has("head")):
        what = "决定审核分歧" if actor.has("head") else "审核分歧：会商"
        found.append(_duty(row.opinion.submission.case, what, row.view[:60], "review-case"))
    for called in queries.consultations_for(actor.officer_id).filter(answer=None, counsel__end=None)[:20]:
        # Counsel learns no more of the case than the organ that asks.
        organ = called.submission.case.organisation.name
        url = reverse("consultation", args=[called.id])
        found.append(Duty("review", called.id, "答复征询", organ, called.question[:60], url, called.until, ""))
    return sorted(found, key=lambda duty: (duty.due_on or dt.date.max, duty.what))


def _duty(case: Case, what: str, why: str, route: str) -> Duty:
    return Duty("review", case.id, what, str(case), why, reverse(route, args=[case.id]), None, "")
