"""Reading, keeping, destruction and scanned paper over HTTP, as browsers of several people ask."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from mingcha.archives.models import Disposal, Hold, Loan, MarkedCopy, PageView, Scan
from mingcha.archives.scanning import actions as scanning
from mingcha.archives.scanning import queries
from mingcha.common import clock
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.ledger.models import JournalEntry

pytestmark = pytest.mark.django_db
Login = Callable[[str], Client]


def text(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", errors="replace")


def test_reading_keeping_and_destruction(play: Callable[..., Journey], login: Login) -> None:
    journey = play("archive")
    case, day = journey.case, journey.day
    reader, archivist, reviewer, head = (login(who) for who in ("weiqing", "jiangmu", "zhouheng", "shenyi"))
    week = (day + dt.timedelta(days=7)).isoformat()
    with clock.frozen(clock.at(day, 14)):
        new = reverse("loan-new", args=[case.id])
        assert str(case) in text(reader.get(reverse("loan-dossiers"), {"q": case.number}))
        given = {"purpose": "similar", "purpose_text": "参考裁量", "volume": "main", "until": week}
        assert reader.post(new, {**given, "until": "2099-01-01"}).status_code == 422
        assert reader.post(new, given).status_code == 302
        loan = Loan.objects.get()
        page = reverse("loan", args=[loan.id])
        assert "等待您答复 1 件" in text(archivist.get(reverse("loans")))
        assert login("handu").get(page).status_code == 404
        answer = {"granted": "yes", "reason": "", "until": week}
        assert reviewer.post(reverse("loan-decide", args=[loan.id]), answer).status_code == 403
        assert archivist.post(reverse("loan-decide", args=[loan.id]), answer).status_code == 302
        shown = text(reader.get(page))
        key = next(
            part.split("/read/")[1].split("/")[0] for part in shown.split('"') if "/read/document" in part
        ).replace("%3A", ":")
        assert "水印" in text(reader.get(reverse("loan-read", args=[loan.id, key])))
        picture = reader.get(reverse("loan-page", args=[loan.id, key, 1]))
        assert picture["Content-Type"] == "image/jpeg" and "no-store" in picture["Cache-Control"]
        assert Image.open(io.BytesIO(picture.content)).width > 800
        assert reader.get(reverse("loan-page", args=[loan.id, key, 999])).status_code == 404
        assert archivist.get(reverse("loan-page", args=[loan.id, key, 1])).status_code == 403
        assert PageView.objects.count() == 1
        assert "1件 1页次" in text(archivist.get(reverse("loans"), {"q": "参考裁量", "state": "open"}))
        assert "参考裁量" in text(archivist.get(reverse("loans-export", args=["csv"])))
        assert reader.post(reverse("loan-end", args=[loan.id])).status_code == 302
        assert reader.get(reverse("loan-page", args=[loan.id, key, 1])).status_code == 409

        # For a lawyer the archivist asks, the reviewer allows, a marked copy is made.
        lawyer = {
            **given, "reader": "lawyer", "purpose": "rights", "reader_name": "白帆", "reader_unit": "远山律师事务所",
            "credential": "（编造）委托书", "papers": [key],
        }  # fmt: skip
        assert archivist.post(new, lawyer).status_code == 302
        other = Loan.objects.exclude(id=loan.id).get()
        assert reviewer.post(reverse("loan-decide", args=[other.id]), answer).status_code == 302
        assert archivist.post(reverse("loan-copy", args=[other.id])).status_code == 302
        copied = archivist.get(reverse("loan-copied", args=[other.id, MarkedCopy.objects.get().id]))
        assert b"".join(copied.streaming_content).startswith(b"%PDF")

        # The archivist's own look at the dossier is entered; keeping says until when and why.
        archivist.get(reverse("archive-case", args=[case.id]))
        assert JournalEntry.objects.filter(kind="dossier-read").count() == 1
        kept = reverse("keeping-case", args=[case.id])
        assert "2056-12-31" in text(archivist.get(kept))
        assert reader.get(kept).status_code in (403, 404)
        held = {"ground": "litigation", "reason": "当事人起诉", "reference": "（编造）1号"}
        assert archivist.post(reverse("keeping-hold", args=[case.id]), held).status_code == 302
        assert "冻结中" in text(archivist.get(kept))
        wrong = {"words": "许山河", "ground": "wrong_person", "reference": "（编造）2号", "reason": "误录"}
        assert head.post(reverse("keeping-erase", args=[case.id]), wrong).status_code == 422
        lift = reverse("keeping-lift", args=[case.id, Hold.objects.get().id])
        assert reviewer.post(lift, {"reason": "已终审"}).status_code == 302
        assert head.post(reverse("keeping-erase", args=[case.id]), wrong).status_code == 302
    with clock.frozen(clock.at(dt.date(2060, 3, 1))):
        due = reverse("keeping")
        assert "可以列入清册" in text(archivist.get(due)) and "可以列入清册" in text(
            archivist.get(reverse("keeping-export", args=["csv"]))
        )
        listed = archivist.post(due, {"cases": [str(case.id)], "reason": "保管期限届满"})
        disposal = Disposal.objects.get()
        one = reverse("disposal", args=[disposal.id])
        assert listed["Location"] == one
        for client, step in ((reviewer, "属实"), (head, "同意销毁")):
            assert client.post(reverse("disposal-approve", args=[disposal.id]), {"opinion": step}).status_code == 302
        assert "还不能销毁" in text(archivist.get(one))
        run = reverse("disposal-run", args=[disposal.id])
        witness = {"witness_id": str(disposal.approvals.get(step=1).by_id)}
        assert archivist.post(run, witness).status_code == 422
    with clock.frozen(clock.at(dt.date(2060, 4, 2))):
        assert archivist.post(run, witness).status_code == 302
        assert "监销" in text(archivist.get(one)) and "案卷已经销毁" in text(archivist.get(kept))
        assert "全卷摘要值" in text(archivist.get(reverse("disposal-export", args=[disposal.id, "csv"])))
        assert str(disposal) in text(archivist.get(reverse("disposals")))


def test_scanned_paper(login: Login, settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path / "files"
    archivist, handler = login("jiangmu"), login("lince")
    assert handler.get(reverse("scans")).status_code == 403
    paper = SimpleUploadedFile(
        "旧卷.pdf", paper_decision("明水区综合行政执法局", dt.date(2019, 5, 6)), "application/pdf"
    )
    wrong = SimpleUploadedFile("旧卷.pdf", b"no paper at all", "application/pdf")
    new = reverse("scan-new")
    assert archivist.post(new, {"name": "旧卷", "sheets": wrong}).status_code == 422
    assert archivist.post(new, {"name": "2019年旧卷", "sheets": paper}).status_code == 302
    scan = Scan.objects.get()
    one = reverse("scan", args=[scan.id])
    assert archivist.get(reverse("scan-page", args=[scan.id, 1]))["Content-Type"] == "image/jpeg"
    assert "识别中 0/1" in text(archivist.get(reverse("scans"))) and "还在识别" in text(archivist.get(one))
    scanning.read_page(queries.unread(1)[0])
    assert "没有核对" in text(archivist.get(one))
    assert "2019年旧卷" in text(archivist.get(reverse("scans"), {"q": "启用行政执法清单"}))
    given = {"title": "关于启用清单的决定", "text_1": "核对过的全文", "version_seen": "0", "day": "2019-05-06"}
    assert archivist.post(one, {**given, "title": ""}).status_code == 422
    assert archivist.post(one, given).status_code == 302
    assert archivist.post(one, given).status_code == 422, "somebody else has checked meanwhile"
    assert "已核对" in text(archivist.get(reverse("scans"), {"q": "核对过的全文", "state": "checked"}))
    assert "关于启用清单的决定" in text(archivist.get(reverse("scans-export", args=["csv"])))
