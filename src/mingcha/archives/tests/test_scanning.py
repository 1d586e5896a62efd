"""Paper becomes searchable: the machine proposes, a person checks, the picture stays as it came."""

from __future__ import annotations

import datetime as dt
import difflib
import io
import threading
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from click.testing import CliRunner
from PIL import Image

from mingcha.accounts.queries import actor_named
from mingcha.archives.models_scanning import Scan
from mingcha.archives.scanning import actions, queries, readers, tasks
from mingcha.archives.scanning.commands import scan
from mingcha.archives.scanning.rules import proposed
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted
from mingcha.documents.rendering import render
from mingcha.documents.tests.golden import ALL
from mingcha.files import queries as files
from mingcha.files.actions import receive_bytes
from mingcha.ledger.models import JournalEntry

LETTER = ALL["penalty-decision"]


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A decision of our own, as the scanner's program would give it: with a layer of text."""
    return render("penalty-decision", LETTER).pdf


@pytest.fixture(scope="module")
def pictures(pdf: bytes) -> list[bytes]:
    """The same paper as a flat-bed scanner gives it: pictures, no text."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            out = io.BytesIO()
            page.render(scale=150 / 72).to_pil().convert("L").save(out, "PNG")
            found.append(out.getvalue())
    return found


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path / "files"


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.django_db
def test_paper_is_read_proposed_checked_and_found(pdf: bytes, store: None, district: None) -> None:
    archivist = actor_named("jiangmu")
    with pytest.raises(NotPermitted):
        actions.take_in([receive_bytes(pdf)], actor=actor_named("lince"), name="旧卷")
    with pytest.raises(InvalidInput):
        actions.take_in([receive_bytes(b"just text")], actor=archivist, name="旧卷")
    with pytest.raises(InvalidInput):
        actions.take_in([receive_bytes(b"%PDF-1.7 torn off\n%%EOF")], actor=archivist, name="旧卷")
    scan = actions.take_in([receive_bytes(pdf)], actor=archivist, name="2019年旧卷第3件")
    with pytest.raises(Conflict):
        actions.take_in([receive_bytes(pdf)], actor=archivist, name="再扫一次")
    word = LETTER["parties"][0]["name"]
    assert not queries.found_by(archivist, word).exists()
    assert len(queries.unread(99)) == scan.pages > 0
    # Killed after the first page, gone on afterwards: each page is read once.
    actions.read_page(queries.unread(1)[0])
    assert queries.scan(archivist, scan.id).pages_read == 1
    assert tasks.read_waiting(threading.Event(), {}) == scan.pages - 1 and not queries.unread(99)

    # The machine's reading is found, is marked as such, and proposes the fields that the letter says.
    assert [row.id for row in queries.found_by(archivist, word)] == [scan.id]
    sheets, fields = queries.sheets(scan), queries.fields(scan)
    assert {sheet.reader for sheet in sheets} == {"text-layer"} and not any(sheet.checked for sheet in sheets)
    assert fields.number and squeezed(fields.number) in squeezed(sheets[0].text)
    assert fields.party == word and fields.title.endswith("决定书") and fields.day is not None

    # Another organ sees nothing; a person's check counts from its day on, versions do not overwrite each other.
    with pytest.raises(NotFound):
        queries.scan(actor_named("luochuan"), scan.id)
    given: dict[str, Any] = {
        "title": fields.title, "number": "（编造）旧字〔2019〕3号", "party": "白帆", "authority": fields.authority,
        "day": dt.date(2019, 5, 6),
    }  # fmt: skip
    with pytest.raises(InvalidInput):
        actions.check(scan.id, actor=archivist, **given, texts=["只有一页"] * (scan.pages + 1))
    texts = ["人工核对过的文字", *(sheet.text for sheet in sheets[1:])]
    row = actions.check(scan.id, actor=archivist, **given, texts=texts)
    with pytest.raises(Conflict):
        actions.check(scan.id, actor=archivist, **given, texts=texts)
    assert [hit.id for hit in queries.found_by(archivist, "白帆 人工核对")] == [scan.id]
    first = squeezed(sheets[0].text)[:12]
    assert not queries.found_by(archivist, first).exists(), "the machine's text must not count any more"
    assert all(sheet.checked for sheet in queries.sheets(scan)) and queries.fields(scan).party == "白帆"
    entry = JournalEntry.objects.get(kind="paper-checked", subject_id=str(scan.id))
    assert row.digest in str(entry.content.payload)
    # The picture is the bytes that came.
    page = scan.sheets.order_by("n").first()
    assert page is not None and files.content_path(page.file_id).read_bytes() == pdf


@pytest.mark.django_db
def test_several_pictures_are_one_paper(pictures: list[bytes], store: None, district: None) -> None:
    archivist = actor_named("jiangmu")
    jpeg = io.BytesIO()
    Image.open(io.BytesIO(pictures[0])).resize((400, 560)).save(jpeg, "JPEG")
    taken = actions.take_in(
        [receive_bytes(jpeg.getvalue()), receive_bytes(pictures[0])], actor=archivist, name="两页", origin="folder"
    )
    assert [(row.n, row.place) for row in taken.sheets.order_by("n")] == [(1, 1), (2, 1)]
    assert Scan.objects.get().pages == 2


@pytest.mark.django_db
def test_a_folder_is_taken_in_once(
    pdf: bytes, pictures: list[bytes], store: None, district: None, tmp_path: Path
) -> None:
    folder = tmp_path / "scans"
    (folder / "第5件").mkdir(parents=True)
    (folder / "第4件.pdf").write_bytes(pdf)
    (folder / "坏件.pdf").write_bytes(b"%PDF-1.7 torn off")
    for n, picture in enumerate(pictures, 1):
        (folder / "第5件" / f"{n:03}.png").write_bytes(picture)
    for expected in ("入库 2 份，已有 0 份，不能入库 1 份", "入库 0 份，已有 2 份，不能入库 1 份"):
        result = CliRunner().invoke(scan, [str(folder), "--as", "jiangmu"])
        assert expected in result.output, result.output
    assert {row.name: row.pages for row in Scan.objects.all()} == {"第4件": len(pictures), "第5件": len(pictures)}
    assert (folder / "第4件.pdf").read_bytes() == pdf


@pytest.mark.slow
def test_a_machine_reads_the_picture_of_our_own_paper(pdf: bytes, pictures: list[bytes], tmp_path: Path) -> None:
    """The extra `ocr` is part of the development environment, so that this runs and is not skipped."""
    assert readers.ocr_installed()
    path = tmp_path / "page.png"
    # The head of the first page: heading, number, party; a whole page takes many seconds more.
    whole = Image.open(io.BytesIO(pictures[0]))
    whole.crop((0, 0, whole.width, whole.height // 3)).save(path)
    assert readers.text_layer(path, "image/png", 1) is None
    name, found = readers.read(path, "image/png", 1)
    assert name == "rapidocr" and found.confidence is not None and found.confidence > 800
    with pypdfium2.PdfDocument(pdf) as document:
        printed = squeezed(document[0].get_textpage().get_text_range())
    seen = squeezed(found.text)
    blocks = difflib.SequenceMatcher(None, printed, seen, autojunk=False).get_matching_blocks()
    assert sum(block.size for block in blocks) > 0.97 * len(seen) > 35
    fields = proposed([found.text])
    assert fields.number and squeezed(fields.number) in printed
