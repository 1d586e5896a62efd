"""Where the portal runs as its own process, its addresses in the inner zone lead there and answer nothing themselves."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class PortalElsewhere:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.PORTAL_URL and (request.path == "/" or request.path.startswith("/p/")):
            answer = HttpResponse(status=307)
            answer.headers["Location"] = settings.PORTAL_URL + (
                "/p/" if request.path == "/" else request.get_full_path()
            )
            answer.headers["Cache-Control"] = "no-store"
            return answer
        return self.get_response(request)
