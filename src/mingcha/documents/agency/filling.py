"""A form filled (填写): the marks replaced by the values of one document, within limits of time and size."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from jinja2 import TemplateError
from lxml import etree

from mingcha.documents.agency.container import open_form, unsafe
from mingcha.documents.agency.errors import FormTooLarge, UnsafeForm
from mingcha.documents.agency.marks import Marked, W, mark
from mingcha.documents.agency.reading import read, sandbox
from mingcha.documents.agency.shape import Shape, sample_of, shape_of, values_of
from mingcha.documents.rendering import Unprintable
from mingcha.documents.rendering.glyphs import unprintable

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MOST_SECONDS = 5.0
_MOST_CHARACTERS = 20_000_000
# Every file of the container bears this instant, so that the same document gives the same bytes.
_INSTANT = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Report:
    """The check of a form before it is used (使用前检查)."""

    used: list[str]
    unknown: list[str]
    misused: list[str]
    missing: list[dict[str, str]]
    advised: list[dict[str, str]]

    @property
    def usable(self) -> bool:
        return not (self.unknown or self.misused or self.missing)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(kind: str, data: bytes) -> Report:
    """Check an uploaded file for a kind of document. Raises UnsafeForm, Unprintable, UnknownTemplate."""
    shape = shape_of(kind)
    parts = open_form(data)
    marked = mark(parts)
    found = read(marked, shape)
    if odd := unprintable(
        [etree.tostring(etree.fromstring(parts[m.name]), method="text", encoding="unicode") for m in marked]
    ):
        raise Unprintable(odd)
    missing, advised = _lacking(shape, found.used, "", "")
    if not (found.unknown or found.misused):
        # Once with everything and once with nothing, so that a form that breaks apart is found now.
        for empty in (False, True):
            _filled(parts, marked, sample_of(kind, empty=empty))
    return Report(sorted(found.used), found.unknown, found.misused, missing, advised)


def _lacking(
    shape: Shape, used: set[str], before: str, words: str
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    missing: list[dict[str, str]] = []
    advised: list[dict[str, str]] = []
    whole = {
        f"{before}{inner.covers}" for name, inner in shape.of.items() if inner.covers and f"{before}{name}" in used
    }
    for name, inner in shape.of.items():
        path, label = before + name, words + inner.label
        if path in whole or not (inner.required or inner.conditional):
            continue
        if path not in used and not any(other.startswith(f"{path}.") for other in used):
            (missing if inner.required else advised).append({"name": path, "label": label})
        elif inner.of:
            more, also = _lacking(inner, used, f"{path}.", f"{label}的")
            missing += more
            advised += also
    return missing, advised


def fill_form(data: bytes, kind: str, fields: Mapping[str, Any], *, version: int = 1, title: str = "") -> bytes:
    """The .docx of one document. Raises UnsafeForm, FormTooLarge, InvalidInput, Unprintable."""
    values = values_of(kind, fields, version, title)
    parts = open_form(data)
    return _filled(parts, mark(parts), values)


def trial(data: bytes, kind: str) -> bytes:
    """The form filled with the labels of its fields, to be looked at before it is used."""
    parts = open_form(data)
    return _filled(parts, mark(parts), sample_of(kind))


def _filled(parts: Mapping[str, bytes], marked: list[Marked], values: Mapping[str, Any]) -> bytes:
    until = time.monotonic() + _MOST_SECONDS
    fresh = dict(parts)
    room = _MOST_CHARACTERS
    for part in marked:
        text = _text(part, values, until, room)
        room -= len(text)
        fresh[part.name] = _sound(text)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in fresh.items():
            entry = zipfile.ZipInfo(name, _INSTANT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _text(part: Marked, values: Mapping[str, Any], until: float, room: int) -> str:
    pieces = []
    try:
        for piece in sandbox().from_string(part.source).generate(dict(values)):
            pieces.append(piece)
            room -= len(piece)
            if room < 0 or time.monotonic() > until:
                raise FormTooLarge(message="按本机关格式生成的文件过大或者用时过长，没有生成。请使用 PDF 原件。")
    except TemplateError as error:
        raise unsafe("form-injection", "格式里的标记不能执行。请由管理员重新上传。") from error
    return "".join(pieces)


def _sound(text: str) -> bytes:
    """The XML of a filled part; every cell ends in a paragraph, without which Word does not open the file."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeForm(
            unsafe(
                "form-mark-place", "条件和循环拆开了文件的结构：开始和结束要在同一层（同一个单元格或者同样独占一行）。"
            ).reasons
        ) from error
    for cell in root.iter(f"{W}tc", f"{W}hdr", f"{W}ftr"):
        if len(cell) == 0 or cell[-1].tag != f"{W}p":
            etree.SubElement(cell, f"{W}p")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
