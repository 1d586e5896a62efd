"""Errors of the REST interface as problem details (RFC 9457): stable code, Chinese title, fields, reasons."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from mingcha.common.errors import InvalidInput, MingchaError, NotFound
from mingcha.interfaces.middleware import as_mingcha_error
from mingcha.interfaces.refusals import note

log = logging.getLogger("mingcha.api")
TYPE = "application/problem+json"
_TITLES = {
    400: "请求不能理解",
    401: "没有认证",
    403: "没有权限",
    404: "没有找到",
    405: "不支持的请求方法",
    409: "不能办理",
    422: "填写的内容有误",
    500: "系统故障",
    503: "服务暂停",
}
# pydantic speaks English; what a caller most often gets wrong is said in Chinese.
_MESSAGES = {
    "missing": "缺少这个字段。",
    "extra_forbidden": "没有这个字段。",
    "string_type": "应为文字。",
    "string_unicode": "含有不能保存的字符。",
    "string_too_long": "内容过长。",
    "bool_type": "应为 true 或者 false。",
    "bool_parsing": "应为 true 或者 false。",
    "int_type": "应为整数。",
    "int_parsing": "应为整数。",
    "uuid_type": "不是有效的标识。",
    "uuid_parsing": "不是有效的标识。",
    "list_type": "应为列表。",
    "dict_type": "应为一组字段。",
    "too_long": "项数过多。",
    "timezone_aware": "时间应带时区，如 2026-10-10T09:30:00+08:00。",
}


def problem(status: int, code: str, detail: str, **more: Any) -> HttpResponse:
    """A response of type application/problem+json."""
    body = {
        "type": f"urn:mingcha:problem:{code}",
        "title": _TITLES.get(status, "操作没有完成"),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }
    response = JsonResponse(body, status=status, content_type=TYPE, json_dumps_params={"ensure_ascii": False})
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="mingcha"'
    return response


def shown(error: MingchaError) -> HttpResponse:
    more = {name: error.data[name] for name in ("fields", "reasons") if error.data.get(name)}
    return problem(error.status, error.code, error.message, **more)


def of_exception(request: HttpRequest, error: Exception) -> HttpResponse:
    """The response for any exception: what is ours to say is said, a fault is logged by kind and place only."""
    known = as_mingcha_error(error)
    if known is not None:
        note(request, known)
        return shown(known)
    place = request.resolver_match.route if request.resolver_match else "?"
    # Kind of fault and where in the code; never the message or the request, which may hold personal data.
    frames = "".join(traceback.format_tb(error.__traceback__)[-6:])
    log.error("unhandled %s at %s\n%s", type(error).__name__, place, frames)
    return problem(500, "internal-error", "系统发生故障，没有保存任何内容，管理员会看到记录。请稍候重试。")


def install(api: NinjaAPI) -> None:
    """Give the interface its handlers."""

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields: dict[str, list[str]] = {}
        for item in error.errors:
            where = [str(part) for part in item["loc"] if part not in ("body", "data", "form", "query", "path", "file")]
            message = _MESSAGES.get(item["type"], "格式不正确。")
            fields.setdefault(".".join(where) or "body", []).append(message)
        return shown(InvalidInput(fields, message="请求的字段缺少或者格式不正确。"))

    @api.exception_handler(HttpError)
    def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
        if isinstance(error, AuthenticationError):
            return problem(401, "token-missing", "请在 Authorization 头中提供接口令牌：Bearer 令牌。")
        if isinstance(error.__cause__, MingchaError):
            return shown(error.__cause__)
        return problem(error.status_code, "bad-request", "请求正文不能读取，请按接口文档的格式发送。")

    @api.exception_handler(Exception)
    def any_other(request: HttpRequest, error: Exception) -> HttpResponse:
        return of_exception(request, error)


@cache
def _words() -> dict[str, dict[str, str]]:
    text = resources.files("mingcha.interfaces.api").joinpath("data", "messages.en.json").read_text("utf-8")
    found: dict[str, dict[str, str]] = json.loads(text)
    return found


def in_english(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A problem in English for whoever asks for it first (Accept-Language); code, fields and reasons stay as they are."""
    if response.headers.get("Content-Type") != TYPE:
        return response
    patch_vary_headers(response, ["Accept-Language"])
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    if not wanted or not wanted[0][0].startswith("en"):
        return response
    body = json.loads(response.content)
    body["title"] = _words()["titles"].get(str(body["status"]), body["title"])
    if body["code"] in _words()["details"]:
        body["detail"] = _words()["details"][body["code"]]
        response["Content-Language"] = "en"
    response.content = json.dumps(body, ensure_ascii=False).encode()
    return response


def tidy(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """What ninja answers as plain text becomes a problem too; nothing of the interface is cached."""

    def tidied(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:
            response = of_exception(request, error)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = problem(405, "method-not-allowed", f"这个地址只接受 {allowed}。")
            response["Allow"] = allowed
        response.headers.setdefault("Cache-Control", "no-store")
        return in_english(request, response)

    return tidied


def no_such_address(request: HttpRequest) -> HttpResponse:
    return in_english(request, shown(NotFound("接口没有这个地址。")))
