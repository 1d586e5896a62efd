"""A handwritten signature (手写签名) as strokes: points with time and pressure, checked, digested, drawn as vectors.

It is bound to what was signed: the digest covers the strokes together with document, signer and time.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from mingcha.common.canonical import digest
from mingcha.common.errors import InvalidInput

# One point: x and y in thousandths of the width of the pad, milliseconds since the first touch, pressure in thousandths.
Point = tuple[int, int, int, int]
Strokes = tuple[tuple[Point, ...], ...]
_MOST_POINTS = 6000
_MOST_STROKES = 200
_LEAST_POINTS = 8
_LEAST_LENGTH = 60
_SIDE, _LONGEST, _HARDEST = 1000, 3_600_000, 1000
_WHOLE = {int}


def read(raw: Any, *, field: str = "strokes") -> Strokes:
    """The strokes of a pad. Raises InvalidInput for none, for a dot that is no signature, for numbers out of range."""

    def refuse(message: str) -> InvalidInput:
        return InvalidInput({field: [message]})

    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        raise refuse("还没有签名。请在签名框里书写姓名。")
    if len(raw) > _MOST_STROKES or sum(len(stroke) for stroke in raw if isinstance(stroke, list)) > _MOST_POINTS:
        raise refuse("笔迹太长。请清除后重新书写。")
    found: list[tuple[Point, ...]] = []
    clock = 0
    for stroke in raw:
        if not isinstance(stroke, list) or not stroke:
            raise refuse("笔迹数据不完整。请清除后重新书写。")
        points: list[Point] = []
        for point in stroke:
            if not isinstance(point, list) or len(point) != 4 or {*map(type, point)} != _WHOLE:
                raise refuse("笔迹数据不完整。请清除后重新书写。")
            x, y, at, pressure = point
            if not (0 <= x <= _SIDE and 0 <= y <= _SIDE and 0 <= at <= _LONGEST and 0 <= pressure <= _HARDEST):
                raise refuse("笔迹数据超出签名框。请清除后重新书写。")
            if at < clock:
                raise refuse("笔迹的时间顺序不对。请清除后重新书写。")
            clock = at
            points.append((x, y, at, pressure))
        found.append(tuple(points))
    strokes = tuple(found)
    if sum(map(len, strokes)) < _LEAST_POINTS or _length(strokes) < _LEAST_LENGTH:
        raise refuse("笔迹太短，看不出是签名。请书写完整的姓名。")
    return strokes


def bound(
    strokes: Strokes, *, document: str, document_digest: str, who: str, name: str, capacity: str, at: dt.datetime
) -> str:
    """The digest that binds strokes to document, signer and time (SHA-256, hex)."""
    content: Mapping[str, Any] = {
        "document": document,
        "document_digest": document_digest,
        "who": who,
        "name": name,
        "capacity": capacity,
        "at": at.isoformat(),
        "strokes": strokes,
    }
    return digest(content)


def svg(strokes: Strokes, *, height: int = 400) -> str:
    """The strokes as a picture of 1000 by `height`: each stretch as wide as the pressure at its end."""
    parts = []
    for stroke in strokes:
        if len(stroke) == 1:
            x, y, _, pressure = stroke[0]
            parts.append(f'<circle cx="{x}" cy="{y}" r="{_width(pressure) / 2:.1f}"/>')
        for (x0, y0, _, _), (x1, y1, _, pressure) in itertools.pairwise(stroke):
            parts.append(f'<path d="M{x0} {y0}L{x1} {y1}" stroke-width="{_width(pressure):.1f}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 {height}" fill="none" stroke="#000" '
        f'stroke-linecap="round">{"".join(parts)}</svg>'
    )


def _width(pressure: int) -> float:
    # A mouse reports no pressure: 500 then gives an even line.
    return 3 + pressure * 9 / 1000


def _length(strokes: Strokes) -> float:
    return sum(
        ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        for stroke in strokes
        for (x0, y0, _, _), (x1, y1, _, _) in itertools.pairwise(stroke)
    )
