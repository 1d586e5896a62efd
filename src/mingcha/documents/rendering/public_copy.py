"""A public text as PDF (公示文本): set anew from the released words alone — 行政处罚法 art. 48, 50. The original gives nothing to it."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import segno
import typst

from mingcha.documents.rendering.about import HOME
from mingcha.documents.rendering.glyphs import unprintable
from mingcha.documents.rendering.render import _breakable, _fonts

LOOK = "look/public.typ"
# What typesetting puts where no font has the character: 下三角 would be read, the geta mark is known in print.
_ABSENT = "〓"
_local = threading.local()


@dataclass(frozen=True)
class PublicText:
    """What a public copy shows: `lines` are (kind, [(words, withheld)]); everything in it is public."""

    title: str
    authority: str
    notice: Sequence[str]
    lines: Sequence[tuple[str, Sequence[tuple[str, bool]]]]
    close: Sequence[str]
    foot: str
    address: str
    moment: dt.datetime


def render_public(shown: PublicText) -> bytes:
    """The copy as PDF/A-2b with tags. Takes some 20 ms. The same public text always gives the same bytes."""
    picture = io.BytesIO()
    segno.make_qr(shown.address, error="m", boost_error=False, mask=3).save(
        picture, kind="svg", border=4, xmldecl=False, svgns=True
    )
    content = {
        "title": shown.title,
        "authority": shown.authority,
        "notice": list(shown.notice),
        "lines": [
            {"kind": kind, "parts": [{"s": words, "withheld": withheld} for words, withheld in parts]}
            for kind, parts in shown.lines
        ],
        "close": list(shown.close),
        "foot": shown.foot,
        "address": shown.address,
    }
    # Texts of others hold characters that no font has; a public copy says so instead of failing.
    absent = dict.fromkeys(map(ord, unprintable(content)), _ABSENT)
    given = {**_breakable(_without(content, absent)), "svg": picture.getvalue().decode()}
    compiler = getattr(_local, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(HOME / LOOK, root=HOME, font_paths=_fonts(), ignore_system_fonts=True)
        _local.compiler = compiler
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"content": json.dumps(given, ensure_ascii=False)},
        pdf_standards=["a-2b", "ua-1"],
        timestamp=shown.moment,
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf


def _without(value: Any, absent: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(absent) if absent else value
    if isinstance(value, dict):
        return {name: _without(item, absent) for name, item in value.items()}
    return [_without(item, absent) for item in value] if isinstance(value, list) else value
