"""Lists as editions (清单与政策): what is in force and what is missing, one edition, comparison, download, withdrawal."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts import queries as accounts
from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Organisation
from mingcha.catalogues import access, actions, comparing, grids, overview, profiles, queries, sheets
from mingcha.catalogues.columns import Column
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import Schema, schema
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, NotFound
from mingcha.interfaces.gate import actor_of, officials, viewers
from mingcha.interfaces.workbench.base import Form, form_page, page, submitted, text_area
from mingcha.interfaces.workbench.contents import table_of

CRUMBS = [("清单与政策", "/in/lists/")]
SIZE = 50
# Wider lists are shown entry by entry.
MOST_COLUMNS = 8
_STATES = {"open": "warn", "submitted": "act", "approved": "ok"}


def organisation_of(request: HttpRequest, actor: Actor) -> Organisation:
    """The organ whose lists are shown: the own one, or another of the jurisdiction by the address."""
    subjects = [row for row in accounts.organisations(actor.jurisdiction) if row.kind != "unit"]
    wanted = request.GET.get("organ") or str(actor.organ_id)
    found = next((row for row in subjects if str(row.id) == wanted), None)
    if found is None:
        raise NotFound("没有找到这个机关，或者它不在您所在的地区。")
    return found


def state_of(row: Edition, day: dt.date) -> tuple[str, str]:
    """Word and colour of an edition on a day."""
    if row.effective_from > day:
        return "尚未施行", "warn"
    if row.effective_to is None or row.effective_to >= day:
        return "现行有效", "ok"
    return ("已撤回", "late") if getattr(row, "withdrawal", None) else ("已被新版代替", "")


@viewers()
def overview_page(request: HttpRequest) -> HttpResponse:
    """Every kind of list of an organ: in force, draft, next due, missing with its consequence."""
    actor = actor_of(request)
    organ, today = organisation_of(request, actor), clock.today()
    own = organ.id == actor.organ_id
    may_write = own and actor.has(*access.WRITERS)
    subjects = [row for row in accounts.organisations(actor.jurisdiction) if row.kind != "unit"]
    rows: list[dict[str, Any]] = []
    for line in overview.lines(organ.id, today):
        late = overview.behind(organ.id, line.schema.kind, today) if line.edition else 0
        rows.append({"line": line, "behind": late, "mine": may_write, "policy": line.schema.kind == "policy-profile"})
    quarter = dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    context = {
        "organ": organ,
        "filters": [
            {"label": row.name, "url": f"?organ={row.id}", "count": None, "current": row.id == organ.id}
            for row in subjects
        ],
        "rows": rows,
        "missing": [row for row in rows if row["line"].edition is None and row["line"].schema.without],
        "plans": overview.plans_due(organ.id, quarter, dt.date(quarter.year + 1, quarter.month, 1), today),
        "waiting": [row for row in access.drafts(actor) if row.state == "submitted"]
        if actor.has(*access.REVIEWERS)
        else [],
        "states": _STATES,
    }
    return page(request, "workbench/lists/overview.html", context, title="清单与政策", active="lists")


def rows_of(found: Schema, content: Mapping[str, Any], request: HttpRequest) -> dict[str, Any]:
    """Entries of a list searched, sorted and cut into pages, as cells of a table."""
    entries = list(content.get("entries", []))
    columns = shown_columns(found, entries)
    text = request.GET.get("q", "").strip()[:60]
    if text:
        entries = [
            row for row in entries if any(text in column.words(row.get(column.name)) for column in found.columns)
        ]
    order = request.GET.get("sort", "")
    column = found.column(order.lstrip("-"))
    if column:
        entries.sort(key=lambda row: column.words(row.get(column.name)), reverse=order.startswith("-"))
    total = len(entries)
    pages = max(1, -(-total // SIZE))
    asked = request.GET.get("page", "1")
    number = min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1, 1), pages)
    cut = entries[(number - 1) * SIZE : number * SIZE]
    return {
        "columns": [{"label": item.label} for item in columns],
        "sorts": [(item.name, item.label) for item in columns],
        "cards": len(columns) > MOST_COLUMNS,
        "rows": [_line(columns, row) for row in cut if not row.get(grids.COLUMN)],
        "grids": grids.grids(cut),
        "total": total,
        "page": number,
        "pages": pages,
        "before": number - 1 if number > 1 else None,
        "after": number + 1 if number < pages else None,
        "text": text,
        "sort": order,
    }


def _line(columns: list[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as cells of a table, and as facts where a table would be too wide."""
    named = " ".join(
        filter(None, [str(row.get("code", "")), str(row.get("name") or row.get("object") or row.get("item") or "")])
    )
    facts = [
        (item.label, item.words(row.get(item.name))) for item in columns if row.get(item.name) not in (None, "", [])
    ]
    return {"cells": [_cell(item, row) for item in columns], "title": named, "facts": facts}


