"""Figures of review (审核统计) and staffing: rounds, time, problems by point and unit, later reversals; with export."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.review import queries

_HEADS = ("送审机构", "送审", "首轮通过", "平均轮次", "平均用时（日）", "逾期", "审核后失效", "决定后撤销、变更")
_READERS = (Role.REVIEWER, Role.HEAD, Role.ADMIN, Role.SUPERVISOR)


def _year(request: HttpRequest) -> int:
    text = str(request.GET.get("year", ""))
    this = clock.today().year
    return int(text) if text.isdecimal() and 2000 <= int(text) <= this else this


@viewers(*_READERS)
def figures(request: HttpRequest) -> HttpResponse:
    """Both tables of one year, and the ratio of reviewers to officers of each organ the person answers for."""
    actor = actor_of(request)
    year = _year(request)
    whole = actor.has(Role.SUPERVISOR, Role.ADMIN)
    organs = queries.organs(actor.jurisdiction, None if whole else actor.organ_id)
    found = queries.figures([row.id for row in organs], year)
    points = queries.points([row.id for row in organs], year)
    staffing = [queries.staffing(row, clock.today()) for row in organs]
    units = list(dict.fromkeys(row.unit for row in points))
    context = {
        "year": year,
        "years": [{"label": f"{item}年", "url": f"?year={item}", "current": item == year} for item in _years()],
        "columns": [{"label": name, "num": place > 0} for place, name in enumerate(_HEADS)],
        "rows": [{"cells": list(row.cells())} for row in found],
        "point_columns": [{"label": "审核要点"}, *({"label": unit, "num": True} for unit in units)],
        "point_rows": [{"cells": cells} for cells in queries.by_point(points, units)],
        "staffing": staffing,
    }
    return page(
        request, "workbench/review/figures.html", context, title=f"{year}年法制审核统计", active="review-figures"
    )


def _years() -> list[int]:
    this = clock.today().year
    return [this, this - 1, this - 2]


@viewers(*_READERS)
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """The same two tables as a file: units first, then points by unit."""
    actor = actor_of(request)
    year = _year(request)
    whole = actor.has(Role.SUPERVISOR, Role.ADMIN)
    ids = [row.id for row in queries.organs(actor.jurisdiction, None if whole else actor.organ_id)]
    rows: list[tuple[object, ...]] = [row.cells() for row in queries.figures(ids, year)]
    rows += [()]
    rows += [(f"问题：{row.unit}", row.label, row.count) for row in queries.points(ids, year)]
    stamp = clock.today().isoformat()
    return table_response(Table(f"{year}年法制审核统计", _HEADS, rows), form, f"review-{year}-{stamp}")
