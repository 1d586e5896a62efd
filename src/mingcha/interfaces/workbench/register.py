"""The register of enforcement (执法台账): per officer and unit, filtered, searched, exported, printed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from mingcha.accounts.models import Officer
from mingcha.common.paging import page as page_of
from mingcha.interfaces.gate import actor_of, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.interfaces.workbench.exporting import Table, table_response
from mingcha.interfaces.workbench.register_rows import HEADS, KINDS, PERIODS, Asked, lines, selected

_SIZE = 50
_MOST_EXPORTED = 20_000
_BATCH = 500
_ORDER = ("-created_at", "-id")
# What stands on the screen; the export has every column.
_SHOWN = ("案号", "当事人", "承办人员", "立案", "决定", "处罚", "送达", "结案", "环节")
_DATES = ("立案", "决定", "送达", "结案")


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _asked(request: HttpRequest) -> Asked:
    given = {name: str(request.GET.get(name, "")) for name in ("q", "by", "first", "last", "kind", "unit", "officer")}
    return Asked(
        words=given["q"],
        by=given["by"] if given["by"] in PERIODS else "created",
        first=_day(given["first"]),
        last=_day(given["last"]),
        act_type=given["kind"] if given["kind"] in KINDS else "",
        unit=_key(given["unit"]),
        officer=_key(given["officer"]),
    )


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    asked = _asked(request)
    found = page_of(selected(actor, asked), order=_ORDER, cursor=request.GET.get("cursor"), size=_SIZE)
    query = {name: value for name, value in request.GET.items() if value and name != "cursor"}
    places = {name: HEADS.index(name) for name in _SHOWN}
    people = Officer.objects.filter(organisation__jurisdiction=actor.jurisdiction, duties__isnull=False).distinct()
    people = people.select_related("organisation").order_by("organisation__name", "name", "id")
    staff = [row for row in people if (row.organisation.organ_id or row.organisation_id) == actor.organ_id] or list(
        people
    )
    units = dict.fromkeys((str(row.organisation_id), row.organisation.name) for row in staff)
    context = {
        "rows": [_row(line.case.id, line.cells, places) for line in lines(actor, found.rows)],
        "columns": [{"label": name, "date": name in _DATES} for name in _SHOWN],
        "page": found,
        "asked": asked,
        "periods": PERIODS.items(),
        "kinds": KINDS.items(),
        "units": list(units),
        "officers": [(str(row.id), row.name) for row in staff],
        "chosen": {name: str(request.GET.get(name, "")) for name in ("kind", "unit", "officer", "by")},
        "filtered": bool(query),
        "exports": [
            (name, reverse("register-export", args=[name]) + (f"?{urlencode(query)}" if query else ""))
            for name in ("xlsx", "csv")
        ],
    }
    return page(request, "workbench/register/list.html", context, title="执法台账", active="register")


def _row(case_id: uuid.UUID, cells: list[Any], places: dict[str, int]) -> dict[str, Any]:
    shown: list[Any] = [_text(cells[place]) for place in places.values()]
    shown[0] = {"text": shown[0], "url": reverse("case", args=[case_id]), "note": cells[HEADS.index("案由")]}
    return {"cells": shown}


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value or "—")


@viewers()
def export(request: HttpRequest, ending: str) -> HttpResponseBase:
    """All columns of the chosen cases as XLSX or CSV, at most 20,000."""
    actor = actor_of(request)
    cases = list(selected(actor, _asked(request)).order_by(*_ORDER)[:_MOST_EXPORTED])

    def rows() -> Any:
        for start in range(0, len(cases), _BATCH):
            for line in lines(actor, cases[start : start + _BATCH]):
                yield ["" if cell is None else cell for cell in line.cells]

    return table_response(Table("执法台账", HEADS, rows()), ending, "register")
