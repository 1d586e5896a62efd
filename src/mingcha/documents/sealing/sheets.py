"""What the marks of people look like in the signed copy: the sheet at its end, the strokes of each page, the date."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mingcha.common import clock
from mingcha.documents.models import Document
from mingcha.documents.rendering import template, wording
from mingcha.documents.rendering.about import SIGNERS
from mingcha.documents.sealing import rules
from mingcha.documents.sealing.queries import Marks
from mingcha.documents.signing import pictures
from mingcha.documents.signing import strokes as drawing

if TYPE_CHECKING:  # loaded with the first signature, see `verifying`
    from mingcha.documents.signing.signer import PageMarks

DEVICES = {"pen": "触控笔", "touch": "手指", "mouse": "鼠标"}


def sheet(document: Document, found: Marks) -> bytes:
    """The signature sheet (签名页): text, strokes and what they are bound to."""
    rows = [
        pictures.SheetRow(
            f"{SIGNERS[row.who]}　{row.name}" + (f"（{row.capacity}）" if row.capacity else ""),
            (
                f"签名时间：{minute(row.at)}　书写方式：{DEVICES[row.device]}",
                f"签名数据摘要（SHA-256）：{row.strokes_digest}",
            ),
            drawing.svg(drawing.read(row.strokes)),
            f"{row.name}的手写签名",
        )
        for row in found.hand
    ]
    rows += [
        pictures.SheetRow(
            f"{SIGNERS[row.who]}　{row.name}　拒绝签名",
            (
                f"情况：{row.reason}",
                f"记明时间：{minute(row.at)}　记明人：{row.noted_by.name}",
                f"见证人：{row.witness}" if row.witness else "见证人：无",
                *((f"现场录像：{row.recording.title}",) if row.recording else ()),
            ),
        )
        for row in found.refusals
    ]
    lines = [f"《{document.title}》{document.number}", f"文书内容摘要（SHA-256）：{document.digest}"]
    return pictures.sheet("签名页", lines, rows)


def page_marks(document: Document, found: Marks) -> PageMarks | None:
    """What stands on each page of a record that is signed page by page: strokes, or the word for what stands instead."""
    from mingcha.documents.signing.paging import Mark
    from mingcha.documents.signing.signer import PageMarks

    form = template(document.kind, document.template_version)
    rows = [
        *((row.who, row.name, drawing.svg(drawing.read(row.strokes)), "") for row in found.hand),
        *((row.who, row.name, "", "电子签名") for row in found.electronic),
        *((row.who, row.name, "", "拒绝签名") for row in found.refusals),
    ]
    marks = tuple(
        Mark(f"{SIGNERS[who]}　{name}", svg, words, organ=who not in rules.OUTSIDE)
        for who, name, svg, words in rows
        if who in form.about.each_page.who
    )
    return PageMarks(marks, f"内容摘要{document.digest[:12]}", form.foot) if marks else None


def dated(document: Document) -> str:
    """The date as the tail of the document prints it."""
    value = document.fields.get(template(document.kind, document.template_version).date)
    if not isinstance(value, str):
        return ""
    day = clock.legal_day(dt.datetime.fromisoformat(value)) if "T" in value else dt.date.fromisoformat(value)
    return wording.day(day)


def minute(at: dt.datetime) -> str:
    return at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
