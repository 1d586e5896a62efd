"""今天要办: one table of what waits for this person, soonest first."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse

from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench import tasks
from mingcha.interfaces.workbench.base import link, page

_SHOWN = 100


@officials()
def home(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    everything = tasks.waiting_for(actor)
    group = str(request.GET.get("group", ""))
    late_only = request.GET.get("late") == "1"
    late = sum(task.colour == "red" for task in everything)
    rows = [task for task in everything if (not group or task.group == group) and (not late_only or task.colour == "red")]
    sizes = Counter(task.group for task in everything)
    filters: list[dict[str, Any]] = [
        {"label": "全部", "url": "?", "count": len(everything), "current": not group and not late_only}
    ]
    if len(sizes) > 1:
        filters += [
            {"label": label, "url": f"?group={name}", "count": sizes[name], "current": group == name}
            for name, label in tasks.GROUPS.items()
            if sizes[name]
        ]
    if late:
        filters.append({"label": "已逾期", "url": "?late=1", "count": late, "current": late_only})
    context = {
        "filters": filters,
        "columns": [{"label": "事项"}, {"label": "案件"}, {"label": "为什么是我"}, {"label": "期限"}],
        "rows": [_row(task) for task in rows[:_SHOWN]],
        "hidden": max(len(rows) - _SHOWN, 0),
        "total": len(everything),
        "late": late,
        "may_register": actor.has("handler"),
    }
    return page(request, "workbench/home/home.html", context, title="今天要办", active="home")


def _row(task: tasks.Task) -> dict[str, Any]:
    url = link(task.route, task.key) or link("case", task.key)
    due: Any = {"text": "没有法定期限"}
    if task.due_on is not None:
        due = {"due": {"left": task.left, "colour": task.colour, "due_on": task.due_on}, "note": task.rule}
    return {
        "late": task.colour == "red",
        "cells": [{"text": task.what, "url": url}, {"text": task.party, "note": task.case}, task.why, due],
    }
