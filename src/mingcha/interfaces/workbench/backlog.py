"""A backlog at once (成批签发、成批审核): each letter with what is hidden, ticked one by one, attested by name."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError
from mingcha.disclosure import access, backlog, controls, preparing
from mingcha.disclosure.models import Publication, Submission
from mingcha.disclosure.queries import waiting
from mingcha.interfaces.gate import actor_of, officials
from mingcha.interfaces.workbench.base import page

# Each is read and marked for the page: more would keep the clerk waiting, and nobody checks more at a sitting.
MOST = 20


def _waiting(actor: Actor) -> list[Publication]:
    rows = access.visible(actor).filter(organisation_id=actor.organ_id)
    asked = set(controls.waiting(rows).values_list("publication_id", flat=True))
    return [row for row in waiting(rows)[: MOST + len(asked)] if row.id not in asked][:MOST]


def _row(row: Publication, ticked: set[str], refused: dict[uuid.UUID, str]) -> dict[str, Any]:
    try:
        text = backlog.text_of(row)
        found = preparing.marked(row, text)
    except MingchaError as error:
        return {"row": row, "problem": error.message, "spans": [], "left": 0, "ticked": False}
    left = preparing.leftover(row, found.text)
    spans = list(dict.fromkeys(text[span.start : span.end] for span in found.spans))
    return {
        "row": row,
        "spans": spans,
        "count": len(found.spans),
        "left": left,
        "ticked": str(row.id) in ticked,
        "problem": refused.get(row.id, ""),
    }


def _tried(
    request: HttpRequest, keys: Sequence[uuid.UUID], act: Callable[..., backlog.Signed]
) -> tuple[dict[str, list[str]], dict[uuid.UUID, str], backlog.Signed]:
    """What stands above the page, why each row was refused, and what became of the others."""
    if not keys:
        return {"row": ["请至少勾选一份。已经办理的，不再列出。"]}, {}, backlog.Signed()
    try:
        found = act(attested=bool(request.POST.get("attested")))
    except InvalidInput as error:
        return error.fields, {}, backlog.Signed()
    refused = {key: "；".join(reason.message for reason in rows) for key, rows in found.refused.items()}
    told = {"row": [f"{len(refused)}件没有公示，原因写在各行，请逐份打开办理。"]} if refused else {}
    return told, refused, found


def _page(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    return page(
        request,
        f"workbench/disclosure/{name}",
        {**context, "most": MOST, "today": clock.today()},
        title=title,
        crumbs=[("公示", reverse("disclosure"))],
        active="disclosure",
        status=422 if context["errors"] else 200,
    )


@officials(Role.CLERK)
def sign_off(request: HttpRequest) -> HttpResponse:
    """The page, and the sign-off of what was ticked."""
    actor = actor_of(request)
    ticked = set(request.POST.getlist("row"))
    errors: dict[str, list[str]] = {}
    refused: dict[uuid.UUID, str] = {}
    if request.method == "POST":
        keys = [row.id for row in _waiting(actor) if str(row.id) in ticked]
        errors, refused, found = _tried(request, keys, lambda **told: backlog.sign_off(keys, actor=actor, **told))
        if found.released:
            messages.success(request, f"已公示{len(found.released)}件。")
        if found.submitted:
            messages.success(request, f"已送审{len(found.submitted)}件，另一人审核同意以后公开。")
        if not errors:
            return redirect("disclosure-backlog")
    context = {
        "rows": [_row(row, ticked, refused) for row in _waiting(actor)],
        "errors": errors,
    }
    return _page(request, "backlog.html", "成批签发", context)


def _submitted(row: Submission, ticked: set[str], refused: dict[uuid.UUID, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"submission": row, "row": row.publication}
    try:
        text = backlog.text_of(row.publication)
    except MingchaError as error:
        return {**told, "problem": error.message}
    if hashlib.sha256(text.encode()).hexdigest() != row.original_digest:
        return {**told, "problem": "送审以后文书补正过，请打开后退回，按补正后的文本重新送审。"}
    spans = [span for span in row.spans if "start" in span]
    return {
        **told,
        "spans": list(dict.fromkeys((text[span["start"] : span["end"]], span["replacement"]) for span in spans)),
        "count": len(spans),
        "kept": [span["reason"] for span in row.spans if "rejected" in span],
        "ticked": str(row.id) in ticked,
        "problem": refused.get(row.id, ""),
    }


@officials(Role.CLERK, Role.HEAD)
def approve(request: HttpRequest) -> HttpResponse:
    """What others handed in, and the approval of what was ticked."""
    actor = actor_of(request)
    ticked = set(request.POST.getlist("row"))
    errors: dict[str, list[str]] = {}
    refused: dict[uuid.UUID, str] = {}
    if request.method == "POST":
        keys = [key for key in backlog.answerable(actor).values_list("id", flat=True) if str(key) in ticked]
        errors, refused, found = _tried(request, keys, lambda **told: backlog.approve(keys, actor=actor, **told))
        if found.released:
            messages.success(request, f"已审核同意{len(found.released)}件，公众可以查到。")
        if not errors:
            return redirect("disclosure-approvals")
    asked = backlog.answerable(actor)
    context = {
        "rows": [_submitted(row, ticked, refused) for row in asked[:MOST]],
        "total": asked.count(),
        "errors": errors,
    }
    return _page(request, "approvals.html", "成批审核", context)
