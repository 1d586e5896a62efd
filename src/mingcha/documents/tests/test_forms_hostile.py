"""Hostile .docx forms (恶意模板), one by one: each is refused before use, with its own code and a Chinese sentence."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from docx import Document as new_document
from docx.oxml import parse_xml

from mingcha.documents.agency.errors import FormTooLarge, UnsafeForm
from mingcha.documents.agency.filling import examine, fill_form
from mingcha.documents.agency.reading import sandbox
from mingcha.documents.rendering import Unprintable
from mingcha.documents.tests.forms_docx import KIND, changed, form, saved, with_parts
from mingcha.documents.tests.golden import ALL

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BODY = "word/document.xml"
TYPES = "[Content_Types].xml"
RELS = "word/_rels/document.xml.rels"


def edit(part: str, old: bytes, new: bytes) -> bytes:
    def apply(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return changed(form("{{ place }}"), {part: apply})


def relation(kind: str, target: str, mode: str = "") -> bytes:
    row = f'<Relationship Id="rIdX" Type="{R}/{kind}" Target="{target}"{mode}/></Relationships>'
    return edit(RELS, b"</Relationships>", row.encode())


def in_body(xml: str) -> bytes:
    made = new_document()
    made.element.body.insert(0, parse_xml(f'<w:p xmlns:w="{W}" xmlns:r="{R}">{xml}</w:p>'))
    return saved(made)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        with zipfile.ZipFile(io.BytesIO(form("x"))) as old:
            for name in old.namelist():
                if name != "word/numbering.xml":
                    archive.writestr(name, old.read(name))
        archive.writestr("word/numbering.xml", b"<a>" + b" " * (9 << 20) + b"</a>")
    return out.getvalue()


def lying_size() -> bytes:
    """The directory says ten bytes, the stream unpacks to more than a megabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(BODY, b"<a>" + b" " * (1 << 20) + b"</a>")
    data = bytearray(out.getvalue())
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 10)
    return bytes(data)


def many_parts() -> bytes:
    return with_parts(form("x"), {f"word/media/a{n}.png": b"\x89PNG\r\n\x1a\n" for n in range(250)})


def encrypted() -> bytes:
    data = bytearray(form("x"))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark)
        data[place + at] |= 1
    return bytes(data)


def utf16_dtd() -> bytes:
    text = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    return changed(form("x"), {"word/settings.xml": lambda _: text.encode("utf-16")})


_LAUGHS = b'<!DOCTYPE w:document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<w:document '
_FIELD = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>{}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
_SPLIT = "<w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>EAUTO c:\\\\a</w:instrText></w:r>"

FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "no-zip": (lambda: b"%PDF-1.7 x", "form-type"),
    "old-doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "form-type"),
    "empty": (lambda: b"", "form-type"),
    "cut-off": (lambda: form("x")[:2000], "form-broken"),
    "garbled": (lambda: form("x").replace(b"PK\x01\x02", b"PK\x01\x09"), "form-broken"),
    "encrypted": (encrypted, "form-type"),
    "too-large": (lambda: b"PK\x03\x04" + b"\0" * (6 << 20), "form-size"),
    "bomb-ratio": (bomb, "form-bomb"),
    "bomb-lying-size": (lying_size, "form-broken"),
    "bomb-many-parts": (many_parts, "form-bomb"),
    "path-traversal": (lambda: with_parts(form("x"), {"../../etc/passwd": b"x"}), "form-broken"),
    "absolute-path": (lambda: with_parts(form("x"), {"/etc/passwd": b"x"}), "form-broken"),
    "twin-part": (lambda: with_parts(form("x"), {"WORD/Document.xml": b"<a/>"}), "form-broken"),
    "macros": (lambda: with_parts(form("x"), {"word/vbaProject.bin": b"x"}), "form-macros"),
    "docm-type": (
        lambda: edit(TYPES, b"wordprocessingml.document.main+xml", b"x.macroEnabled.main+xml"),
        "form-macros",
    ),
    "dotx-type": (lambda: edit(TYPES, b"document.main+xml", b"template.main+xml"), "form-type"),
    "spreadsheet": (
        lambda: changed(form("x"), {TYPES: lambda c: c.replace(b"/word/document", b"/xl/wb")}),
        "form-type",
    ),
    "activex": (lambda: with_parts(form("x"), {"word/activeX/activeX1.xml": b"<a/>"}), "form-controls"),
    "ole-part": (lambda: with_parts(form("x"), {"word/embeddings/oleObject1.bin": b"x"}), "form-embedded"),
    "alt-chunk-part": (lambda: with_parts(form("x"), {"word/afchunk.mht": b"x"}), "form-foreign-content"),
    "emf-picture": (lambda: with_parts(form("x"), {"word/media/image1.emf": b"x"}), "form-picture-type"),
    "false-picture": (lambda: with_parts(form("x"), {"word/media/image1.png": b"<svg/>"}), "form-picture-type"),
    "embedded-font": (lambda: with_parts(form("x"), {"word/fonts/font1.odttf": b"x"}), "form-unknown-part"),
    "unknown-part": (lambda: with_parts(form("x"), {"word/surprise.xml": b"<a/>"}), "form-unknown-part"),
    "external-link": (
        lambda: relation("hyperlink", "https://outside.example/", ' TargetMode="External"'),
        "form-external",
    ),
    "remote-image": (
        lambda: relation("image", "https://outside.example/a.png", ' TargetMode="External"'),
        "form-external",
    ),
    "remote-image-unmarked": (lambda: relation("image", "file:///etc/passwd"), "form-external"),
    "attached-template": (
        lambda: relation("attachedTemplate", "file://host/share/a.dotm", ' TargetMode="External"'),
        "form-external",
    ),
    "ole-relation": (lambda: relation("oleObject", "theme/theme1.xml"), "form-unknown-part"),
    "chunk-relation": (lambda: relation("aFChunk", "theme/theme1.xml"), "form-unknown-part"),
    "lost-part": (lambda: relation("image", "media/none.png"), "form-broken"),
    "linked-picture": (lambda: in_body('<w:r><w:drawing><a r:link="rId1"/></w:drawing></w:r>'), "form-external"),
    "vml-source": (
        lambda: in_body('<w:r><w:pict><a src="http://outside.example/a.png"/></w:pict></w:r>'),
        "form-external",
    ),
    "alt-chunk": (lambda: in_body('<w:altChunk r:id="rId1"/>'), "form-forbidden"),
    "ole-object": (lambda: in_body("<w:r><w:object/></w:r>"), "form-forbidden"),
    "sub-document": (lambda: in_body('<w:subDoc r:id="rId1"/>'), "form-forbidden"),
    "field-include": (lambda: in_body('<w:fldSimple w:instr=" INCLUDETEXT c:\\\\a "/>'), "form-field"),
    "field-in-pieces": (lambda: in_body(_FIELD.format(_SPLIT)), "form-field"),
    "field-hyperlink": (
        lambda: in_body(_FIELD.format('<w:r><w:instrText>HYPERLINK "http://a"</w:instrText></w:r>')),
        "form-field",
    ),
    "dtd": (lambda: edit(BODY, b"<w:document ", _LAUGHS), "form-dtd"),
    "dtd-utf16": (utf16_dtd, "form-dtd"),
    "bad-xml": (lambda: edit(BODY, b"</w:body>", b""), "form-broken"),
}


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_refused(name: str) -> None:
    make, code = FILES[name]
    with pytest.raises(UnsafeForm) as caught:
        examine(KIND, make())
    assert [reason.code for reason in caught.value.reasons] == [code]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in caught.value.reasons[0].message)


