"""The way of a list into force: drafted, submitted, reviewed by somebody else, published, withdrawn — three rings."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from mingcha.accounts.models import Organisation
from mingcha.accounts.queries import actor_named
from mingcha.catalogues import actions, queries
from mingcha.catalogues.models import Draft, DraftEntry, Edition, ListReview, Proposal, Superior, Withdrawal
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, MingchaError, Refused, code_of_database_error
from mingcha.interfaces.demo.district import ORGAN

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)
# The recording list of the demonstration.
CODES = [str(n) for n in range(1, 12)]
ENTRY = {
    "code": "99",
    "stage": "investigate",
    "mode": "full",
    "act_types": ["penalty"],
    "plain": "先行登记保存证据，全程音像记录",
}


@pytest.fixture(autouse=True)
def today(district: None) -> Iterator[None]:
    with clock.frozen(clock.at(DAY, 10)):
        yield


def organ(name: str = ORGAN) -> Organisation:
    return Organisation.objects.get(name=name)


def begin(kind: str = "recording-list", **more: Any) -> Draft:
    return actions.begin(kind, "all", title="音像记录事项清单", actor=actor_named("admin"), **more)


def code(call: Any) -> str:
    with pytest.raises(MingchaError) as caught:
        call()
    return caught.value.code


def test_a_list_goes_its_way_and_the_one_before_ends_the_day_before() -> None:
    before = queries.require(organ().id, "recording-list", DAY)
    draft = begin()
    assert [row.code for row in queries.draft_entries(draft)] == CODES
    actions.save_entry(draft.id, ENTRY, actor=actor_named("admin"))
    proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="明综执办〔2026〕8号")
    actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="内容合法，同意公布。")
    assert queries.in_force(organ().id, "recording-list", DAY) == before
    edition = actions.put_in_force(draft.id, actor=actor_named("shenyi"), effective_from=DAY + dt.timedelta(days=3))
    before.refresh_from_db()
    assert (edition.number, before.effective_to) == (2, DAY + dt.timedelta(days=2))
    assert edition.approved_by == ORGAN and edition.review_id == proposal.id
    assert [row["code"] for row in edition.content["entries"]] == [*CODES, "99"]
    assert queries.in_force(organ().id, "recording-list", DAY + dt.timedelta(days=3)) == edition


def test_incomplete_text_is_kept_in_a_draft_but_not_submitted() -> None:
    draft = begin()
    row = actions.save_entry(draft.id, {"code": "99"}, actor=actor_named("admin"))
    assert row.data == {"code": "99"}
    with pytest.raises(Refused) as caught:
        actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    found = {(reason.data["row"], reason.data["field"]) for reason in caught.value.reasons}
    assert found == {(12, "stage"), (12, "plain"), (12, "mode")}


def test_two_people_on_one_entry_lose_nothing() -> None:
    draft = begin()
    row = actions.save_entry(draft.id, ENTRY, actor=actor_named("admin"))
    actions.save_entry(draft.id, {**ENTRY, "plain": "甲的话"}, actor=actor_named("sutang"), entry_id=row.id, version=1)
    with pytest.raises(Conflict) as caught:
        actions.save_entry(
            draft.id, {**ENTRY, "plain": "乙的话"}, actor=actor_named("luming"), entry_id=row.id, version=1
        )
    assert caught.value.code == "entry-changed" and "苏棠" in caught.value.message
    assert caught.value.data["data"]["plain"] == "甲的话" and caught.value.data["yours"]["plain"] == "乙的话"
    other = queries.draft_entries(draft).first()
    assert other is not None
    actions.save_entry(draft.id, other.data, actor=actor_named("luming"), entry_id=other.id, version=1)


def test_whole_content_is_saved_by_version() -> None:
    draft = actions.begin("procedure", "P-PT", title="程序", actor=actor_named("admin"))
    saved = actions.save_content(draft.id, {**draft.content, "name": "改名"}, actor=actor_named("admin"), version=1)
    assert saved.version == 2
    late = partial(actions.save_content, draft.id, {}, actor=actor_named("sutang"), version=1)
    assert code(late) == "draft-changed"
    assert queries.composed(Draft.objects.get(id=draft.id))["name"] == "改名"


def test_entries_move_and_go() -> None:
    draft = begin()
    first, second, *_, last = queries.draft_entries(draft)
    actions.move_entry(draft.id, last.id, actor=actor_named("admin"), to=1)
    assert [row.code for row in queries.draft_entries(draft)] == ["11", *CODES[:-1]]
    actions.move_entry(draft.id, last.id, actor=actor_named("admin"), to=99)
    assert [row.code for row in queries.draft_entries(draft)] == CODES
    assert (
        code(lambda: actions.remove_entry(draft.id, first.id, actor=actor_named("admin"), version=7)) == "entry-changed"
    )
    actions.remove_entry(draft.id, first.id, actor=actor_named("admin"), version=1)
    left = [(code, place) for place, code in enumerate(CODES[1:], 1)]
    assert [(row.code, row.position) for row in queries.draft_entries(draft)] == left
    assert second.id != first.id


def test_one_draft_at_a_time_of_a_list() -> None:
    draft = begin()
    with pytest.raises(Conflict) as caught:
        begin()
    assert caught.value.data == {"draft": str(draft.id)}
    actions.discard(draft.id, actor=actor_named("admin"), reason="另行起草")
    assert begin().id != draft.id


def test_whoever_wrote_does_not_review() -> None:
    draft = begin()
    actions.save_entry(draft.id, ENTRY, actor=actor_named("admin"))
    proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    assert (
        code(lambda: actions.review(proposal.id, actor=actor_named("admin"), conclusion="agree", opinion="y"))
        == "not-permitted"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_drafter (draft_id, officer_id) VALUES (%s, %s)", _keys(draft.id, "zhouheng")
        )
    give = partial(actions.review, proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    assert code(give) == "list-reviewer-drafted"
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        ListReview.objects.create(
            proposal=proposal,
            reviewer_id=actor_named("zhouheng").officer_id,
            organ="x",
            conclusion="agree",
            opinion="y",
            at=clock.now(),
        )
    assert code_of_database_error(caught.value) == "list-reviewer-drafted"


def _keys(draft_id: uuid.UUID, username: str) -> list[Any]:
    officer = actor_named(username).officer_id
    return [draft_id, officer] if connection.vendor == "postgresql" else [draft_id.hex, officer.hex]


def test_another_organ_neither_writes_nor_reviews() -> None:
    draft = begin()
    assert code(lambda: actions.save_entry(draft.id, ENTRY, actor=actor_named("heshan"))) == "not-found"
    assert code(lambda: actions.begin("items", "all", title="x", actor=actor_named("lince"))) == "not-permitted"
    street = actions.begin("items", "all", title="街道清单", actor=actor_named("heshan"))
    proposal = actions.submit(street.id, actor=actor_named("heshan"), basis="x")
    foreign = partial(actions.review, proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    assert code(foreign) == "not-found"
    actions.review(proposal.id, actor=actor_named("fangzhi"), conclusion="agree", opinion="司法局同意。")


def test_what_was_returned_is_written_on_and_reviewed_again() -> None:
    draft = begin()
    first = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    assert code(lambda: actions.save_entry(draft.id, ENTRY, actor=actor_named("admin"))) == "draft-closed"
    actions.review(first.id, actor=actor_named("zhouheng"), conclusion="return", opinion="缺证据保全。")
    actions.save_entry(draft.id, ENTRY, actor=actor_named("admin"))
    second = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    assert second.round == 2 and second.digest != first.digest
    assert (
        code(lambda: actions.put_in_force(draft.id, actor=actor_named("shenyi"), effective_from=DAY)) == "draft-state"
    )
    actions.recall(draft.id, actor=actor_named("admin"))
    third = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    outdated = partial(actions.review, second.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    assert code(outdated) == "list-review-outdated"
    actions.review(third.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    actions.put_in_force(draft.id, actor=actor_named("shenyi"), effective_from=DAY)


def test_a_superior_department_reviews_or_its_letter_is_kept() -> None:
    content = {"entries": [{"code": "1", "subject": ORGAN, "item": "工地扬尘", "plain": "抽查工地", "basis": "b", "object": "工地",
                            "content": "围挡", "ratio": "5%", "mode": "site", "frequency": "每年一次"}]}  # fmt: skip
    draft = actions.begin("random-list", "all", title="随机抽查事项清单", actor=actor_named("admin"), content=content)
    proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    with pytest.raises(InvalidInput) as caught:
        actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    assert set(caught.value.fields) == {"organ", "document_number", "scan"}
    actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="return", opinion="先报市局审定。")
    actions.discard(draft.id, actor=actor_named("admin"), reason="重新起草")
    edition = put("random-list", content)
    assert edition.approved_by == "明水市综合行政执法局" and edition.review and len(edition.review.scan_sha256) == 64


def test_no_day_in_the_past_and_no_overlap_even_on_the_same_day() -> None:
    put("recording-list", {"entries": [ENTRY]})
    draft = begin()
    proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    publish = partial(actions.put_in_force, draft.id, actor=actor_named("shenyi"))
    assert code(lambda: publish(effective_from=DAY - dt.timedelta(days=1))) == "edition-backdated"
    assert code(lambda: publish(effective_from=DAY)) == "edition-overlap"
    assert publish(effective_from=DAY + dt.timedelta(days=1)).number == 3


def test_the_database_stores_no_edition_without_its_review() -> None:
    draft = begin()
    proposal = actions.submit(draft.id, actor=actor_named("admin"), basis="x")
    fields = {"organisation": organ(), "kind": "recording-list", "key": "all", "number": 2, "title": "t", "basis": "b",
              "approved_by": "a", "effective_from": DAY, "published_at": clock.now()}  # fmt: skip
    Edition.objects.filter(organisation=organ(), kind="recording-list").update(effective_to=DAY - dt.timedelta(days=1))

    def refused(**more: Any) -> str | None:
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            Edition.objects.create(**fields, **{"content": proposal.content, "digest": proposal.digest, **more})
        return code_of_database_error(caught.value)

    assert refused() == "edition-without-review"
    given = actions.review(proposal.id, actor=actor_named("zhouheng"), conclusion="agree", opinion="y")
    assert refused(review=given, digest="0" * 64) == "edition-without-review"
    assert refused(review=given, content={"entries": []}) == "edition-without-review"
    assert refused(founding=organ().founding_act) == "edition-without-review"
    assert Edition.objects.create(**fields, content=proposal.content, digest=proposal.digest, review=given).number == 2


def test_records_of_the_way_never_change() -> None:
    edition = put("recording-list", {"entries": [ENTRY]})
    actions.take_back(edition.id, actor=actor_named("shenyi"), reason="条目有误")
    for model in (Proposal, ListReview, Withdrawal):
        table = model._meta.db_table
        key = "id" if model is Proposal else f"{model._meta.pk.name}_id"
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {key} = {key}"):
            with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
            assert code_of_database_error(caught.value) == "record-immutable", statement
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        Edition.objects.filter(id=edition.id).update(review=None)
    assert code_of_database_error(broken.value) == "record-immutable"


def test_withdrawal_ends_the_edition_and_keeps_the_reason() -> None:
    edition = queries.require(organ().id, "recording-list", DAY)
    with pytest.raises(InvalidInput):
        actions.take_back(edition.id, actor=actor_named("shenyi"), reason=" ")
    actions.take_back(edition.id, actor=actor_named("shenyi"), reason="上级清单已有更严要求")
    assert queries.in_force(organ().id, "recording-list", DAY + dt.timedelta(days=1)) is None
    assert Withdrawal.objects.get(edition=edition).reason == "上级清单已有更严要求"
    assert (
        code(lambda: actions.take_back(edition.id, actor=actor_named("shenyi"), reason="再次")) == "edition-not-running"
    )
    assert code(lambda: actions.take_back(edition.id, actor=actor_named("heshan"), reason="别家的")) == "not-found"


def test_the_lower_level_follows_what_the_superior_fixed_and_may_only_add() -> None:
    street, bureau = organ("清源街道办事处"), organ()
    put("review-list", {"entries": [
        {"code": "A", "condition": {"public_interest": True}, "plain": "涉及重大公共利益", "fixed": True},
        {"code": "B", "condition": {"complex": True}, "plain": "疑难复杂"},
    ]})  # fmt: skip
    actions.set_superior("review-list", bureau.id, actor=actor_named("heshan"))
    running = queries.require(street.id, "review-list", DAY)
    assert [row["code"] for row in queries.entries(running, DAY)] == ["A", "1", "2", "3", "4", "5"]
    draft = actions.begin("review-list", "all", title="街道目录", actor=actor_named("heshan"))
    rows = list(queries.draft_entries(draft))
    assert [(row.code, row.inherited) for row in rows[:2]] == [("A", True), ("1", False)]
    change = partial(
        actions.save_entry, draft.id, {"code": "A"}, actor=actor_named("heshan"), entry_id=rows[0].id, version=1
    )
    assert code(change) == "entry-fixed-above"
    drop = partial(actions.remove_entry, draft.id, rows[0].id, actor=actor_named("heshan"), version=1)
    assert code(drop) == "entry-fixed-above"
    DraftEntry.objects.filter(id=rows[0].id).delete()
    assert code(lambda: actions.submit(draft.id, actor=actor_named("heshan"), basis="x")) == "inherited-missing"
    assert actions.follow_superior(draft.id, actor=actor_named("heshan")) == 1
    actions.submit(draft.id, actor=actor_named("heshan"), basis="x")


def test_nobody_is_above_himself_and_a_missing_list_cannot_be_followed() -> None:
    street, bureau, justice = organ("清源街道办事处"), organ(), organ("明水区司法局")
    actions.set_superior("items", bureau.id, actor=actor_named("heshan"))
    assert code(lambda: actions.set_superior("items", street.id, actor=actor_named("shenyi"))) == "inheritance-circular"
    assert code(lambda: actions.set_superior("items", bureau.id, actor=actor_named("shenyi"))) == "inheritance-circular"
    assert (
        code(lambda: actions.set_superior("items", justice.id, actor=actor_named("shenyi"))) == "superior-without-list"
    )
    for superior in (street, bureau):
        with pytest.raises(IntegrityError), transaction.atomic():
            Superior.objects.create(organisation=bureau, kind="items", superior=superior, since=DAY)
    actions.set_superior("items", None, actor=actor_named("heshan"))
    assert queries.superior_of(street.id, "items", DAY) is None


def test_a_kind_nobody_registered_is_refused() -> None:
    assert code(lambda: actions.begin("menu", "all", title="x", actor=actor_named("admin"))) == "edition-kind-unknown"


def test_saving_an_entry_costs_the_same_in_a_long_list() -> None:
    draft = begin()
    with CaptureQueriesContext(
        connection,
    ) as few:
        actions.save_entry(draft.id, ENTRY, actor=actor_named("admin"))
    actions.import_entries(draft.id, [{**ENTRY, "code": f"n{n}"} for n in range(300)], actor=actor_named("admin"))
    with CaptureQueriesContext(connection) as many:
        actions.save_entry(draft.id, {**ENTRY, "code": "last"}, actor=actor_named("admin"))
    # Three of them look up the articles that the entry cites.
    assert len(many) == len(few) <= 13
