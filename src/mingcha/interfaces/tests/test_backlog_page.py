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
from mingcha.common import clock
from mingcha.disclosure.models import Publication, PublicEntry

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
