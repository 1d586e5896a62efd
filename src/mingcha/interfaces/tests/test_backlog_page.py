"""The backlog's page and its operation: what is ticked goes out once, what needs a look waits, wrong roles are refused."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.actions import create_token
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.catalogues.tests.test_profiles import begin_with
from mingcha.common import clock
from mingcha.disclosure import actions, approving, backlog, controls
from mingcha.disclosure.models import Publication, PublicEntry, Submission

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("own_log")
def test_ticked_letters_go_out_once(play: Callable[..., Any], login: Callable[[str], Client], client: Client) -> None:
    journey = play("serve-decision")
    row = Publication.objects.get(decision__case_id=journey.id)
    place = reverse("disclosure-backlog")
    clerk = login("sutang")
    with clock.frozen(clock.at(journey.day, 16)):
        assert login("lince").get(place).status_code == 403 and login("shenyi").get(place).status_code == 403
        text = clerk.get(place).content.decode()
        assert row.number in text and f'value="{row.id}"' in text
        # Nothing ticked, or nothing attested: nothing goes out.
        assert clerk.post(place, {"attested": "on"}).status_code == 422
        assert clerk.post(place, {"row": [str(row.id)]}).status_code == 422
        assert clerk.post(place, {"row": [str(uuid.uuid4())], "attested": "on"}).status_code == 422
        assert not PublicEntry.objects.filter(id=row.id).exists()
        sutang = actor_named("sutang")
        officer = Officer.objects.get(id=sutang.officer_id)
        token = create_token(officer, label="批", by=sutang.snapshot("clerk"))
        head = {"HTTP_AUTHORIZATION": f"Bearer {token}"}

        def rest(attested: bool) -> tuple[int, Any]:
            body = json.dumps({"ids": [str(row.id)], "attested": attested})
            answer = client.post("/api/v1/publications/sign-off", body, "application/json", **head)
            return answer.status_code, answer.json()

        assert rest(False)[0] == 422
        done = clerk.post(place, {"row": [str(row.id)], "attested": "on"}, follow=True).content.decode()
        assert "已公示1件" in done and row.number not in done.split("<main", 1)[1]
        assert PublicEntry.objects.filter(id=row.id).exists()
        status, again = rest(True)
        assert status == 200 and again["released"] == [] and again["refused"][0]["id"] == str(row.id)
        assert clerk.post(place, {"row": [str(row.id)], "attested": "on"}).status_code == 422


@pytest.mark.usefixtures("own_log")
def test_another_approves_what_was_ticked(
    play: Callable[..., Any], login: Callable[[str], Client], client: Client
) -> None:
    """Under dual control a backlog is approved at once too, by another, and nothing else with it."""
    begin_with("publish.approval", "another")
    journey, other = play("serve-decision"), play("serve-decision")
    row = Publication.objects.get(decision__case_id=journey.id)
    kept = Publication.objects.get(decision__case_id=other.id)
    sutang, shenyi = actor_named("sutang"), actor_named("shenyi")
    place, head = reverse("disclosure-approvals"), login("shenyi")
    with clock.frozen(clock.at(max(journey.day, other.day), 17)):
        assert "没有等待您审核的公示" in head.get(place).content.decode()
        done = backlog.sign_off([row.id], actor=sutang, attested=True)
        assert done.submitted == [row.id] and not done.released
        asked = Submission.objects.get(publication=row)
        # A request not to publish is no text to approve in a row of others.
        silent = controls.withhold(kept.id, actor=sutang, ground=next(iter(controls.grounds_for(kept))), reason="甲")
        assert login("lince").get(place).status_code == 403
        # Who handed it in is not offered it, and cannot approve it by its key either.
        assert row.number not in login("sutang").get(place).content.decode()
        refused = backlog.approve([asked.id, silent.id], actor=sutang, attested=True).refused
        assert {reason.code for rows in refused.values() for reason in rows} == {"submission-not-answerable"}
        text = head.get(place).content.decode()
        assert row.number in text and kept.number not in text and "苏棠" in text and " → " in text
        assert "成批审核（1 件）" in head.get(reverse("disclosure")).content.decode()
        assert head.post(place, {"attested": "on"}).status_code == 422
        assert head.post(place, {"row": [str(asked.id)]}).status_code == 422
        assert not PublicEntry.objects.filter(id__in=[row.id, kept.id]).exists()
        done_page = head.post(place, {"row": [str(asked.id), str(silent.id)], "attested": "on"}, follow=True)
        assert "已审核同意1件" in done_page.content.decode()
        assert set(PublicEntry.objects.filter(id__in=[row.id, kept.id]).values_list("id", flat=True)) == {row.id}
        assert not hasattr(Submission.objects.get(id=silent.id), "answer")
        # A second time, and over REST: refused with the reason.
        token = create_token(Officer.objects.get(id=shenyi.officer_id), label="批", by=shenyi.snapshot("head"))
        body = json.dumps({"ids": [str(asked.id)], "attested": True})
        answer = client.post(
            "/api/v1/publication-submissions/approvals", body, "application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
        )
        assert answer.json()["refused"][0]["codes"] == ["submission-not-answerable"]
        # The answer stands under the approver's name, the sign-off under the clerk's.
        release = row.release
        assert release.signoff.signed_by_id == sutang.officer_id
        assert Submission.objects.get(id=asked.id).answer.by_id == shenyi.officer_id
        actions.withdraw(row.id, actor=sutang, reason="试验")
        approving.answer(silent.id, actor=shenyi, approved=False, reason="应当公示")
