"""Letters of citizens (来信): receipt, one form one letter, pulled and emptied, the course, three rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, MingchaError, NotFound, Refused, code_of_database_error
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure.models import Publication
from mingcha.petitions import actions, inbox, queries
from mingcha.petitions.models import InboxItem, Petition, Step

pytestmark = pytest.mark.django_db
PLACE = "990100"
LETTER = {
    "kind": "conduct",
    "organisation": "明水区综合行政执法局",
    "text": "检查时没有出示执法证。",
    "anonymous": True,
}


def sent(**fields: Any) -> tuple[InboxItem, str]:
    return inbox.submit(inbox.fresh_form(), {**LETTER, **fields}, jurisdiction=PLACE)


def pulled(**fields: Any) -> Petition:
    item, _ = sent(**fields)
    actions.pull()
    return Petition.objects.get(id=item.id)


def step(row: Petition, kind: str, by: str = "fangzhi", **more: Any) -> Step:
    return actions.step(row.id, kind, actor=actor_named(by), **{"text": "说明。", **more})


@pytest.mark.usefixtures("district", "own_log")
def test_a_letter_gets_a_receipt_and_leaves_nothing_on_the_portal() -> None:
    token = inbox.fresh_form()
    named = {**LETTER, "anonymous": False, "name": "江某", "contact": "13900000000"}
    first, code = inbox.submit(token, named, jurisdiction=PLACE)
    assert inbox.submit(token, named, jurisdiction=PLACE) == (first, code)
    assert InboxItem.objects.count() == 1
    assert first.content and first.content["name"] == "江某"
    assert inbox.progress(first.receipt.lower().replace("-", " "), code.lower()).id == first.id
    for receipt, wrong in ((first.receipt, "AAAAAAAA"), ("2026-AAAA-AAAA", code), ("", ""), ("x", "y")):
        with pytest.raises(NotFound):
            inbox.progress(receipt, wrong)
    assert actions.pull() == 1 and actions.pull() == 0
    first.refresh_from_db()
    assert first.content is None and first.pulled_at is not None
    row = Petition.objects.get(id=first.id)
    assert (row.name, row.contact, row.receipt) == ("江某", "13900000000", first.receipt)
    assert row.organisation is not None and row.organisation.name == LETTER["organisation"]
    assert row.accept_by > clock.today() and row.explanation["steps"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": ""}, "text"),
        ({"kind": "praise"}, "kind"),
        ({"kind": "correction", "about": "明综执罚决〔2026〕1号", "evidence": "票据"}, "anonymous"),
        ({"kind": "correction", "anonymous": False, "name": "江某", "contact": "信箱", "about": "1号"}, "evidence"),
        ({"kind": "privacy"}, "about"),
        ({"anonymous": False}, "name"),
        ({"text": "字" * 4001}, "text"),
        ({"text": "\u202e"}, "text"),
    ],
)
def test_what_is_missing_is_said(fields: dict[str, Any], field: str, district: None) -> None:
    with pytest.raises(InvalidInput) as error:
        sent(**fields)
    assert field in error.value.fields and InboxItem.objects.count() == 0


@pytest.mark.usefixtures("district")
def test_a_form_not_made_here_is_refused() -> None:
    for token in ("", "x", inbox.fresh_form()[:-2] + "xx"):
        with pytest.raises(MingchaError, match="重新打开"):
            inbox.submit(token, LETTER, jurisdiction=PLACE)


@pytest.mark.usefixtures("district", "own_log")
def test_the_course_of_a_letter() -> None:
    row = pulled()
    bureau = row.organisation
    assert bureau is not None
    with pytest.raises(Refused, match="还没有受理"):
        step(row, "answered", outcome="upheld")
    with pytest.raises(NotFound):
        actions.step(row.id, "reported", actor=actor_named("shenyi"), text="情况属实。")
    accepted = step(row, "accepted")
    assert accepted.due_on and accepted.explanation and accepted.explanation["rule"] == "PET-conduct-answer"
    step(row, "referred", organisation_id=bureau.id)
    assert queries.awaited(Petition.objects.all(), bureau.id) == [row]
    step(row, "reported", by="shenyi")
    extended = step(row, "extended")
    assert extended.due_on and extended.due_on > accepted.due_on
    assert not queries.overdue(Petition.objects.all(), extended.due_on)
    with clock.frozen(clock.at(extended.due_on, 23)):
        assert not queries.overdue(Petition.objects.all(), clock.today())
    late = queries.overdue(Petition.objects.all(), extended.due_on.replace(year=extended.due_on.year + 1))
    assert late == [(row, extended.due_on)]
    with pytest.raises(InvalidInput):
        step(row, "answered", outcome="corrected")
    step(row, "answered", outcome="upheld", text="已批评教育。")
    with pytest.raises(Refused, match="已经办结"):
        step(row, "accepted")
    told = InboxItem.objects.get(id=row.id)
    assert told.state == "answered" and [line["state"] for line in told.progress] == [
        "waiting", "accepted", "extended", "answered",
    ]  # fmt: skip
    # What the organ told the supervisor is not for the sender.
    assert "情况属实" not in str(told.progress)


def raw(sql: str, *values: Any) -> str | None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except IntegrityError as error:
        return code_of_database_error(error)
    return None


@pytest.mark.usefixtures("own_log")
def test_rings(play: Callable[..., Any]) -> None:
    """What the actions refuse the tables refuse too."""
    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        publication = Publication.objects.get(decision__case_id=journey.id)
        decision = publication.decision
        assert decision is not None
        row = pulled(kind="privacy", about=decision.number, entry=str(publication.id))
        assert row.publication == publication

        def forged(kind: str, outcome: str = "", by: str = "fangzhi", seq: int = 9) -> str | None:
            try:
                with transaction.atomic():
                    officer = actor_named(by).officer_id
                    values = {"petition": row, "seq": seq, "kind": kind, "text": "x", "outcome": outcome}
                    Step.objects.create(**values, by_id=officer, at=clock.now())
            except IntegrityError as error:
                return code_of_database_error(error)
            return None

        assert forged("referred") == "petition-not-accepted"
        assert forged("accepted", by="lince") == "petition-own-organ"
        step(row, "accepted")
        # The answer “taken down” is false while the text stands.
        assert forged("answered", "withdrawn") == "petition-not-withdrawn"
        with pytest.raises(Refused, match="还没有撤下"):
            step(row, "answered", outcome="withdrawn")
        disclosure.withdraw(publication.id, actor=actor_named("sutang"), reason="电话没有隐去")
        step(row, "answered", outcome="withdrawn")
        assert forged("referred") == "petition-closed"
        key = row.id.hex if connection.vendor == "sqlite" else row.id
        table = "petitions_inboxitem"
        assert raw(f"UPDATE {table} SET content = '{{}}' WHERE id = %s", key) in ("inbox-fixed", "inbox-not-emptied")
        assert raw(f"UPDATE {table} SET receipt = 'x' WHERE id = %s", key) == "inbox-fixed"
        assert raw(f"DELETE FROM {table} WHERE id = %s", key) == "record-immutable"
        assert raw("UPDATE petitions_step SET text = 'y' WHERE petition_id = %s", key) == "record-immutable"
        assert raw("UPDATE petitions_petition SET text = 'y' WHERE id = %s", key) == "record-immutable"