MARKS = {
    "dunder": ("{{ place.__class__ }}", "form-injection"),
    "dunder-chain": ("{{ place.__class__.__mro__ }}", "form-injection"),
    "call": ("{{ place.upper() }}", "form-injection"),
    "global-call": ("{{ range(10) }}", "form-injection"),
    "brackets": ('{{ place["__class__"] }}', "form-injection"),
    "import": ('{% import "os" as o %}', "form-injection"),
    "include": ('{% include "/etc/passwd" %}', "form-injection"),
    "extends": ('{% extends "a" %}', "form-injection"),
    "set": ("{% set a = 1 %}", "form-injection"),
    "filter-attr": ('{{ place|attr("x") }}', "form-injection"),
    "filter-safe": ("{{ place|safe }}", "form-injection"),
    "filter-map": ('{{ told|map(attribute="item")|join }}', "form-injection"),
    "filter-argument": ("{{ place|default(cause) }}", "form-injection"),
    "arithmetic": ("{{ place * 9999999999 }}", "form-injection"),
    "concat": ("{{ place ~ place }}", "form-injection"),
    "test": ("{% if place is defined %}x{% endif %}", "form-injection"),
    "range-loop": ("{% for a in range(9) %}x{% endfor %}", "form-injection"),
    "else-loop": ("{% for a in told %}x{% else %}y{% endfor %}", "form-injection"),
    "recursive": ("{% for a in told recursive %}x{% endfor %}", "form-injection"),
    "three-loops": (
        "{% for a in told %}{% for b in told %}{% for c in told %}x{% endfor %}{% endfor %}{% endfor %}",
        "form-bomb",
    ),
    "raw": ("{% raw %}x{% endraw %}", "form-injection"),
    "half": ("{{ place", "form-mark-broken"),
    "half-close": ("place }}", "form-mark-broken"),
    "braces-inside": ("{{ {'a': 1} }}", "form-mark-broken"),
    "odd-quote": ('{{ place|default("a) }} " }}', "form-mark-broken"),
    "unclosed": ("{% if place %}", "form-mark-broken"),
    "uneven": ("甲{% if place %}乙", "form-mark-place"),
    "row-mark-with-text": ("甲{%tr for t in told %}", "form-mark-place"),
    "private-use": ("\ue0000\ue001 {{ place }}", "form-characters"),
}


@pytest.mark.parametrize("name", MARKS)
def test_hostile_marks_are_refused(name: str) -> None:
    text, code = MARKS[name]
    with pytest.raises(UnsafeForm) as caught:
        examine(KIND, form(text))
    assert [reason.code for reason in caught.value.reasons] == [code]


def test_marks_across_the_structure_are_found_before_use() -> None:
    # The loop begins outside the table and ends inside one of its cells.
    made = new_document()
    made.add_paragraph("{% for t in told %}")
    made.add_table(rows=1, cols=1).rows[0].cells[0].text = "{%p endfor %}"
    made.tables[0].rows[0].cells[0].add_paragraph("x")
    with pytest.raises(UnsafeForm) as caught:
        examine(KIND, saved(made))
    assert caught.value.reasons[0].code == "form-mark-place"


def test_marks_in_an_attribute_are_refused() -> None:
    with pytest.raises(UnsafeForm) as caught:
        examine(KIND, in_body('<w:bookmarkStart w:id="9" w:name="{{ place }}"/>'))
    assert caught.value.reasons[0].code == "form-mark-broken"


def test_values_are_never_read_as_marks_or_xml() -> None:
    text = "{{ cause }}{% for a in b %} <w:p/> & ]]> </w:t>"
    made = fill_form(form("在{{ place }}"), KIND, {**ALL[KIND], "place": text})
    assert [row.text for row in new_document(io.BytesIO(made)).paragraphs] == [f"在{text}"]


def test_the_sandbox_holds_without_the_reading() -> None:
    for text in ("{{ a.__class__ }}", "{{ a['__class__'] }}", "{{ a.upper() }}", "{{ 'a' * 99 }}", "{{ range(3) }}"):
        with pytest.raises(Exception, match=r"__class__|upper|\*|call|undefined|range"):
            sandbox().from_string(text).render({"a": "text"})


def test_a_filled_form_keeps_its_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    from mingcha.documents.agency import filling

    data = form("{% for a in told %}{% for b in told %}{{ a.item }}{% endfor %}{% endfor %}")
    rows = [{"item": "甲" * 400, "done": "yes"}] * 1500
    with pytest.raises(FormTooLarge):
        fill_form(data, KIND, {**ALL[KIND], "told": rows})
    monkeypatch.setattr(filling, "_MOST_SECONDS", -1)
    with pytest.raises(FormTooLarge):
        fill_form(form("{{ place }}"), KIND, ALL[KIND])


def test_characters_without_a_glyph_are_refused_in_form_and_value() -> None:
    with pytest.raises(Unprintable) as caught:
        examine(KIND, form("{{ place }}😀"))
    assert caught.value.data["characters"] == ["U+1F600"]
    with pytest.raises(Unprintable) as caught:
        fill_form(form("{{ place }}"), KIND, {**ALL[KIND], "place": "ก\u202e"})
    assert caught.value.data["characters"] == ["U+0E01", "U+202E"]
