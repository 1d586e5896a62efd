"""While a case runs (事中公示): the officer before you, your rights, your own case, the screen in the service hall."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from mingcha.common import clock
from mingcha.common.errors import NotFound
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import limits, lists
from mingcha.interfaces.portal.pages import asked, fresh, show

MOST_GUESSES = 20
_WHO = ("谁在执法", "portal:who")
SCREEN_ROWS = 12


@public
def card(request: HttpRequest) -> HttpResponse:
    """Who stands before me: by the number on the certificate, or by the code beside it."""
    number = asked(request, "number", 40)
    found = queries.certificate(number) if number else None
    day = clock.today()
    context: dict[str, Any] = {"number": number, "certificate": found, "day": day}
    if found is not None:
        state = lists.certificate_state(found, day)
        context |= {
            "state": state,
            "duty": queries.on_duty(found.officer_id) if state["kind"] == "ok" else [],
            "photo": bool(queries.with_portrait([found.officer])),
        }
    crumbs = [(_WHO[0], reverse(_WHO[1])), ("核验执法证", "")]
    status = 404 if number and found is None else 200
    return show(request, "card", context, section="who", crumbs=crumbs, status=status)


@public
def portrait(request: HttpRequest, officer_id: uuid.UUID) -> HttpResponse:
    """The picture of an officer, while the list in force makes it public."""
    data = queries.portrait(officer_id)
    if data is None:
        raise NotFound("没有公开这名人员的照片。")
    return fresh(HttpResponse(data, content_type="image/jpeg"))


@public
def card_code(request: HttpRequest) -> HttpResponse:
    """The code that leads to the page of a certificate, to print beside it."""
    number = asked(request, "number", 40)
    if queries.certificate(number) is None:
        raise NotFound("没有这个执法证号。")
    target = BytesIO()
    address = f"{settings.BASE_URL}{reverse('portal:card')}?number={number}"
    segno.make(address, error="m").save(target, kind="svg", border=2, xmldecl=False)
    response = HttpResponse(target.getvalue(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@public
def rights(request: HttpRequest) -> HttpResponse:
    """What everybody may ask for when officers come."""
    crumbs = [("怎样执法", reverse("portal:how")), ("您的权利", "")]
    return show(request, "rights", section="how", crumbs=crumbs, seconds=300)


@public
@csrf_exempt
def own_case(request: HttpRequest) -> HttpResponse:
    """The progress of one's own case. Number and code are posted, so that they stand in no address and no log."""
    crumbs = [("怎样执法", reverse("portal:how")), ("查询办案进度", "")]
    number, code = str(request.POST.get("number", ""))[:100], str(request.POST.get("code", ""))[:40]
    context: dict[str, Any] = {"number": number}
    status = 200
    if request.method == "POST":
        if limits.spent(request, "case", MOST_GUESSES):
            context["problem"], status = "查询次数过多，请一小时以后再查，或者向办案机关询问。", 429
        else:
            try:
                context["found"] = queries.own_case(number.replace("\0", ""), code.replace("\0", ""))
            except NotFound as error:
                limits.count(request, "case")
                context["problem"], status = error.message, 404
    return show(request, "own_case", context, section="how", crumbs=crumbs, status=status)


@public
def visit(request: HttpRequest, code: str) -> HttpResponse:
    """Where the check-in code of an inspection leads: who comes, for what, on whose order. It writes nothing."""
    crumbs = [("怎样执法", reverse("portal:how")), ("入企检查码", "")]
    context: dict[str, Any] = {}
    status = 200
    if limits.spent(request, "visit", MOST_GUESSES):
        context["problem"], status = "查询次数过多，请一小时以后再试，或者向检查机关核实。", 429
    else:
        try:
            context["found"] = found = queries.visit(code)
            context["over"] = found.cap is not None and found.nth > found.cap
            context["few"] = sum(1 for row in found.officers if row.valid) < found.fewest
        except NotFound as error:
            limits.count(request, "visit")
            context["problem"], status = error.message, 404
    response = show(request, "visit", context, section="how", crumbs=crumbs, status=status)
    # The address holds the code: no page that is opened from here may learn it.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@public
def screen(request: HttpRequest) -> HttpResponse:
    """The board of a service hall: large, without a frame, renewed by itself; `unit` is the name of the organ."""
    place, _ = queries.jurisdiction()
    unit = asked(request, "unit")
    rows = queries.organisations(place)
    chosen = [row for row in rows if row.name == unit or (row.organ and row.organ.name == unit)] if unit else []
    people = [row for row in queries.officers(place) if row.organisation_id in {item.id for item in chosen}]
    day = clock.today()
    context = {
        "units": [row.name for row in rows if row.kind != "unit"],
        "unit": unit,
        "organ": chosen[0] if chosen else None,
        "people": [
            {"officer": row, "certificate": item}
            for row in people[:SCREEN_ROWS]
            for item in row.certificates.all()[:1]
            if lists.certificate_state(item, day)["kind"] == "ok"
        ],
        "guide": queries.guide(chosen[0].id) if chosen else None,
        "hearings": queries.hearings_announced(place)[:4],
        "latest": [row for row in queries.latest(8) if queries.stands(row)][:6],
        "now": clock.now(),
        "base": settings.BASE_URL,
        # Renewed by itself only on a screen that nobody operates: a reader is not interrupted (WCAG 2.2.1).
        "live": request.GET.get("live") == "1",
    }
    return show(request, "screen" if unit else "screens", context, section="who", crumbs=[("窗口屏", "")])
