"""Routes of the REST interface: /api/v1/… and its description at /api/openapi.json."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.operation import Operation, PathView

from mingcha import __version__
from mingcha.interfaces.api import (
    appeals,
    backlog,
    cases,
    credit,
    deciding,
    documents,
    erasures,
    hearing,
    layouts,
    papers,
    petitions,
    problems,
    publishing,
    reviewing,
    service,
    signing,
    together,
    uploads,
    visiting,
    years,
)
from mingcha.interfaces.api.door import PlainJson, StrictJson, Token
from mingcha.interfaces.gate import Rule, public

api = NinjaAPI(
    title="明察接口",
    version=__version__,
    description="行政执法平台明察的接口。写操作可带 Idempotency-Key，重复提交只办理一次；"
    "错误为 application/problem+json。",
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=StrictJson(),
    renderer=PlainJson(),
)
problems.install(api)
api.add_router("/cases", cases.router)
for _room in (
    documents,
    papers,
    layouts,
    service,
    signing,
    hearing,
    deciding,
    reviewing,
    together,
    appeals,
    erasures,
    publishing,
    backlog,
    credit,
    petitions,
    visiting,
    years,
):
    api.add_router("", _room.router)

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "稳定的代码，供程序判断"},
        "detail": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "reasons": {"type": "array", "items": {"type": "object"}},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 80, "pattern": "^[!-~]*$"},
    "description": "同一编号的请求只办理一次。",
}
_ANSWERS = {
    "400": "请求不能读取",
    "401": "没有认证",
    "403": "没有权限",
    "404": "没有找到",
    "409": "不能办理",
    "422": "内容有误",
}


def rule_of(operation: Operation) -> Rule | None:
    """The declared access rule of an operation, or None where nobody declared one."""
    for callback in operation.auth_callbacks:
        if isinstance(callback, Token):
            return callback.rule
    found: Rule | None = getattr(operation.view_func, "access_rule", None)
    return found


def document() -> dict[str, Any]:
    """The OpenAPI document; every operation names its problems, every write takes an idempotency key."""
    schema: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    schema["components"]["schemas"]["Problem"] = _PROBLEM
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for item in schema["paths"].values():
        for method, operation in item.items():
            for status, text in _ANSWERS.items():
                operation["responses"][int(status)] = {"description": text, "content": body}
            if method != "get":
                operation.setdefault("parameters", []).append(_KEY)
    return schema


@public
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


@public
@csrf_exempt
def no_such_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problems.no_such_address(request)


def _routes() -> list[URLPattern]:
    patterns: list[URLPattern] = []
    for pattern in api.urls[0]:
        if not isinstance(pattern, URLPattern) or pattern.name == "api-root":
            continue
        rules = {method: rule_of(operation) for operation in operations(pattern) for method in operation.methods}
        view: Any = problems.tidy(pattern.callback)
        view.csrf_exempt = True
        view.access_rules = rules
        # One rule for the whole address only where all its methods agree on who may come at all.
        audiences = {rule.audience if rule else None for rule in rules.values()}
        if None not in audiences and len(audiences) == 1:
            view.access_rule = Rule(str(audiences.pop()))
        patterns.append(URLPattern(pattern.pattern, view, pattern.default_args, pattern.name))
    return patterns


def operations(pattern: URLPattern) -> list[Operation]:
    """The operations behind an address; ninja keeps them in the closure of its view."""
    cells = getattr(pattern.callback, "__closure__", None) or ()
    views = [cell.cell_contents for cell in cells if isinstance(cell.cell_contents, PathView)]
    return [operation for view in views for operation in view.operations]


urlpatterns = [
    path("api/v1/uploads/", uploads.uploads, name="api-uploads"),
    path("api/v1/uploads/<str:upload_id>", uploads.uploads, name="api-upload"),
    path("api/v1/", include((_routes(), "api"))),
    path("api/openapi.json", openapi, name="openapi"),
    re_path(r"^api/(?P<rest>.*)$", no_such_address),
]
