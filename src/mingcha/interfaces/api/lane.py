"""The REST interface's own lane: no session, cookie, form token or page policy, so none of their middleware either."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from mingcha.interfaces.api.problems import no_such_address
from mingcha.interfaces.turn import answering

PREFIX = "/api/"
MOST_HOSTS = 16
_NONE = str(uuid.UUID(int=0))
# Keys stay texts on their way to ninja, which reads them itself.
_KEY = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@lru_cache(maxsize=512)
def _shape(path: str) -> ResolverMatch:
    return resolve(path)


def _resolved(path: str) -> ResolverMatch:
    """As Django's `resolve`, but paths that differ in their keys alone are looked for once. Raises Resolver404."""
    keys = _KEY.findall(path)
    if not keys:
        return resolve(path)
    found = _shape(_KEY.sub(_NONE, path))
    places = [name for name, value in found.kwargs.items() if value == _NONE]
    if len(places) != len(keys):
        return resolve(path)
    named = found.kwargs | dict(zip(places, keys, strict=True))
    names: list[str | None] = [*found.app_names]
    spaces: list[str | None] = [*found.namespaces]
    return ResolverMatch(found.func, found.args, named, found.url_name, names, spaces, found.route)


class ApiLane:
    """First of all middleware: takes requests below /api/ straight to their view, which answers every error itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.hosts: set[str] = set()
        self.headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Vary": "Authorization"}
        if settings.SECURE_HSTS_SECONDS:
            self.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        # The check of the host name is what remains to be done for a view that never reads it; a name passes once.
        if (host := request.META.get("HTTP_HOST")) not in self.hosts:
            request.get_host()
            if host is not None and len(self.hosts) < MOST_HOSTS:
                self.hosts.add(host)
        response: HttpResponse
        try:
            match = _resolved(request.path_info)
        except Resolver404:
            # No pattern of paths takes a line break: such an address does not exist either.
            response = no_such_address(request)
        else:
            request.resolver_match = match
            with answering():
                response = match.func(request, *match.args, **match.kwargs)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        return response
