"""One place for any file (验真): genuine, changed and where, revoked, unknown — with real prints of a real decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.disclosure import actions, queries
from mingcha.disclosure.models import Publication
from mingcha.documents.rendering import render
from mingcha.ledger.sequencer import sequence


@pytest.mark.django_db
@pytest.mark.usefixtures("own_log")
def test_a_print_is_told_from_a_forged_one(play: Callable[..., Any], client: Client) -> None:
    def put(data: bytes, name: str = "a.pdf") -> tuple[int, str]:
        answer = client.post(reverse("portal:verify-file"), {"file": SimpleUploadedFile(name, data)})
        return answer.status_code, answer.content.decode()

    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        row = Publication.objects.get(decision__case_id=journey.id)
        assert row.decision is not None
        letter = row.decision.document

        def print_of(**changed: Any) -> bytes:
            return render(letter.kind, {**letter.fields, **changed}, version=letter.template_version).pdf

        own = print_of()
        status, page = put(own)
        assert status == 200 and "真实：和公开的决定一致" in page and row.decision.number in page
        # An account that is not the treasury's.
        words = json.dumps(letter.fields, ensure_ascii=False)
        treasury, thief = "6000000000000000", "7000000000000000"
        assert treasury in words
        status, page = put(print_of(**json.loads(words.replace(treasury, thief))))
        assert status == 200 and "不一致" in page and thief in page
        status, page = put(print_of(**json.loads(words.replace(letter.number, "明综执罚决〔2026〕999号"))))
        assert "不能确认" in page and "明综执罚决〔2026〕999号" in page
        sequence(row.jurisdiction)
        bundle = queries.bundle(row.id)
        assert bundle is not None and "一个字也没有改动" in put(bundle, "proof.json")[1]
        assert (
            "没有通过" in put(bundle.replace(b"20000", b"20001").replace("罚款".encode(), "奖励".encode()), "p.json")[1]
        )
        for data in (b"", b"\xff\xd8\xff", b"%PDF-1.7 broken", b"{"):
            assert put(data)[0] in (200, 422)
        actions.withdraw(row.id, actor=actor_named("sutang"), reason="公示有误")
        status, page = put(own)
        assert "已经撤下" in page and "公示有误" in page
