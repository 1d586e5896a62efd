"""Terms of keeping and rules of reading are published lists, pinned when a dossier is taken over, a reading asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mingcha.accounts.queries import actor_named
from mingcha.archives.keeping import queries as keeping
from mingcha.archives.lending import actions, queries
from mingcha.archives.models import Acceptance, Loan, LoanDecision, PageView
from mingcha.archives.schemas import shipped
from mingcha.catalogues.models import Edition
from mingcha.catalogues.schemas import schema
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, NotPermitted, code_of_database_error
from mingcha.common.ids import uuid7
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.models import JournalEntry

TERMS: list[dict[str, Any]] = [dict(row) for row in shipped("retention-list").entries]
RULES: list[dict[str, Any]] = [dict(row) for row in shipped("loan-list").entries]


def without(rows: list[dict[str, Any]], code: str, **change: Any) -> list[dict[str, Any]]:
    """The shipped rows, that of `code` changed; None takes a field out, nothing at all the whole row."""
    found = [{**row, **change} if row["code"] == code else row for row in rows if change or row["code"] != code]
    return [{name: value for name, value in row.items() if value is not None} for row in found]


@pytest.mark.parametrize(
    ("kind", "entries", "codes"),
    [
        ("retention-list", TERMS, []),
        ("retention-list", without(TERMS, "KEEP-07"), ["retention-no-rest"]),
        ("retention-list", without(TERMS, "KEEP-07", act_types=["permit"]), ["retention-no-rest"]),
        ("retention-list", without(TERMS, "KEEP-04", years=None), ["retention-no-term"]),
        ("retention-list", without(TERMS, "KEEP-R1", months=None), ["retention-no-term"]),
        ("retention-list", without(TERMS, "KEEP-U1"), ["retention-recordings"]),
        ("retention-list", without(TERMS, "KEEP-U1", object="recording"), ["retention-recordings"] * 2),
        ("retention-list", without(TERMS, "KEEP-04", years="fifty"), ["edition-field-value"]),
        ("loan-list", RULES, []),
        ("loan-list", without(RULES, "LOAN-05"), ["loan-list-no-rest"]),
        ("loan-list", without(RULES, "LOAN-01", approver=["archivist", "head"]), ["loan-list-head"]),
        ("loan-list", without(RULES, "LOAN-01"), ["loan-list-head"] * 3),
        ("loan-list", without(RULES, "LOAN-04"), ["loan-list-head"]),
        ("loan-list", without(RULES, "LOAN-03", approver=None), ["loan-list-approver"]),
        ("loan-list", without(RULES, "LOAN-02", days=None), ["edition-field-missing"]),
    ],
)
def test_a_list_with_a_hole_is_not_published(kind: str, entries: list[dict[str, Any]], codes: list[str]) -> None:
    found = schema(kind).check({"entries": entries})
    assert [reason.code for reason in found] == codes
    assert all(reason.message for reason in found)
    assert all(reason.fix and reason.articles for reason in found if not reason.code.startswith("edition-"))


def database(row: Any) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        type(row).objects.bulk_create([row])
    return code_of_database_error(refused.value) or ""


@pytest.mark.django_db
def test_a_reading_follows_the_rules_of_the_day_it_was_asked_for(play: Callable[..., Journey]) -> None:
    journey = play("archive")
    case, day = journey.case, journey.day
    other, archivist, head = actor_named("weiqing"), actor_named("jiangmu"), actor_named("shenyi")
    given: dict[str, Any] = {
        "reader": "self", "purpose": "similar", "purpose_text": "办理同类案件", "volume": "main",
        "until": day + dt.timedelta(days=20),
    }  # fmt: skip
    with clock.frozen(clock.at(day, 9)):
        first = Edition.objects.get(kind="loan-list", organisation=case.organisation)
        one = actions.ask(case.id, actor=other, **given)
        two = actions.ask(case.id, actor=other, **given)
        assert one.edition == first
        asked = JournalEntry.objects.get(kind="loan-asked", subject_id=str(one.id))
        assert '"edition":1' in asked.content.payload
        strict = put(
            "loan-list",
            {"entries": without(RULES, "LOAN-03", approver=["head"], days=5)},
            day=day + dt.timedelta(days=1),
        )
    with clock.frozen(clock.at(day + dt.timedelta(days=1), 9)):
        with pytest.raises(InvalidInput, match="最长5日"):
            actions.ask(case.id, actor=other, **given)
        new = actions.ask(case.id, actor=other, **{**given, "until": day + dt.timedelta(days=6)})
        assert new.edition == strict and queries.approvers(new) == ("head",)
        with pytest.raises(NotPermitted):
            actions.decide(new.id, actor=archivist, granted=True, reason="")
        # What was asked for before goes on by the rules of its day; the archivist still answers it.
        assert queries.approvers(one) == ("archivist", "head")
        last = day + dt.timedelta(days=3)
        actions.decide(one.id, actor=archivist, granted=True, reason="", until=last)
        actions.decide(two.id, actor=head, granted=False, reason="重复")
        for pinned in (None, first):
            row = Loan(**{
                **{field.attname: getattr(new, field.attname) for field in Loan._meta.fields},
                "id": uuid7(), "edition_id": pinned and pinned.id,
            })  # fmt: skip
            assert database(row) == "loan-list-not-pinned"
    key = next(sheet.key for sheet in queries.sheets(case) if sheet.paper.kind == "penalty-decision")
    seen = {"loan": one, "paper": key, "title": "x", "page": 1, "by_id": other.officer_id}
    almost = clock.at(last, 23) + dt.timedelta(minutes=59)
    with clock.frozen(almost):
        assert actions.look(one.id, key, 1, actor=other)
        PageView.objects.create(**seen, at=clock.now())
    with clock.frozen(almost + dt.timedelta(minutes=1)):
        with pytest.raises(MingchaError) as ended:
            actions.look(one.id, key, 1, actor=other)
        assert [reason.code for reason in getattr(ended.value, "reasons", [])] == ["loan-expired"]
        assert database(PageView(**seen, at=clock.now())) == "loan-expired"
    assert LoanDecision.objects.get(loan=one).until == last


@pytest.mark.django_db
def test_a_dossier_keeps_the_terms_of_the_day_it_was_taken_over(play: Callable[..., Journey]) -> None:
    journey, later = play("archive"), play("decide")
    case, day = journey.case, journey.day
    first = Edition.objects.get(kind="retention-list", organisation=case.organisation)
    taken = Acceptance.objects.get(case=case)
    assert taken.terms == first
    entry = JournalEntry.objects.get(kind="dossier-accepted", case_id=case.id)
    assert '"terms":1' in entry.content.payload
    before = keeping.retention(case)
    assert "保管期限表（第1版）" in before.steps[0] and not before.provisional
    assert (before.rule, before.value.words) == ("KEEP-07", "三十年")
    with clock.frozen(clock.at(day, 9)):
        put("retention-list", {"entries": without(TERMS, "KEEP-07", years="ten")}, day=day + dt.timedelta(days=1))
    with clock.frozen(clock.at(day + dt.timedelta(days=1), 9)):
        assert keeping.retention(case) == before
        open_one = keeping.retention(later.case)
        assert "（第2版）" in open_one.steps[0] and open_one.value.words == "十年"
        fields = {field.attname: getattr(taken, field.attname) for field in Acceptance._meta.fields}
        for pinned in (None, first.id):
            row = Acceptance(**{**fields, "id": uuid7(), "accepted_at": clock.now(), "terms_id": pinned})
            assert database(row) == "retention-list-not-pinned"