def shown_columns(found: Schema, entries: list[Any]) -> list[Column]:
    """Columns that at least one entry fills."""
    return [column for column in found.columns if any(row.get(column.name) for row in entries)] or list(found.columns)


def _cell(column: Column, row: Mapping[str, Any]) -> Any:
    text = column.words(row.get(column.name)) or "—"
    if column.name == "code" and row.get("fixed"):
        return {"text": text, "tag": "上级固定", "tag_kind": "law"}
    return text


@viewers()
def edition_page(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """One edition: entries, approval, history, downloads, what may be done with it."""
    actor, today = actor_of(request), clock.today()
    row = access.edition(actor, edition_id)
    if row.kind == "procedure":
        return redirect("procedure-edition", row.id)
    found = schema(row.kind)
    history = overview.history(row)
    word, kind = state_of(next(item for item in history if item.id == row.id), today)
    context: dict[str, Any] = {
        "edition": row,
        "schema": found,
        "word": word,
        "kind": kind,
        "history": [{"row": item, "state": state_of(item, today)} for item in history],
        "before": overview.before(row),
        "open_draft": queries.open_draft(row.organisation_id, row.kind, row.key),
        "may_write": row.organisation_id == actor.organ_id and actor.has(*access.WRITERS),
        "may_withdraw": row.organisation_id == actor.organ_id
        and actor.has(*access.PUBLISHERS)
        and kind == "ok"
        and row.effective_to is None,
        "withdrawal": next(
            (item.withdrawal for item in history if item.id == row.id and hasattr(item, "withdrawal")), None
        ),
        "review": queries.review_of(row.review.proposal) if row.review else None,
    }
    if found.columns:
        context["list"] = rows_of(found, row.content, request)
    else:
        context["table"] = table_of(row.kind, row.content)
    return page(request, "workbench/lists/edition.html", context, title=str(row), crumbs=CRUMBS, active="lists")


@viewers()
def export(request: HttpRequest, edition_id: uuid.UUID, form: str) -> HttpResponse:
    """An edition as xlsx, csv or json."""
    row = access.edition(actor_of(request), edition_id)
    return download(row, form)


def download(row: Edition, form: str) -> HttpResponse:
    """The file of an edition. Raises NotFound for a form that this kind does not have."""
    found = schema(row.kind)
    if form == "json":
        body = {
            "organisation": row.organisation.name, "kind": row.kind, "title": row.title, "number": row.number,
            "basis": row.basis, "approved_by": row.approved_by, "effective_from": row.effective_from.isoformat(),
            "effective_to": row.effective_to.isoformat() if row.effective_to else None,
            "digest": row.digest, "content": row.content,
        }  # fmt: skip
        text = json.dumps(body, ensure_ascii=False, indent=1)
        return attachment(text, "application/json; charset=utf-8", f"{row.title}第{row.number}版.json")
    entries = row.content.get("entries", [])
    if form == "csv" and found.columns:
        return attachment(
            sheets.export_csv(found.columns, entries), "text/csv; charset=utf-8", f"{row.title}第{row.number}版.csv"
        )
    if form == "xlsx" and found.columns:
        data = sheets.write(found.label, found.columns, entries)
        return attachment(data, sheets.MEDIA_TYPE, f"{row.title}第{row.number}版.xlsx")
    raise NotFound("这类内容没有这种下载格式。")


def attachment(data: bytes | str, media_type: str, name: str) -> HttpResponse:
    """A download with a Chinese file name."""
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@viewers()
def diff(request: HttpRequest, edition_id: uuid.UUID, other_id: uuid.UUID) -> HttpResponse:
    """What differs from one edition to another of the same kind."""
    actor = actor_of(request)
    older, newer = access.edition(actor, edition_id), access.edition(actor, other_id)
    if older.kind != newer.kind:
        raise InvalidInput({"edition": ["两个版本不是同一种清单，不能比较。"]})
    found = schema(newer.kind)
    changes = comparing.differences(newer.kind, found.columns, older.content, newer.content)
    context = {
        "older": older,
        "newer": newer,
        "changes": changes,
        "counts": {name: sum(1 for item in changes if item.kind == name) for name in ("added", "removed", "changed")},
        "others": [row for row in overview.history(newer) if row.id != newer.id],
    }
    crumbs = [*CRUMBS, (str(newer), reverse("list-edition", args=[newer.id]))]
    return page(request, "workbench/lists/diff.html", context, title="版本比较", crumbs=crumbs, active="lists")


class WithdrawForm(Form):
    reason = forms.CharField(label="撤回的理由", max_length=500, widget=text_area(3))


@officials(*access.PUBLISHERS)
def withdraw(request: HttpRequest, edition_id: uuid.UUID) -> HttpResponse:
    """End an edition today, with the reason."""
    actor = actor_of(request)
    row = access.edition(actor, edition_id)
    form = WithdrawForm(request.POST or None)

    def act(cleaned: dict[str, Any]) -> None:
        actions.take_back(row.id, actor=actor, reason=cleaned["reason"])

    if request.method == "POST" and submitted(request, form, act):
        return redirect("list-edition", row.id)
    without = schema(row.kind).without
    lead = (
        f"从明天起没有有效的{schema(row.kind).label}"
        + (f"，{without}。" if without else "。")
        + "正在办理的案件不受影响。"
    )
    return form_page(
        request, form, title=f"撤回{row}", submit="撤回", danger=True, confirm="撤回后不能恢复，只能公布新的一版。", lead=lead,
        crumbs=[*CRUMBS, (str(row), reverse("list-edition", args=[row.id]))], active="lists",
        cancel_url=reverse("list-edition", args=[row.id]),
    )  # fmt: skip


class SuperiorForm(Form):
    superior = forms.ChoiceField(label="上级机关", required=False)

    def __init__(self, options: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["superior"].choices = [("", "没有上级清单"), *options]  # type: ignore[attr-defined]


@officials(*access.PUBLISHERS)
def superior(request: HttpRequest, kind: str) -> HttpResponse:
    """From whom the own organ takes fixed entries of a kind of list."""
    actor = actor_of(request)
    found = schema(kind)
    current = queries.superior_of(actor.organ_id, kind, clock.today())
    options = [
        (str(row.id), row.name)
        for row in accounts.organisations(actor.jurisdiction)
        if row.kind != "unit" and row.id != actor.organ_id
    ]
    form = SuperiorForm(
        options, request.POST or None, initial={"superior": str(current.superior_id) if current else ""}
    )

    def act(cleaned: dict[str, Any]) -> None:
        chosen = cleaned["superior"]
        actions.set_superior(kind, uuid.UUID(chosen) if chosen else None, actor=actor)

    if request.method == "POST" and submitted(request, form, act):
        return redirect("lists")
    lead = f"上级在{found.label}中固定的条目，本机关应当遵照执行，只能增加条目。"
    return form_page(
        request, form, title=f"上级清单：{found.label}", submit="确定", lead=lead, crumbs=CRUMBS, active="lists",
        cancel_url=reverse("lists"),
    )  # fmt: skip


def values_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The values of a profile with source, reason and what each decides."""
    found = []
    for name, key in profiles.keys().items():
        row = content.get("values", {}).get(name, {})
        value = profiles.value(content, name)
        instead = row.get("instead")
        found.append(
            {
                "name": name,
                "slug": name.replace(".", "--"),
                "key": key,
                "words": profiles.words(name, value),
                "source": row.get("source") or "系统的起始值",
                "said": row.get("words", ""),
                "verified": row.get("verified", False),
                "reason": row.get("reason", ""),
                "instead": profiles.words(name, instead) if instead is not None else "",
            }
        )
    return found
