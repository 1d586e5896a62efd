"""What an officer states about a case (案件情况): the facts that published lists and the law ask and nobody computes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import QuerySet

from mingcha.cases import queries
from mingcha.cases.choices import StatementKind
from mingcha.cases.findings import Known, known
from mingcha.cases.memory import kept
from mingcha.cases.models import Case, Statement
from mingcha.cases.models_course import StatedFact
from mingcha.catalogues import conditions, profiles
from mingcha.common.explained import Explained
from mingcha.common.prepared import prepared

GRAVE, COMPLEX = "grave", "complex"
_GRAVE = "属于重大违法行为"


@dataclass(frozen=True)
class Question:
    """A fact to state: what it is called, how it is answered (bool, amount in fen, count, words)."""

    name: str
    label: str
    type: str

    @property
    def required(self) -> bool:
        return self.type == "bool"


@cache
def questions() -> tuple[Question, ...]:
    """Gravity and complexity (art. 57), and each thing that lists may ask and no room computes."""
    asked = {key.name: key for key in conditions.keys().values() if not key.known}
    found = [Question(GRAVE, _GRAVE, "bool")]
    names = {"amount_at_least": "amount", "complaints_at_least": "complaints"}
    kinds = {"amounts": "amount", "bool": "bool", "count": "count", "words": "words"}
    ordered = sorted(asked.values(), key=lambda key: key.type != "bool")
    found += [Question(names.get(key.name, key.name), key.label, kinds[key.type]) for key in ordered]
    return tuple(found)


@kept("cases_statedfact")
def of_case(case: Case) -> list[StatedFact]:
    """All that was stated, newest first."""
    return _facts(case.pk)


@prepared
def _facts(case_id: uuid.UUID) -> QuerySet[StatedFact]:
    return StatedFact.objects.filter(case_id=case_id).select_related("stated_by").order_by("-at", "-id")


def stated(case: Case) -> dict[str, Any]:
    """Name → what was stated last; what nobody stated is absent, never false."""
    found: dict[str, Any] = {}
    for row in of_case(case):
        found.setdefault(row.name, row.value)
    return found


def missing(case: Case) -> list[Question]:
    """What must be stated and is not."""
    have = stated(case)
    return [question for question in questions() if question.required and question.name not in have]


def for_collective(facts: Mapping[str, Any]) -> bool | None:
    """Whether the law wants the heads to discuss the case together (集体讨论) — art. 57 ¶2; None: not stated."""
    if facts.get(GRAVE) or facts.get(COMPLEX):
        return True
    return False if GRAVE in facts and COMPLEX in facts else None


def together(case: Case) -> Explained[bool | None]:
    """Whether the heads must discuss the case together, by its facts and the policy profile, which may ask for more."""
    told, heard = stated(case), hearing_held(case)
    scope = profiles.value(case.profile.content, "collective.scope")
    steps = [f"案件情况载明：{label}。" for name, label in ((GRAVE, _GRAVE), (COMPLEX, "情节复杂")) if told.get(name)]
    answer = for_collective(told)
    if scope == "hearing" and heard:
        steps.append("政策参数“集体讨论的范围”：经过听证的案件也集体讨论。")
        answer = True
    if answer is False:
        steps.append("案件情况已载明：不属于情节复杂或者重大违法行为。")
    inputs = {GRAVE: told.get(GRAVE), COMPLEX: told.get(COMPLEX), "heard": heard, "scope": scope}
    return Explained(answer, "G-10", "行政处罚法第五十七条第二款", inputs, tuple(steps))


@known("finding-gp-06@1")
def _monitored(case: Case) -> Known | None:
    return None if case.source == "monitor" else Known(True, "案源不是电子技术监控设备的记录")


def last_request(case: Case) -> Statement | None:
    """The last demand for a hearing (听证要求), of whatever round."""
    return next(reversed(queries.statements(case, kinds=[StatementKind.HEARING_REQUESTED])), None)


def withdrawn(case: Case, request: Statement) -> Statement | None:
    """The withdrawal of a demand for a hearing, after it."""
    rows = queries.statements(case, kinds=[StatementKind.HEARING_WITHDRAWN])
    return next((row for row in rows if row.created_at > request.created_at), None)


def hearing_held(case: Case) -> bool:
    """Whether a hearing was demanded and not withdrawn: then it is held, or no decision is possible."""
    request = last_request(case)
    return request is not None and withdrawn(case, request) is None
