"""A whole volume as one PDF for print (整卷打印): page numbers stamped, bookmarks by slot and paper."""

from __future__ import annotations

import functools
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import typst
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import IndirectObject

from mingcha.archives import framing, queries
from mingcha.archives.framing import Leaf
from mingcha.archives.ordering import VOLUMES
from mingcha.cases.models import Case
from mingcha.documents.models import Document
from mingcha.documents.rendering.glyphs import HOMES
from mingcha.files import queries as files
from mingcha.files.models import StoredFile

_WIDE, _HIGH = 60, 20  # points: the label with the number, at the outer upper corner
_MARGIN = 24
_LABELS = """
#set page(width: 60pt, height: 20pt, margin: 0pt, fill: none)
#set text(font: ("Noto Sans SC", "Noto Sans CJK SC"), size: 11pt)
#for n in range(1, {pages} + 1) [#align(right + horizon)[#n] #if n < {pages} [#pagebreak()]]
"""
_PICTURE = """
#set page(paper: "a4", margin: 20mm)
#set text(font: ("Noto Sans SC", "Noto Sans CJK SC"), size: 10.5pt, lang: "zh")
#align(center + horizon)[#image("picture", width: 100%, height: 88%, fit: "contain") #sys.inputs.title]
"""


def bind(case: Case, volume: str, *, before: int = 0) -> bytes:
    """One volume of a case, from cover to note; what is no page stands in the index as an annex.

    Makes prints that are not there yet, so it runs outside a transaction. Before the sealing there is no cover.
    """
    parts = {volume: framing.papers(case, before)[volume]}
    framing.render_all(parts)
    rows = framing.leaves(parts[volume])
    return compose(rows, framing.frame_of(case, before).get(volume, {}), f"{case}　{VOLUMES[volume]}")


def compose(rows: Sequence[Leaf], frame: Mapping[str, Document], title: str) -> bytes:
    """The bound PDF of some items between the papers of the frame."""
    writer = PdfWriter()
    writer.add_metadata({"/Title": title, "/Producer": "mingcha"})
    for kind in ("dossier-cover", "dossier-index"):
        _add_frame(writer, frame.get(kind))
    labels = _labels(sum(leaf.pages for leaf in rows))
    slots: dict[str, IndirectObject] = {}
    for leaf in rows:
        if not leaf.pages or leaf.stored is None:
            continue
        first = len(writer.pages)
        for offset, page in enumerate(_pages(leaf.stored, leaf.paper.title)):
            _stamp(writer.add_page(page), labels[leaf.first + offset - 1])
        slot = leaf.paper.slot_name
        if slot not in slots:
            slots[slot] = writer.add_outline_item(title=slot, page_number=first)
        name = f"{leaf.paper.title} {leaf.paper.number}".strip()
        writer.add_outline_item(title=name, page_number=first, parent=slots[slot])
    _add_frame(writer, frame.get("dossier-note"))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _add_frame(writer: PdfWriter, row: Document | None) -> None:
    if row is None:
        return
    first = len(writer.pages)
    for page in _pages(framing.print_of(row), row.title):
        writer.add_page(page)
    writer.add_outline_item(title=row.title, page_number=first)


def _pages(stored: StoredFile, title: str) -> list[PageObject]:
    if stored.media_type == "application/pdf":
        with files.open_stored(stored.sha256) as handle:
            return list(PdfReader(io.BytesIO(handle.read())).pages)
    with tempfile.TemporaryDirectory(prefix="mingcha-bind-") as folder, files.open_stored(stored.sha256) as handle:
        (Path(folder) / "picture").write_bytes(handle.read())
        (Path(folder) / "page.typ").write_text(_PICTURE.replace('"picture"', _format(stored)), encoding="utf-8")
        pdf = typst.compile(
            str(Path(folder) / "page.typ"), root=folder, font_paths=_fonts(), sys_inputs={"title": title}
        )
    return list(PdfReader(io.BytesIO(pdf)).pages)


def _format(stored: StoredFile) -> str:
    return f'"picture", format: "{"png" if stored.media_type == "image/png" else "jpg"}"'


def _stamp(page: PageObject, label: PageObject) -> None:
    # Upright at the corner that the reader sees, whatever the page's own turn or crop.
    page.transfer_rotation_to_content()
    box = page.cropbox
    page.merge_translated_page(
        label, float(box.right) - _WIDE - _MARGIN, float(box.top) - _HIGH - _MARGIN / 2, expand=False
    )


def _labels(pages: int) -> list[PageObject]:
    if not pages:
        return []
    pdf = typst.compile(_LABELS.replace("{pages}", str(pages)).encode(), font_paths=_fonts())
    return list(PdfReader(io.BytesIO(pdf)).pages)


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(home) for home in HOMES])


def volumes(case: Case) -> dict[str, int]:
    """How many papers each volume holds now."""
    whole = queries.dossier(case)
    return {name: len(whole.volume(name)) for name in VOLUMES}
