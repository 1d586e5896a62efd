"""Doing a thing once: double clicks, double-submitted forms and repeated API calls (idempotency keys)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from mingcha.common import clock, direct
from mingcha.common.canonical import digest, plain
from mingcha.common.errors import Conflict
from mingcha.common.prepared import prepared, store
from mingcha.interfaces.models import OnceKey
from mingcha.interfaces.turn import turn


@prepared
def _carried_out(officer_id: uuid.UUID, key: str) -> QuerySet[OnceKey]:
    return OnceKey.objects.filter(officer_id=officer_id, key=key)


@contextmanager
def _whole() -> Iterator[None]:
    """One act, kept or dropped as a whole: an action inside that fails takes all with it, so none needs a savepoint."""
    place: Any = direct.here()
    with transaction.atomic():
        # Django asks the connection for a savepoint and takes None for an answer where a database has none.
        place.savepoint = lambda: None
        try:
            yield
        finally:
            place.__dict__.pop("savepoint", None)


def once(officer_id: uuid.UUID, key: str, request: Any, act: Callable[[], Any]) -> Any:
    """The result of `act`, carried out at most once per officer and key, in one transaction with the key.

    `request` identifies what was asked: the same key with another request raises Conflict. Results must be JSON.
    An empty key means: no protection asked for.
    """
    if not key:
        with turn(), _whole():
            return act()
    asked = digest(request)
    try:
        with turn(), _whole():
            found = next(iter(_carried_out(officer_id, key[:80])), None)
            if found is None:
                result = plain(act())
                # In a list, since an act may return nothing and the column takes no null.
                store(OnceKey, officer_id=officer_id, key=key[:80], digest=asked, result=[result], at=clock.now())
                return result
    except IntegrityError:
        # Two requests with one key at once: the other one was faster, or the act itself broke a constraint.
        found = next(iter(_carried_out(officer_id, key[:80])), None)
        if found is None:
            raise
    if found.digest != asked:
        raise Conflict("idempotency-key-reused", "同一个提交编号用于不同的内容，没有办理。请刷新页面后重新提交。")
    return found.result[0]
