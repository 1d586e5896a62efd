"""Own .docx forms, the book of forms, approvals and the check-up over REST, as a program uses them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document as new_document

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.models import User
from mingcha.documents import queries as documents
from mingcha.documents.agency.models import AgencyForm
from mingcha.documents.models import Document
from mingcha.documents.tests.forms_docx import KIND, form, with_parts
from mingcha.documents.tests.test_agency_forms import whole
from mingcha.documents.tests.test_approving import typed
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
_V1 = "/api/v1"


class Program:
    """A program with the token of a person."""

    def __init__(self, username: str) -> None:
        officer = User.objects.select_related("officer__organisation").get(username=username).officer
        self.headers = {"authorization": f"Bearer {create_token(officer, label='程序', by=SYSTEM)}"}

    def get(self, path: str, **query: Any) -> Any:
        return Client().get(_V1 + path, query, headers=self.headers)

    def post(self, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        return Client().post(_V1 + path, body, content_type="application/json", headers=headers)

    def send(self, path: str, data: bytes, **fields: str) -> Any:
        body = {"kind": KIND, **fields, "file": SimpleUploadedFile("笔录.docx", data)}
        return Client().post(_V1 + path, body, headers=self.headers)


def test_a_layout_from_check_to_withdrawal(play: Callable[..., Journey]) -> None:
    journey = play("notice")
    admin, head, handler = Program("admin"), Program("shenyi"), Program("lince")
    named = {row["name"]: row for row in handler.get("/layouts/names", kind=KIND).json()}
    assert named["place"]["required"] and named["title"]["label"] == "文书名称"
    faulty = admin.send("/layouts/check", form("{{ nothing }} {{ told }}")).json()
    assert faulty["unknown"] == ["nothing"] and faulty["misused"] and faulty["missing"] and not faulty["usable"]
    assert not AgencyForm.objects.exists()
    for data, code in (
        (with_parts(form("x"), {"word/vbaProject.bin": b"x"}), "form-macros"),
        (form("{{ place.__class__ }}"), "form-injection"),
        (b"PK\x03\x04" + b"\0" * (6 << 20), ""),
    ):
        answer = admin.send("/layouts", data)
        assert answer.status_code in (409, 422), answer.content
        assert not code or code in {row["code"] for row in answer.json()["reasons"]}
    file = whole()
    made = admin.send("/layouts", file, name="现场笔录（本机关）").json()["id"]
    (row,) = admin.get("/layouts", kind=KIND).json()["items"]
    assert (row["id"], row["state"], row["version"]) == (made, "waiting", 1)
    paper = documents.latest(journey.case, KIND)
    assert paper is not None
    assert handler.get(f"/documents/{paper.id}/docx").status_code == 404
    assert admin.post(f"/layouts/{made}/use").status_code == 403
    first = head.post(f"/layouts/{made}/use", key="a").json()
    assert head.post(f"/layouts/{made}/use", key="a").json() == first
    assert admin.get(f"/layouts/{made}").json()["state"] == "in-use"
    got = handler.get(f"/documents/{paper.id}/docx").content
    text = "\n".join(line.text for line in new_document(io.BytesIO(got)).paragraphs)
    assert paper.fields["place"] in text
    trial = head.get(f"/layouts/{made}/trial").content
    assert "【地点】" in "".join(line.text for line in new_document(io.BytesIO(trial)).paragraphs)
    assert head.get(f"/layouts/{made}/original").content == file
    assert head.post(f"/layouts/{made}/withdrawal", {"reason": ""}).status_code == 422
    assert head.post(f"/layouts/{made}/withdrawal", {"reason": "改版"}).status_code == 201
    assert admin.get(f"/layouts/{made}").json()["state"] == "withdrawn"
    stranger = Program("heshan")
    assert stranger.get("/layouts").json()["items"] == []
    assert stranger.get(f"/layouts/{made}").status_code == 404


def test_forms_twins_checkup_and_approval(play: Callable[..., Journey]) -> None:
    journey = play("notice")
    case = journey.case
    handler, unit, head = Program("lince"), Program("luming"), Program("shenyi")
    forms = {row["kind"]: row for row in handler.get("/forms").json()}
    assert len(forms) > 120 and forms["penalty-decision"]["no"] == 63
    shape = handler.get("/forms/schema", kind="site-record").json()
    assert shape["properties"]["place"]["title"] == "地点"
    assert handler.get("/forms/schema", kind="nothing").status_code == 404
    assert {"code", "articles", "grave"} <= set(handler.get(f"/cases/{case.id}/checkup").json()[0])
    paper = Document.objects.filter(case=case).latest("issued_at")
    assert handler.get(f"/documents/{paper.id}/data").json()["digest"] == paper.digest
    assert handler.get(f"/documents/{paper.id}/roll").content.startswith(b"%PDF")
    asked = handler.post(f"/cases/{case.id}/approvals", {"kind": "matter-approval", "fields": typed()})
    assert asked.status_code == 201, asked.content
    key = asked.json()["id"]
    assert [row["id"] for row in head.get("/approvals").json()] == [key]
    digest = head.get(f"/approvals/{key}").json()["digest"]
    body = {"step": "head", "choice": "agree", "digest": digest}
    assert unit.post(f"/approvals/{key}/answer", body).status_code == 403
    assert head.post(f"/approvals/{key}/answer", {**body, "digest": "0" * 64}).status_code == 409
    assert head.post(f"/approvals/{key}/answer", body).status_code == 201
    assert Document.objects.filter(case=case, kind="matter-approval").count() == 1
    assert handler.post(f"/approvals/{key}/withdrawal").status_code == 409
