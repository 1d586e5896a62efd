"""A copy on the roll of a mobile printer (80 mm 副本): the blocks of the official paper, stacked. Never the original."""

from __future__ import annotations

import datetime as dt
import io
import json
import threading
from collections.abc import Mapping
from typing import Any

import pypdfium2
import segno
import typst

from mingcha.common.clock import at
from mingcha.documents.rendering.about import HOME
from mingcha.documents.rendering.compose import Composer
from mingcha.documents.rendering.fields import template
from mingcha.documents.rendering.render import _breakable, _fonts, check_fields

LOOK = "look/roll.typ"
# A PDF page is at most 14,400 points high; a longer roll is cut into stretches.
_HIGHEST_POINTS = 14_000
_STRETCH_MM = 2_000
_local = threading.local()


def render_roll(kind: str, fields: Mapping[str, Any], *, digest: str, title: str = "", version: int = 1) -> bytes:
    """The copy as PDF, marked as such with the digest of the document and the code of its verify address.

    Raises what `render` raises. The same document always gives the same bytes.
    """
    form = template(kind, version)
    values = check_fields(kind, fields, version=version)
    composer = Composer(form, values)
    url = str(values.get("verify_url", ""))
    content = {
        "title": title or form.title,
        "organ": values.get("organ_name", ""),
        "number": values.get("doc_no", ""),
        "blocks": composer.blocks(),
        "copy": [
            "副本，原件以 A4 版式为准。",
            f"文书校验值：{digest}",
            *([f"核验：{url}"] if url else []),
        ],
        "url": url,
        "svg": _code(url) if url else "",
    }
    moment = at(composer.date or dt.date(2000, 1, 1), 0)
    pdf = _compile({**content, "height": 0}, moment)
    with pypdfium2.PdfDocument(pdf) as made:
        longest = max(page.get_height() for page in made)
    return pdf if longest <= _HIGHEST_POINTS else _compile({**content, "height": _STRETCH_MM}, moment)


def _code(url: str) -> str:
    picture = io.BytesIO()
    segno.make_qr(url, error="m", boost_error=False, mask=3).save(
        picture, kind="svg", border=4, xmldecl=False, svgns=True
    )
    return picture.getvalue().decode()


def _compile(content: Mapping[str, Any], moment: dt.datetime) -> bytes:
    compiler = getattr(_local, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(HOME / LOOK, root=HOME, font_paths=_fonts(), ignore_system_fonts=True)
        _local.compiler = compiler
    given = json.dumps(_breakable(dict(content)), ensure_ascii=False)
    # No standard is claimed: a page as high as its text is for a printer, not for the archive.
    pdf = compiler.compile(format="pdf", sys_inputs={"content": given}, timestamp=moment)
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf
