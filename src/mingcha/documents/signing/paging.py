"""Signatures on each page (逐页签名): on the line that the foot of a record holds for them, and below it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from mingcha.documents.signing import pictures
from mingcha.documents.signing.placing import Spot

MM = 72 / 25.4
_SIDE_MM, _CELL_MM = 12.0, 27.0
# The line that a look prints for these signatures, with the number of the page right of it, and the margin below both.
_LINE_MM, _LINE_HIGH_MM, _LABEL_MM = 84.0, 13.0, 3.2
_FOOT_MM, _FOOT_HIGH_MM = 1.6, 7.6
_FREE_MM, _FREE_HIGH_MM, _NUMBER_MM = 3.0, 13.0, 50.0


@dataclass(frozen=True)
class Mark:
    """What one person leaves on each page: strokes, or words where there are none (electronic, refused)."""

    label: str
    svg: str = ""
    words: str = ""
    # Of those who act for the organ: below the line, which is meant for the others.
    organ: bool = False


@dataclass(frozen=True)
class _Strip:
    at: tuple[float, float]
    wide: float
    high: float
    marks: tuple[Mark, ...]
    note: str = ""


def stamp(writer: IncrementalPdfFileWriter, marks: Sequence[Mark], note: str, lines: Sequence[Spot | None]) -> None:
    """Put the marks on every page that the file has now; what is printed there stays as it is.

    `lines`: for each page the left end of the line that its foot holds for signatures, or None.
    """
    forms: dict[tuple[float, float, bool], generic.IndirectObject] = {}
    for number, line in enumerate(lines):
        reference, resources = writer.find_page_for_modification(number)
        page = reference.get_object()
        own = resources.get_object() if isinstance(resources, generic.IndirectObject) else resources
        objects = generic.DictionaryObject(own.get("/XObject", {}))
        drawn = []
        for seq, strip in enumerate(_strips(marks, note, line, float(page["/MediaBox"][2]) / MM)):
            key = (strip.wide, strip.high, bool(strip.note))
            if key not in forms:
                picture = pictures.strip(strip.wide, strip.high, _CELL_MM, strip.marks, strip.note)
                forms[key] = writer.import_page_as_xobject(PdfFileReader(io.BytesIO(picture)))
            objects[generic.pdf_name(f"/PageMarks{seq}")] = forms[key]
            x, y = strip.at
            drawn.append(f"q 1 0 0 1 {x * MM:.3f} {y * MM:.3f} cm /PageMarks{seq} Do Q")
        page[generic.pdf_name("/Resources")] = generic.DictionaryObject({**own, generic.pdf_name("/XObject"): objects})
        before = page.raw_get("/Contents")
        parts = list(before) if isinstance(before, generic.ArrayObject) else [before]
        # The print may leave its own coordinates standing at its end, so it is put in brackets.
        after = f"\nQ /Artifact BMC {' '.join(drawn)} EMC"
        page[generic.pdf_name("/Contents")] = generic.ArrayObject(
            [
                writer.add_object(generic.StreamObject(stream_data=b"q\n")),
                *parts,
                writer.add_object(generic.StreamObject(stream_data=after.encode())),
            ]
        )
        writer.mark_update(reference)


def _strips(marks: Sequence[Mark], note: str, line: Spot | None, width: float) -> list[_Strip]:
    if line is None:
        wide = width - _SIDE_MM - _NUMBER_MM
        return [_Strip((_SIDE_MM, _FREE_MM), wide, _FREE_HIGH_MM, tuple(marks), note)]
    ours = tuple(row for row in marks if row.organ)
    theirs = tuple(row for row in marks if not row.organ)
    wide = min(_LINE_MM, width - line.x - _NUMBER_MM)
    return [
        _Strip((line.x, line.y - _LABEL_MM), wide, _LINE_HIGH_MM, theirs),
        _Strip((_SIDE_MM, _FOOT_MM), width - 2 * _SIDE_MM, _FOOT_HIGH_MM, ours, note),
    ]
