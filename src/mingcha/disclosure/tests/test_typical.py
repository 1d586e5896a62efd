"""Typical cases (典型案例) and results of random inspections (随机抽查结果): lists with sign-off, shown on the portal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.catalogues.schemas import schema
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.disclosure.models import PublicEntry
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
