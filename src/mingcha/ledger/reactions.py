"""Reactions (后续处理): consequences that rooms above register for a kind; they run in the entry's transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mingcha.ledger.actors import ActorSnapshot

if TYPE_CHECKING:
    from mingcha.ledger.models import JournalEntry

Handler = Callable[["JournalEntry", Mapping[str, Any], ActorSnapshot], None]
_handlers: dict[str, list[Handler]] = {}


def on(kind: str) -> Callable[[Handler], Handler]:
    """Register `f(entry, payload, actor)` for a kind. It must be idempotent; what it raises undoes the whole act."""

    def register(handler: Handler) -> Handler:
        handlers = _handlers.setdefault(kind, [])
        if handler not in handlers:
            handlers.append(handler)
        return handler

    return register


def awaited(kind: str) -> bool:
    """Whether anybody reacts to a kind."""
    return bool(_handlers.get(kind))


def run(entry: JournalEntry, payload: Mapping[str, Any], actor: ActorSnapshot) -> None:
    for handler in _handlers.get(entry.kind, ()):
        handler(entry, payload, actor)


def registered() -> dict[str, list[str]]:
    """Kind → names of its handlers, for the documentation and its test."""
    return {name: [f"{f.__module__}.{f.__qualname__}" for f in found] for name, found in sorted(_handlers.items())}
