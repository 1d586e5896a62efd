"""Cases that a room above shuts to all but a named circle (知悉范围): registered here, asked by the lock and by access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from mingcha.accounts.actors import Actor
from mingcha.cases.models import Case


@dataclass(frozen=True)
class Closing:
    """How a room above closes some cases: the relation that says so, rows that stay for a person, one case."""

    relation: str
    leaves: Callable[[Actor], Q]
    shuts_out: Callable[[Actor, Case], bool]


_closings: list[Closing] = []


def close_by(closing: Closing) -> None:
    """Register a closing; once, when the room is loaded."""
    _closings.append(closing)


def relations() -> list[str]:
    """What a case is read together with, so that asking costs no read of its own."""
    return [closing.relation for closing in _closings]


def left_to(actor: Actor) -> list[Q]:
    """Conditions on cases that no closing hides from this person."""
    return [closing.leaves(actor) for closing in _closings]


def shut(actor: Actor, found: Case) -> bool:
    """Whether a closing shuts this person out."""
    return any(closing.shuts_out(actor, found) for closing in _closings)
