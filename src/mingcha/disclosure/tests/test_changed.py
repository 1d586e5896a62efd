"""A changed decision (变更后的公示): the old text comes down, the new one is published, both pages point to each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.common.ids import uuid7
from mingcha.deadlines import queries as deadlines
from mingcha.decisions import actions as decisions
from mingcha.decisions.models import Change, Decision
from mingcha.disclosure import access, actions, changed, queries
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.commitments import making
from mingcha.disclosure.guards import publication_settled
from mingcha.disclosure.models import Publication, PublicEntry, Release, Signoff
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.actions import append

pytestmark = pytest.mark.django_db
ARTICLES = [{"citation": "《中华人民共和国行政处罚法》第七十五条第二款"}]
NEW = "罚款改为一万五千元，其余不变。"


def change(found: Decision, **told: Any) -> Change:
    fields = {"variant": "change", "reason": "罚款计算有误。", "content": NEW, "effects": "多缴的退还。"} | told
    return decisions.change(found.id, actor=actor_named("shenyi"), articles=ARTICLES, **fields)


def open_codes(journey: Journey) -> list[str]:
    return [row.code for row in publication_settled(journey.case, actor_named("lince")).reasons]


def test_the_new_text_is_published_and_both_pages_point_to_each_other(
    play: Callable[..., Journey], client: Client, login: Callable[[str], Client]
) -> None:
    journey = play("publish")
    clerk = actor_named("sutang")
    with clock.frozen(clock.at(journey.day, 17)):
        found = Decision.objects.get(case_id=journey.id)
        old = Publication.objects.get(decision=found)
        first = change(found, fine_fen=1_500_000)
        row = Publication.objects.get(letter=first.document)
        # The duty arose with the act: its period runs, the clerk has it, and the case stays open for it.
        assert row.due_on is not None and row.due_on > clock.today()
        assert deadlines.open_period(journey.id, "PUB-01", str(row.id)) is not None
        assert open_codes(journey) == ["publication-open"]
        screen = login("sutang")
        for page in (reverse("disclosure"), reverse("home")):
            assert first.document.number in screen.get(page).content.decode()
        assert NEW in screen.get(reverse("disclosure-item", args=[row.id])).content.decode()
        assert row in queries.waiting(access.visible(clerk)) and old not in queries.waiting(access.visible(clerk))
        tombstone = reverse("portal:decision", args=[old.id])
        assert first.document.number not in client.get(tombstone).content.decode()

        actions.publish(row.id, actor=clerk, attested=True)
        shown = client.get(reverse("portal:decision", args=[row.id])).content.decode()
        assert NEW in shown and found.number in shown and tombstone in shown
        gone = client.get(tombstone)
        assert gone.status_code == 410 and reverse("portal:decision", args=[row.id]) in gone.content.decode()
        entry = PublicEntry.objects.get(id=row.id)
        assert (entry.fine_fen, entry.source, entry.kinds) == (1_500_000, "change", ["罚款"])
        assert open_codes(journey) == [] and deadlines.open_period(journey.id, "PUB-01", str(row.id)) is None

        # Changed again: the text in between comes down too, and may not be published any more.
        second = change(found, fine_fen=1_000_000)
        newest = Publication.objects.get(letter=second.document)
        assert PublicEntry.objects.get(id=row.id).state == PublicState.WITHDRAWN
        third = change(found, variant="illegal", content="确认违法。")
        assert not Publication.objects.filter(letter=third.document).exists()
        with pytest.raises(Refused) as refused:
            actions.publish(newest.id, actor=clerk, attested=True)
        assert {reason.code for reason in refused.value.reasons} == {"publish-revoked"}
        assert open_codes(journey) == [] and changed.undone(newest)
        signoff = Signoff.objects.create(
            publication=newest, original_digest="0", spans=[], text="x", residual=0, signed_by_id=clerk.officer_id,
            signed_at=clock.now(),
        )  # fmt: skip
        told = append(
            "decision-published", log=old.jurisdiction, subject=("publication", str(newest.id)),
            actor=clerk.snapshot("clerk"), payload={},
        )  # fmt: skip
        promise = making.commit(newest, second.document)
        assert promise is not None
        forged = Release(
            publication=newest, signoff=signoff, content={"token": promise.token_digest}, content_digest="0", entry_id=told.pk,
            released_at=clock.now(),
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="publish-revoked"), transaction.atomic():
            forged.save(force_insert=True)
        other = Publication(
            id=uuid7(), jurisdiction=old.jurisdiction, organisation=old.organisation, source="change",
            letter=third.document, created_at=clock.now(),
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="publication-of-no-change"), transaction.atomic():
            other.save(force_insert=True)


def test_a_decision_changed_before_its_publication_is_published_as_changed(play: Callable[..., Journey]) -> None:
    journey = play("decide")
    clerk = actor_named("sutang")
    with clock.frozen(clock.at(journey.day, 17)):
        found = Decision.objects.get(case_id=journey.id)
        old = Publication.objects.get(decision=found)
        row = Publication.objects.get(letter=change(found, fine_fen=1_500_000).document)
        assert deadlines.open_period(journey.id, "PUB-01", str(old.id)) is None
        with pytest.raises(Refused):
            actions.publish(old.id, actor=clerk, attested=True)
        actions.publish(row.id, actor=clerk, attested=True)
        assert PublicEntry.objects.get(id=row.id).content["changes"]["entry"] == ""
        assert open_codes(journey) == []
