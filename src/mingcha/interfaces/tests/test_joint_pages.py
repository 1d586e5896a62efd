"""Joint cases and the transfer to the judicial organs on their pages, through forms as people send them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.decisions.models import Outcome
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
Login = Callable[[str], Client]
PARTY = {
    "party_kind": "person", "party_name": "何远帆", "id_number": "110101199003070011", "address": "望江路8号",
    "reason": "与单位共同实施", "form_token": "a",
}  # fmt: skip


def test_parties_are_added_joined_and_parted_on_their_page(play: Play, login: Login) -> None:
    journey = play("evidence")
    with clock.frozen(clock.at(journey.day, 15)):
        client, here = login("lince"), reverse("case-joint", args=[journey.id])
        assert "没有并案" in client.get(here).content.decode()
        refused = client.post(reverse("case-joint-add", args=[journey.id]), {**PARTY, "reason": ""})
        assert refused.status_code == 422 and Case.objects.count() == 1
        assert client.post(reverse("case-joint-add", args=[journey.id]), PARTY).status_code == 302
        other = Case.objects.exclude(id=journey.id).get()
        body = client.get(here).content.decode()
        assert "何远帆" in body and "移入该案的证据" in body and "证据1、2、3" in body
        assert "何远帆" in client.get(reverse("case", args=[journey.id])).content.decode()
        # Who may not handle the case sees the page and no button; another organ sees nothing.
        assert "增加共同违法的当事人" not in login("luming").get(here).content.decode()
        assert login("luochuan").get(here).status_code == 404
        joining = cases.joinings(other)[0]
        part = reverse("case-joint-part", args=[other.id, joining.id])
        assert client.post(part, {"reason": "", "form_token": "b"}).status_code == 422
        assert client.post(part, {"reason": "一方需要补充调查", "form_token": "c"}).status_code == 302
        assert cases.joinings(other) == []
        join = reverse("case-joint-join", args=[journey.id])
        assert "何远帆" in client.get(join).content.decode()
        fields = {"other_id": str(other.id), "reason": "补充调查完毕", "form_token": "d"}
        assert client.post(join, fields).status_code == 302
        assert len(cases.joinings(other)) == 1


def test_the_head_decides_the_transfer_on_its_page(play: Play, login: Login) -> None:
    journey = play("to-head")
    with clock.frozen(clock.at(journey.day, 16)):
        found = [{"guard": "finding-gm-04@1", "met": True, "grounds": "没有作出罚款决定。"}]
        advance(journey.id, "transfer-crime", actor=actor_named("shenyi"), found=found)
        url = reverse("transfer-crime", args=[journey.id])
        assert login("lince").get(url).status_code == 403
        client = login("shenyi")
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "涉嫌污染环境罪，已达追诉标准。", "form_token": "e"}).status_code == 302
        row = Outcome.objects.get(case_id=journey.id)
        assert row.result == "transfer" and row.document is None
        again = client.post(url, {"reason": "再次决定移送。", "form_token": "f"})
        assert again.status_code in (409, 422) and "已经作出决定" in again.content.decode()
