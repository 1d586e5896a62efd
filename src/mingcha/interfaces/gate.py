"""The gate: every route declares who may use it, and signed-in routes get the acting person. A test walks all routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from mingcha.accounts.actors import Actor
from mingcha.accounts.queries import actor_of_user
from mingcha.cases.memory import reading
from mingcha.common.errors import NotPermitted

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Rule:
    """Who may use a route: everyone, any signed-in official, or officials with one of `roles`."""

    audience: str
    roles: tuple[str, ...] = ()


def public(view: View) -> View:
    """Declare a route of the portal or of sign-in, open to everyone."""
    view.access_rule = Rule("public")  # type: ignore[attr-defined]
    return view


def officials(*roles: str) -> Callable[[View], View]:
    """Declare a route for signed-in officials, with one of `roles` if any are named; sets `request.actor`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            actor = actor_of_user(request.user)
            request.actor = actor  # type: ignore[attr-defined]
            if roles and not actor.has(*roles):
                raise NotPermitted(message="您的角色不能使用这个页面。")
            if request.method == "GET":
                with reading():
                    response = view(request, *args, **kwargs)
            else:
                response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        guarded.access_rule = Rule("officials", roles)  # type: ignore[attr-defined]
        return guarded

    return decorate


def viewers(*roles: str) -> Callable[[View], View]:
    """As `officials`, for a page that is only read: whatever else is sent to it is answered with 405."""
    return lambda view: officials(*roles)(require_safe(view))


def actor_of(request: HttpRequest) -> Actor:
    """The acting person that the gate has put on the request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
