"""A page, a feed, an export and a search are held open by a reader; what is withdrawn is gone from each within two seconds."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, NotPermitted
from mingcha.disclosure import actions, backlog
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.disclosure.searching.following import Follower
from mingcha.interfaces.demo.journey import Journey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
SECONDS = 2.0


def told(client: Client, place: str, **headers: str) -> tuple[int, str, str]:
    """Status, text and mark of an answer; a zip is unpacked."""
    answer = client.get(place, headers=headers)
    data = answer.getvalue()
    text = data.decode("utf-8", "replace")
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            text = "".join(name + packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return answer.status_code, text, answer.headers.get("ETag", "")


@pytest.mark.usefixtures("own_index")
def test_what_is_withdrawn_leaves_every_open_door(play: Callable[..., Journey], client: Client) -> None:
    journey = play("serve-decision")
    row = Publication.objects.get(decision__case_id=journey.id)
    clerk = actor_named("sutang")
    with clock.frozen(clock.at(journey.day, 17)):
        with pytest.raises(InvalidInput):
            backlog.sign_off([row.id], actor=clerk, attested=False)
        with pytest.raises(NotPermitted):
            backlog.sign_off([row.id], actor=actor_named("lince"), attested=True)
        done = backlog.sign_off([row.id], actor=clerk, attested=True)
        assert done.released == [row.id] and not done.refused
        # A second time names the reason and changes nothing.
        again = backlog.sign_off([row.id], actor=clerk, attested=True)
        assert [reason.code for reason in again.refused[row.id]] == ["published-already"] and not again.released
        follower = Follower()
        follower.step()
        month, key = journey.day.replace(day=1), str(row.id)
        doors = [
            reverse("portal:decision", args=[row.id]),
            reverse("portal:text", args=[row.id]),
            reverse("portal:public-pdf", args=[row.id]),
            reverse("portal:feed"),
            f"{reverse('portal:results')}?q={row.number}&state=valid",
            f"{reverse('portal:everywhere')}?q=裸露土方",
            f"{reverse('portal:results-file', args=['jsonl'])}?q={row.number}",
            reverse("portal:jsonl"),
            reverse("portal:sitemap-month", args=[month]),
            *(reverse("portal:month", args=[month, form]) for form in ("csv", "jsonl", "zip")),
            f"/api/public/decisions?q={row.number}&state=valid",
            f"/api/public/decisions/{row.id}",
        ]
        doors = [door.replace("/api/", "/api/v1/", 1) for door in doors]
        held = {door: told(client, door) for door in doors}
        by_address = [door for door in doors if key in door]
        for door, (status, text, _) in held.items():
            assert status == 200 and (door in by_address or key in text), door
        # The zip is a package of its own: schema, licence and rows.
        packed = held[reverse("portal:month", args=[month, "zip"])][1]
        assert "datapackage.json" in packed and "LICENCE.txt" in packed and "primaryKey" in packed
        secret = PublicEntry.objects.get(id=row.id).content["text"][:60]
        # Not by the wall: a machine that does other work besides would decide.
        begun = time.process_time()
        actions.withdraw(row.id, actor=clerk, reason="内容有误")
        follower.step()
        for door, (_, _, mark) in held.items():
            # The reader's own copy is asked to prove itself: an old mark must not earn a 304.
            status, text, _ = told(client, door, **({"If-None-Match": mark} if mark else {}))
            assert status != 304 and secret not in text, door
            assert (
                (status in (410, 404) or '"content":{}' in text.replace(" ", ""))
                if door in by_address
                else (status == 200 and key not in text)
            ), (door, status)
        assert time.process_time() - begun < SECONDS
        follower.close()
