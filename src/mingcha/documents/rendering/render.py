"""Rendering (制作) of a document to PDF/A-2b with Typst: fonts from packages, data as JSON and never as source."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import segno
import typst

from mingcha.common.clock import at
from mingcha.common.errors import InvalidInput
from mingcha.common.money import yuan
from mingcha.documents.rendering.about import HOME
from mingcha.documents.rendering.compose import Block, Composer, plain
from mingcha.documents.rendering.errors import Unprintable
from mingcha.documents.rendering.fields import LOOK, Template, checked, kinds, template
from mingcha.documents.rendering.glyphs import HOMES, unprintable

FAMILIES = {"Noto Serif SC", "Noto Sans SC", "Noto Sans CJK SC"}
_MISSING = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
# No line is broken inside a Latin word or before punctuation, so a long run of either would leave the page.
_UNBREAKABLE = re.compile(r"[^\s\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{24,}|[^\w\s]{24,}")
_BREAK = "\u200b"
# Lines left to write in a high cell.
_ROOM = "\n" * 8
_local = threading.local()


@dataclass(frozen=True)
class Rendered:
    """A finished document: the PDF/A file, its text in reading order, and the digest of the template that made it."""

    pdf: bytes
    text: str
    template_digest: str


def check_fields(kind: str, fields: Mapping[str, Any], *, version: int = 1) -> dict[str, Any]:
    """The fields with dates read, if `render` will take them: cheap, so that no number is spent on a refused document.

    Raises UnknownTemplate; InvalidInput with field paths (missing, wrong type, unknown, sums that differ); Unprintable.
    """
    values = checked(kind, fields, version)
    if found := unprintable(values):
        raise Unprintable(found)
    if template(kind, version).field("payment"):
        _require_same_fine(values)
    return values


def render(kind: str, fields: Mapping[str, Any], *, version: int = 1) -> Rendered:
    """Render one document. Takes some 20 ms: call it outside transactions. Raises what `check_fields` raises.

    The same fields always give the same bytes.
    """
    return _made(template(kind, version), check_fields(kind, fields, version=version))


def hand_out(kind: str, known: Mapping[str, Any]) -> Rendered:
    """The form as people take it home: what is known stands in it, all else is left to write. Raises Unprintable."""
    if found := unprintable(known):
        raise Unprintable(found)
    return _made(template(kind), known, room=True)


def _made(form: Template, values: Mapping[str, Any], *, room: bool = False) -> Rendered:
    composer = Composer(form, values)
    blocks = composer.blocks()
    for cell in (cell for block in blocks if room for row in block.get("rows", ()) for cell in row):
        if isinstance(cell, dict) and cell["high"] and not cell["s"]:
            cell["s"] = _ROOM
    organ, number = values.get("organ_name", ""), values.get("doc_no", "")
    title = form.title_of(values)
    head = [organ, title, number] if organ else [title, number]
    content = {
        "layout": form.layout,
        "title": title,
        "organ": organ,
        "number": number,
        "foot": form.foot,
        "blocks": [_with_code(block) for block in blocks],
    }
    moment = at(composer.date or dt.date(2000, 1, 1), 0)
    pdf = _compile(json.dumps(_breakable(content), ensure_ascii=False), moment)
    return Rendered(pdf, plain(head, blocks), form.digest)


def warm() -> None:
    """Read the formats of all papers and what the fonts cover: a long-running process does so before anybody waits."""
    for kind in kinds():
        template(kind)
    unprintable({"": "明"})


def _require_same_fine(values: Mapping[str, Any]) -> None:
    """The fine in the payment paragraph is the sum of the fines imposed; no fine, no payment paragraph."""
    fines = sum(row["amount"] for row in values["penalties"] if row["kind"] == "fine")
    stated = values.get("payment", {}).get("amount", 0)
    if fines != stated:
        raise InvalidInput(
            {"payment.amount": [f"缴款数额{yuan(stated)}元与处罚内容中的罚款合计{yuan(fines)}元不一致。"]}
        )


@cache
def _fonts() -> typst.Fonts:
    """The packaged fonts. Without this check a missing font would give empty pages, and no error."""
    homes = [str(home) for home in HOMES]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=homes)
    if absent := FAMILIES - set(fonts.families()):
        raise RuntimeError(f"fonts missing from the environment: {sorted(absent)}")
    return fonts


def _compile(content: str, moment: dt.datetime) -> bytes:
    # One compiler per thread: it keeps the parsed look and the shaped glyphs between documents.
    compiler = getattr(_local, "compiler", None)
    if compiler is None:
        compiler = typst.Compiler(HOME / LOOK, root=HOME, font_paths=_fonts(), ignore_system_fonts=True)
        _local.compiler = compiler
    try:
        pdf = compiler.compile(
            format="pdf", sys_inputs={"content": content}, pdf_standards=["a-2b", "ua-1"], timestamp=moment
        )
    except typst.TypstError as error:
        if found := _MISSING.findall(error.diagnostic):
            raise Unprintable(_ESCAPE.sub(_unescaped, text) for text in found) from error
        raise
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single file")
    return pdf


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _breakable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNBREAKABLE.sub(lambda run: _BREAK.join(run[0]), value)
    if isinstance(value, dict):
        # The picture of the QR code is data of ours, not text of the page.
        return {name: item if name == "svg" else _breakable(item) for name, item in value.items()}
    return [_breakable(item) for item in value] if isinstance(value, list) else value


def _with_code(block: Block) -> Block:
    """The tail of an external letter with the QR code of its verify address."""
    if not block.get("url"):
        return block
    picture = io.BytesIO()
    # A fixed mask: trying all eight takes three quarters of the time, and readers take the mask from the code itself.
    segno.make_qr(block["url"], error="m", boost_error=False, mask=3).save(
        picture, kind="svg", border=4, xmldecl=False, svgns=True
    )
    return {**block, "svg": picture.getvalue().decode()}
