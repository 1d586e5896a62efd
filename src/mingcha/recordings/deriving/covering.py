"""Parts of a picture made unreadable, and the measure that shows it; pure. Pictures are planar YUV 4:2:0, 8 bit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

# A part becomes at most this many cells a side, each of one colour of few: nothing that could be computed back is left.
CELLS = 4
_LEVEL = 16
_SAMPLES = 8  # a side of a cell
_FILL = (40, 128, 128)
# Deviation of brightness inside a cell that compression alone leaves; a blurred face or text has several times as much.
MOST_DETAIL = 8.0
# Mean difference of brightness outside the parts that compression alone leaves.
MOST_CHANGE = 12.0
_EDGE = 6


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels, even numbers; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int

    def touches(self, other: Box) -> bool:
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom

    def with_(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


def box(x: float, y: float, width: float, height: float, *, picture: tuple[int, int], margin: float = 0.0) -> Box:
    """A rectangle of fractions of the picture, widened by `margin` of its own size, in even pixels inside the picture."""
    wide, high = picture
    left, right = (x - margin * width) * wide, (x + width + margin * width) * wide
    top, bottom = (y - margin * height) * high, (y + height + margin * height) * high
    return Box(
        max(0, int(left) // 2 * 2),
        max(0, int(top) // 2 * 2),
        min(wide, -(-int(right + 0.999) // 2) * 2),
        min(high, -(-int(bottom + 0.999) // 2) * 2),
    )


def merged(boxes: Iterable[Box]) -> list[Box]:
    """The same parts as rectangles that do not touch: overlapping ones become one."""
    found: list[Box] = []
    for one in boxes:
        while near := next((other for other in found if other.touches(one)), None):
            found.remove(near)
            one = one.with_(near)
        found.append(one)
    return found


def cells(part: Box, method: str) -> list[Box]:
    """The cells of one colour into which a part is turned."""
    count = 1 if method == "fill" else CELLS
    across, down = _cut(part.left, part.right, count), _cut(part.top, part.bottom, count)
    return [
        Box(left, top, right, bottom)
        for left, right in pairwise(across)
        for top, bottom in pairwise(down)
        if right > left and bottom > top
    ]


def _cut(begin: int, end: int, count: int) -> list[int]:
    return [begin + (end - begin) * n // count // 2 * 2 for n in range(count)] + [end]


def cover(frame: bytearray, picture: tuple[int, int], part: Box, method: str) -> None:
    """Replace the part by its cells, in place."""
    wide, high = picture
    for cell in cells(part, method):
        for plane, (offset, stride, by) in enumerate(
            ((0, wide, 1), (wide * high, wide // 2, 2), (wide * high * 5 // 4, wide // 2, 2))
        ):
            left, right, top, bottom = cell.left // by, cell.right // by, cell.top // by, cell.bottom // by
            if method == "fill":
                value = _FILL[plane]
            else:
                mean = _mean(frame, offset, stride, (left, right, top, bottom))
                value = min(mean // _LEVEL * _LEVEL + _LEVEL // 2, 255)
            line = bytes([value]) * (right - left)
            for row in range(top, bottom):
                at = offset + row * stride + left
                frame[at : at + right - left] = line


def _mean(frame: bytearray, offset: int, stride: int, edges: tuple[int, int, int, int]) -> int:
    left, right, top, bottom = edges
    step_x, step_y = max(1, (right - left) // _SAMPLES), max(1, (bottom - top) // _SAMPLES)
    total = count = 0
    for row in range(top, bottom, step_y):
        line = frame[offset + row * stride + left : offset + row * stride + right : step_x]
        total, count = total + sum(line), count + len(line)
    return total // max(1, count)


def detail(luma: Sequence[int], wide: int, part: Box, method: str) -> float:
    """The largest deviation of brightness inside one cell, the seams to its neighbours left out."""
    worst = 0.0
    for cell in cells(part, method):
        edge = min(_EDGE, (cell.right - cell.left) // 4, (cell.bottom - cell.top) // 4)
        values = _values(luma, wide, Box(cell.left + edge, cell.top + edge, cell.right - edge, cell.bottom - edge))
        mean = sum(values) / len(values)
        worst = max(worst, sqrt(sum((value - mean) ** 2 for value in values) / len(values)))
    return worst


def _values(luma: Sequence[int], wide: int, part: Box) -> list[int]:
    step = max(1, (part.bottom - part.top) // 48)
    across = max(1, (part.right - part.left) // 48)
    return [
        value for row in range(part.top, part.bottom, step)
        for value in luma[row * wide + part.left : row * wide + part.right : across]
    ]  # fmt: skip


def difference(one: Sequence[int], two: Sequence[int], wide: int, part: Box) -> float:
    """Mean difference of brightness of two pictures inside a part."""
    pairs = list(zip(_values(one, wide, part), _values(two, wide, part), strict=True))
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


def outside(one: Sequence[int], two: Sequence[int], picture: tuple[int, int], parts: Sequence[Box]) -> float | None:
    """Mean difference of brightness outside the parts, or None where they cover the picture."""
    wide, high = picture
    step = max(1, min(wide, high) // 90)
    total = count = 0
    for row in range(0, high, step):
        for column in range(0, wide, step):
            if not any(
                part.left - 16 <= column < part.right + 16 and part.top - 16 <= row < part.bottom + 16 for part in parts
            ):
                total += abs(one[row * wide + column] - two[row * wide + column])
                count += 1
    return total / count if count else None
