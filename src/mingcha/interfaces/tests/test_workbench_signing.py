"""Screens of signatures and seals: what they say, who may use them, what they refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mingcha.common import clock
from mingcha.documents import queries as documents
from mingcha.documents.models import Document
from mingcha.documents.sealing import actions, queries
from mingcha.files import queries as files
from mingcha.interfaces.demo.journey import Journey, Scenario

pytestmark = pytest.mark.django_db
STROKES = json.dumps([[[100 + 10 * n, 200 + 7 * (n % 5), n * 16, 500] for n in range(40)]])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screens") / "signing"


@pytest.fixture
def held(play: Callable[..., Journey], settings: Any, home: Path) -> Iterator[Journey]:
    settings.SIGNING_ROOT = home
    actions.adopt_demo()
    journey = play(until="notice")
    with clock.frozen(clock.at(journey.day, 18)):
        yield journey


@pytest.fixture
def bare(play: Callable[..., Journey], settings: Any, home: Path) -> Iterator[Journey]:
    """Played up to a record that nobody has signed."""
    settings.SIGNING_ROOT = home
    actions.adopt_demo()
    journey = play(until="inquiry-record", scenario=Scenario(signs=False))
    with clock.frozen(clock.at(journey.day, 18)):
        yield journey


def newest(journey: Journey, kind: str) -> Document:
    found = documents.latest(journey.case, kind)
    assert found is not None
    return found


def body(client: Client, name: str, document: Document) -> str:
    answer = client.get(reverse(name, args=[document.id]))
    assert answer.status_code == 200
    return answer.content.decode()


def written(document: Document, **more: str) -> dict[str, str]:
    given = {
        "who": "party",
        "name": "许山河",
        "capacity": "",
        "strokes": STROKES,
        "device": "touch",
        "digest": document.digest,
    }
    return {**given, **more}


def test_a_sealed_letter_says_so_in_words(held: Journey, login: Callable[[str], Client]) -> None:
    document, client = newest(held, "penalty-notice"), login("lince")
    before = body(client, "document-signatures", document)
    assert "还缺" in before
    assert "还没有制成" in before
    assert client.get(reverse("document-signed-pdf", args=[document.id])).status_code == 404
    copy = actions.ensure_signed(document.id)
    assert copy is not None
    after = body(client, "document-signatures", document)
    for words in ("有效", "整份文件", "签名之后没有改动", "演示时间戳", "明察演示根证书", held.case.organisation.name):
        assert words in after
    shown = b"".join(client.get(reverse("document-pdf", args=[document.id])).streaming_content)  # type: ignore[attr-defined]
    plain = b"".join(client.get(reverse("document-pdf", args=[document.id]) + "?plain=1").streaming_content)  # type: ignore[attr-defined]
    assert shown.startswith(plain)
    assert len(shown) > len(plain)
    assert client.get(reverse("file", args=[copy.file_id])).status_code == 200


def test_without_a_provider_the_screen_says_so(
    held: Journey, login: Callable[[str], Client], settings: Any, tmp_path: Path
) -> None:
    settings.SIGNING_ROOT = tmp_path / "none"
    document = newest(held, "penalty-notice")
    assert "还没有接入数字证书" in body(login("lince"), "document-signatures", document)
    record = newest(held, "inquiry-record")
    client = login("lince")
    answer = client.post(reverse("document-signatures", args=[record.id]), {"form_token": "a", "digest": record.digest})
    assert answer.status_code == 422
    assert "不能电子签名" in answer.content.decode()


def test_the_pad_takes_a_signature_once(bare: Journey, login: Callable[[str], Client]) -> None:
    document, client = newest(bare, "inquiry-record"), login("lince")
    place = reverse("document-sign-pad", args=[document.id])
    shown = body(client, "document-sign-pad", document)
    assert document.digest in shown
    assert "signing-pad.js" in shown
    for bad in ({"strokes": ""}, {"strokes": "no"}, {"strokes": "[]"}, {"name": ""}, {"digest": "0" * 64}):
        answer = client.post(place, written(document, **bad))
        assert answer.status_code == 422, bad
    assert document.hand_signatures.count() == 0
    assert client.post(place, written(document)).status_code == 302
    assert document.hand_signatures.count() == 1
    panel = body(client, "document-signatures", document)
    assert "与文书一致" in panel
    assert queries.newest(document) is not None, "the copy is made at once"
    row = document.hand_signatures.get()
    picture = client.get(reverse("document-strokes", args=[document.id, row.id]))
    assert picture["Content-Type"] == "image/svg+xml"
    assert "sandbox" in picture["Content-Security-Policy"]
    assert client.post(place, written(document)).status_code == 422


def test_a_refusal_is_noted_with_its_witness(bare: Journey, login: Callable[[str], Client]) -> None:
    document, client = newest(bare, "inquiry-record"), login("handu")
    place = reverse("document-sign-refusal", args=[document.id])
    given = {"who": "party", "name": "许山河", "reason": "阅后表示不签名。", "witness": "", "recording": ""}
    answer = client.post(place, given)
    assert answer.status_code == 422
    assert "见证人" in answer.content.decode()
    assert client.post(place, {**given, "witness": "郑明"}).status_code == 302
    assert "阅后表示不签名" in body(client, "document-signatures", document)


def test_an_officer_signs_with_the_own_certificate(bare: Journey, login: Callable[[str], Client]) -> None:
    document, client = newest(bare, "inquiry-record"), login("lince")
    place = reverse("document-signatures", args=[document.id])
    assert "我来电子签名" in body(client, "document-signatures", document)
    assert client.post(place, {"form_token": "t", "digest": "0" * 64}).status_code == 422
    assert client.post(place, {"form_token": "u", "digest": document.digest}).status_code == 302
    panel = body(client, "document-signatures", document)
    assert "林策的电子签名" in panel
    assert "我来电子签名" not in panel
    other = login("luming")
    assert "手写签名</a>" not in body(other, "document-signatures", document)
    assert other.get(reverse("document-sign-pad", args=[document.id])).status_code == 403


def test_another_organ_finds_nothing(bare: Journey, login: Callable[[str], Client]) -> None:
    document, client = newest(bare, "inquiry-record"), login("luochuan")
    for name in ("document-signatures", "document-sign-pad", "document-sign-refusal", "document-signed-pdf"):
        assert client.get(reverse(name, args=[document.id])).status_code == 404
    assert client.post(reverse("document-sign-pad", args=[document.id]), written(document)).status_code == 404


def test_anybody_can_check_a_letter_on_the_portal(held: Journey, client: Client) -> None:
    place = reverse("portal:signatures")
    assert client.get(place).status_code == 200
    copy = actions.ensure_signed(newest(held, "penalty-notice").id)
    assert copy is not None
    data = files.content_path(copy.file_id).read_bytes()

    def said(body: bytes) -> str:
        return client.post(place, {"pdf": SimpleUploadedFile("letter.pdf", body)}).content.decode()

    genuine = said(data)
    assert "有效：签名和印章都是真的" in genuine
    assert held.case.organisation.name in genuine
    assert "无效：不要相信" in said(data[:4000] + bytes([data[4000] ^ 1]) + data[4001:])
    assert "追加过内容" in said(data + b"%")
    assert "没有电子签名" in said(files.content_path(copy.source_id).read_bytes())
    assert "读不出" in said(b"<script>alert(1)</script>")
    assert client.post(place).status_code == 422
