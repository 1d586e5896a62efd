"""The printed handbook of the institution's rules (执法工作手册) as PDF/A: cover, table of contents, each rule — R006."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import typst

from mingcha.common.clock import at
from mingcha.documents.rendering.errors import Unprintable
from mingcha.documents.rendering.glyphs import HOMES, unprintable
from mingcha.statutes.models import RuleVersion
from mingcha.statutes.splitting import rule_lines

_SOURCE = Path(__file__).parent / "typst" / "handbook.typ"


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(home) for home in HOMES]
    )


def pdf(organ: str, rows: Sequence[RuleVersion], day: dt.date) -> bytes:
    """The handbook of these versions as of a day; the same rows always give the same bytes.

    Raises Unprintable for a character that no font has.
    """
    content = {"organ": organ, "day": f"{day.year}年{day.month}月{day.day}日", "rules": [_rule(row) for row in rows]}
    if found := unprintable(content):
        raise Unprintable(found)
    compiler = typst.Compiler(_SOURCE, root=_SOURCE.parent, font_paths=_fonts(), ignore_system_fonts=True)
    made = compiler.compile(
        format="pdf",
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        pdf_standards=["a-2b", "ua-1"],
        timestamp=at(day, 0),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single file")
    return made


def _rule(row: RuleVersion) -> dict[str, Any]:
    filing = getattr(row, "filing", None)
    since = row.effective_from
    return {
        "title": row.rule.title,
        "number": row.document_number,
        "since": f"自{since.year}年{since.month}月{since.day}日起施行" if since else "",
        "filing": f"备案号：{filing.number}" if filing else "",
        "lines": [{"t": line.kind, "n": line.label, "s": line.text} for line in rule_lines(row.body)],
    }
