"""Subscriptions by e-mail (邮件订阅): a search asked for here is told of by letter, once its address is confirmed."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from mingcha.common.errors import InvalidInput, MingchaError
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import finding, limits
from mingcha.interfaces.portal.pages import show
from mingcha.subscriptions import inbox

MOST_ASKED = 5


def _crumbs(name: str) -> list[tuple[str, str]]:
    return [("执法结果", reverse("portal:results")), (name, "")]


def _title(question: finding.Asked) -> str:
    """The conditions in words."""
    given = question.given
    span = "至".join(day for day in (given["since"], given["until"]) if day)
    parts = [
        f"“{given['q']}”" if given["q"] else "",
        given["authority"],
        queries.area_names([given["area"]]).get(given["area"], "") if given["area"] else "",
        given["kind"],
        f"决定日期{span}" if span else "",
        f"罚款不少于{given['least']}元" if given["least"] else "",
        f"罚款不多于{given['most']}元" if given["most"] else "",
    ]
    return "　".join(part for part in parts if part) or "全部新公开的决定"


@public
@csrf_exempt
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for letters about a search. Nobody is signed in; the page sets no cookie."""
    question = finding.read(request)
    title, email, status = _title(question), str(request.POST.get("email", ""))[:300], 200
    context: dict[str, Any] = {
        "title": title,
        "email": email,
        "address": question.address,
        "offered": inbox.offered(),
        "hours": inbox.CONFIRM_HOURS,
    }
    if request.method == "POST":
        try:
            if request.POST.get("website"):
                raise InvalidInput({"email": ["没有提交。请清空隐藏的栏目后重新提交。"]})
            if limits.spent(request, "subscription", MOST_ASKED):
                raise InvalidInput({"email": [f"一小时内从同一网络订阅不能超过{MOST_ASKED}次。请稍后再来。"]})
            inbox.ask(email, question.address, dataclasses.replace(question.wanted, state=""), title)
            limits.count(request, "subscription")
            context["asked"] = True
        except InvalidInput as error:
            context["errors"], status = error.fields, error.status
        except MingchaError as error:
            context["problem"], status = error.message, error.status
    return show(request, "subscribe", context, section="results", crumbs=_crumbs("邮件订阅"), status=status)


@public
@csrf_exempt
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the first letter. Mail programs open links by themselves, so that only the button confirms."""
    return _by_letter(request, token, inbox.by_confirmation, inbox.confirm, "confirm")


@public
@csrf_exempt
def end(request: HttpRequest, token: str) -> HttpResponse:
    """The link of every letter, also as RFC 8058 lets mail programs post it."""
    return _by_letter(request, token, inbox.by_end, inbox.end, "end")


def _by_letter(request: HttpRequest, token: str, look: Any, act: Any, what: str) -> HttpResponse:
    context: dict[str, Any] = {"what": what, "token": token}
    status = 200
    try:
        row = look(token)
        context["title"] = row.title
        if request.method == "POST":
            act(token)
            context["done"] = True
    except MingchaError as error:
        context["problem"], status = error.message, error.status
    return show(request, "subscription", context, section="results", crumbs=_crumbs("邮件订阅"), status=status)
