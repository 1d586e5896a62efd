"""Correction of slips (补正): a new version beside the old one, only clerical, the pointer never changes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.documents import actions as documents
from mingcha.documents import numbering
from mingcha.documents import queries as document_queries
from mingcha.documents.correcting import Slip, correct, may_correct, places
from mingcha.documents.models import Correction, Document
from mingcha.documents.serving import queries as served
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


@pytest.fixture
def notice(play: Play) -> Iterator[Document]:
    """A notice that was served."""
    journey = play("serve-notice")
    with clock.frozen(clock.at(journey.day, 17)):
        found = document_queries.latest(journey.case, "penalty-notice")
        assert found is not None
        yield found


def slip(document: Document, path: str, before: str, after: str) -> Slip:
    text = next(place.text for place in places(document) if place.path == path)
    return Slip(path, text, text.replace(before, after, 1))


def refused(call: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as caught:
        call()
    return [reason.code for reason in caught.value.reasons]


def mend(
    document: Document, *slips: Slip, who: str = "lince", reason: str = "打字错误，卷内材料可以对照"
) -> Correction:
    return correct(document.id, slips, reason=reason, actor=actor_named(who))


def address(document: Document) -> Slip:
    return Slip("contact_address", document.fields["contact_address"], "明水区清源街18号院")


def test_both_versions_stay_and_name_each_other(notice: Document) -> None:
    row = mend(notice, address(notice))
    new = Document.objects.get(id=row.successor_id)
    assert new.fields["contact_address"] == "明水区清源街18号院"
    assert Document.objects.get(id=notice.id).fields == notice.fields
    assert (new.number, new.kind) == (notice.number, notice.kind)
    assert new.corrects.original_id == notice.id and notice.id == row.original_id
    assert row.letter.kind == "decision-correction" and row.letter.number.startswith("明综执补正")
    assert row.letter.fields["corrections"][0]["after"] == "明水区清源街18号院"
    assert row.letter.fields["original_no"] == notice.number
    found = served.corrections(notice.case)
    assert found[notice.id].successor_id == new.id and found[new.id].original_id == notice.id
    assert documents.ensure_rendered(new.id).file.size > 1000


def test_effects_stand_on_the_original(notice: Document) -> None:
    mend(notice, address(notice))
    latest = document_queries.latest(notice.case, "penalty-notice")
    assert latest is not None and latest.id == notice.id
    assert [row.kind for row in served.waiting(actor_named("lince"))] == ["decision-correction"]


def test_one_successor_each_and_a_chain_of_versions(notice: Document) -> None:
    first = mend(notice, address(notice))
    with pytest.raises(Conflict):
        mend(notice, address(notice))
    new = Document.objects.get(id=first.successor_id)
    second = mend(new, Slip("contact_address", "明水区清源街18号院", "明水区清源街18号"))
    assert second.successor.number == notice.number
    assert Document.objects.filter(number=notice.number).count() == 3


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("penalties.0.text", "甲", "乙"),
        ("broken_articles.0.citation", "第一条", "第二条"),
        ("penalty_articles.0.citation", "第一条", "第二条"),
        ("parties.0.name", "清和", "青和"),
        ("parties.0.usc_code", "1", "2"),
        ("facts.0.text", "罚款20000元", "罚款2000元"),
        ("facts.0.text", "面积三百四十平方米", "面积三百平方米"),
        ("payment.bank", "甲", "乙"),
        ("doc_no", "1号", "2号"),
    ],
)
def test_what_touches_substance_is_no_slip(path: str, before: str, after: str) -> None:
    assert [row.code for row in may_correct(path, "某项", before, after, typed=True)] == ["correction-not-clerical"]


def test_a_word_in_the_facts_may_be_mended_where_no_figure_moves() -> None:
    assert may_correct("facts.0.text", "事实", "杨尘340平方米", "扬尘340平方米", typed=True) == []
    assert may_correct("hearing_days", "天数", "5", "6", typed=False) != []


def test_the_action_refuses_what_the_rule_refuses(notice: Document) -> None:
    citation = notice.fields["broken_articles"][0]["citation"]
    assert refused(lambda: mend(notice, Slip("broken_articles.0.citation", citation, "另一条"))) == [
        "correction-not-clerical"
    ]
    assert refused(lambda: mend(notice, Slip("penalties.0.amount", "2000000", "200"))) == ["correction-not-clerical"]
    for slips, reason in (
        ((), "理由"),
        ((Slip("contact_address", "别的文字", "乙"),), "理由"),
        ((address(notice),), " "),
    ):
        with pytest.raises(InvalidInput):
            mend(notice, *slips, reason=reason)
    assert not Correction.objects.exists()


def test_before_service_a_paper_is_made_anew(play: Play) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 17)):
        notice = document_queries.latest(journey.case, "penalty-notice")
        assert notice is not None
        assert refused(lambda: mend(notice, address(notice))) == ["not-served-yet"]
        numbering.make_void(notice.id, actor=actor_named("lince"), reason="地址写错")
        again = documents.issue(notice.case_id, "penalty-notice", actor=actor_named("lince"))
        assert again.number != notice.number
        assert refused(
            lambda: numbering.make_void(journey_filing(journey).id, actor=actor_named("lince"), reason="错")
        ) == ["void-not-allowed"]


def journey_filing(journey: Journey) -> Document:
    found = document_queries.latest(journey.case, "case-filing-approval")
    assert found is not None
    return found


def test_a_served_paper_is_never_made_void(notice: Document) -> None:
    assert refused(lambda: numbering.make_void(notice.id, actor=actor_named("lince"), reason="错")) == [
        "served-not-voided"
    ]


def test_a_decision_is_corrected_by_the_head_alone(play: Play) -> None:
    journey = play("serve-decision")
    with clock.frozen(clock.at(journey.day, 17)):
        decision = document_queries.latest(journey.case, "penalty-decision")
        assert decision is not None
        place = next(row for row in places(decision) if row.path == "publicity")
        mended = Slip(place.path, place.text, f"{place.text}（网站）")
        with pytest.raises(NotPermitted):
            mend(decision, mended)
        with pytest.raises(NotFound):
            mend(decision, mended, who="heshan")
        row = mend(decision, mended, who="shenyi")
        assert row.successor.fields["publicity"].endswith("（网站）")
        assert document_queries.served_on(journey.case, "penalty-decision") is not None


def database_code(statement: str, values: list[object]) -> str | None:
    plain: list[Any] = [
        value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, plain)
    return code_of_database_error(caught.value)


def test_the_database_holds_the_pointer(notice: Document) -> None:
    row = mend(notice, address(notice))
    insert = (
        "INSERT INTO documents_correction (original_id, successor_id, letter_id, slips, reason, at) "
        "VALUES (%s, %s, %s, '[]', 'x', %s)"
    )
    # A paper that exists already cannot be made the new version of another; no letter, no correction.
    exists: list[object] = [row.letter_id, row.successor_id, row.letter_id, clock.now()]
    assert database_code(insert, exists) == "correction-unsound"
    without: list[object] = [row.successor_id, uuid.uuid4(), notice.id, clock.now()]
    assert database_code(insert, without) == "correction-unsound"
    assert database_code(insert, [notice.id, uuid.uuid4(), row.letter_id, clock.now()]) == "record-immutable"
    assert database_code("UPDATE documents_correction SET successor_id = original_id", []) == "record-immutable"
    assert database_code("DELETE FROM documents_correction", []) == "record-immutable"
    twin = (
        "INSERT INTO documents_document (id, case_id, kind, template_version, title, number, fields, digest, issued_by, "
        "issued_at) VALUES (%s, %s, %s, 1, 't', %s, '{}', 'd', 'b', %s)"
    )
    values: list[object] = [uuid.uuid4(), notice.case_id, notice.kind, notice.number, clock.now()]
    assert database_code(twin, values) == "number-used"


def test_the_database_keeps_void_papers_apart(play: Play) -> None:
    journey = play("notice")
    with clock.frozen(clock.at(journey.day, 17)):
        notice = document_queries.latest(journey.case, "penalty-notice")
        assert notice is not None
        lince = actor_named("lince").officer_id
        void = (
            "INSERT INTO cases_voidednumber (number_id, reason, voided_by_id, at) "
            "VALUES ((SELECT id FROM cases_issuednumber WHERE text = %s), 'x', %s, %s)"
        )
        assert database_code(void, [notice.number, lince, clock.now()]) == "number-on-paper"
        numbering.make_void(notice.id, actor=actor_named("lince"), reason="写错")
        twin = (
            "INSERT INTO documents_document (id, case_id, kind, template_version, title, number, fields, digest, "
            "issued_by, issued_at) VALUES (%s, %s, 'penalty-notice', 1, 't', %s, '{}', 'd', 'b', %s)"
        )
        values: list[object] = [uuid.uuid4(), notice.case_id, notice.number, clock.now()]
        assert database_code(twin, values) in ("number-voided", "number-used")
        assert database_code("DELETE FROM documents_documentvoid", []) == "record-immutable"


def test_a_served_paper_cannot_be_made_void_in_the_database(notice: Document) -> None:
    void = "INSERT INTO documents_documentvoid (document_id, reason, voided_by_id, at) VALUES (%s, 'x', %s, %s)"
    values: list[object] = [notice.id, actor_named("lince").officer_id, clock.now()]
    assert database_code(void, values) == "served-not-voided"
