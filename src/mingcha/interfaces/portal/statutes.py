"""The laws as citizens read them (法律依据): articles on which the published lists rest, and one article by itself."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mingcha.common import clock
from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.pages import asked, show


@public
def laws(request: HttpRequest) -> HttpResponse:
    """Laws and articles cited by the lists in force, found by a word of their name or heading."""
    code, _ = queries.jurisdiction()
    text = asked(request, "q", 60)
    day = clock.today()
    found = []
    for basis in queries.laws_rested_on(code, day):
        rows = [row for row in basis.articles if not text or text in f"{basis.law}{row['title']}{row['heading']}"]
        if rows:
            found.append({"law": basis.law, "effective": basis.effective, "articles": rows})
    return show(request, "statute-laws", {"laws": found, "text": text, "day": day}, section="how", seconds=60)


@public
def article(request: HttpRequest) -> HttpResponse:
    """The articles that `ref` cites, as in force on a day; `panel=1`: only the text, to open beside a page."""
    text = asked(request, "ref", 200)
    try:
        day = dt.date.fromisoformat(asked(request, "on", 10))
    except ValueError:
        day = clock.today()
    places, problem = queries.law_places(text, day) if text else ([], "")
    context = {"places": places, "problem": problem, "text": text, "day": day}
    if request.GET.get("panel") == "1":
        return render(request, "portal/statute-panel.html", context)
    return show(request, "statute-article", context, section="how", crumbs=(("法律依据", "/p/laws/"), ("法条", "")))
