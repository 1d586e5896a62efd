"""Bad input, hostile fields, races of two writers: a clear message, nothing half-written, nothing lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.models import IssuedNumber, Party
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, NotPermitted, Refused
from mingcha.deadlines import queries as deadlines
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure import preparing
from mingcha.disclosure.models import Publication
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.review import actions as review

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def at(journey: Journey, hour: int = 15) -> object:
    return clock.frozen(clock.at(journey.day, hour))


def test_a_wrong_check_digit_is_kept_and_flagged(play: Play) -> None:
    journey = play("lead", Scenario(uscc="91990100MA1QH00017", mark=31))
    party = Party.objects.get(case_id=journey.id)
    assert party.identifier_flagged and party.uscc == "91990100MA1QH00017"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cause": ""}, "cause"),
        ({"cause": "长" * 121}, "cause"),
        ({"cause": "含\x07控制字符"}, "cause"),
        ({"cause": "方向\u202e字符"}, "cause"),
        ({"facts": 5}, "facts"),
        ({"source": "nobody"}, "source"),
        ({"item_code": "9.99"}, "item_code"),
        ({"party_kind": "person", "uscc": ""}, "id_number"),
        ({"uscc": ""}, "uscc"),
        ({"discovered_on": dt.date(2099, 1, 1)}, "discovered_on"),
        ({"conduct_ended_on": "昨天"}, "conduct_ended_on"),
        ({"address": ""}, "address"),
    ],
)
def test_bad_input_names_the_field_and_writes_nothing(district: None, change: dict[str, object], field: str) -> None:
    good: dict[str, object] = {
        "procedure": "P-PT",
        "source": "report",
        "cause": "涉嫌扬尘污染",
        "facts": "群众反映",
        "item_code": "3.14",
        "conduct_ended_on": dt.date(2026, 9, 1),
        "discovered_on": dt.date(2026, 9, 1),
        "party_kind": "organisation",
        "party_name": "清和建筑工程有限公司",
        "uscc": "91990100MA1QH00018",
        "address": "明水区望江路66号",
    }
    before = Party.objects.count()
    with clock.frozen(clock.at(dt.date(2026, 9, 14))), pytest.raises(InvalidInput) as refused:
        cases.register_lead(actor=actor_named("lince"), **{**good, **change})  # type: ignore[arg-type]
    assert field in refused.value.fields and refused.value.message
    assert Party.objects.count() == before


@pytest.mark.parametrize(
    ("data", "allowed", "words"),
    [
        (b"", ("video/",), "0 字节"),
        (b"MZ not a film", ("video/", "audio/"), "只接受视频、音频"),
        (b"%PDF-1.7 cut off", ("application/pdf",), "其他文件"),
        (b"plain text", ("application/pdf",), "文本"),
    ],
)
def test_files_are_told_by_their_bytes(data: bytes, allowed: tuple[str, ...], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        receive_bytes(data, allowed=allowed)


def test_markup_in_a_field_stays_text(play: Play) -> None:
    journey = play("to-head")
    hostile = '#panic("x") *粗* $1+1$ [链接] <script>alert(1)</script> {{ 7*7 }}'
    officer = actor_named("lince")
    with at(journey):
        advance(journey.id, "notify", actor=actor_named("shenyi"))
        typed = {**document_queries.typed(journey.case, "penalty-notice"), "nature": hostile}
        documents.save_draft(journey.id, "penalty-notice", typed, actor=officer)
        document = documents.issue(journey.id, "penalty-notice", actor=officer)
        assert document.fields["reason"] == hostile
    assert documents.ensure_rendered(document.id).file.media_type == "application/pdf"


def test_an_unprintable_character_costs_no_number(play: Play) -> None:
    journey = play("agree")
    officer = actor_named("lince")
    before = IssuedNumber.objects.count()
    with at(journey), pytest.raises(MingchaError) as refused:
        typed = {**document_queries.typed(journey.case, "penalty-notice"), "nature": "表情\U0001f600"}
        documents.save_draft(journey.id, "penalty-notice", typed, actor=officer)
        documents.issue(journey.id, "penalty-notice", actor=officer)
    assert refused.value.code == "document-unprintable"
    assert IssuedNumber.objects.count() == before


def test_two_writers_do_not_overwrite_each_other(play: Play) -> None:
    journey = play("draft")
    draft = document_queries.draft(journey.case, "penalty-decision")
    assert draft is not None
    with at(journey):
        documents.save_draft(
            journey.id, "penalty-decision", draft.fields, actor=actor_named("handu"), version=draft.version
        )
        with pytest.raises(Conflict, match="刚刚保存"):
            documents.save_draft(
                journey.id, "penalty-decision", draft.fields, actor=actor_named("lince"), version=draft.version
            )


def test_opinion_needs_a_mark_and_a_link_for_every_point(play: Play) -> None:
    journey = play("submit")
    with at(journey):
        with pytest.raises(InvalidInput) as refused:
            review.give_opinion(journey.id, actor=actor_named("zhouheng"), conclusion="agree", points=[], text="同意")
        assert len(refused.value.fields) == 9
        with pytest.raises(NotPermitted):
            review.give_opinion(journey.id, actor=actor_named("fangzhi"), conclusion="agree", points=[], text="同意")


def test_clock_at_midnight_on_new_years_eve(play: Play) -> None:
    """A case filed in the last minute of the year is numbered in that year, its ninety days reach into the next."""
    journey = play("request-filing", Scenario(mark=41), dt.date(2026, 12, 31))
    with clock.frozen(clock.at(dt.date(2026, 12, 31), 23, 59)):
        journey.file(actor_named("luming"))
    case = journey.case
    assert case.filed_on == dt.date(2026, 12, 31) and "〔2026〕" in case.number
    period = deadlines.periods_of(case.id).get(rule="PEN-01")
    assert period.due_on == dt.date(2027, 3, 31)


def test_a_defence_alone_never_makes_the_second_notice_heavier(play: Play) -> None:
    journey = play("answer")
    officer = actor_named("lince")
    with at(journey):
        advance(journey.id, "notify", actor=officer, reason="拟加重处罚")
    with at(journey, 16):
        typed = {
            **document_queries.typed(journey.case, "penalty-notice"),
            "penalties": [{"kind": "fine", "amount": 3_000_000}],
        }
        documents.save_draft(journey.id, "penalty-notice", typed, actor=officer)
        notice = documents.issue(journey.id, "penalty-notice", actor=officer)
    with at(journey, 18):
        documents.serve(
            notice.id,
            actor=officer,
            mode="direct",
            receiver="许山河",
            relation="legal_rep",
            served_at=clock.now(),
            place="明水区望江路66号",
        )
        with pytest.raises(Refused) as refused:
            advance(journey.id, "hear-statement", actor=officer)
        assert [reason.code for reason in refused.value.reasons] == ["heavier-than-notified"]


def test_an_officer_under_avoidance_cannot_declare_himself_back(play: Play) -> None:
    journey = play("file")
    second = actor_named("handu")
    with at(journey):
        cases.request_avoidance(journey.id, second.officer_id, actor=second, applicant="许山河", ground="亲属")
        with pytest.raises(Conflict):
            cases.declare_avoidance(journey.id, actor=second, conflict=False)
        cases.decide_avoidance(journey.id, second.officer_id, actor=actor_named("shenyi"), granted=True, ground="属实")
        with pytest.raises(NotPermitted):
            cases.declare_avoidance(journey.id, actor=second, conflict=False)


def test_personal_numbers_cannot_be_kept_by_the_clerk(play: Play) -> None:
    facts = f"{Scenario.facts}现场联系人电话13900001111。"
    journey = play("serve-decision", Scenario(mark=51, facts=facts))
    publication = Publication.objects.get(decision__case_id=journey.id)
    spans = preparing.marked(publication, preparing.original(publication)).spans
    phone = next(index for index, span in enumerate(spans) if span.type == "phone")
    with at(journey), pytest.raises(InvalidInput, match="不得保留"):
        disclosure.publish(
            publication.id, actor=actor_named("sutang"), attested=True, rejected={phone: "当事人同意公开"}
        )


def test_statements_are_answered_once(play: Play) -> None:
    journey = play("answer")
    row = case_queries.statements(journey.case)[0]
    assert row is not None
    with at(journey), pytest.raises(Conflict):
        cases.answer_statement(row.id, actor=actor_named("lince"), adopted=True, reasons="改判")
