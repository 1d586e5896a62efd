"""After the dossier is taken over (归档以后), a decision is still corrected, changed and revoked over REST by new acts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import Officer
from mingcha.archives import sealing
from mingcha.archives.models import Acceptance
from mingcha.common import clock
from mingcha.decisions.models import Change, Decision, Revocation
from mingcha.documents.models import Correction, Document
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
ARTICLES = [{"citation": "《中华人民共和国行政处罚法》第七十五条第二款"}]


def post(user: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    token = create_token(Officer.objects.get(user__username=user), label="试", by=SYSTEM)
    answer = Client().post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )  # fmt: skip
    return answer.status_code, json.loads(answer.content)


def test_a_sealed_decision_is_corrected_changed_and_revoked_by_new_acts(
    play: Callable[..., Journey], settings: Any, tmp_path: Path
) -> None:
    settings.LOG_ROOT, settings.KEYS_ROOT = tmp_path / "log", tmp_path / "keys"
    settings.ARCHIVES_ROOT = tmp_path / "archives"
    journey = play("archive")
    assert Acceptance.objects.filter(case_id=journey.id).exists()
    with clock.frozen(clock.at(journey.day, 20)):
        assert sealing.seal(journey.id, sequence=True)
    found = Decision.objects.get(case_id=journey.id)
    letter = found.document
    before = Document.objects.get(id=letter.id).fields
    with clock.frozen(clock.at(journey.day + dt.timedelta(days=3), 10)):
        name = before["facts"][0]["text"]
        slips = [{"path": "facts.0.text", "before": name, "after": name.replace("裸露", "裸漏", 1)}]
        asked = {"slips": slips, "reason": "笔误"}
        assert post("lince", f"documents/{letter.id}/correction", asked)[0] == 403
        status, said = post("shenyi", f"documents/{letter.id}/correction", asked)
        assert status == 201, json.dumps(said, ensure_ascii=False)
        body = {
            "variant": "change", "reason": "裁量过重", "content": "罚款改为一百元", "effects": "退还多缴的罚款",
            "articles": ARTICLES, "fine_fen": 10000,
        }  # fmt: skip
        status, said = post("shenyi", f"decisions/{found.id}/changes", body)
        assert status == 201, json.dumps(said, ensure_ascii=False)
        assert post("lince", f"decisions/{found.id}/changes", body)[0] == 403
        status, said = post("shenyi", f"decisions/{found.id}/revocation", {"reason": "主体有误"})
        assert status == 201, json.dumps(said, ensure_ascii=False)
    assert Correction.objects.filter(original=letter).count() == 1
    assert Change.objects.filter(decision=found).count() == 1 and Revocation.objects.filter(decision=found).count() == 1
    # The letter that was sealed is as it was; each later act has a paper of its own.
    assert Document.objects.get(id=letter.id).fields == before
    later = {row.kind for row in Document.objects.filter(case_id=journey.id, issued_at__date__gt=journey.day)}
    assert {"decision-correction", "decision-change", "revocation-decision"} <= later
