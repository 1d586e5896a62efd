"""How often one address may write or guess (限制): counted without keeping the address."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

HOUR = 3600


def _key(request: HttpRequest, what: str) -> str:
    address = request.META.get("REMOTE_ADDR", "")
    # Of an IPv6 address the half that a household is given: the other half changes by the hour.
    place = ":".join(address.split(":")[:4]) if ":" in address else address
    return f"portal:{what}:" + salted_hmac("mingcha.portal.limits", place, algorithm="sha256").hexdigest()


def spent(request: HttpRequest, what: str, most: int) -> bool:
    """Whether the address has done this `most` times within the hour."""
    return int(cache.get(_key(request, what), 0)) >= most


def count(request: HttpRequest, what: str) -> None:
    """One more of it; the hour begins with the first."""
    key = _key(request, what)
    if not cache.add(key, 1, HOUR):
        try:
            cache.incr(key)
        except ValueError:
            cache.add(key, 1, HOUR)
