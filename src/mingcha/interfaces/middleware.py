"""Errors are translated once: a MingchaError becomes a page with its message, a trigger of the third ring too."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mingcha.common.errors import Conflict, MingchaError, code_of_database_error
from mingcha.interfaces.refusals import note

log = logging.getLogger("mingcha.interfaces")
# What a person can do about it, where the trigger alone knows that the dossier lies in the archive.
_WORDS = {"dossier-sealed": "案卷已经归档，没有保存任何内容。确需补充的，请先由档案员或者机关负责人设立补充卷。"}
_PAGES = {400: "400.html", 401: "403.html", 403: "403.html", 404: "404.html", 409: "409.html", 422: "400.html"}


def as_mingcha_error(error: Exception) -> MingchaError | None:
    """The error to show, or None for what is a fault of ours."""
    if isinstance(error, MingchaError):
        return error
    if isinstance(error, IntegrityError):
        code = code_of_database_error(error)
        if code:
            if code in _WORDS:
                return Conflict(code, _WORDS[code])
            return Conflict(
                code, "数据库拒绝了这次操作：它不符合法定条件，或者他人刚刚办理过。没有保存任何内容，请刷新页面。"
            )
        return Conflict("conflict", "与他人刚刚办理的内容冲突，没有保存任何内容。请刷新页面后重试。")
    if isinstance(error, OperationalError) and "locked" in str(error):
        return Conflict("busy", "系统正忙，没有保存任何内容。请稍候重试。")
    return None


class ErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        shown = as_mingcha_error(error)
        if shown is None:
            # The kind of fault and where, never the data of the request: it may hold personal data.
            log.error(
                "unhandled %s at %s", type(error).__name__, request.resolver_match and request.resolver_match.route
            )
            return None
        note(request, shown)
        return render(request, _PAGES.get(shown.status, "400.html"), {"error": shown}, status=shown.status)
