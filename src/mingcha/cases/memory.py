"""Reads of a case are kept, while it is locked or a page is read, until a table they rest on is written: guards, letters
and pages ask the same many times."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from mingcha.common import direct

if TYPE_CHECKING:
    # The gate of all pages keeps answers too, and the portal's own process has no cases.
    from mingcha.cases.models import Case

P = ParamSpec("P")
T = TypeVar("T")
# A connection belongs to one thread; looking it up through Django costs more than a kept answer saves.
_here = threading.local()
# PostgreSQL puts the parts of a union into brackets.
_READS = ("SELECT", "(SELEC", "SAVEPO", "RELEAS")
_WRITTEN = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')


class _Memory(direct.Watcher):
    """Answers of the present transaction or page. As an execute wrapper it sees every statement and forgets what it
    touches."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.page = False
        # One and the same object, so that `live` compares by identity.
        self.end = self.forget
        self.answers: dict[Any, Any] = {}
        self.resting: dict[str, list[Any]] = {}

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        if text[:6] not in _READS:
            written = _WRITTEN.match(text)
            if written is None:
                self.forget()
            else:
                self.wrote(written[1])
        return execute(sql, params, many, context)

    def wrote(self, table: str) -> None:
        for key in self.resting.pop(table, ()):
            self.answers.pop(key, None)

    def keep(self, key: Any, tables: tuple[str, ...], answer: Any) -> None:
        self.answers[key] = answer
        for table in tables:
            self.resting.setdefault(table, []).append(key)

    def forget(self) -> None:
        self.answers.clear()
        self.resting.clear()

    def live(self) -> bool:
        return self.page or self.locked()

    def locked(self) -> bool:
        # The entry of `begin` leaves this list with the commit or rollback of its transaction or savepoint.
        if self.connection.in_atomic_block:
            for item in self.connection.run_on_commit:
                if item[1] is self.end:
                    return True
        return False


def _present() -> _Memory:
    connection = direct.here()
    memory: _Memory | None = getattr(_here, "memory", None)
    if memory is None or memory.connection is not connection:
        memory = _here.memory = _Memory(connection)
    if memory not in connection.execute_wrappers:
        connection.execute_wrappers.append(memory)
    return memory


def begin() -> None:
    """Begin to keep answers; called with the case row locked, so that nobody else can change what was read."""
    memory = _present()
    if not memory.locked():
        # What a page read before the lock may have changed since.
        memory.forget()
        transaction.on_commit(memory.end)


@contextmanager
def reading() -> Iterator[None]:
    """Keep answers while one page is put together: it then says the same thing everywhere."""
    memory = _present()
    if memory.live():
        yield
        return
    memory.forget()
    memory.page = True
    try:
        yield
    finally:
        memory.page = False
        memory.forget()


def kept(*tables: str) -> Callable[[Callable[Concatenate[Case, P], T]], Callable[Concatenate[Case, P], T]]:
    """Keep the answer of `read(case, …)` until one of `tables` is written. Callers must not change the answer."""

    def decorate(read: Callable[Concatenate[Case, P], T]) -> Callable[Concatenate[Case, P], T]:
        @wraps(read)
        def answered(case: Case, *args: P.args, **kwargs: P.kwargs) -> T:
            memory = getattr(_here, "memory", None)
            if memory is None or not memory.live():
                return read(case, *args, **kwargs)
            # The number of a UUID hashes in C, the UUID itself does not.
            key = (read, case.id.int, args, tuple(kwargs.items()))
            try:
                answer: T = memory.answers[key]
            except KeyError:
                answer = read(case, *args, **kwargs)
                memory.keep(key, tables, answer)
            return answer

        return answered

    return decorate
