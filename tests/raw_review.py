"""Raw SQL and calls against the invariants of the handling of a review."""

from __future__ import annotations

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.common import clock
from mingcha.decisions import actions as decisions
from mingcha.interfaces.demo.journey import Journey
from mingcha.procedures.guards import ask
from mingcha.review import queries
from tests import raw_sql


def change_and_undo(journey: Journey) -> None:
    """Evidence comes after the approval and is excluded again: text and digest are as they were, the approval is void."""
    handler = actor_named("lince")
    row = cases.record_evidence(
        journey.id,
        actor=handler,
        kind="documentary",
        name="补充书证",
        proves="审核后新增",
        origin="当事人提供",
        collected_at=clock.now(),
    )
    cases.exclude_evidence(row.id, actor=handler, reason="与本案无关")


def stands(journey: Journey) -> list[str]:
    change_and_undo(journey)
    return [reason.code for reason in ask("review-stands@1", journey.case, actor_named("shenyi")).reasons]


def decide(journey: Journey) -> None:
    change_and_undo(journey)
    decisions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意")


def void_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    """A decision of exactly the reviewed text, on the void approval."""
    change_and_undo(journey)
    found = queries.latest(journey.case)
    assert found is not None
    statement, values, _ = raw_sql.decision_sql(journey)[1]
    return [(statement.replace("another text", found.digest), values, "decision-on-void-review")]
