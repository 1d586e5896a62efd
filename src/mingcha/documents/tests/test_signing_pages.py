"""Signatures on each page of a record: on the line that asks for them, on every page, with the print left as it was."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pypdfium2
import pytest

from mingcha.documents.rendering import kinds, render, template
from mingcha.documents.signing import placing, strokes, timestamps, trust
from mingcha.documents.signing.authority import DemoAuthority
from mingcha.documents.signing.paging import Mark
from mingcha.documents.signing.signer import OfficerSignature, PageMarks, Seal, sign
from mingcha.documents.signing.verifying import VALID, check
from mingcha.documents.tests.golden import ALL

ORGAN = "明水区综合行政执法局"
DRAWN = strokes.svg(
    strokes.read([[[100 + 20 * n, 60 + 80 * (n % 4), n * 16, 700] for n in range(40)]]),
)


def ink(pdf: bytes, page: int, box: tuple[float, float, float, float]) -> int:
    """How many dark points a box (mm from the lower left corner) holds."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=2, grayscale=True, may_draw_forms=False).to_numpy()
    high, scale = picture.shape[0], 2 * placing.MM
    left, bottom, right, top = (int(n * scale) for n in box)
    return int((picture[high - top : high - bottom, left:right] < 128).sum())


@pytest.mark.parametrize("kind", ["inquiry-record", "hearing-record", "item-list"])
def test_every_page_bears_the_strokes(kind: str, authority: DemoAuthority, tmp_path: Path) -> None:
    plain, form = render(kind, ALL[kind]).pdf, template(kind)
    marks = (
        Mark("当事人　许山河", svg=DRAWN),
        Mark("见证人　郑明", words="拒绝签名"),
        Mark("执法人员　林策", words="电子签名", organ=True),
    )
    signed = sign(
        plain,
        timestamper=timestamps.local(authority.timestamping()),
        officers=[OfficerSignature(authority.holder("officer", "1", "林策"), "林策", "承办人员")],
        seal=Seal(authority.holder("seal", "1", ORGAN), ORGAN, visible=False),
        pages=PageMarks(marks, "内容摘要0123456789ab", form.foot),
    )
    assert signed.startswith(plain), "an incremental update leaves every byte of the print"
    assert check(signed, trust.load(authority.home.parent)).state == VALID
    before, after = pypdf.PdfReader(io.BytesIO(plain)), pypdf.PdfReader(io.BytesIO(signed))
    assert len(after.pages) == len(before.pages) >= (1 if kind == "item-list" else 2)
    feet = placing.lines(plain, form.foot)
    assert [spot is not None for spot in feet] == [bool(form.foot)] * len(before.pages)
    for number, spot in enumerate(feet):
        first, then = before.pages[number].extract_text(), after.pages[number].extract_text()
        assert then.replace("\n", "").startswith(first.replace("\n", "")), "what was printed stays first and whole"
        for said in ("许山河", "拒绝签名", "林策", "内容摘要0123456789ab"):
            assert said in re.sub(r"\s", "", then)
        # Over the line that asks for it; where the look prints none, in the free lower margin.
        box = (spot.x, spot.y + 0.8, spot.x + 26, spot.y + 9) if spot else (12, 6.5, 38, 15)
        assert ink(signed, number, box) > 300 + ink(plain, number, box)


def test_a_form_that_prints_the_line_says_who_signs_each_page() -> None:
    """What the look prints at the foot of each page and what the data demands are one list."""
    printed = {kind for kind in kinds() if "逐页签名" in template(kind).foot}
    demanded = {kind for kind in kinds() if template(kind).about.each_page.who}
    assert printed <= demanded
    for kind in demanded:
        about = template(kind).about
        assert about.each_page.source
        assert set(about.each_page.who) <= {row.who for row in about.signatures}
