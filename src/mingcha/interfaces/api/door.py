"""The door of the REST interface: bearer tokens, declared roles, idempotency keys, strict JSON."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import JSONRenderer
from ninja.security import HttpBearer

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_of_token
from mingcha.common.errors import InvalidInput, NotPermitted
from mingcha.interfaces.gate import Rule
from mingcha.interfaces.once import once

MOST_KEY = 80


# A token is looked up once a second per process: a revocation acts within that second.
RECENT_SECONDS = 1.0
_seen: dict[str, tuple[float, Actor]] = {}


def _recent(token: str) -> Actor:
    moment = time.monotonic()
    found = _seen.get(token)
    if found is not None and moment - found[0] < RECENT_SECONDS:
        return found[1]
    actor = actor_of_token(token)
    if len(_seen) > 4096:
        _seen.clear()
    _seen[token] = (moment, actor)
    return actor


class Token(HttpBearer):
    """Bearer token of an officer, with one of `roles` if any are named. `rule` is what the test of all routes reads."""

    def __init__(self, *roles: str) -> None:
        super().__init__()
        self.rule = Rule("token", roles)

    def __call__(self, request: HttpRequest) -> Actor | None:
        # As ninja's own, without first building the mapping of all headers.
        word, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, token) if word.lower() == self.openapi_scheme else None

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        actor = _recent(token)
        if self.rule.roles and not actor.has(*self.rule.roles):
            # Who was refused is told to the record of refusals.
            request.auth = actor  # type: ignore[attr-defined]
            raise NotPermitted(message="您的角色不能使用这个接口。", data={"roles": list(self.rule.roles)})
        return actor


def anyone(view: Callable[..., Any]) -> Callable[..., Any]:
    """Declare an operation that needs no token."""
    view.access_rule = Rule("public")  # type: ignore[attr-defined]
    return view


def actor_of(request: HttpRequest) -> Actor:
    """The acting person behind the token."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def keyed(request: HttpRequest, asked: Any, act: Callable[[], Any]) -> Any:
    """Carry out `act` once per Idempotency-Key; without the header, simply carry it out."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if len(key) > MOST_KEY or not key.isascii() or not (key.isprintable() or not key):
        raise InvalidInput({"Idempotency-Key": [f"幂等键应为不超过{MOST_KEY}个字符的字母、数字和符号。"]})
    if request.content_type == "application/json":
        # The body as it was sent says what was asked, and its digest costs less than that of what was read from it.
        asked = hashlib.sha256(request.body).hexdigest()
    return once(actor_of(request).officer_id, key, [request.method, request.path, asked], act)


class StrictJson(Parser):
    """JSON without decimals, NaN and lone surrogates: money is whole fen, and what cannot be stored is refused."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            data = json.loads(request.body, parse_float=_refuse, parse_constant=_refuse)
            if b"\\u" in request.body:
                if b"\\u0000" in request.body:
                    raise InvalidInput({"body": ["含有不能保存的控制字符。"]})
                json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise InvalidInput({"body": ["请求正文不是有效的JSON，或者含有不能保存的字符。"]}) from None
        return data


def _refuse(text: str) -> Any:
    raise InvalidInput({"body": [f"“{text[:20]}”不能使用：金额以分为单位写整数，其他小数写成文字。"]})


class PlainJson(JSONRenderer):
    """JSON in UTF-8: Chinese stays readable."""

    json_dumps_params = {"ensure_ascii": False}
