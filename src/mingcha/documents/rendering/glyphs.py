"""Which characters can be printed (可打印字符): read from the character maps of the packaged fonts, OpenType `cmap`.

So a text that no font covers is refused when a document is made, not when its number has been spent.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import pylopdf_fonts_zh_cn

HOMES = tuple(Path(str(module.__file__)).parent for module in (pylopdf_fonts_zh_cn, manimgx_fonts_cjk))
# Body font and fallback, with the face inside the file: the third of the collection is Simplified Chinese.
_FACES = ((HOMES[0] / "NotoSerifSC-Regular.otf", 0), (HOMES[1] / "NotoSansCJK-VF.otf.ttc", 2))
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")
_LAYOUT = "\n\r\t"


def unprintable(values: Any) -> set[str]:
    """Characters in any text of `values` that no font has, or that nobody would see (control, direction marks)."""
    return {character for character in set("".join(texts(values))) if not _printable(character)}


@cache
def _printable(character: str) -> bool:
    if character in _LAYOUT:
        return True
    return unicodedata.category(character) not in _INVISIBLE and ord(character) in _covered()


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


@cache
def _covered() -> frozenset[int]:
    return frozenset(code for path, face in _FACES for code in _codes(path.read_bytes(), face))


def _codes(font: bytes, face: int) -> Iterator[int]:
    start = struct.unpack_from(">I", font, 12 + 4 * face)[0] if font[:4] == b"ttcf" else 0
    (tables,) = struct.unpack_from(">H", font, start + 4)
    for n in range(tables):
        tag, _, offset, _ = struct.unpack_from(">4sIII", font, start + 12 + 16 * n)
        if tag == b"cmap":
            yield from _full_map(font, offset)


def _full_map(font: bytes, cmap: int) -> Iterator[int]:
    """The format 12 subtable: groups of first code, last code, first glyph; glyph 0 means absent."""
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for n in range(count):
        _, _, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * n)
        (form,) = struct.unpack_from(">H", font, cmap + offset)
        if form == 12:
            (groups,) = struct.unpack_from(">I", font, cmap + offset + 12)
            for group in range(groups):
                first, last, glyph = struct.unpack_from(">III", font, cmap + offset + 16 + 12 * group)
                yield from range(first if glyph else first + 1, last + 1)
            return
    raise ValueError("a packaged font has no full character map")
