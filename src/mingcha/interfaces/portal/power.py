"""Who enforces, by which lists and in which steps (谁在执法、怎样执法)."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.common import clock
from mingcha.common.paging import page
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import lists
from mingcha.interfaces.portal.pages import asked, show


@public
def who(request: HttpRequest) -> HttpResponse:
    place, _ = queries.jurisdiction()
    rows = queries.organisations(place)
    subjects = [row for row in rows if row.kind != "unit"]
    units: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        if row.kind == "unit" and row.organ_id:
            units.setdefault(row.organ_id, []).append(row)
    context = {
        "subjects": [{"row": row, "units": units.get(row.id, [])} for row in subjects],
        "officers": queries.officers(place).count(),
    }
    return show(request, "who", context, section="who", crumbs=[("谁在执法", "")], seconds=60)


@public
def officers(request: HttpRequest) -> HttpResponse:
    """People with certificates, as the law makes them public: name, organisation, certificate — nothing else."""
    place, _ = queries.jurisdiction()
    text = asked(request, "q", 60)
    rows = queries.officers(place, text)
    found = page(rows, order=("name", "id"), cursor=request.GET.get("cursor") or None, size=30)
    day = clock.today()
    shown = queries.with_portrait(found.rows)
    context = {
        "rows": [
            {"officer": row, "photo": row.id in shown, "certificate": item, "state": lists.certificate_state(item, day)}
            for row in found.rows
            for item in row.certificates.all()
        ],
        "total": rows.count(),
        "text": text,
        "day": day,
        "next_cursor": found.next_cursor,
    }
    crumbs = [("谁在执法", reverse("portal:who")), ("执法人员", "")]
    return show(request, "officers", context, section="who", crumbs=crumbs)


def about(kind: str) -> str:
    """What a kind of list is for."""
    return lists.ABOUT.get(kind) or queries.list_about(kind)[0]


def _newest(rows: list[Any]) -> list[Any]:
    """What holds or comes; what an older edition said stands in the history of its list."""
    return [item for item in rows if item["state"]["kind"]] or rows[:1]


@public
def how(request: HttpRequest) -> HttpResponse:
    place, _ = queries.jurisdiction()
    day = clock.today()
    groups: dict[str, list[Any]] = {}
    for row in queries.editions(place):
        groups.setdefault(row.kind, []).append({"row": row, "state": lists.edition_state(row, day)})
    order = [kind for kind in queries.list_order() if kind in groups]
    context = {
        "groups": [
            {"label": queries.edition_label(kind), "about": about(kind), "rows": _newest(groups[kind])}
            for kind in order
        ]
    }
    return show(request, "how", context, section="how", crumbs=[("怎样执法", "")], seconds=60)


@public
def edition(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    row = queries.edition(edition_id)
    day = clock.today()
    context = {
        "row": row,
        "label": queries.edition_label(row.kind),
        "about": about(row.kind),
        "law": queries.list_about(row.kind)[1],
        "history": [{"row": item, "state": lists.edition_state(item, day)} for item in queries.list_history(row)],
        "withdrawn": queries.list_withdrawal(row),
        "state": lists.edition_state(row, day),
    }
    if row.kind == "procedure":
        context["procedure"] = lists.procedure(row.content, queries.procedure_words(day))
    elif row.kind == "policy-profile":
        context["facts"] = lists.profile(row.content)
        context["policy"] = queries.list_policy(row.content)
    else:
        number = asked(request, "page", 5)
        context["list"] = queries.list_page(row, asked(request, "q", 60), int(number) if number.isdecimal() else 1)
    crumbs = [("怎样执法", reverse("portal:how")), (row.title, "")]
    return show(request, "edition", context, section="how", crumbs=crumbs, seconds=60)


@public
def edition_file(request: HttpRequest, edition_id: uuid.UUID, form: str) -> HttpResponse:
    """The entries as a sheet: xlsx or csv."""
    row, data, media_type = queries.list_file(edition_id, form)
    response = HttpResponse(data, content_type=media_type)
    name = quote(f"{row.title}第{row.number}版.{form}")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@public
def application(request: HttpRequest, edition_id: uuid.UUID, code: str) -> HttpResponse:
    """The letter of application for a matter of the guide, to fill in."""
    return _application(edition_id, code, example=False)


@public
def example(request: HttpRequest, edition_id: uuid.UUID, code: str) -> HttpResponse:
    """The same letter as an example of how it is filled in."""
    return _application(edition_id, code, example=True)


def _application(edition_id: uuid.UUID, code: str, *, example: bool) -> HttpResponse:
    _, data = queries.application_form(edition_id, code, example=example)
    response = HttpResponse(data, content_type="application/pdf")
    name = quote(f"申请书{'示范文本' if example else '格式文本'}.pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@public
def edition_changes(request: HttpRequest, edition_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponse:
    """What changed from an older edition to a newer one."""
    older, newer, changes = queries.list_changes(edition_id, other_id)
    crumbs = [
        ("怎样执法", reverse("portal:how")),
        (newer.title, reverse("portal:edition", args=[newer.id])),
        ("与旧版比较", ""),
    ]
    context = {"older": older, "newer": newer, "changes": changes}
    return show(request, "list_changes", context, section="how", crumbs=crumbs, seconds=60)


@public
def edition_json(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """The edition as it was approved, with its digest."""
    row = queries.edition(edition_id)
    body = {
        "organisation": row.organisation.name,
        "kind": row.kind,
        "title": row.title,
        "number": row.number,
        "basis": row.basis,
        "approved_by": row.approved_by,
        "effective_from": row.effective_from.isoformat(),
        "effective_to": row.effective_to.isoformat() if row.effective_to else None,
        "digest": row.digest,
        "content": row.content,
    }
    if "entries" in row.content and (gone := len(row.content["entries"]) - len(queries.list_entries(row))):
        # The digest is that of the list as it was approved.
        body["content"] = {**row.content, "entries": queries.list_entries(row)}
        body["withdrawn_entries"] = gone
    text = json.dumps(body, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.kind}-{row.number}.json"'
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
