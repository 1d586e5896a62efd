"""One way to answer with a page of the portal: frame, place in the navigation, caching."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from mingcha.interfaces.portal.site import site

Crumbs = Sequence[tuple[str, str]]


def show(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    section: str = "",
    crumbs: Crumbs = (),
    status: int = 200,
    seconds: int = 0,
) -> HttpResponse:
    """The page. A browser may keep it for `seconds`; otherwise nothing is kept, so that a withdrawal acts at once."""
    trail = [{"label": "首页", "url": reverse("portal:home")}, *({"label": a, "url": b} for a, b in crumbs)]
    full = {
        "site": site(),
        "section": reverse(f"portal:{section}") if section else "",
        "crumbs": trail if crumbs else [],
        **(context or {}),
    }
    response = render(request, f"portal/{template}.html", full, status=status)
    response.headers["Cache-Control"] = f"private, max-age={seconds}" if seconds else "no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def asked(request: HttpRequest, name: str, most: int = 100) -> str:
    """What a reader typed: without NUL, which a database refuses, spaces made one, cut at `most`."""
    return " ".join(request.GET.get(name, "").replace("\0", "").split())[:most]


def fresh(response: HttpResponse) -> HttpResponse:
    """Never kept: what it holds can be withdrawn at any moment."""
    response.headers["Cache-Control"] = "no-store"
    return response
