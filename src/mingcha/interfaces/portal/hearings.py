"""Notice board of open hearings (听证公告栏), to read and to print."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from mingcha.disclosure import queries
from mingcha.interfaces.gate import public
from mingcha.interfaces.portal.pages import show


@public
def board(request: HttpRequest) -> HttpResponse:
    """Open hearings to come; closed ones are announced nowhere."""
    place, _ = queries.jurisdiction()
    crumbs = [("怎样执法", reverse("portal:how")), ("听证公告", "")]
    context = {"rows": queries.hearings_announced(place)}
    return show(request, "hearings", context, section="how", crumbs=crumbs, seconds=60)
