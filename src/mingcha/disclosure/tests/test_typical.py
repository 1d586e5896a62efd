"""Typical cases (典型案例) and results of random inspections (随机抽查结果): lists with sign-off, shown on the portal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.catalogues.schemas import schema
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.disclosure import actions
from mingcha.disclosure.models import Publication, PublicEntry
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
DRAWN = {
    "code": "1", "task": "施工工地扬尘防治措施落实情况", "plain": "抽了一个工地，没有发现问题。",
    "drawn_on": "2026-09-01", "method": "系统随机抽取工地和两名检查人员，办公室见证", "object": "望江路工地",
    "inspectors": "明执0001、明执0002", "visited_on": "2026-09-03", "result": "none",
}  # fmt: skip


def test_both_lists_are_signed_off_and_public(play: Callable[..., Journey], client: Client) -> None:
    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        shown = PublicEntry.objects.get(number__gt="")
        told = {
            "code": "1", "name": "某公司未采取有效防尘措施案", "plain": "工地没有盖好裸土，被罚款并改正。",
            "number": shown.number, "facts": "某公司的工地有裸土没有覆盖。", "handling": "责令改正，处以罚款。",
            "point": "防尘措施应当全程落实。",
        }  # fmt: skip
        check = schema("typical-cases").check
        for wrong, code in (
            ({"number": "明综执罚决〔2026〕第9999号"}, "typical-not-public"),
            ({"facts": f"{shown.party}的工地有裸土。"}, "typical-names-somebody"),
            ({"point": "联系人电话13800138000。"}, "typical-names-somebody"),
        ):
            assert {row.code for row in check({"entries": [told | wrong]})} == {code}
        assert check({"entries": [told]}) == []
        for kind, entry in (("typical-cases", told), ("random-results", DRAWN)):
            edition = put(kind, {"entries": [entry]})
            page = client.get(reverse("portal:edition", args=[edition.id])).content.decode()
            assert schema(kind).label in page and entry["plain"] in page
            assert schema(kind).label in client.get(reverse("portal:how")).content.decode()
            assert entry["plain"] in client.get(reverse("portal:edition-json", args=[edition.id])).content.decode()
            if kind == "typical-cases":
                typical = edition
        # The decision comes down: its case is gone from the page, the files, the comparison and the search.
        again = put("typical-cases", {"entries": [told | {"code": "2"}]}, day=journey.day + dt.timedelta(days=1))
        row = Publication.objects.get(decision__case_id=journey.id)
        doors = [
            *(reverse("portal:edition", args=[item.id]) for item in (typical, again)),
            reverse("portal:edition-json", args=[again.id]),
            *(reverse("portal:edition-file", args=[again.id, form]) for form in ("csv", "xlsx")),
            reverse("portal:edition-changes", args=[typical.id, again.id]),
            f"{reverse('portal:everywhere')}?q=裸土",
        ]
        before = [client.get(door).content for door in doors]
        assert all(told["plain"].encode() in data for data in before[:4])
        # Found words are marked: what follows them stands in one piece.
        assert "，被罚款并改正" in before[6].decode()
        actions.withdraw(row.id, actor=actor_named("sutang"), reason="公示有误")
        for door in doors:
            answer = client.get(door)
            assert answer.status_code == 200 and not any(
                told[name].encode() in answer.content for name in ("plain", "facts", "handling", "point")
            ), door
        assert "被罚款并改正" not in client.get(doors[6]).content.decode()
        assert len(client.get(doors[4]).content) < len(before[4])
