"""Counsel sees the recordings that were handed over, as long as they were, and each viewing is on record — R089, R063."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.models import Officer
from mingcha.common import clock
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.tests.test_officials_review import Login
from mingcha.ledger.models import JournalEntry
from mingcha.recordings.models import Recording, Share, Viewing
from mingcha.review import actions, queries
from mingcha.review.tests.test_handling import OnDay, Play, Who, codes

pytestmark = pytest.mark.django_db


def keys(journey: Journey) -> list[str]:
    found = queries.open_submission(journey.case)
    assert found is not None
    return [row["key"] for row in found.materials if row["key"].startswith("recording:")]


def opens(client: Client, recording_id: object, session: bool = True) -> set[int]:
    """How the doors to one recording answer: page and bytes."""
    page = reverse("recording", args=[recording_id])
    found = {client.get(page).status_code}
    if session:
        found.add(client.post(page, {"purpose": "review", "note": ""}, follow=True).status_code)
    found.add(client.get(reverse("recording-stream", args=[recording_id])).status_code)
    return found


def test_counsel_watches_what_was_handed_over_and_nothing_else(
    play: Play, actor: Who, on_day: OnDay, login: Login
) -> None:
    journey, reviewer = play(until="submit"), actor("zhouheng")
    foreign = keys(play("submit", Scenario(mark=2)))[0]
    adviser = Officer.objects.get(user__username="yuanye")
    with on_day(journey.day):
        given = keys(journey)[0]
        member = actions.admit_counsel(adviser.id, actor=reviewer, kind="lawyer", field="行政处罚")
        ask = {"actor": reviewer, "question": "录像能否证明？", "materials": ["draft", given]}
        far = journey.day + dt.timedelta(days=40)
        assert codes(lambda: actions.call_counsel(journey.id, member.id, until=far, **ask)) == ["until"]
        # Who may see no recordings alone is handed none.
        helper = Officer.objects.get(user__username="qiman")
        auxiliary = actions.admit_counsel(helper.id, actor=reviewer, kind="adviser", field="信息")
        until = journey.day + dt.timedelta(days=5)
        assert codes(lambda: actions.call_counsel(journey.id, auxiliary.id, until=until, **ask)) == [
            "share-not-officer"
        ]
        called = actions.call_counsel(journey.id, member.id, until=until, **ask)
        recording, other = (uuid.UUID(key.partition(":")[2]) for key in (given, foreign))
        client = login("yuanye")
        door = reverse("consultation", args=[called.id])
        assert reverse("recording", args=[recording]) in client.get(door, {"show": given}).content.decode()
        assert 'id="material"' not in client.get(door, {"show": foreign}).content.decode()
        # Nothing without a purpose; with it the bytes, and the viewing in log and journal.
        assert client.get(reverse("recording-stream", args=[recording])).status_code == 403
        assert opens(client, recording) == {200}
        seen = Viewing.objects.get(recording_id=recording, officer=adviser)
        assert seen.share is not None and str(called.id) in seen.share.note and seen.purpose == "review"
        told = JournalEntry.objects.filter(case_id=journey.id, kind="recording-viewed", subject_id=str(recording))
        assert told.count() == 1
        # Foreign ids: the other recording, its bytes, the case, a download, passing it on, another's consultation.
        assert opens(client, other) == {404}
        assert client.get(reverse("case", args=[journey.id])).status_code == 404
        assert client.post(reverse("recording-download", args=[recording]), {"purpose": "review"}).status_code == 403
        assert client.post(reverse("recording-share", args=[recording]), {
            "to": str(helper.id), "expires_at": f"{until}T09:00", "purpose": "review"}).status_code == 422  # fmt: skip
        assert client.get(reverse("consultation-file", args=[called.id, other])).status_code == 404
        assert login("luochuan").get(door).status_code == 404
        # Another member of the pool, called in with the draft alone, gets no further than that.
        second = actions.admit_counsel(actor("luochuan").officer_id, actor=reviewer, kind="expert", field="扬尘")
        actions.call_counsel(journey.id, second.id, until=until, **{**ask, "materials": ["draft"]})
        for name in ("luochuan", "heshan"):
            assert opens(login(name), recording) == {404}
    with on_day(until + dt.timedelta(days=1)):
        assert opens(login("yuanye"), recording) == {403}
        assert "不再提供" in login("yuanye").get(door).content.decode()


def test_what_counsel_saw_closes_when_counsel_stays_away_or_leaves(
    play: Play, actor: Who, on_day: OnDay, login: Login
) -> None:
    journey, reviewer = play(until="submit"), actor("zhouheng")
    with on_day(journey.day):
        given = keys(journey)
        until = journey.day + dt.timedelta(days=5)
        for name, leaves in (("yuanye", False), ("luochuan", True)):
            member = actions.admit_counsel(actor(name).officer_id, actor=reviewer, kind="reviewer", field="处罚")
            called = actions.call_counsel(
                journey.id, member.id, actor=reviewer, question="意见？", materials=given, until=until
            )
            client = login(name)
            recording = given[0].partition(":")[2]
            assert opens(client, recording) == {200}
            if leaves:
                actions.end_counsel(member.id, actor=reviewer, reason="聘期届满")
            else:
                actions.answer_consultation(called.id, actor=actor(name), text="与当事人有亲属关系。", recuse=True)
            assert opens(client, recording, session=False) == {403}, name
            assert Share.objects.filter(to_id=actor(name).officer_id, end=None).count() == 0
        assert Recording.objects.filter(case=journey.case).count() == len(given)
        assert clock.today() < until
