"""Letters over HTTP (投诉和更正): the portal's form and progress, the supervisor's course, what an organ sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from mingcha.petitions.models import InboxItem, Petition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("district", "own_log")]
GIVEN = {
    "kind": "conduct",
    "organisation": "明水区综合行政执法局",
    "text": "执法人员没有出示证件。",
    "name": "江某某",
    "contact": "信箱七号",
}


@pytest.fixture(autouse=True)
def nobody_was_here(settings: Any, tmp_path: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "letters"}}
    cache.clear()


def form(client: Client) -> str:
    found = re.search(r'name="form" value="([^"]+)"', client.get(reverse("portal:petition")).content.decode())
    assert found
    return found[1]


def post(client: Client, **more: str) -> Any:
    return client.post(reverse("portal:petition"), {**GIVEN, "form": form(client), **more})


def test_from_the_form_to_the_answer(client: Client, login: Callable[[str], Client]) -> None:
    page = post(client)
    assert page.status_code == 200 and not page.cookies and page.headers["Cache-Control"] == "no-store"
    text = page.content.decode()
    receipt, code = re.findall(r'<dd class="mono"><b>([^<]+)</b>', text)
    assert GIVEN["text"] not in text and GIVEN["name"] not in text
    supervisor, head = login("fangzhi"), login("shenyi")
    assert receipt in supervisor.get(reverse("petitions")).content.decode()
    assert receipt not in head.get(reverse("petitions")).content.decode()
    row = Petition.objects.get(receipt=receipt)
    assert InboxItem.objects.get(id=row.id).content is None
    place = reverse("petition", args=[row.id])
    assert GIVEN["name"] in supervisor.get(place).content.decode()
    assert head.get(place).status_code == 404

    def step(who: Client, kind: str, **fields: str) -> Any:
        return who.post(reverse("petition-step", args=[row.id, kind]), {"text": "内部的话。", **fields}, follow=True)

    refused = step(supervisor, "answered", outcome="upheld")
    assert refused.status_code == 422 and "还没有受理" in refused.content.decode()
    assert "已登记" in step(supervisor, "accepted", text="已经受理。").content.decode()
    step(supervisor, "referred", organisation_id=str(row.organisation_id))
    # The organ reads what it must report on, not who wrote.
    seen = head.get(place).content.decode()
    assert GIVEN["text"] in seen and GIVEN["name"] not in seen and GIVEN["contact"] not in seen
    assert step(head, "answered", outcome="unfounded").status_code == 403
    assert "已登记" in step(head, "reported", text="现场确实没有出示。").content.decode()
    assert "已登记" in step(supervisor, "answered", outcome="upheld", text="已责令改正。").content.decode()

    asked = client.post(reverse("portal:petition-progress"), {"receipt": receipt, "code": code}).content.decode()
    assert "已责令改正" in asked and "反映属实，已经纠正" in asked
    assert "现场确实没有出示" not in asked and "内部的话" not in asked and GIVEN["text"] not in asked
    sheet = b"".join(supervisor.get(reverse("petitions-export", args=["csv"]))).decode()
    assert receipt in sheet and GIVEN["name"] not in sheet and GIVEN["text"] not in sheet


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(client: Client) -> None:
    page = post(client, kind="correction", text="日期不对")
    assert page.status_code == 422
    text = page.content.decode()
    assert 'href="#about"' in text and 'href="#evidence"' in text and "日期不对" in text
    assert post(client, website="http://x").status_code == 422
    assert client.post(reverse("portal:petition"), GIVEN).status_code == 422
    assert InboxItem.objects.count() == 0


def test_neither_flooded_nor_guessed(client: Client) -> None:
    same = form(client)
    for _ in range(3):
        assert client.post(reverse("portal:petition"), {**GIVEN, "form": same}).status_code == 200
    assert InboxItem.objects.count() == 1
    statuses = [post(client).status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429] and InboxItem.objects.count() == 3
    assert Client(REMOTE_ADDR="10.1.2.3").get(reverse("portal:petition")).status_code == 200
    receipt = InboxItem.objects.first()
    assert receipt is not None
    guesses = [
        client.post(reverse("portal:petition-progress"), {"receipt": receipt.receipt, "code": f"{n:08}"}).status_code
        for n in range(21)
    ]
    assert guesses == [404] * 20 + [429]
