"""Statistics for people (执法统计): charts with their tables, annual figures as page and file. No ranking by fines (R114)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.pages import asked, show
from mingcha.petitions import inbox

_CRUMB = ("执法结果", "portal:results")
FIRST_YEAR = 2019


def _bars(rows: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Lengths by the greatest; the figure stands beside the bar, so that the chart is its own table."""
    most = max((count for _, count in rows), default=0) or 1
    return [
        {"label": label, "percent": count * 100 // most, "text": f"{count} 件", "kind": ""} for label, count in rows
    ]


@public
def figures(request: HttpRequest) -> HttpResponse:
    place, name = queries.jurisdiction()
    today = clock.today()
    given = asked(request, "year", 4)
    year = int(given) if given.isdecimal() and FIRST_YEAR <= int(given) <= today.year else today.year
    first, last = dt.date(year, 1, 1), min(dt.date(year, 12, 31), today)
    found = queries.figures(place, first, last)
    timely = queries.timeliness(first, dt.date(year, 12, 31), today)
    reached = timely.in_time + timely.late
    context = {
        "year": year,
        "place": name,
        "until": last,
        "years": range(today.year, FIRST_YEAR - 1, -1),
        "found": found,
        "months": _bars([(f"{day.month}月", count) for day, count in found.months]),
        "kinds": _bars(found.kinds),
        "organs": _bars(found.organs),
        "timely": timely,
        "share": timely.in_time * 100 // reached if reached else None,
        "letters": inbox.figures(place, first, last),
        "rules": queries.year_form()["rules"],
        "yearly": queries.years(place, year),
    }
    crumbs = [(_CRUMB[0], reverse(_CRUMB[1])), ("执法统计", "")]
    return show(request, "statistics", context, section="results", crumbs=crumbs, seconds=60)


@public
def yearly(request: HttpRequest, year: int) -> HttpResponse:
    """The signed figures of a year, organ by organ."""
    place, _ = queries.jurisdiction()
    rows = queries.years(place, year)
    if not rows:
        raise NotFound(f"{year}年的年度执法数据还没有公布。")
    context = {"year": year, "rows": rows, "form": queries.year_form()}
    crumbs = [(_CRUMB[0], reverse(_CRUMB[1])), ("执法统计", reverse("portal:statistics")), (f"{year}年度", "")]
    return show(request, "yearly", context, section="results", crumbs=crumbs, seconds=60)


@public
def yearly_file(request: HttpRequest, year: int) -> HttpResponse:
    """The same figures as a sheet of plain rows."""
    place, _ = queries.jurisdiction()
    rows = queries.years(place, year)
    if not rows:
        raise NotFound(f"{year}年的年度执法数据还没有公布。")
    text = io.StringIO()
    text.write("\ufeff")
    csv.writer(text).writerows([_HEAD, *_lines(year, rows)])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="enforcement-{year}.csv"'
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


_HEAD = ("年度", "机关", "表", "栏目", "数值")


def _lines(year: int, rows: list[Any]) -> list[tuple[Any, ...]]:
    """The figures of all organs as plain rows."""
    found: list[tuple[Any, ...]] = []
    for row in rows:
        for table in row.tables:
            found += [(year, row.organ, table["label"], line["label"], line["value"]) for line in table["rows"]]
        totals = {
            "处罚合计（宗）": row.total,
            "罚没金额（分）": row.sum_fen,
            "在编执法人员": row.staff,
            "持证人员": row.certified,
            "依法不公开": row.withheld,
            "撤下": row.reversed,
        }
        found += [(year, row.organ, "合计和说明", label, value) for label, value in totals.items()]
    return found


@public
def yearly_sheet(request: HttpRequest, year: int) -> HttpResponse:
    """The same figures as a workbook."""
    from openpyxl import Workbook

    place, _ = queries.jurisdiction()
    rows = queries.years(place, year)
    if not rows:
        raise NotFound(f"{year}年的年度执法数据还没有公布。")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(f"{year}年度")
    for line in [_HEAD, *_lines(year, rows)]:
        sheet.append(line)
    target = io.BytesIO()
    book.save(target)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = HttpResponse(target.getvalue(), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="enforcement-{year}.xlsx"'
    response.headers["Cache-Control"] = "private, max-age=60"
    return response
