"""Question sets (询问提纲) and presence: filled from the case, put behind what is written, versions, who is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted
from mingcha.documents.presence import actions as presence
from mingcha.documents.presence.models import DraftPresence
from mingcha.documents.questions import actions, queries
from mingcha.documents.questions.models import QuestionSet
from mingcha.documents.questions.rules import FACTS, added, filled, read, shipped
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.models import JournalEntry

Who = Callable[[str], Actor]


def test_shipped_sets_stand_their_own_check() -> None:
    assert {"", "3.14", "3.21", "3.27"} <= set(shipped())
    for questions in shipped().values():
        assert read("\n".join(questions)) == list(questions)
        assert len(set(questions)) == len(questions) >= 8


def test_facts_are_filled_once_and_unknown_ones_left_open() -> None:
    assert filled(["{party}在{address}？"], {"party": "{address}", "address": ""}) == ["{address}在（　　）？"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{nobody}是谁？", "{nobody}"),
        ("{party.__class__}？", "{party.__class__}"),
        ("{party？", "单独的大括号"),
        ("问\u202e？", "控制字符"),
        ("问😀？", "U+1F600"),
        ("问" * 301, "超过300个字"),
        ("\n".join(f"问{n}？" for n in range(41)), "最多40个问题"),
    ],
)
def test_bad_questions_are_named(text: str, word: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert word in "".join(caught.value.fields["questions"])


def test_questions_come_behind_what_is_written_and_not_twice() -> None:
    rows = [{"question": "甲？", "answer": "是。"}]
    once = added(rows, ["乙？", "甲？"])
    assert once == [{"question": "甲？", "answer": "是。"}, {"question": "乙？"}]
    assert added(once, ["乙？", "甲？"]) == once


@pytest.mark.django_db
def test_the_set_of_the_item_with_the_facts_of_the_case(play: Callable[..., Journey], actor: Who) -> None:
    case = play("notice").case
    questions = queries.for_case(case)
    assert len(questions) == len(shipped()[case.item_code])
    assert case.party_name in questions[0]
    assert not any("{" in text for text in questions)
    made = actions.save(
        case.item_code, "{party}的{item}？\n\n" + "".join(f"{{{name}}}" for name in FACTS), actor=actor("luming")
    )
    assert made.number == 1
    first, second = queries.for_case(case)
    assert first.startswith(f"{case.party_name}的对施工工地")
    assert case.number in second
    with pytest.raises(Conflict):
        actions.save(case.item_code, "甲？", actor=actor("admin"), version_seen=0)
    actions.save(case.item_code, "", actor=actor("admin"), version_seen=1)
    assert queries.for_case(case) == questions
    assert [row.number for row in queries.versions(case.organisation_id, case.item_code)] == [2, 1]
    assert JournalEntry.objects.filter(kind="question-set-saved").count() == 2
    # An item without a set of its own takes the one for all items, the agency's before the shipped one.
    assert queries.in_force(case.organisation_id, "9.99") == shipped()[""]
    actions.save("", "通用问题？", actor=actor("shenyi"))
    assert queries.in_force(case.organisation_id, "9.99") == ["通用问题？"]
    assert queries.in_force(actor("luochuan").organ_id, "9.99") == shipped()[""]


@pytest.mark.django_db
def test_who_may_edit_and_what_the_database_holds(play: Callable[..., Journey], actor: Who) -> None:
    play("notice")
    with pytest.raises(NotPermitted):
        actions.save("3.14", "甲？", actor=actor("lince"))
    made = actions.save("3.14", "甲？", actor=actor("luming"))
    for change in (
        lambda: QuestionSet.objects.filter(id=made.id).update(questions=["乙？"]),
        lambda: QuestionSet.objects.filter(id=made.id).delete(),
    ):
        with pytest.raises(DatabaseError, match="record-immutable"), transaction.atomic():
            change()
    with pytest.raises(DatabaseError, match="question-set-gap"), transaction.atomic():
        QuestionSet.objects.create(
            organisation_id=made.organisation_id, item_code="3.14", number=5, questions=[],
            saved_by_id=made.saved_by_id, saved_at=clock.now(),
        )  # fmt: skip


@pytest.mark.django_db
def test_presence_is_seen_by_the_other_and_forgotten(play: Callable[..., Journey], actor: Who) -> None:
    case = play("notice").case
    entries = JournalEntry.objects.count()
    at = clock.now()
    with clock.frozen(at):
        assert presence.seen(case, "inquiry-record", actor=actor("lince")) == []
        others = presence.seen(case, "inquiry-record", actor=actor("zhouheng"))
        assert [row.officer_id for row in others] == [actor("lince").officer_id]
        assert presence.seen(case, "site-record", actor=actor("luming")) == []
    with clock.frozen(at + dt.timedelta(seconds=50)):
        others = presence.seen(case, "inquiry-record", actor=actor("lince"))
        assert [row.officer_id for row in others] == [actor("zhouheng").officer_id]
    with clock.frozen(at + dt.timedelta(seconds=100)):
        assert presence.seen(case, "inquiry-record", actor=actor("lince")) == []
        assert DraftPresence.objects.count() == 1
        presence.left(case, "inquiry-record", actor=actor("lince"))
    assert DraftPresence.objects.count() == 0
    assert JournalEntry.objects.count() == entries
