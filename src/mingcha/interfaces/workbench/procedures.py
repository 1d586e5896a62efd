"""Procedures for officials (执法程序): what is published and what ships, chart and table, which one applies."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.catalogues import access
from mingcha.catalogues import actions as lists
from mingcha.catalogues.choices import UNFINISHED
from mingcha.catalogues.models import Edition
from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure import reading_procedures as reading
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import page
from mingcha.procedures import queries
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.faces import bpmn, chart, choosing, comparing, guide
from mingcha.procedures.faces import words as faces
from mingcha.procedures.faces.words import Words

CRUMBS = [("执法程序", "/in/procedures/")]
_FORMS = {"svg": "image/svg+xml", "bpmn": "application/xml", "json": "application/json"}


def drawn(definition: Definition, words: Words, *, official: bool = True, **look: Any) -> list[SafeString]:
    """A chart for a page. Built by ourselves, every text in it escaped: procedures.faces.chart."""
    found = chart.pieces(definition, words, look=chart.Look(official=official, **look))
    return [mark_safe(piece) for piece in found]  # noqa: S308


def _rows(actor: Actor, text: str = "") -> list[dict[str, Any]]:
    """Shipped procedures and those of the own jurisdiction in force, together by code."""
    day = clock.today()
    own: dict[str, list[reading.Published]] = {}
    for item in reading.procedures_in_force(actor.jurisdiction, day):
        own.setdefault(item.edition.key, []).append(item)
    drafts = {draft.key: draft for draft in access.drafts(actor).filter(kind="procedure", state__in=UNFINISHED)}
    found = []
    for code in [*queries.codes(), *(code for code in own if code not in queries.codes())]:
        ships = code in queries.codes()
        content: Mapping[str, Any] = queries.definition_file(code) if ships else own[code][0].edition.content
        row = {
            "code": code,
            "name": content["name"],
            "act_type": faces.act_type(content["act_type"]),
            "stages": len(content["stages"]),
            "ships": ships,
            "own": next((item for item in own.get(code, []) if item.edition.organisation_id == actor.organ_id), None),
            "others": [item for item in own.get(code, []) if item.edition.organisation_id != actor.organ_id],
            "draft": drafts.get(code),
        }
        row["differs"] = ships and row["own"] is not None and row["own"].edition.content != content
        said = f"{row['name']}{row['act_type']}{code}"
        if all(word in said for word in text.split()):
            found.append(row)
    return found


@viewers()
def listing(request: HttpRequest) -> HttpResponse:
    """Every procedure by kind of act: in force here, shipped and adoptable, being written."""
    actor = actor_of(request)
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:60]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(actor, text):
        groups.setdefault(row["act_type"], []).append(row)
    context = {"groups": list(groups.items()), "text": text, "may_write": actor.has(Role.ADMIN)}
    return page(request, "workbench/procedures/listing.html", context, title="执法程序", active="procedures")


@viewers()
def export(request: HttpRequest) -> HttpResponse:
    """The same list as a table file."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["编号", "程序", "执法类别", "环节数", "本机关", "版次", "施行日期"])
    for row in _rows(actor_of(request)):
        own = row["own"]
        state = ["已公布", own.edition.number, own.edition.effective_from.isoformat()] if own else ["未公布", "", ""]
        table.writerow([row["code"], row["name"], row["act_type"], row["stages"], *state])
    # A byte order mark, or spreadsheets on Windows read the Chinese wrong.
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="procedures.csv"'
    return response


@viewers()
def which(request: HttpRequest) -> HttpResponse:
    """Which procedure applies: questions that end in one, with its ground and what comes first."""
    actor = actor_of(request)
    found = choosing.standing(request.GET.get("at", ""))
    context: dict[str, Any] = {"standing": found, "questions": len(found.steps)}
    if found.result:
        words = reading.procedure_vocabulary(clock.today())
        row = next(row for row in _rows(actor) if row["code"] == found.result)
        definition = row["own"].definition if row["own"] else parse(queries.definition_file(found.result))
        context |= {
            "row": row,
            "first": _first(definition, words),
            "may_begin": found.result == "P-PT" and bool(row["own"]) and actor.has(Role.HANDLER),
        }
    return page(
        request,
        "workbench/procedures/which.html",
        context,
        title="适用哪个程序",
        crumbs=CRUMBS,
        active="procedures",
    )


def _first(definition: Definition, words: Words) -> list[guide.Row]:
    """The first stages from the entry on, as a person will meet them."""
    rows = {row.id: row for row in guide.rows(definition, words)}
    found: list[guide.Row] = []
    here = definition.entry
    while here and len(found) < 4 and rows[here] not in found:
        found.append(rows[here])
        ahead = [way.stage for way in rows[here].ways if way.stage and rows[way.stage].number > rows[here].number]
        here = ahead[0] if ahead else ""
    return found


def _context(definition: Definition, words: Words) -> dict[str, Any]:
    return {
        "definition": definition,
        "act_type": faces.act_type(definition.act_type),
        "pieces": drawn(definition, words, links=lambda stage: f"#stage-{stage}"),
        "stages": guide.rows(definition, words),
        "limits": guide.limits(definition, words),
        "different": [
            f"{words.role(first)}与{words.role(second)}（{article}）" for first, second, article in definition.different
        ],
    }


