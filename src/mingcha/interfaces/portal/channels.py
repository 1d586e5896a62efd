"""Other channels (公示渠道, R023, R046): a column that another site shows live, texts for WeChat and Weibo, notice cards."""

from __future__ import annotations

import uuid
from io import BytesIO

import segno
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt

from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal import finding
from mingcha.interfaces.portal.pages import asked, fresh, show

EMBED_ROWS, EMBED_MOST = 8, 30


@public
@xframe_options_exempt
@csp_replace({"default-src": ["'self'"], "img-src": ["'self'"], "object-src": ["'none'"], "frame-ancestors": ["*"]})
def embed(request: HttpRequest) -> HttpResponse:
    """The newest decisions, or those of a search, for a frame on another site; read live, so a withdrawal acts at once."""
    question = finding.read(request)
    given = asked(request, "rows", 3)
    size = min(int(given), EMBED_MOST) if given.isdecimal() and int(given) else EMBED_ROWS
    page, _ = queries.find(question.wanted, size=size)
    rows = [row for row in page.rows if queries.stands(row)]
    return show(request, "embed", {"rows": rows, "base": settings.BASE_URL})


@public
def channels(request: HttpRequest) -> HttpResponse:
    """How another site, a window and an account show what is public here."""
    place, _ = queries.jurisdiction()
    context = {
        "base": settings.BASE_URL,
        "organs": [row.name for row in queries.organisations(place) if row.kind != "unit"],
    }
    return show(request, "channels", context, section="data", crumbs=[("公示渠道", "")], seconds=60)


@public
def post(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Texts about one decision for WeChat and Weibo. Gone with a withdrawal."""
    row = queries.entry(entry_id)
    if not queries.stands(row):
        gone = f"本决定已撤下。理由：{row.withdrawn_reason}\n"
        return fresh(HttpResponse(gone, status=410, content_type="text/plain; charset=utf-8"))
    crumbs = [
        ("执法结果", reverse("portal:results")),
        (row.number or "决定", reverse("portal:decision", args=[row.id])),
        ("转发文字", ""),
    ]
    address = settings.BASE_URL + reverse("portal:decision", args=[row.id])
    return show(request, "post", {"row": row, **queries.posts(row, address)}, section="results", crumbs=crumbs)


@public
def notice_card(request: HttpRequest) -> HttpResponse:
    """A card to print for a counter, a car or a site: who enforces, how to check, where to complain."""
    place, _ = queries.jurisdiction()
    unit = asked(request, "unit")
    rows = [row for row in queries.organisations(place) if row.kind != "unit"]
    organ = next((row for row in rows if row.name == unit), rows[0] if rows else None)
    context = {"organ": organ, "base": settings.BASE_URL, "units": [row.name for row in rows]}
    crumbs = [("公示渠道", reverse("portal:channels")), ("公示卡", "")]
    return show(request, "notice_card", context, section="data", crumbs=crumbs)


@public
def site_code(request: HttpRequest) -> HttpResponse:
    """The code that leads to the page on which papers and officers are checked."""
    target = BytesIO()
    address = settings.BASE_URL + reverse("portal:verify")
    segno.make(address, error="m").save(target, kind="svg", border=2, xmldecl=False)
    response = HttpResponse(target.getvalue(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
