"""Reading of dossiers: the rule decides who allows it, pages are marked, each look is on record, time ends it."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pypdfium2
import pytest
from django.db import IntegrityError, connection, transaction
from PIL import Image, ImageChops

from mingcha.accounts.queries import actor_named
from mingcha.archives.lending import actions, marking, queries, rules
from mingcha.archives.lending.rules import Asked, may_ask, route
from mingcha.archives.models_lending import LoanDecision, PageView
from mingcha.cases import access as cases
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.files import queries as files
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.models import JournalEntry
from mingcha.recordings import access as recordings

PLAIN = Asked(reader="self", volume="main", own=False, secret=False, in_circle=False, closed=True)


@pytest.mark.parametrize(
    ("change", "rule", "approver"),
    [
        ({"own": True}, "LOAN-02", ()),
        ({"own": True, "volume": "whole"}, "LOAN-02", ()),
        ({}, "LOAN-03", ("archivist", "head")),
        ({"reader": "court"}, "LOAN-05", ("reviewer", "head")),
        ({"reader": "party"}, "LOAN-05", ("reviewer", "head")),
        ({"reader": "lawyer", "volume": "whole"}, "LOAN-04", ("head",)),
        ({"own": True, "secret": True, "in_circle": True}, "LOAN-01", ("head",)),
    ],
)
def test_who_allows_a_reading_follows_the_rule(change: dict[str, Any], rule: str, approver: tuple[str, ...]) -> None:
    found = route(Asked(**{**PLAIN.__dict__, **change}))
    assert (found.rule, found.value) == (rule, approver) and found.provisional


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"closed": False}, "loan-case-open"),
        ({"secret": True}, "loan-secret"),
        ({"secret": True, "in_circle": True, "reader": "court"}, "loan-secret"),
        ({"secret": True, "in_circle": True}, ""),
        ({}, ""),
    ],
)
def test_what_cannot_be_asked_for(change: dict[str, Any], code: str) -> None:
    assert "".join(reason.code for reason in may_ask(Asked(**{**PLAIN.__dict__, **change}))) == code


def codes(call: Callable[[], object]) -> set[str]:
    try:
        call()
    except Refused as error:
        return {reason.code for reason in error.reasons}
    except MingchaError as error:
        return {error.code}
    return set()


def database(statement: str, *values: Any) -> str | None:
    plain = [value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, plain)
    except IntegrityError as error:
        return code_of_database_error(error) or "constraint"
    return None


@pytest.mark.django_db
def test_a_dossier_is_read_for_a_time_on_marked_pages(play: Callable[..., Journey]) -> None:
    journey = play("archive")
    case, day = journey.case, journey.day
    handler, other, archivist = actor_named("lince"), actor_named("weiqing"), actor_named("jiangmu")
    head, reviewer = actor_named("shenyi"), actor_named("zhouheng")
    week = day + dt.timedelta(days=7)
    given: dict[str, Any] = {
        "reader": "self", "purpose": "similar", "purpose_text": "办理同类案件", "volume": "main", "until": week,
    }  # fmt: skip
    outside: dict[str, Any] = {
        **given, "reader": "lawyer", "purpose": "rights", "reader_name": "白帆", "reader_unit": "远山律师事务所",
        "credential": "（编造）委托书1号",
    }  # fmt: skip
    insert = (
        "INSERT INTO archives_loandecision (loan_id, granted, reason, until, by_id, at) VALUES (%s, %s, '', %s, %s, %s)"
    )
    look = (
        "INSERT INTO archives_pageview (id, loan_id, paper, title, page, by_id, at) VALUES (%s, %s, 'x', '', 1, %s, %s)"
    )
    with clock.frozen(clock.at(day, 14)):
        # One's own closed case: at once. A colleague's: the archivist. An outsider's: asked for by the archive.
        own = actions.ask(case.id, actor=handler, **given)
        assert queries.state(queries.loan(handler, own.id)) == "open"
        asked = actions.ask(case.id, actor=other, **given)
        assert queries.state(asked) == "waiting" and [row.id for row in queries.waiting(archivist)] == [asked.id]
        assert codes(lambda: actions.ask(case.id, actor=other, **outside)) == {"not-permitted"}
        with pytest.raises(InvalidInput) as wrong:
            actions.ask(case.id, actor=archivist, **{**outside, "credential": "", "until": day + dt.timedelta(days=31)})
        assert set(wrong.value.fields) == {"credential", "until"}
        some = [sheet.key for sheet in queries.sheets(case) if sheet.paper.kind in ("penalty-decision", "site-record")]
        lawyer = actions.ask(case.id, actor=archivist, **outside, papers=some)
        whole = actions.ask(case.id, actor=archivist, **{**outside, "volume": "whole"})

        # Nothing before it is allowed, nothing allowed by oneself or by the wrong hands; the database agrees.
        key = next(sheet.key for sheet in queries.sheets(case) if sheet.paper.kind == "penalty-decision")
        assert codes(lambda: actions.look(asked.id, key, 1, actor=other)) == {"loan-not-open"}
        assert database(look, uuid.uuid4(), asked.id, other.officer_id, clock.now()) == "loan-not-open"
        assert codes(lambda: actions.decide(lawyer.id, actor=archivist, granted=True, reason="")) == {"not-permitted"}
        assert codes(lambda: actions.decide(whole.id, actor=reviewer, granted=True, reason="")) == {"not-permitted"}
        assert database(insert, asked.id, True, week, other.officer_id, clock.now()) == "loan-own-decision"
        assert database(insert, asked.id, True, week, None, clock.now()) == "loan-without-approver"
        assert database(insert, whole.id, True, week, reviewer.officer_id, clock.now()) == "loan-second-volume"
        with pytest.raises(InvalidInput):
            actions.decide(asked.id, actor=archivist, granted=True, reason="", until=week + dt.timedelta(days=1))
        actions.decide(asked.id, actor=archivist, granted=True, reason="同意", until=day + dt.timedelta(days=2))
        actions.decide(lawyer.id, actor=reviewer, granted=True, reason="同意查阅正卷")
        actions.decide(whole.id, actor=head, granted=False, reason="副卷不对外提供")

        # A marked page: the print shows through, no stretch of it is free of the mark; only the asker reads.
        with pytest.raises(NotFound):
            actions.look(asked.id, key, 1, actor=handler)
        shown = actions.look(asked.id, key, 1, actor=other)
        actions.look(asked.id, key, 1, actor=other)
        with pytest.raises(NotFound):
            actions.look(asked.id, key, 99, actor=other)
        page = Image.open(io.BytesIO(shown))
        sheet = queries.sheet(asked, key)
        with queries.content(sheet) as (path, media_type):
            bare = marking.picture(path, media_type, 1)
        assert page.size == bare.size
        wide, high = bare.size
        for left in range(0, wide - wide // 3, wide // 4):
            for top in range(0, high - high // 3, high // 4):
                box = (left, top, left + wide // 3, top + high // 3)
                difference = ImageChops.difference(page.crop(box).convert("L"), bare.crop(box).convert("L"))
                assert difference.getextrema()[1] > 25, box
        second = next(row.key for row in queries.sheets(case) if row.second)
        assert codes(lambda: actions.look(asked.id, second, 1, actor=other)) == {"not-found"}
        assert PageView.objects.filter(loan=asked).count() == 2
        assert JournalEntry.objects.filter(kind="loan-paper-read", subject_id=str(asked.id)).count() == 1

        # The copy for the lawyer: pictures only, no text of the original inside.
        made = actions.copy(lawyer.id, actor=archivist)
        with pypdfium2.PdfDocument(files.content_path(made.file_id)) as pdf:
            assert len(pdf) == made.pages >= 2
            assert all(not pdf[number].get_textpage().get_text_range() for number in range(2))
        counted = {row.id: row for row in queries.readings(archivist)}
        assert (counted[asked.id].pages_read, counted[asked.id].papers_read) == (2, 1)
        assert {row.id for row in queries.readings(other)} == {asked.id}
        with pytest.raises(NotPermitted):
            queries.views(handler)

        # The archivist opens the dossier by office: an entry a day. A watcher's is another one.
        assert actions.note_reading(case, actor=archivist) and not actions.note_reading(case, actor=archivist)
        assert actions.note_reading(case, actor=actor_named("fangzhi"))
        # A paper opened by its own address is an entry of its own, once a day.
        one, two = (partial(actions.note_reading, case, actor=archivist, what="某文书", paper=key) for key in "12")
        assert one() and not one() and two()
    with clock.frozen(clock.at(day + dt.timedelta(days=3))):
        assert codes(lambda: actions.look(asked.id, key, 1, actor=other)) == {"loan-expired"}
        actions.end(own.id, actor=archivist, reason="另有安排")
        assert queries.state(queries.loan(handler, own.id)) == "revoked"
        assert codes(lambda: actions.look(own.id, key, 1, actor=handler)) == {"loan-not-open"}
        assert database(look, uuid.uuid4(), own.id, handler.officer_id, clock.now()) == "loan-not-open"
        assert codes(lambda: actions.end(own.id, actor=handler)) == {"loan-not-open"}


@pytest.mark.django_db
def test_a_secret_dossier_is_read_by_its_circle_alone(play: Callable[..., Journey]) -> None:
    journey = play("archive")
    case, day = journey.case, journey.day
    handler, archivist, head = actor_named("lince"), actor_named("jiangmu"), actor_named("shenyi")
    given: dict[str, Any] = {
        "reader": "self", "purpose": "work", "purpose_text": "办理后续事项", "volume": "main", "until": day,
    }  # fmt: skip
    with clock.frozen(clock.at(day)):
        early = actions.ask(case.id, actor=archivist, **given)
        with pytest.raises(NotPermitted):
            actions.make_secret(case.id, actor=archivist, level="work", basis="（编造）")
        actions.make_secret(case.id, actor=head, level="business", basis="（编造）涉及商业秘密")
        # The whole case is closed, to those who handled it too; the circle alone knows of it.
        for name in ("lince", "luming", "jiangmu", "fangzhi", "zhouheng"):
            person = actor_named(name)
            assert codes(partial(cases.case, person, case.id)) == {"not-found"}, name
            assert case not in cases.visible(person) and not recordings.visible(person).exists(), name
        assert cases.case(head, case.id) == case and case in cases.visible(head)
        assert codes(lambda: actions.ask(case.id, actor=handler, **given)) == {"loan-secret"}
        # What was asked before is hidden and cannot be allowed any more, not even past the action.
        assert not queries.visible(archivist).exists() and case not in queries.archived(archivist)
        assert codes(lambda: actions.decide(early.id, actor=head, granted=True, reason="")) == {"loan-secret"}
        values = {"loan_id": early.id, "granted": True, "until": day, "by_id": head.officer_id, "at": clock.now()}
        with pytest.raises(IntegrityError, match="loan-secret"), transaction.atomic():
            LoanDecision.objects.create(**values)
        actions.change_circle(case.id, actor=head, officer_id=handler.officer_id, inside=True, reason="承办人")
        assert cases.case(handler, case.id) == case and case in cases.visible(handler)
        own = actions.ask(case.id, actor=handler, **given)
        assert queries.state(own) == "waiting" and own.rule == "LOAN-01"
        actions.decide(own.id, actor=head, granted=True, reason="")
        actions.change_circle(case.id, actor=head, officer_id=handler.officer_id, inside=False, reason="调离")
        assert codes(lambda: queries.loan(handler, own.id)) == {"not-found"}


def test_the_rules_carry_source_and_are_marked_unverified() -> None:
    assert rules.law()["source"] and rules.law()["verified"] is False
