"""Resumable upload of recordings by token: /api/v1/uploads/ (tus 1.0, not described in OpenAPI)."""

from __future__ import annotations

from django.http import HttpRequest

from mingcha.accounts.actors import Actor
from mingcha.interfaces import tus
from mingcha.interfaces.api.door import Token
from mingcha.interfaces.gate import Rule

_token = Token()


def _by_token(request: HttpRequest) -> Actor | None:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return _token.authenticate(request, secret.strip()) if kind.lower() == "bearer" and secret.strip() else None


uploads = tus.door(_by_token, Rule("token"), "field", "api-upload")
