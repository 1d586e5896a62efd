"""Reads of a locked case are kept until the next write: guards and letters ask the same questions many times."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction

from mingcha.cases.models import Case

P = ParamSpec("P")
T = TypeVar("T")
_NAME = "_mingcha_memory"
_READS = ("SELECT", "SAVEPO", "RELEAS")


class _Memory:
    """Answers of the present transaction. As an execute wrapper it sees every statement and forgets at each write."""

    def __init__(self) -> None:
        self.answers: dict[Any, Any] = {}

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if str(sql)[:6] not in _READS:
            self.answers.clear()
        return execute(sql, params, many, context)

    def forget(self) -> None:
        self.answers.clear()

    def live(self) -> bool:
        # The entry of `begin` leaves this list with the commit or rollback of its transaction or savepoint.
        return connection.in_atomic_block and any(item[1] == self.forget for item in connection.run_on_commit)


def begin() -> None:
    """Begin to keep answers; called with the case row locked, so that nobody else can change what was read."""
    memory = getattr(connection, _NAME, None)
    if memory is None:
        memory = _Memory()
        setattr(connection, _NAME, memory)
    if memory not in connection.execute_wrappers:
        connection.execute_wrappers.append(memory)
    if not memory.live():
        memory.forget()
        transaction.on_commit(memory.forget)


def kept(read: Callable[Concatenate[Case, P], T]) -> Callable[Concatenate[Case, P], T]:
    """Keep the answer of `read(case, …)` until the next write in the transaction. Callers must not change it."""

    @wraps(read)
    def answered(case: Case, *args: P.args, **kwargs: P.kwargs) -> T:
        memory = getattr(connection, _NAME, None)
        if memory is None or not memory.live():
            return read(case, *args, **kwargs)
        key = (read, case.pk, args, tuple(kwargs.items()))
        if key not in memory.answers:
            found = read(case, *args, **kwargs)
            memory.answers[key] = found
        answer: T = memory.answers[key]
        return answer

    return answered
