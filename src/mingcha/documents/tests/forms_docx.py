"""Made-up .docx forms for tests: written by python-docx, spoilt on purpose."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

from docx import Document as new_document

KIND = "site-record"


def form(*paragraphs: str, rows: Iterable[Iterable[str]] = ()) -> bytes:
    """A form with one paragraph per text and, if wanted, a table."""
    made = new_document()
    for text in paragraphs:
        made.add_paragraph(text)
    cells = [list(row) for row in rows]
    if cells:
        table = made.add_table(rows=0, cols=max(map(len, cells)))
        for row in cells:
            fresh = table.add_row().cells
            for cell, text in zip(fresh, row, strict=False):
                cell.text = text
    return saved(made)


def saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def changed(data: bytes, edits: dict[str, Callable[[bytes], bytes]] | None = None, **more: bytes) -> bytes:
    """The container with parts edited (by name) and further parts put in."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fresh:
        for name in old.namelist():
            content = old.read(name)
            if edits and name in edits:
                content = edits[name](content)
            fresh.writestr(name, content)
        for name, content in more.items():
            fresh.writestr(name, content)
    return out.getvalue()


def with_parts(data: bytes, parts: dict[str, bytes]) -> bytes:
    return changed(data, None, **parts)
