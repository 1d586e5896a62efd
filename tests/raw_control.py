"""Attacks on dual control of publication: own approval, release without approval, leaving the queue alone."""

from __future__ import annotations

from mingcha.accounts.choices import Role
from mingcha.accounts.queries import actor_named
from mingcha.cases.queries import open_branches
from mingcha.common import clock
from mingcha.common.ids import uuid7
from mingcha.disclosure import approving, controls
from mingcha.disclosure.models import DualControl, Publication, Submission
from mingcha.disclosure.rules import may_approve
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.actions import append
from tests.raw_public import _key


def _asked(journey: Journey) -> Submission:
    row = Publication.objects.get(decision__case_id=journey.id)
    found = Submission.objects.filter(publication=row).first()
    return found or controls.withhold(row.id, actor=actor_named("sutang"), ground="privacy", reason="仍能识别本人。")


def own_rule(journey: Journey) -> list[str]:
    clerk = actor_named("sutang").officer_id
    return [reason.code for reason in may_approve(asked_by=clerk, officer=clerk)]


def own_answer(journey: Journey) -> None:
    approving.answer(_asked(journey).id, actor=actor_named("sutang"), approved=True)


def control_sql(journey: Journey) -> list[tuple[str, list[object], str]]:
    row = _asked(journey)
    DualControl.objects.create(publication=row.publication, created_at=clock.now())
    now, publication = clock.now(), _key(row.publication_id)
    branch = open_branches(journey.case)[0]
    answer = (
        "INSERT INTO disclosure_submissionanswer (submission_id, approved, reason, entry_id, by_id, at) "
        "VALUES (%s, %s, '', 999999, %s, %s)"
    )
    released = (
        "INSERT INTO disclosure_release (publication_id, signoff_id, content, content_digest, entry_id, released_at) "
        "VALUES (%s, %s, '{}', 'x', 999999, %s)"
    )
    moved = (
        "INSERT INTO cases_branchmove (id, branch_id, seq, source, target, entry_id, at) "
        "VALUES (987654321, %s, %s, 'publish-check', 'close', %s, %s)"
    )
    # With an entry of its own and in its turn, so that nothing but the missing approval can refuse it.
    where = {
        "log": journey.case.jurisdiction,
        "case_id": journey.id,
        "actor": actor_named("sutang").snapshot(Role.CLERK),
    }
    told = append("branch-moved", subject=("case", str(journey.id)), payload={"from": "x", "to": "x"}, **where)
    return [
        (answer, [_key(row.id), True, _key(row.asked_by_id), now], "publish-own-approval"),
        # Several rules shut this door; which answers first is the database's affair.
        (released, [publication, _key(uuid7()), now], "*"),
        (moved, [_key(branch.id), branch.moves + 1, told.pk, now], "withheld-without-approval"),
        ("UPDATE disclosure_submission SET kind = 'release' WHERE id = %s", [_key(row.id)], "record-immutable"),
        ("DELETE FROM disclosure_dualcontrol WHERE publication_id = %s", [publication], "record-immutable"),
    ]
