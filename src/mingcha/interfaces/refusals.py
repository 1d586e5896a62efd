"""Refused acts on record (被拒绝的操作): the one place that every door passes when it turns an error into an answer.

Which acts are recorded, and how often, says refused-acts.json. What went well never comes here.
"""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from mingcha.cases import queries as cases
from mingcha.cases.actions import record_refusal
from mingcha.common.errors import MingchaError, NotFound, Refused
from mingcha.decisions import queries as decisions
from mingcha.interfaces.turn import turn
from mingcha.review import queries as review

log = logging.getLogger("mingcha.interfaces")
_REST = "api/v1/"
# Doors that name something of a case instead of the case: how the case is found from its key.
_CASE_OF = {
    "decision_id": decisions.case_of,
    "statement_id": cases.case_of_statement,
    "joining_id": cases.case_of_joining,
    "consultation_id": review.case_of_consultation,
}


@dataclass(frozen=True)
class Listed:
    """The list of refused-acts.json, by the names of the doors."""

    doors: dict[str, tuple[str, str]]
    labels: dict[str, str]
    reasons: dict[str, str]
    passed_over: frozenset[str]
    quiet_seconds: int
    most_an_hour: int


@cache
def listed() -> Listed:
    """Which acts leave an entry when they are refused."""
    told: dict[str, Any] = json.loads(Path(__file__).with_name("refused-acts.json").read_text(encoding="utf-8"))
    doors = {door: (row["act"], row["label"]) for row in told["acts"] for door in (*row["screen"], *row["rest"])}
    return Listed(
        doors,
        {row["act"]: row["label"] for row in told["acts"]},
        told["reasons"],
        frozenset(told["passed_over"]),
        told["quiet_seconds"],
        told["most_an_hour"],
    )


def _door(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    if match.route.startswith(_REST):
        # Keys stay texts on their way to ninja, which names its converter so.
        return match.route.removeprefix(_REST).replace("<uuidstr:", "<uuid:")
    name = str(match.url_name or "")
    return f"{name}:{match.kwargs['name']}" if "name" in match.kwargs else name


def _case(keys: dict[str, Any]) -> uuid.UUID | None:
    """The case that a door is about, by the keys in its address."""
    if "case_id" in keys:
        return uuid.UUID(str(keys["case_id"]))
    return next((find(uuid.UUID(str(keys[name]))) for name, find in _CASE_OF.items() if name in keys), None)


def note(request: HttpRequest, error: MingchaError) -> None:
    """Enter the refusal of an act of the list, in a transaction of its own, once per request; else do nothing.

    The act's own transaction has been rolled back by now. That the entry fails is logged: the answer goes out as it is.
    """
    if request.method != "POST" or getattr(request, "refusal_noted", False):
        return
    known = listed()
    found = known.doors.get(_door(request))
    actor = getattr(request, "actor", None) or getattr(request, "auth", None)
    if found is None or actor is None or error.code in known.passed_over:
        return
    request.refusal_noted = True  # type: ignore[attr-defined]
    keys = request.resolver_match.kwargs  # type: ignore[union-attr]
    case_id = _case(keys)
    if case_id is None:
        return
    act, label = found
    reasons = [(row.code, row.articles) for row in error.reasons] if isinstance(error, Refused) else []
    try:
        with turn():
            record_refusal(
                case_id,
                actor=actor,
                act=act,
                label=label,
                reasons=reasons or [(error.code, ())],
                quiet_seconds=known.quiet_seconds,
                most_an_hour=known.most_an_hour,
                # A reviewer who was overtaken no longer sees the case, and is told so by this code alone.
                given=error.code == "review-not-open"
                or review.given_to(case_id, actor.officer_id)
                # Counsel never sees the case, only the question that was put.
                or review.was_asked(actor.officer_id, keys.get("consultation_id")),
            )
    except NotFound:
        # Whoever may not see the case writes nothing into its journal.
        pass
    except DatabaseError as fault:
        log.error("a refusal of %s was not recorded: %s", act, type(fault).__name__)
