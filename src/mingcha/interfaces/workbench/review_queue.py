"""What waits for review (待审案件): urgent first, then by term; opinions that this person gave."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.accounts.choices import Role
from mingcha.cases import access
from mingcha.common.clock import legal_day
from mingcha.deadlines import queries as deadlines
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench import terms
from mingcha.interfaces.workbench.base import page
from mingcha.review import queries
from mingcha.review.choices import Conclusion

# The most pressing; the rest is found by searching.
_MOST = 200
_PERIOD = "PEN-16"


@viewers(Role.REVIEWER)
def queue(request: HttpRequest) -> HttpResponse:
    """Cases that wait for a review opinion, and the opinions that this person gave."""
    actor = actor_of(request)
    asked = str(request.GET.get("q", "")).strip()
    found = access.visible(actor).filter(queries.waiting_rule(), organisation_id=actor.organ_id)
    for word in asked.split()[:5]:
        found = found.filter(Q(number__icontains=word) | Q(party_name__icontains=word) | Q(cause__icontains=word))
    waiting = list(found.order_by("id"))
    views = {
        view.period.case_id: view
        for view in deadlines.open_periods(case_ids=[row.id for row in waiting])
        if view.period.rule == _PERIOD
    }
    rounds = queries.newest([row.id for row in waiting])
    given_to = queries.allocations(rounds.values())
    rows: list[dict[str, Any]] = []
    for row in waiting:
        submission = rounds.get(row.id)
        if submission is None:
            continue
        view, allocation = views.get(row.id), given_to.get(submission.id)
        withdrawn = hasattr(submission, "withdrawal")
        urgent = hasattr(submission, "urgency") and not withdrawn
        place = {"text": f"第{submission.round}轮", "note": f"{submission.submitted_by.name} 送审"}
        if withdrawn or urgent:
            place |= {"tag": "已撤回" if withdrawn else "加急", "tag_kind": "empty" if withdrawn else "warn"}
        rows.append(
            {
                "key": (withdrawn, not urgent, view is None, view.period.due_on if view else None, str(row.id)),
                "mine": allocation is not None and allocation.reviewer_id == actor.officer_id,
                "free": allocation is None,
                "late": bool(view and view.days_left < 0),
                "cells": [
                    {"text": str(row), "url": reverse("review-case", args=[row.id]), "note": row.cause},
                    row.party_name,
                    queries.ground(submission),
                    place,
                    allocation.reviewer.name if allocation else "没有分派",
                    {"text": "—"} if view is None else {"due": terms.of_view(view)},
                ],
            }
        )
    rows.sort(key=lambda row: row["key"])
    shown = str(request.GET.get("who", ""))
    tabs: tuple[tuple[str, str, list[dict[str, Any]]], ...] = (
        ("", "全部", rows),
        ("mine", "分给我的", [row for row in rows if row["mine"]]),
        ("free", "没有分派", [row for row in rows if row["free"]]),
    )
    chosen = next((listed for name, _, listed in tabs if name == shown), rows)
    given = [
        {
            "cells": [
                {"text": str(row.submission.case), "url": reverse("review-case", args=[row.submission.case_id])},
                row.submission.case.party_name,
                {"text": f"第{row.submission.round}轮"},
                {"tag": Conclusion(row.conclusion).label, "tag_kind": "ok" if row.conclusion == "agree" else "warn"},
                {"text": legal_day(row.given_at).isoformat()},
            ]
        }
        for row in queries.given_by(actor.officer_id)[:20]
    ]
    context = {
        "rows": chosen[:_MOST],
        "hidden": max(len(chosen) - _MOST, 0),
        "asked": asked,
        "tabs": [
            {"label": label, "url": f"?who={name}", "count": len(listed), "current": name == shown}
            for name, label, listed in tabs
        ],
        "columns": [{"label": name} for name in ("案件", "当事人", "审核情形", "轮次", "审核人员", "审核期限")],
        "given": given,
        "given_columns": [{"label": name} for name in ("案件", "当事人", "轮次", "结论", "出具日期")],
    }
    return page(request, "workbench/review/queue.html", context, title="法制审核", active="review")
