"""Where a seal goes (骑年盖月): over the organ's name and the date that end a letter, found in the finished print."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pypdfium2

from mingcha.documents.signing.pictures import PERSON_MM, SEAL_MM

MM = 72 / 25.4
# PDFium keeps global state and is not safe for threads.
_lock = threading.Lock()


@dataclass(frozen=True)
class Place:
    """A page, counted from 0, and a box in points from its lower left corner."""

    page: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Spot:
    """A point of a page in millimetres from its lower left corner."""

    x: float
    y: float


def lines(pdf: bytes, foot: str) -> list[Spot | None]:
    """For each page where the line begins that follows the words `foot`, which call for a signature."""
    found: list[Spot | None] = []
    with _lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            for page in document:
                box = _last(page.get_textpage(), foot)
                found.append(Spot(box[2] / MM, box[1] / MM - 0.7) if box else None)
        finally:
            document.close()
    return found


def seal_place(pdf: bytes, organ: str, date: str = "") -> Place:
    """The square of the seal: its middle between the last mention of the organ and the date below it.

    Where the last page with the organ's name has no date under it, the seal stands over the name itself; where the name
    is not printed, at the lower right of the last page.
    """
    side = SEAL_MM * MM
    with _lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            for number in range(len(document) - 1, -1, -1):
                page = document[number]
                width, height = page.get_size()
                text = page.get_textpage()
                rects = _last(text, organ)
                if rects is None:
                    continue
                left, bottom, right, top = rects
                dated = _last(text, date) if date else None
                if dated is not None and dated[3] <= bottom + 1:
                    left, right = min(left, dated[0]), max(right, dated[2])
                    bottom = dated[1]
                middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
                return Place(number, _inside(middle_x - side / 2, middle_y - side / 2, side, side, width, height))
            last = len(document) - 1
            width, height = document[last].get_size()
            return Place(last, _inside(width - side - 26 * MM, 40 * MM, side, side, width, height))
        finally:
            document.close()


def _last(text: pypdfium2.PdfTextPage, wanted: str) -> tuple[float, float, float, float] | None:
    """The box around the last place where `wanted` is printed on the page."""
    if not wanted:
        return None
    searcher, found = text.search(wanted, match_case=True), None
    while (hit := searcher.get_next()) is not None:
        found = hit
    if found is None:
        return None
    boxes = [text.get_charbox(index) for index in range(found[0], found[0] + found[1])]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def person_place(pdf: bytes, seq: int, *, above: bool = False) -> Place:
    """The box of the `seq`-th officer's stamp: in the lower margin of the last page, under the text and its number.

    `above`: in the upper margin, where the lower one holds the signatures of each page.
    """
    wide, high = PERSON_MM[0] * MM, PERSON_MM[1] * MM
    with _lock:
        document = pypdfium2.PdfDocument(pdf)
        try:
            last = len(document) - 1
            width, height = document[last].get_size()
        finally:
            document.close()
    columns = max(int((width - 20 * MM) // (wide + 3 * MM)), 1)
    row, column = divmod(seq, columns)
    up = 3 * MM + row * (high + 1 * MM)
    y = height - up - high if above else up
    return Place(last, _inside(12 * MM + column * (wide + 3 * MM), y, wide, high, width, height))


def _inside(x: float, y: float, wide: float, high: float, width: float, height: float) -> tuple[int, int, int, int]:
    x = min(max(x, 0), width - wide)
    y = min(max(y, 0), height - high)
    return round(x), round(y), round(x + wide), round(y + high)
