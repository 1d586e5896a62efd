"""Complaints and corrections (投诉和更正): form, receipt, progress. The portal writes into its inbox and nowhere else."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from mingcha.common.errors import InvalidInput, MingchaError, NotFound
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import limits
from mingcha.interfaces.portal.pages import asked, show
from mingcha.petitions import inbox

MOST_LETTERS, MOST_GUESSES = 5, 20
_FIELDS = ("kind", "organisation", "about", "entry", "text", "evidence", "name", "contact", "anonymous")
_HOME = ("验真与投诉", "portal:verify")


def _crumbs(*names: str) -> list[tuple[str, str]]:
    return [(_HOME[0], reverse(_HOME[1])), *((name, "") for name in names)]


@public
@csrf_exempt
def write(request: HttpRequest) -> HttpResponse:
    """Write a letter. Nobody is signed in: the form carries a token of its own and the page sets no cookie."""
    if request.method != "POST":
        return _form(request, _begun(request))
    given = {name: str(request.POST.get(name, "")) for name in _FIELDS}
    if request.POST.get("website"):
        # A field that no person sees: whoever fills it in is a program.
        return _form(request, given, problem="没有提交。请清空隐藏的栏目后重新提交。", status=422)
    if limits.spent(request, "letter", MOST_LETTERS):
        said = f"一小时内从同一网络提交的来信不能超过{MOST_LETTERS}封，没有提交。请稍后再来，紧急的请拨打电话。"
        return _form(request, given, problem=said, status=429)
    place, _ = queries.jurisdiction()
    fields: dict[str, Any] = {**given, "anonymous": bool(given["anonymous"])}
    try:
        row, code = inbox.submit(str(request.POST.get("form", "")), fields, jurisdiction=place)
    except InvalidInput as error:
        return _form(request, given, errors=error.fields, status=422)
    except MingchaError as error:
        return _form(request, given, problem=error.message, status=error.status)
    limits.count(request, "letter")
    context = {"row": row, "code": code, "kind": inbox.kinds()[row.kind]}
    return show(request, "petition_receipt", context, section="verify", crumbs=_crumbs("投诉和更正", "回执"))


def _begun(request: HttpRequest) -> dict[str, str]:
    """What the page from which somebody came already knows."""
    given = {"kind": asked(request, "kind", 20)}
    try:
        row = queries.entry(uuid.UUID(asked(request, "entry", 36)))
        given |= {"entry": str(row.id), "about": row.number, "organisation": row.authority}
    except (ValueError, NotFound):
        given["about"] = asked(request, "about", 120)
    return given


def _form(
    request: HttpRequest,
    given: dict[str, str],
    *,
    errors: dict[str, list[str]] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    place, _ = queries.jurisdiction()
    context = {
        "given": given,
        "errors": errors or {},
        "problem": problem,
        "kinds": [(kind.id, kind.label, kind.help) for kind in inbox.kinds().values()],
        "named": [kind.label for kind in inbox.kinds().values() if not kind.anonymous],
        "organs": [(row.name, row.name) for row in queries.organisations(place) if row.kind != "unit"],
        "form": inbox.fresh_form(),
    }
    crumbs = _crumbs("投诉和更正")
    return show(request, "petition_form", context, section="verify", crumbs=crumbs, status=status)


@public
@csrf_exempt
def progress(request: HttpRequest) -> HttpResponse:
    """How far a letter has come. Receipt and code are posted, so that they stand in no address and no log."""
    crumbs = _crumbs("查询办理进度")
    receipt, code = str(request.POST.get("receipt", ""))[:40], str(request.POST.get("code", ""))[:40]
    context: dict[str, Any] = {"receipt": receipt}
    if request.method != "POST":
        return show(request, "petition_progress", context, section="verify", crumbs=crumbs)
    status = 200
    if limits.spent(request, "receipt", MOST_GUESSES):
        context["problem"], status = "查询次数过多，请一小时以后再查。", 429
    else:
        try:
            row = inbox.progress(receipt, code)
            context |= {"row": row, "kind": inbox.kinds()[row.kind], "labels": dict(inbox.STATES)}
        except NotFound as error:
            limits.count(request, "receipt")
            context["problem"], status = error.message, 404
    return show(request, "petition_progress", context, section="verify", crumbs=crumbs, status=status)
