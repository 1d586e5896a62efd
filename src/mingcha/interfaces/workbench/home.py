"""今天要办: one table of what waits for this person, soonest first."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse

from mingcha.accounts.choices import Role
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.templatetags.mc import due_label, icon
from mingcha.interfaces.workbench import tasks
from mingcha.interfaces.workbench.base import link, page

_SHOWN = 100


@viewers()
def home(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    everything = tasks.waiting_for(actor)
    group = str(request.GET.get("group", ""))
    late_only = request.GET.get("late") == "1"
    late = sum(task.colour == "red" for task in everything)
    rows = [
        task for task in everything if (not group or task.group == group) and (not late_only or task.colour == "red")
    ]
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
        "rows": [_row(task) for task in rows[:_SHOWN]],
        "hidden": max(len(rows) - _SHOWN, 0),
        "total": len(everything),
        "more": any(count >= tasks.MOST for count in sizes.values()),
        "late": late,
        "may_register": actor.has(Role.HANDLER),
        "icons": {"late": icon("warning"), "warn": icon("clock"), "ok": icon("check")},
    }
    return page(request, "workbench/home/home.html", context, title="今天要办", active="home")


def _row(task: tasks.Task) -> dict[str, Any]:
    """One line; its term as kind, words and day."""
    kind = {"red": "late", "amber": "warn"}.get(task.colour, "ok")
    return {
        "late": task.colour == "red",
        "what": task.what,
        "url": task.url or link(task.route, task.key) or link("case", task.key),
        "party": task.party,
        "case": task.case,
        "why": task.why,
        "kind": kind,
        "due": due_label(task.left) if task.due_on else "",
        "due_on": task.due_on.isoformat() if task.due_on else "",
        "rule": task.rule,
    }
