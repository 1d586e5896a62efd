"""Procedures for the public (执法程序): the chart of the edition in force, its stages, limits, documents, files."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe

from mingcha.common import clock
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import lists
from mingcha.interfaces.portal.pages import asked, show

_HOW = ("怎样执法", "how")


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_HOW[0], reverse(f"portal:{_HOW[1]}")), *more]


@public
def listing(request: HttpRequest) -> HttpResponse:
    """All procedures in force by kind of act."""
    place, _ = queries.jurisdiction()
    text = asked(request, "q", 60)
    groups: dict[str, list[Any]] = {}
    for item in queries.procedures_in_force(place, clock.today()):
        if all(
            word in f"{item.definition.name}{item.act_type}{item.edition.organisation.name}" for word in text.split()
        ):
            groups.setdefault(item.act_type, []).append(item)
    context = {"groups": list(groups.items()), "text": text}
    return show(request, "procedures", context, section="how", crumbs=_crumbs(("执法程序", "")), seconds=60)


@public
def procedure(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """One procedure: drawn from the very edition that drives the cases."""
    found = queries.procedure_read(edition_id)
    place, _ = queries.jurisdiction()
    day = clock.today()
    others = {
        item.definition.code: reverse("portal:procedure", args=[item.edition.id])
        for item in queries.procedures_in_force(place, day)
        if item.edition.organisation_id == found.edition.organisation_id
    }
    context = {
        "row": found.edition,
        "state": lists.edition_state(found.edition, day),
        "definition": found.definition,
        "act_type": found.act_type,
        # Built by ourselves, every text in it escaped: procedures.faces.chart.
        "pieces": [mark_safe(piece) for piece in found.chart(other=others)],  # noqa: S308
        "stages": found.stages(),
        "limits": found.limits(),
        "history": queries.procedure_history(found.edition),
    }
    crumbs = _crumbs(("执法程序", reverse("portal:procedures")), (found.definition.name, ""))
    return show(request, "procedure", context, section="how", crumbs=crumbs, seconds=60)


@public
def review(request: HttpRequest) -> HttpResponse:
    """The course of legal review (R092)."""
    name, pieces, points = queries.review_course(clock.today())
    context = {
        "name": name,
        "pieces": [mark_safe(piece) for piece in pieces],  # noqa: S308
        "points": points,
        "acts": [{"cells": list(row)} for row in queries.review_by_act()],
        "act_columns": [{"label": label} for label in ("执法程序", "审核的文书", "在哪里审核", "依据")],
    }
    crumbs = _crumbs(("执法程序", reverse("portal:procedures")), ("法制审核流程", ""))
    return show(request, "procedure_review", context, section="how", crumbs=crumbs, seconds=60)


@public
def checklist(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """Documents and recordings by step, to print and tick off."""
    found = queries.procedure_read(edition_id)
    context = {"row": found.edition, "definition": found.definition, "steps": found.checklist()}
    crumbs = _crumbs(
        ("执法程序", reverse("portal:procedures")),
        (found.definition.name, reverse("portal:procedure", args=[edition_id])),
        ("文书清单", ""),
    )
    return show(request, "procedure_checklist", context, section="how", crumbs=crumbs, seconds=60)


def _file(text: str, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@public
def picture(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    found = queries.procedure_read(edition_id)
    return _file(found.svg(), f"{found.file_name}.svg", "image/svg+xml; charset=utf-8")


@public
def bpmn(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    found = queries.procedure_read(edition_id)
    return _file(found.bpmn(), f"{found.file_name}.bpmn", "application/xml; charset=utf-8")


@public
def data(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    found = queries.procedure_read(edition_id)
    return _file(found.json(), f"{found.file_name}.json", "application/json; charset=utf-8")