@viewers()
def edition(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """A published procedure as the engine runs it."""
    actor = actor_of(request)
    found = _published(actor, edition_id)
    row = found.edition
    today = clock.today()
    state = (
        ("warn", "尚未施行")
        if row.effective_from > today
        else ("", "已被新版代替")
        if row.effective_to and row.effective_to < today
        else ("ok", "现行有效")
    )
    context = {
        **_context(found.definition, found.words),
        "row": row,
        "state": {"kind": state[0], "label": state[1]},
        "history": reading.procedure_history(row),
        "checklist_url": reverse("procedure-edition-checklist", args=[edition_id]),
        "files": [(form, reverse("procedure-edition-file", args=[edition_id, form])) for form in _FORMS],
        "may_write": actor.has(Role.ADMIN),
    }
    return page(
        request,
        "workbench/procedures/procedure.html",
        context,
        title=found.definition.name,
        crumbs=CRUMBS,
        active="procedures",
    )


def _published(actor: Actor, edition_id: uuid.UUID) -> reading.Published:
    row = access.edition(actor, edition_id)
    if row.kind != "procedure":
        raise NotFound("没有找到这份执法程序。")
    return reading.procedure_read(row.id)


@viewers()
def shipped(request: HttpRequest, code: str) -> HttpResponse:
    """A procedure that ships with Mingcha, ready to be adopted."""
    actor = actor_of(request)
    definition, words = _shipped(code)
    own = next((row for row in _rows(actor) if row["code"] == code), None)
    context = {
        **_context(definition, words),
        "code": code,
        "own": own["own"] if own else None,
        "draft": own["draft"] if own else None,
        "checklist_url": reverse("procedure-shipped-checklist", args=[code]),
        "files": [(form, reverse("procedure-shipped-file", args=[code, form])) for form in _FORMS],
        "may_write": actor.has(Role.ADMIN),
    }
    if own and own["own"]:
        context["newer"] = comparing.compare(own["own"].edition.content, queries.definition_file(code), words)
    return page(
        request,
        "workbench/procedures/procedure.html",
        context,
        title=definition.name,
        crumbs=CRUMBS,
        active="procedures",
    )


@officials(Role.ADMIN)
def adopt(request: HttpRequest, code: str) -> HttpResponse:
    """Write the shipped version as the next edition and hand it to the reviewer at once; running cases keep theirs."""
    actor = actor_of(request)
    definition, _ = _shipped(code)
    if request.method != "POST":
        return redirect("procedure-shipped", code)
    with transaction.atomic():
        draft = lists.begin(
            "procedure", code, title=definition.name, actor=actor, content=queries.definition_file(code)
        )
        lists.submit(draft.id, actor=actor, basis=f"采用随系统提供的{definition.name}，内容没有改动")
    messages.success(request, "已经起草新的一版并送审。审核、公布以后，新立的案件适用新版，在办案件仍适用原来的版本。")
    return redirect("procedure-draft", draft.id)


def _shipped(code: str) -> tuple[Definition, Words]:
    if code not in queries.codes():
        raise NotFound("没有随附这个程序。")
    return parse(queries.definition_file(code)), reading.procedure_vocabulary(clock.today())


def _checklist(request: HttpRequest, definition: Definition, words: Words, back: str) -> HttpResponse:
    context = {"steps": guide.checklist(definition, words), "definition": definition}
    crumbs = [*CRUMBS, (definition.name, back)]
    return page(
        request,
        "workbench/procedures/checklist.html",
        context,
        title=f"{definition.name}：文书和记录清单",
        crumbs=crumbs,
        active="procedures",
    )


@viewers()
def edition_checklist(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    found = _published(actor_of(request), edition_id)
    return _checklist(request, found.definition, found.words, reverse("procedure-edition", args=[edition_id]))


@viewers()
def shipped_checklist(request: HttpRequest, code: str) -> HttpResponse:
    return _checklist(request, *_shipped(code), reverse("procedure-shipped", args=[code]))


def _file(form: str, name: str, content: Mapping[str, Any], words: Words) -> HttpResponse:
    if form not in _FORMS:
        raise NotFound("没有这种格式，可以下载SVG、BPMN和JSON。")
    if form == "svg":
        text = chart.svg(parse(content), words, look=chart.Look(official=True))
    elif form == "bpmn":
        text = bpmn.xml(parse(content), words)
    else:
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    response = HttpResponse(text, content_type=f"{_FORMS[form]}; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


@viewers()
def edition_file(request: HttpRequest, edition_id: uuid.UUID, form: str) -> HttpResponse:
    found = _published(actor_of(request), edition_id)
    return _file(form, found.file_name, found.edition.content, found.words)


@viewers()
def shipped_file(request: HttpRequest, code: str, form: str) -> HttpResponse:
    _, words = _shipped(code)
    return _file(form, code, queries.definition_file(code), words)


@viewers()
def compare(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """What changed between this edition and another one of the same procedure; by default the one before."""
    actor = actor_of(request)
    found = _published(actor, edition_id)
    history = reading.procedure_history(found.edition)
    other = _other(history, found.edition, request.GET.get("with", ""))
    before = access.edition(actor, other.id) if other else None
    context = {
        "row": found.edition,
        "before": before,
        "history": [item for item in history if item.id != edition_id],
        "changes": comparing.compare(before.content, found.edition.content, found.words) if before else [],
    }
    crumbs = [*CRUMBS, (found.definition.name, reverse("procedure-edition", args=[edition_id]))]
    return page(
        request,
        "workbench/procedures/compare.html",
        context,
        title=f"第{found.edition.number}版的修改",
        crumbs=crumbs,
        active="procedures",
    )


def _other(history: list[Any], row: Edition, wanted: str) -> Any:
    asked = next((item for item in history if str(item.id) == wanted and item.id != row.id), None)
    return asked or next((item for item in history if item.number < row.number), None)
