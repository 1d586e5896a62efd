"""The checks run while one writes: what stands already is judged, and what no font has never shuts the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.documents import actions as documents
from mingcha.documents import queries
from mingcha.documents.tests.sets import samples
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.workbench.draftfields import asked

pytestmark = pytest.mark.django_db
KIND = "inquiry-record"
ORDER = "结束时间不晚于开始时间"


def test_an_unfinished_record_is_judged_as_far_as_it_goes(
    play: Callable[..., Journey], login: Callable[[str], Client]
) -> None:
    journey = play("file")
    handler, page = login("lince"), reverse("draft", args=[journey.case.id, KIND])

    def save(**fields: Any) -> str:
        with clock.frozen(clock.at(journey.day, 15)):
            documents.save_draft(journey.case.id, KIND, fields, actor=actor_named("lince"), version=None)
            answer = handler.get(page)
        assert answer.status_code == 200
        return answer.content.decode()

    day = journey.day.isoformat()
    told = save(start=f"{day}T11:00:00+08:00", end=f"{day}T10:00:00+08:00")
    assert "还缺什么" in told and "已写的内容有问题" in told and ORDER in told
    assert ORDER not in save(start=f"{day}T10:00:00+08:00", end=f"{day}T11:00:00+08:00")
    assert "U+1F600" in save(corrections="有😀更正")
    # A whole record with such a character: the page stays open, so that it can be mended.
    sample = samples()[KIND]["fields"]
    whole = {field.name: sample[field.name] for field in asked(KIND) if field.name in sample}
    told = save(**{**whole, "corrections": "有\u202e更正"})
    assert not queries.gaps(journey.case, KIND)
    assert "内容已齐全，还有问题" in told and "U+202E" in told
    assert handler.post(page, {"do": "issue"}).status_code in (409, 422)
