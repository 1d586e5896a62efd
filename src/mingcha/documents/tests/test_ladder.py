"""The defect ladder (瑕疵阶梯): each row of it is refused or marked as the law says, by a case that shows the defect.

A row names where it answers: a check of a kind (shown by the fault of its sample), or a guard of a move. A step of the
ladder without a row, a validator without a place, or a place that no longer exists fails here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from mingcha.accounts.actors import Actor
from mingcha.cases.actions import register_lead
from mingcha.common.errors import InvalidInput
from mingcha.documents.checking import VALIDATORS, examine
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.about import LADDER
from mingcha.documents.tests import test_lattice, test_numbers_processes, test_signing_complete
from mingcha.documents.tests.sets import codes, paper, samples
from mingcha.procedures.guards import names

SET = samples()


@dataclass(frozen=True)
class Row:
    """A defect: its step of the ladder, whether it refuses, and the kind and check that speak."""

    step: str
    refuses: bool
    kind: str
    check: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.check}"


ROWS = [
    # 无效: no basis, no capacity — 处38.
    Row("void", True, "coercive-approval", "own-staff"),
    Row("void", True, "coercive-approval", "freeze-by-law"),
    Row("void", True, "coercive-approval", "local-power"),
    Row("void", True, "entrustment-letter", "no-coercion"),
    Row("void", True, "entrustment-letter", "licence-to-organ"),
    Row("void", True, "levy-announcement", "levy-announced-first"),
    # 不得作出决定: no notice, refused to hear, no or failed review — 处58, 62.
    Row("no-decision", True, "penalty-decision", "V10"),
    Row("no-decision", True, "decision-approval", "V10"),
    Row("no-decision", True, "decision-approval", "approval-reviewed"),
    Row("no-decision", True, "decision-approval", "approval-hearing"),
    Row("no-decision", True, "penalty-decision", "decision-after-review"),
    Row("no-decision", True, "onsite-penalty-decision", "onsite-told"),
    Row("no-decision", True, "collective-discussion", "discussion-after-hearing"),
    Row("no-decision", True, "collective-discussion", "discussion-after-notice"),
    # 可拒绝: certificate not shown, no receipt of the treasury — 处55, 70.
    Row("refusable", True, "seizure-decision", "V3"),
    Row("refusable", True, "onsite-penalty-decision", "onsite-certificate"),
    Row("refusable", True, "onsite-collection", "collection-receipt"),
    # 可撤销: evidence, law, procedure, power, obvious impropriety — 诉70.
    Row("revocable", True, "evidence-list", "counted"),
    Row("revocable", True, "penalty-decision", "V7"),
    Row("revocable", True, "penalty-decision", "V9"),
    Row("no-decision", True, "penalty-decision", "V16"),
    Row("revocable", True, "seizure-decision", "V1"),
    Row("revocable", True, "seizure-decision", "V2"),
    Row("revocable", True, "decision-approval", "V13"),
    Row("revocable", True, "onsite-penalty-decision", "onsite-organisation-limit"),
    Row("revocable", True, "seizure-decision", "period"),
    # 证据排除 — 处41 ¶2, 46 ¶3.
    Row("excluded", True, "monitor-notice", "reviewed"),
    Row("excluded", True, "monitor-notice", "calibrated"),
    Row("excluded", True, "e-evidence-record", "saved-first"),
    Row("excluded", False, "hearing-record", "hearing-record-examined"),
    # 处分 — 处76, 82.
    Row("discipline", True, "no-penalty-decision", "no-penalty-crime"),
    Row("discipline", False, "crime-transfer-approval", "crime-not-fined"),
    Row("discipline", False, "investigation-report", "in-time"),
    # 瑕疵: put right, the act stands.
    Row("flaw", True, "penalty-decision", "V12"),
    Row("flaw", True, "inquiry-record", "V4"),
]
# What answers elsewhere than at the making of one paper: code → module and test that show it kept and broken.
ELSEWHERE = {
    "V5": (test_signing_complete, "test_an_unsigned_paper_does_not_leave_the_house"),
    "V6": (test_lattice, "test_an_edge_is_kept_and_broken"),
    "V11": (test_numbers_processes, "test_two_machines_number_at_once"),
}
# What makes a decision impossible besides: each is a guard of the move to the decision.
GUARDED = (
    "notice-served@1",
    "review-stands@1",
    "as-notified@1",
    "not-heavier@1",
    "file-complete@1",
    "decision-served@1",
)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_refuses_or_marks(row: Row) -> None:
    shown = [
        mark
        for fault in SET[row.kind]["faults"]
        for mark in examine(paper(row.kind, SET[row.kind], fault))
        if row.check in (mark.check, mark.reason.code)
    ]
    assert shown, "no case shows this defect"
    assert {mark.refuses for mark in shown} == {row.refuses}
    assert {mark.ladder for mark in shown} == {row.step}
    assert {mark.consequence for mark in shown} == {LADDER[row.step][0]}
    assert row.check not in codes(examine(paper(row.kind, SET[row.kind]))), "the sound paper is not accused"


def test_no_step_and_no_validator_is_without_a_row() -> None:
    assert {row.step for row in ROWS} == set(LADDER)
    named = {f"V{n}" for n in range(1, 17)}
    shown: set[str] = set()
    for kind in SET:
        for fault in SET[kind]["faults"]:
            shown |= codes(examine(paper(kind, SET[kind], fault))) & named
    elsewhere = {*ELSEWHERE, "V14"}
    assert (named - elsewhere) - shown == set() and not shown & elsewhere
    assert set(VALIDATORS) == named - elsewhere
    assert all(callable(getattr(module, test)) for module, test in ELSEWHERE.values())
    assert {*GUARDED, "signatures-complete@1"} <= set(names())


def test_every_check_of_the_set_stands_on_the_ladder() -> None:
    steps = {rule.ladder for kind in kinds() for rule in template(kind).about.checks}
    assert steps == set(LADDER)


@pytest.mark.django_db
def test_an_item_outside_the_published_list_begins_no_case(district: None, actor: Callable[[str], Actor]) -> None:
    """V14: what is not on the published list is not enforced, whatever the paper."""
    day = dt.date(2026, 9, 14)

    def begin(item: str) -> None:
        register_lead(
            actor=actor("lince"), procedure="P-PT", source="report", cause="试办", facts="试办。", item_code=item,
            conduct_ended_on=day, discovered_on=day, party_kind="organisation", party_name="清和建筑工程有限公司",
            uscc="91990100MA1QH00018", legal_representative="许山河", address="明水区望江路66号",
        )  # fmt: skip

    with pytest.raises(InvalidInput) as refused:
        begin("99.99")
    assert list(refused.value.fields) == ["item_code"]
    begin("3.14")
