"""A corrected letter replaces the published text (更正公示): duty, sign-off, portal, proof of both texts, three rings."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import Conflict, Refused, code_of_database_error
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.disclosure import actions, preparing, queries, replacing
from mingcha.disclosure.commitments import making
from mingcha.disclosure.guards import publication_settled
from mingcha.disclosure.models import Publication, PublicEntry, Release, ReplacementRelease
from mingcha.documents.correcting import Slip, correct, places
from mingcha.documents.models import Correction
from mingcha.documents.queries import newest_version
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import queries as ledger
from mingcha.ledger.actions import append
from mingcha.ledger.core import bundle
from mingcha.ledger.core.note import VerifierKey
from mingcha.ledger.models import JournalEntry
from mingcha.ledger.sequencer import sequence

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
NOTE = "（网站首页）"


@pytest.fixture
def public(play: Play) -> Iterator[Journey]:
    """A case whose decision is public."""
    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        yield journey


def publication(journey: Journey) -> Publication:
    return Publication.objects.get(decision__case_id=journey.id)


def mend(journey: Journey, note: str = NOTE) -> Correction:
    decision = publication(journey).decision
    assert decision is not None
    letter = newest_version(decision.document)
    place = next(row for row in places(letter) if row.path == "publicity")
    slip = Slip(place.path, place.text, place.text + note)
    return correct(letter.id, [slip], reason="漏写公示的位置", actor=actor_named("shenyi"))


def republish(row: Publication) -> Any:
    return actions.publish(row.id, actor=actor_named("sutang"), attested=True)


@pytest.mark.usefixtures("own_log")
def test_the_corrected_text_takes_the_place_of_the_public_one(
    public: Journey, client: Client, login: Callable[[str], Client]
) -> None:
    row = publication(public)
    before = Release.objects.get(publication=row)
    sequence(row.jurisdiction)
    old = queries.bundle(row.id)
    assert old is not None
    first_day = PublicEntry.objects.get(id=row.id).published_at
    correction = mend(public)
    # The duty arose with the correction: with its period, in the clerk's queue, before the case may be closed.
    duty = replacing.open_duty(row.id)
    assert duty is not None and duty.correction == correction and duty.due_on > clock.today()
    assert deadlines.open_period(public.id, "PUB-01", str(duty.id)) is not None
    assert [reason.code for reason in publication_settled(public.case, actor_named("lince")).reasons] == [
        "replacement-open"
    ]
    clerk = login("sutang")
    assert "更正公示" in clerk.get(reverse("disclosure")).content.decode()
    assert "更正公示" in clerk.get(reverse("home")).content.decode()
    assert NOTE in clerk.get(reverse("disclosure-item", args=[row.id])).content.decode()
    # Until it is replaced the public is told that the page shows the text before the correction.
    place = reverse("portal:decision", args=[row.id])
    assert "本页是补正以前公示的文本" in client.get(place).content.decode()
    assert queries.search(NOTE)[1] == 0

    replaced = republish(row)
    assert isinstance(replaced, ReplacementRelease)
    shown = PublicEntry.objects.get(id=row.id)
    assert NOTE in shown.content["text"] and queries.search(NOTE)[1] == 1
    assert shown.published_at == first_day
    told = shown.content["corrections"][0]
    assert (told["on"], told["letter"]) == (clock.today().isoformat(), correction.letter.number) and told["places"]
    page = client.get(place).content.decode()
    assert NOTE in page and correction.letter.number in page and "本页已是补正后的文本" in page
    assert before.content_digest in page
    assert client.get(reverse("portal:text", args=[row.id])).content.decode().count(NOTE) == 1
    # The first text stays on record with its entry, and its proof still holds; the page proves the new one.
    assert Release.objects.get(publication=row).content == before.content
    sequence(row.jurisdiction)
    keys = [VerifierKey.parse(ledger.verifier_key(row.jurisdiction).strip())]
    new = queries.bundle(row.id)
    assert new is not None and bundle.verify(new, keys).outcome == bundle.Outcome.GENUINE
    assert bundle.verify(old, keys).outcome == bundle.Outcome.GENUINE
    assert old != new and NOTE.encode() not in old
    page = client.get(place).content.decode()
    assert "核验的步骤" in page and "除依《补正通知书》更正笔误外" in page
    # Nothing is left to do, and the period ended.
    assert replacing.open_duty(row.id) is None
    assert deadlines.open_period(public.id, "PUB-01", str(duty.id)) is None
    assert not publication_settled(public.case, actor_named("lince")).reasons
    with pytest.raises(Refused):
        republish(row)


def test_two_corrections_are_settled_by_the_newest_text(public: Journey) -> None:
    row = publication(public)
    mend(public)
    mend(public, "甲")
    assert [duty.number for duty in replacing.waiting(Publication.objects.filter(id=row.id))] == [2]
    republish(row)
    assert replacing.open_duty(row.id) is None
    content = PublicEntry.objects.get(id=row.id).content
    assert f"{NOTE}甲" in content["text"] and len(content["corrections"]) == 2
    mend(public, "乙")
    republish(row)
    assert f"{NOTE}甲乙" in PublicEntry.objects.get(id=row.id).content["text"]
    assert len(replacing.earlier(row.id)) == 2


def test_a_letter_corrected_before_its_release_is_published_corrected(play: Play) -> None:
    journey = play("serve-decision")
    with clock.frozen(clock.at(journey.day, 17)):
        row = publication(journey)
        mend(journey)
        assert replacing.open_duty(row.id) is None
        content = republish(row).content
        assert NOTE in content["text"]
        assert queries.slips(PublicEntry.objects.get(id=row.id))[0].shown


def test_a_correction_between_reading_and_signing_is_noticed(public: Journey) -> None:
    row = publication(public)
    mend(public)
    text = preparing.original(row)
    stale = preparing.content(row, preparing.marked(row, text).text, [])
    mend(public, "甲")
    with pytest.raises(Conflict) as caught:
        actions.replace(row, actor=actor_named("sutang"), original_digest="0" * 64, spans=[], content=stale, residual=0)
    assert caught.value.code == "text-corrected-meanwhile"
    assert not ReplacementRelease.objects.exists()


def test_withdrawn_and_revoked_texts_are_not_replaced(public: Journey) -> None:
    row = publication(public)
    mend(public)
    duty = replacing.open_duty(row.id)
    assert duty is not None and row.decision is not None
    decisions.revoke(row.decision.id, actor=actor_named("shenyi"), reason="适用法律错误")
    assert replacing.open_duty(row.id) is None
    assert deadlines.open_period(public.id, "PUB-01", str(duty.id)) is None
    mend(public, "甲")
    assert replacing.open_duty(row.id) is None
    with pytest.raises(Refused):
        republish(row)


def database_code(statement: str, values: list[object]) -> str | None:
    plain: list[Any] = [
        value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, plain)
    return code_of_database_error(caught.value)


def test_the_database_refuses_another_text(public: Journey) -> None:
    row = publication(public)
    first = mend(public)
    duty = replacing.open_duty(row.id)
    assert duty is not None
    with transaction.atomic():
        entry = append(
            "correction-published",
            log=row.jurisdiction,
            subject=("publication", str(row.id)),
            actor=actor_named("sutang").snapshot("clerk"),
            payload={},
        )
    other = JournalEntry.objects.filter(kind="decision-published").latest("id")
    signoff = Release.objects.get(publication=row).signoff_id
    insert = (
        "INSERT INTO disclosure_replacementrelease (replacement_id, signoff_id, document_id, content, content_digest, "
        "entry_id, released_at) VALUES (%s, %s, %s, '{}', 'x', %s, %s)"
    )
    at = clock.now()
    # A text that nobody committed is refused before anything else is asked.
    assert database_code(insert, [duty.id, signoff, first.successor_id, entry.pk, at]) == "replacement-uncommitted"
    assert row.decision is not None and making.commit(row, first.successor) is not None
    assert database_code(insert, [duty.id, uuid.uuid4(), first.successor_id, entry.pk, at]) == "replace-without-signoff"
    assert database_code(insert, [duty.id, signoff, first.original_id, entry.pk, at]) == "replace-not-newest"
    assert database_code(insert, [duty.id, signoff, first.successor_id, other.pk, at]) == "replace-without-journal"
    twin = (
        "INSERT INTO disclosure_replacement (id, publication_id, correction_id, number, due_on, created_at) "
        "VALUES (%s, %s, %s, %s, %s, %s)"
    )
    assert database_code(twin, [uuid.uuid4(), row.id, first.pk, 5, clock.today(), at]) == "replacement-unsound"
    assert database_code("UPDATE disclosure_replacement SET number = 9", []) == "record-immutable"
    republish(row)
    # The old text cannot come back into the portal.
    old = (
        "UPDATE disclosure_publicentry SET content = (SELECT content FROM disclosure_release WHERE publication_id = %s)"
    )
    assert database_code(old, [row.id]) == "public-differs-from-release"
    assert database_code("DELETE FROM disclosure_replacementrelease", []) == "record-immutable"
