"""What a signature shows on paper: the round red seal, an officer's stamp, the sheet of handwritten signatures."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from mingcha.common.clock import at
from mingcha.documents.rendering.glyphs import HOMES

if TYPE_CHECKING:
    from mingcha.documents.signing.paging import Mark

HERE = Path(__file__).resolve().parent
# 国务院关于国家行政机关和企业事业单位社会团体印章管理的规定: diameter of the seal of a department, 4.2 cm.
SEAL_MM = 42
PERSON_MM = (56, 8)
_local = threading.local()


@dataclass(frozen=True)
class SheetRow:
    """One handwritten signature or refusal as the sheet prints it."""

    head: str
    lines: tuple[str, ...]
    svg: str = ""
    alt: str = ""


@lru_cache(maxsize=64)
def seal(name: str, mark: str = "") -> bytes:
    """A page of 42 mm with the seal of an organ as vectors; `mark` stands below the star."""
    return _compile({"picture": "seal", "title": f"{name}印章", "name": name, "mark": mark})


def person(name: str, mark: str) -> bytes:
    """A page of 56 by 8 mm with the name of an officer and a second line."""
    return _compile({"picture": "person", "title": name, "name": name, "mark": mark})


def sheet(title: str, lines: Sequence[str], rows: Sequence[SheetRow]) -> bytes:
    """The signature sheet (签名页), A4; text stays text, strokes stay vectors."""
    shown = [{"head": row.head, "lines": list(row.lines), "svg": row.svg, "alt": row.alt} for row in rows]
    return _compile({"picture": "sheet", "title": title, "lines": list(lines), "rows": shown})


def strip(wide: float, high: float, cell: float, marks: Sequence[Mark], note: str) -> bytes:
    """The marks of a page (逐页签名) side by side, sizes in millimetres; the note stands at the right end."""
    shown = [{"label": row.label, "svg": row.svg, "words": row.words} for row in marks]
    sizes = {"wide": wide, "high": high, "cell": cell}
    return _compile({"picture": "strip", "title": "逐页签名", **sizes, "rows": shown, "note": note})


def _compile(content: Mapping[str, Any]) -> bytes:
    compiler = getattr(_local, "compiler", None)
    if compiler is None:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(home) for home in HOMES]
        )
        compiler = typst.Compiler(HERE / "pictures.typ", root=HERE, font_paths=fonts, ignore_system_fonts=True)
        _local.compiler = compiler
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        pdf_standards=["a-2b"],
        timestamp=at(dt.date(2000, 1, 1), 0),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf
