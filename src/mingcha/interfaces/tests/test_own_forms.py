"""The pages of an agency's own forms, of question sets, presence and the roll, as people use them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document as new_document

from mingcha.common import clock
from mingcha.documents import queries as documents
from mingcha.documents.agency.models import AgencyForm
from mingcha.documents.questions.models import QuestionSet
from mingcha.documents.tests.forms_docx import KIND, form, with_parts
from mingcha.documents.tests.test_agency_forms import whole
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db


def upload(client: Client, data: bytes, name: str = "笔录.docx") -> Any:
    return client.post(reverse("own-form-new"), {"kind": KIND, "name": "", "file": SimpleUploadedFile(name, data)})


def test_a_form_from_upload_to_the_paper(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("notice")
    admin, head, handler = login("admin"), login("shenyi"), login("lince")
    sent = upload(admin, whole())
    assert sent.status_code == 302
    made = AgencyForm.objects.get()
    page = admin.get(sent["Location"]).content.decode()
    assert "等另一位有权限的人启用" in page and "检查通过" in page
    assert "own-form-use" not in page and reverse("own-form-use", args=[made.id]) not in page
    trial = admin.get(reverse("own-form-trial", args=[made.id]))
    assert "【地点】" in "".join(row.text for row in new_document(io.BytesIO(trial.content)).paragraphs)
    document = documents.latest(journey.case, KIND)
    assert document is not None
    paper = reverse("case-paper", args=[journey.case.id, document.id])
    address = reverse("document-docx", args=[document.id])
    assert address not in handler.get(paper).content.decode()
    assert handler.get(address).status_code == 404
    assert reverse("own-form-use", args=[made.id]) in head.get(sent["Location"]).content.decode()
    assert head.post(reverse("own-form-use", args=[made.id])).status_code == 302
    assert "使用中" in head.get(reverse("own-forms")).content.decode()
    shown = handler.get(paper).content.decode()
    assert address in shown and "原件为 PDF" in shown
    got = handler.get(address)
    assert got.status_code == 200
    assert "%E5%8E%9F%E4%BB%B6%E4%B8%BAPDF" in got["Content-Disposition"]
    text = "\n".join(row.text for row in new_document(io.BytesIO(got.content)).paragraphs)
    assert document.fields["place"] in text
    assert login("luochuan").get(address).status_code == 404
    done = head.post(reverse("own-form-withdraw", args=[made.id]), {"reason": "改版"})
    assert done.status_code == 302
    assert handler.get(address).status_code == 404


def test_hostile_and_faulty_files_are_answered_in_words(
    play: Callable[..., Journey], login: Callable[[str], Client]
) -> None:
    play("notice")
    admin = login("admin")
    for data, words in (
        (with_parts(form("x"), {"word/vbaProject.bin": b"x"}), "文件里有宏"),
        (b"%PDF-1.7", "这不是 .docx 文件"),
        (form("{{ place.__class__ }}"), "不能使用"),
        (form("{{ place }}😀"), "U+1F600"),
        (b"PK\x03\x04" + b"\0" * (6 << 20), "超过5 MB"),
    ):
        answer = upload(admin, data)
        assert answer.status_code == 422, words
        assert words in answer.content.decode()
    assert not AgencyForm.objects.exists()
    sent = upload(admin, form("{{ nothing }} {{ told }}"))
    page = admin.get(sent["Location"]).content.decode()
    for words in ("不认识的名称", "nothing", "用法不对", "缺少必须的内容", "没有通过检查"):
        assert words in page
    fields = admin.get(reverse("own-form-fields"), {"kind": KIND}).content.decode()
    assert "cert_shown_at" in fields and "{{ place }}" in fields


def test_the_roll_of_a_paper(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("notice")
    document = documents.latest(journey.case, "inquiry-record")
    assert document is not None
    handler = login("lince")
    asked = handler.get(reverse("document-pdf", args=[document.id]), {"paper": "80mm"})
    assert asked.status_code == 302
    got = handler.get(asked["Location"])
    with pypdfium2.PdfDocument(got.content) as made:
        text = "".join(page.get_textpage().get_text_bounded() for page in made)
    plain = re.sub(r"[\s\u200b]", "", text)
    assert "副本，原件以A4版式为准" in plain and document.digest in plain
    assert login("luochuan").get(asked["Location"]).status_code == 404


def test_questions_are_put_behind_what_is_typed(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("recording")
    unit, handler = login("luming"), login("lince")
    case = journey.case
    listed = handler.get(reverse("questions")).content.decode()
    assert "示例提纲" in listed
    address = f"{reverse('question-set')}?item={case.item_code}"
    assert "保存为新的一版" not in handler.get(address).content.decode()
    assert handler.post(address, {"questions": "甲？"}).status_code == 200
    assert not QuestionSet.objects.exists()
    bad = unit.post(address, {"questions": "{x}？", "version": "0"})
    assert bad.status_code == 422 and "{x}" in bad.content.decode()
    assert unit.post(address, {"questions": "{party}是否清楚？\n乙？", "version": "0"}).status_code == 302
    assert "第1版" in unit.get(address).content.decode()
    late = unit.post(address, {"questions": "丙？", "version": "0"})
    assert "其他人刚刚保存过" in late.content.decode()
    draft = reverse("draft", args=[case.id, "inquiry-record"])
    typed = {"do": "questions", "place": "局", "questions-0-question": "乙？", "questions-0-answer": "是。"}
    page = handler.post(draft, typed).content.decode()
    assert f"{case.party_name}是否清楚？" in page
    assert page.count("乙？</textarea>") == 1 and "是。</textarea>" in page


def test_two_people_on_one_draft_see_each_other(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("notice")
    case = journey.case
    first, second = login("lince"), login("handu")
    beat = reverse("draft-presence", args=[case.id, "penalty-decision"])
    save = reverse("draft-save", args=[case.id, "penalty-decision"])
    with clock.frozen(clock.at(journey.day, 10)):
        assert first.post(beat, {"sitting": "a", "version": ""}).json() == {"others": [], "newer": None}
        seen = second.post(beat, {"sitting": "b", "version": ""}).json()
        assert len(seen["others"]) == 1
        page = first.get(reverse("draft", args=[case.id, "inquiry-record"])).content.decode()
        assert "data-presence" in page and "presence.js" in page
        version = documents.draft(case, "penalty-decision")
        base = str(version.version) if version else ""
        saved = first.post(save, {"sitting": "a", "version": base, "nature": "违法"})
        if saved.status_code == 200:
            told = second.post(beat, {"sitting": "b", "version": base}).json()
            assert told["newer"]["name"] == seen["others"][0]
            assert first.post(beat, {"sitting": "a", "version": base}).json()["newer"] is None
            assert second.post(save, {"sitting": "b", "version": base, "nature": "乙"}).status_code == 409
        assert first.post(beat, {"left": "1"}).json()["others"] == []
        assert second.post(beat, {"sitting": "b"}).json()["others"] == []
    assert login("luochuan").post(beat, {}).status_code == 404


def test_long_records_are_told_their_limits(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("recording")
    handler = login("lince")
    draft = reverse("draft", args=[journey.case.id, "inquiry-record"])

    def post(rows: int) -> Any:
        data = {"do": "save", "place": "局"}
        for n in range(rows):
            data |= {f"questions-{n}-question": f"问{n}？", f"questions-{n}-answer": "答。"}
        return handler.post(draft, data)

    over = post(401)
    assert over.status_code == 422
    page = over.content.decode()
    assert "最多400项，现有401项" in page and "问400？" in page
    # Ten thousand answers are more fields than a page may send: refused whole, nothing is kept in part.
    many = post(10_000)
    assert many.status_code in (400, 413)
    assert re.search("[\u4e00-\u9fff]{4}", many.content.decode())
    assert "最多 400 个问答" in handler.get(draft).content.decode()
