"""Documents as other programs see them: text by poppler, PDF/A marks by pypdf, boxes by PDFium."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import subprocess
import sys
import threading
from typing import Any

import pypdf
import pypdfium2
import pytest

from mingcha.documents.rendering import field_table, kinds, render, template
from mingcha.documents.tests.golden import ALL, HOME

POINTS_PER_MM = 72 / 25.4
# Height of the page footer per layout in mm: page numbers are no part of the text of a document.
FOOTER = {"letter": 35, "form": 22, "record": 22, "list": 20}


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def read(pdf: bytes, layout: str) -> str:
    """The text that poppler finds above the footers, in the order of the content."""
    poppler = shutil.which("pdftotext")
    assert poppler, "pdftotext is missing: install poppler-utils"
    height = (210 if layout == "list" else 297) - FOOTER[layout]
    box = ["-x", "0", "-y", "0", "-W", "2000", "-H", str(int(height * POINTS_PER_MM))]
    command = [poppler, "-raw", "-enc", "UTF-8", *box, "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def decision(**changes: Any) -> dict[str, Any]:
    return {**ALL["penalty-decision"], **changes}


def test_every_kind_has_a_sample_and_a_title() -> None:
    assert set(kinds()) == set(ALL)
    assert all(template(kind).title and field_table(kind) for kind in kinds())


@pytest.mark.parametrize("kind", sorted(ALL))
def test_golden_text_and_text_in_the_pdf(kind: str) -> None:
    made = render(kind, ALL[kind])
    assert made.text + "\n" == (HOME / f"{kind}.txt").read_text(encoding="utf-8")
    assert squeezed(read(made.pdf, template(kind).layout)) == squeezed(made.text)
    assert "{" not in made.text, "a placeholder was left open"


@pytest.mark.parametrize("kind", sorted(ALL))
def test_marked_as_pdf_a_with_all_fonts_inside(kind: str) -> None:
    made = pypdf.PdfReader(io.BytesIO(render(kind, ALL[kind]).pdf))
    xmp = made.metadata_root() if hasattr(made, "metadata_root") else made.xmp_metadata
    packet = xmp.stream.get_data().decode()  # type: ignore[union-attr]
    assert re.search(r"pdfaid:part>2<", packet)
    assert re.search(r"pdfaid:conformance>B<", packet)
    assert re.search(r"pdfuaid:part>1<", packet)
    assert made.metadata is not None
    assert made.metadata.title == template(kind).title_of(ALL[kind])
    root = made.trailer["/Root"]
    assert root["/OutputIntents"]
    assert "/JavaScript" not in root.get("/Names", {})
    assert "/OpenAction" not in root
    assert not made.is_encrypted
    fonts = [font.get_object() for page in made.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile3" in descriptor or "/FontFile2" in descriptor
        assert "/ToUnicode" in font


def test_pages_are_a4_and_numbered() -> None:
    pdf = render("penalty-decision", ALL["penalty-decision"]).pdf
    pages = pypdfium2.PdfDocument(pdf)
    assert len(pages) >= 3
    for n, page in enumerate(pages, 1):
        assert page.get_size() == pytest.approx((210 * POINTS_PER_MM, 297 * POINTS_PER_MM), abs=0.5)
        foot = page.get_textpage().get_text_bounded(bottom=0, top=35 * POINTS_PER_MM)
        assert squeezed(foot) == f"—{n}—"


def test_organ_head_is_red_and_the_qr_code_is_drawn() -> None:
    page = pypdfium2.PdfDocument(render("revocation-decision", ALL["revocation-decision"]).pdf)[0]
    picture = page.render(scale=1)
    top = [picture.buffer[i : i + 3] for i in range(0, int(picture.stride * 160), picture.n_channels)]
    assert sum(1 for b, g, r in (bytes(dot) for dot in top if len(dot) == 3) if r > 180 and g < 60 and b < 80) > 500
    with_code = render("penalty-notice", ALL["penalty-notice"])
    assert "https://zhifa.mingshui.example/verify/0192f3c4a7b1" in squeezed(with_code.text)


def test_same_fields_give_same_bytes_in_threads_and_processes() -> None:
    first = render("penalty-decision", ALL["penalty-decision"]).pdf
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(render("penalty-decision", ALL["penalty-decision"]).pdf))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    program = (
        "import hashlib; from mingcha.documents.rendering import render; "
        "from mingcha.documents.tests.golden import ALL; "
        "print(hashlib.sha256(render('penalty-decision', ALL['penalty-decision']).pdf).hexdigest())"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert made == [first] * 3
    assert other.stdout.strip() == hashlib.sha256(first).hexdigest()
    assert render("penalty-decision", decision(doc_no="明综执罚〔2026〕13号")).pdf != first


def test_template_digest_follows_the_template() -> None:
    digests = {kind: render(kind, ALL[kind]).template_digest for kind in ("penalty-decision", "penalty-notice")}
    assert len(set(digests.values())) == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in digests.values())
