"""The REST interface's own lane: no session, cookie, form token or page policy, so none of their middleware either."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from mingcha.interfaces.api.problems import no_such_address

PREFIX = "/api/"


class ApiLane:
    """First of all middleware: takes requests below /api/ straight to their view, which answers every error itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Vary": "Authorization"}
        if settings.SECURE_HSTS_SECONDS:
            self.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        # The check of the host name is what remains to be done for a view that never reads it.
        request.get_host()
        response: HttpResponse
        try:
            match = resolve(request.path_info)
        except Resolver404:
            # No pattern of paths takes a line break: such an address does not exist either.
            response = no_such_address(request)
        else:
            request.resolver_match = match
            response = match.func(request, *match.args, **match.kwargs)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
