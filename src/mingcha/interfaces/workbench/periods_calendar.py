"""The working calendar (工作日历): a year as a grid, its editions, a new edition with comparison and confirmation."""

from __future__ import annotations

import calendar as months
import datetime as dt
import threading
from typing import Any

from django import forms
from django.db import close_old_connections, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, NotFound
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.actions import announce_year
from mingcha.deadlines.actions.announcing import check_arrangement
from mingcha.deadlines.calendar import Calendar, CalendarDay, written
from mingcha.deadlines.models import WorkCalendarYear
from mingcha.deadlines.tasks import work_through
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, acted, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.daylines import lines_of, parse_days, stretches
from mingcha.interfaces.workbench.periods import CRUMBS, tabs

# A recalculation that has not moved for so long may be carried on by hand.
_STILL = dt.timedelta(seconds=15)


@viewers()
def year(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """A year as twelve months, with holidays, shifted workdays, editions and the state of recalculations."""
    actor = actor_of(request)
    number = clock.today().year if number is None else number
    editions = [row for row in deadlines.calendar_years() if actor.jurisdiction.startswith(row.overlay)]
    known = sorted({row.year for row in editions})
    if not known or not known[0] <= number <= known[-1] + 1:
        raise NotFound("没有这个年度的工作日历。")
    table = deadlines.calendar(actor.jurisdiction)
    own = [row for row in editions if row.year == number]
    whole = dt.date(number, 1, 1)
    last = dt.date(number, 12, 31)
    context = {
        "tabs": tabs("periods-calendar", actor),
        "number": number,
        "announced": table.is_announced(whole),
        "months": [_month(table, number, month) for month in range(1, 13)],
        "years": [
            {"label": str(item), "url": reverse("periods-calendar-year", args=[item]), "current": item == number}
            for item in reversed(known)
        ],
        "editions": [{"row": row, "runs": [_run(pair) for pair in stretches(_days(row))]} for row in own],
        "workdays": table.workdays_between(whole - dt.timedelta(days=1), last),
        "may_edit": actor.has(Role.ADMIN),
        "edit_url": f"{reverse('periods-year')}?year={number}",
        "jobs": [
            {"row": job, "still": job.finished_at is None and clock.now() - job.beat_at > _STILL}
            for job in deadlines.recalculations()
        ],
    }
    return page(
        request,
        "workbench/periods/calendar.html",
        context,
        title=f"{number}年工作日历",
        crumbs=CRUMBS,
        active="periods",
    )


def _days(row: WorkCalendarYear) -> list[CalendarDay]:
    return [CalendarDay(day.date, day.off, day.name) for day in row.days.all()]


def _run(pair: tuple[CalendarDay, CalendarDay]) -> dict[str, Any]:
    first, last = pair
    return {
        "name": first.name,
        "off": first.off,
        "days": (last.date - first.date).days + 1,
        "first": first.date,
        "last": last.date,
    }


def _month(table: Calendar, number: int, month: int) -> dict[str, Any]:
    today = clock.today()
    weeks = []
    for week in months.Calendar().monthdatescalendar(number, month):
        cells: list[dict[str, Any] | None] = []
        for day in week:
            if day.month != month:
                cells.append(None)
                continue
            special = table.days.get(day)
            mark = "" if special is None else "休" if special.off else "班"
            cells.append(
                {
                    "day": day.day,
                    "date": day,
                    "mark": mark,
                    "why": table.why(day),
                    "kind": "shift" if mark == "班" else "off" if not table.is_workday(day) else "",
                    "today": day == today,
                }
            )
        weeks.append(cells)
    return {"number": month, "weeks": weeks}


class ArrangementForm(Form):
    """The arrangement of a year as an administrator enters it."""

    year = forms.IntegerField(label="年度", min_value=1949, max_value=2200)
    overlay = forms.CharField(
        label="适用地区",
        required=False,
        max_length=12,
        help_text="全国安排不填；民族节日等地方放假填行政区划代码的前几位。",
    )
    source = forms.CharField(
        label="公布文件", max_length=500, help_text="写明文件名称和文号，如国务院办公厅关于某年部分节假日安排的通知。"
    )
    days = forms.CharField(
        label="放假和调休上班",
        widget=text_area(14),
        required=False,
        help_text="每行一项：“2027-01-01 放假 元旦”；连续几日写“2027-02-05至2027-02-11 放假 春节”；调休写“2027-02-20 上班 春节”。",
    )
    announced = forms.BooleanField(
        label="已经正式公布", required=False, help_text="未公布的年度按周历暂算，有关期限标为暂定，公布后自动重算。"
    )


@officials(Role.ADMIN)
def edit(request: HttpRequest) -> HttpResponse:
    """Enter a year: first what would change, then the edition itself."""
    actor = actor_of(request)
    form = ArrangementForm(request.POST or None, initial=_initial(request))
    back = reverse("periods-calendar")
    if form.is_bound and request.POST.get("confirmed") == "1":
        if submitted(request, form, lambda cleaned: _announce(actor, cleaned)):
            return redirect("periods-calendar-year", form.cleaned_data["year"])
    elif form.is_bound and request.POST.get("back") != "1":
        seen = submitted(request, form, lambda cleaned: _preview(actor, cleaned), single=False)
        if seen is not None:
            return _confirm(request, form, seen.result)
    elif form.is_bound:
        form = ArrangementForm(
            initial={name: request.POST.get(name, "") for name in form.fields if name != "form_token"}
        )
    return form_page(
        request,
        form,
        title="登记年度放假安排",
        submit="核对变化",
        crumbs=[*CRUMBS, ("工作日历", back)],
        active="periods",
        cancel_url=back,
        lead="登记的是新的一版，以前的版本保留。先核对与现行版本的变化，确认后生效。",
        guard=True,
    )


def _initial(request: HttpRequest) -> dict[str, Any]:
    """The edition in force of the year that is asked for, so that a correction starts from it."""
    asked = str(request.GET.get("year", ""))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else clock.today().year + 1
    overlay = str(request.GET.get("overlay", ""))[:12]
    found = deadlines.edition_in_force(number, overlay)
    if found is None:
        return {"year": number, "overlay": overlay, "announced": True}
    return {
        "year": number,
        "overlay": overlay,
        "announced": True,
        "source": found.source if found.announced else "",
        "days": lines_of(_days(found)),
    }


def _checked(actor: Actor, cleaned: dict[str, Any]) -> list[CalendarDay]:
    overlay = cleaned["overlay"]
    if overlay and not (overlay.startswith(actor.jurisdiction) or actor.jurisdiction.startswith(overlay)):
        raise InvalidInput({"overlay": [f"只能登记本地区（{actor.jurisdiction}）或者包含本地区的地方放假。"]})
    return parse_days(cleaned["days"])


def _preview(actor: Actor, cleaned: dict[str, Any]) -> dict[str, Any]:
    days = _checked(actor, cleaned)
    number, overlay = cleaned["year"], cleaned["overlay"]
    listed, _ = check_arrangement(
        number, days, source=cleaned["source"], overlay=overlay, announced=cleaned["announced"]
    )
    present = deadlines.edition_in_force(number, overlay)
    return {
        "present": present,
        "changes": deadlines.compare(present, listed),
        "touched": deadlines.touched(number, overlay).count(),
        "days": listed,
    }


def _confirm(request: HttpRequest, form: ArrangementForm, seen: dict[str, Any]) -> HttpResponse:
    present, cleaned = seen["present"], form.cleaned_data

    def said(day: CalendarDay | None) -> str:
        return "平常（按周历）" if day is None else f"{day.name}{'放假' if day.off else '调休上班'}"

    context = {
        "form": form,
        "hidden": [(name, request.POST.get(name, "")) for name in ("year", "overlay", "source", "days", "announced")],
        "present": present,
        "next": present.edition + 1 if present else 1,
        "cleaned": cleaned,
        "touched": seen["touched"],
        "rows": [
            {"cells": [written(change.date), said(change.before), said(change.after)]} for change in seen["changes"]
        ],
        "columns": [{"label": "日期"}, {"label": "现行"}, {"label": "改为"}],
        "off": sum(day.off for day in seen["days"]),
        "work": sum(not day.off for day in seen["days"]),
    }
    crumbs = [*CRUMBS, ("工作日历", reverse("periods-calendar"))]
    title = f"确认{cleaned['year']}年放假安排"
    return page(request, "workbench/periods/confirm.html", context, title=title, crumbs=crumbs, active="periods")


def _announce(actor: Actor, cleaned: dict[str, Any]) -> None:
    days = _checked(actor, cleaned)
    announce_year(
        cleaned["year"],
        days,
        source=cleaned["source"],
        actor=actor.snapshot(Role.ADMIN),
        log=actor.jurisdiction,
        overlay=cleaned["overlay"],
        announced=cleaned["announced"],
    )


def _start() -> None:
    """Carry on in a thread; should the background process run after all, batches take turns on the row."""
    threading.Thread(target=_work, name="recompute", daemon=True).start()


def _work() -> None:
    try:
        work_through()
    finally:
        close_old_connections()
        connection.close()


@officials(Role.ADMIN)
def carry_on(request: HttpRequest) -> HttpResponse:
    """Carry on with a recalculation that stands still because no background process runs."""
    if request.method == "POST":
        acted(request, lambda: transaction.on_commit(_start))
    return redirect("periods-calendar")
