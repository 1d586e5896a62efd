"""Copies on the 80 mm roll: every kind, the words of the official paper in their order, marked as a copy."""

from __future__ import annotations

import itertools
import time

import pypdfium2
import pytest

from mingcha.documents.rendering import render
from mingcha.documents.rendering.compose import Composer
from mingcha.documents.rendering.fields import checked, template
from mingcha.documents.rendering.roll import render_roll
from mingcha.documents.tests.golden import ALL
from mingcha.documents.tests.test_rendering import read, squeezed

DIGEST = "ab12" * 16
POINTS_PER_MM = 72 / 25.4


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as made:
        return "".join(page.get_textpage().get_text_bounded() for page in made)


def title_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as made:
        return str(made.get_metadata_dict()["Title"])


def stacked(kind: str, title: str) -> str:
    """The words of the paper in the order of the roll: as on A4, but the head of a column before each of its cells."""
    form = template(kind)
    values = checked(kind, ALL[kind])
    words = [str(values.get("organ_name", "")), title, str(values.get("doc_no", ""))]
    for block in Composer(form, values).blocks():
        match block["t"]:
            case "table":
                for row in block["rows"]:
                    short = len(row) == 1 and len(block["head"]) > 1
                    words += (
                        row
                        if short
                        else itertools.chain(*((f"{h}：", c) for h, c in zip(block["head"], row, strict=True)))
                    )
            case "form":
                for cell in itertools.chain(*block["rows"]):
                    words += [f"{cell['label']}：", cell["s"], *((cell["sign"], cell["date"]) if cell["sign"] else ())]
            case "qa":
                words += [block["label"], block["s"]]
            case "sign" | "cover":
                words += itertools.chain(*((f"{label}：", value) for label, value in block["rows"]))
            case "tail":
                words += [block["caption"], block["organ"], block["date"]]
            case "notes":
                words += block["rows"]
            case "space":
                pass
            case _:
                words.append(block["s"])
    return "".join(words)


@pytest.mark.parametrize("kind", sorted(ALL))
def test_the_roll_says_what_the_paper_says(kind: str) -> None:
    paper = render(kind, ALL[kind])
    title = title_of(paper.pdf)
    pdf = render_roll(kind, ALL[kind], digest=DIGEST, title=title)
    found = squeezed(text_of(pdf))
    url = str(ALL[kind].get("verify_url", ""))
    tail = f"副本，原件以 A4 版式为准。文书校验值：{DIGEST}" + (f"核验：{url}" if url else "")
    assert found == squeezed(stacked(kind, title) + tail)
    # Every word of the official paper is on the roll, as a program that extracts both finds them.
    for line in paper.text.splitlines():
        for word in line.split():
            assert squeezed(word).removesuffix("：") in found
    with pypdfium2.PdfDocument(pdf) as made:
        for page in made:
            assert abs(page.get_width() - 80 * POINTS_PER_MM) < 1
            words = page.get_textpage()
            right = max(words.get_charbox(n)[2] for n in range(words.count_chars()))
            assert right < 78 * POINTS_PER_MM


def test_where_a_paper_has_no_table_both_texts_are_equal() -> None:
    kind = "inquiry-record"
    roll = squeezed(text_of(render_roll(kind, ALL[kind], digest=DIGEST)))
    paper = squeezed(read(render(kind, ALL[kind]).pdf, "record"))
    assert roll.startswith(paper)


def test_the_same_document_gives_the_same_copy() -> None:
    kind = "onsite-penalty-decision"
    assert render_roll(kind, ALL[kind], digest=DIGEST) == render_roll(kind, ALL[kind], digest=DIGEST)


def test_a_record_of_two_hundred_pages_is_made_in_time() -> None:
    """Two thousand questions, the most that a record takes; ten thousand are refused before."""
    rows = [
        {"question": f"第{n}个问题，请说明当时的情况？", "answer": "当时我在工地门口，没有看清楚是谁。" * 6}
        for n in range(2000)
    ]
    fields = {**ALL["inquiry-record"], "questions": rows}
    begun = time.perf_counter()
    made = render("inquiry-record", fields)
    paper = time.perf_counter() - begun
    with pypdfium2.PdfDocument(made.pdf) as pages:
        assert len(pages) >= 200
    begun = time.perf_counter()
    roll = render_roll("inquiry-record", fields, digest=DIGEST)
    copy = time.perf_counter() - begun
    with pypdfium2.PdfDocument(roll) as pages:
        assert len(pages) > 1 and max(page.get_height() for page in pages) <= 14_000
    assert "第1999个问题" in squeezed(text_of(roll))
    assert paper < 20 and copy < 40, (paper, copy)
    from mingcha.common.errors import InvalidInput

    with pytest.raises(InvalidInput) as caught:
        render("inquiry-record", {**fields, "questions": rows * 5})
    assert "最多2000项" in "".join(caught.value.fields["questions"])
