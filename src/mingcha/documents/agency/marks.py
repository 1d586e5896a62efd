"""The marks of a form (填充标记): `{{ name }}`, `{% for x in list %}`, `{% if name %}`, found in the text of Word.

Word cuts a text into runs wherever it likes; a mark is put together again and stands where it begins. A statement alone
in a paragraph or in a table row stands for the whole paragraph or row, as `{%p` and `{%tr` say expressly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from mingcha.documents.agency.container import parse, unsafe

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TEXT_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes|endnotes)\.xml")
_MARK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_HALF = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_QUOTED = re.compile(r"(?:[^\"'{}\\]|\"[^\"'{}\\]*\"|'[^\"'{}\\]*')*")
_PLACE = re.compile("\ue000(\\d+)\ue001|<\\?mc (\\d+)\\?>")
_CURLY = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "})
_MOST_MARKS = 3000
_FORBIDDEN = {
    "altChunk": "外来内容（altChunk）", "object": "嵌入对象", "OLEObject": "嵌入对象", "control": "控件", "subDoc": "子文档",
    "movie": "视频", "sound": "声音", "attachedTemplate": "外部模板", "mailMerge": "邮件合并", "dataBinding": "外部数据绑定",
    "customXmlPr": "自定义数据", "hyperlink": "超链接", "hlinkClick": "超链接", "hlinkHover": "超链接", "script": "脚本",
}  # fmt: skip
_FIELDS = {"PAGE", "NUMPAGES", "SECTIONPAGES"}
_STATEMENT = re.compile(r"\{%[-+]?\s*(?:(p|tr)\s+)?(.*?)\s*[-+]?%\}", re.DOTALL)
_OPENS, _CLOSES = ("if ", "for "), ("endif", "endfor")


@dataclass(frozen=True)
class Marked:
    """One part ready to be filled: its XML as text with the marks in place."""

    name: str
    source: str


def mark(parts: Mapping[str, bytes]) -> list[Marked]:
    """The parts of a form that carry text. Raises UnsafeForm for what must not stand in them."""
    found = []
    for name, content in parts.items():
        if name.endswith(".xml") and name.startswith("word/"):
            root = parse(name, content)
            _require_plain(name, root)
            if _TEXT_PARTS.fullmatch(name):
                found.append(Marked(name, _marked(name, root)))
    return found


def _require_plain(name: str, root: etree._Element) -> None:
    instructions = [""]
    depth = 0
    for node in root.iter(etree.Element):
        word = etree.QName(node).localname
        if word in _FORBIDDEN and not (word == "hyperlink" and node.get(f"{_R}id") is None):
            raise unsafe("form-forbidden", f"文件里有{_FORBIDDEN[word]}，不能使用。请删除后重新上传。")
        for attribute, value in node.attrib.items():
            local = etree.QName(attribute).localname
            if attribute in (f"{_R}link", f"{_R}href") or (local in ("src", "href") and str(value)):
                raise unsafe("form-external", "文件里有取自外面的图片或者内容。请把图片嵌入文件。")
        if word == "fldSimple":
            _require_field(str(node.get(f"{W}instr", "")))
        elif word == "fldChar":
            kind = node.get(f"{W}fldCharType")
            if kind == "begin":
                depth += 1
                instructions.append("")
            elif kind == "end" and depth:
                depth -= 1
                _require_field(instructions.pop())
        elif word in ("instrText", "delInstrText"):
            instructions[-1] += node.text or ""
        if depth > 1:
            raise unsafe("form-field", "文件里有嵌套的域，不能使用。请改为普通文字。")
    if any(text.strip() for text in instructions):
        raise unsafe("form-field", "文件里有不完整的域，不能使用。请删除后重新插入。")


def _require_field(instruction: str) -> None:
    word = (instruction.split() or [""])[0].upper()
    if word not in _FIELDS:
        raise unsafe("form-field", f"文件里有域“{word[:30] or '空'}”，不能使用；只接受页码和总页数。请改为普通文字。")


def _marked(name: str, root: etree._Element) -> str:
    marks: list[str] = []
    for paragraph in list(root.iter(f"{W}p")):
        _mark_paragraph(paragraph, marks)
    for row in list(root.iter(f"{W}tr")):
        _lift(row, marks, "tr")
    for paragraph in list(root.iter(f"{W}p")):
        _lift(paragraph, marks, "p")
    for paragraph in root.iter(f"{W}p"):
        _require_balanced(paragraph, marks)
    text = etree.tostring(root, encoding="unicode")
    if _HALF.search(text):
        raise unsafe(
            "form-mark-broken",
            "有不完整的标记，或者标记写在不能填写的地方（例如图片说明、超链接）。",
            "标记要成对：{{ }}、{% %}。",
        )
    return _PLACE.sub(lambda place: marks[int(place[1] or place[2])], text)


def _texts(paragraph: etree._Element) -> list[etree._Element]:
    """Texts of a paragraph itself; those of text boxes inside it belong to their own paragraphs."""
    return [node for node in paragraph.iter(f"{W}t") if next(node.iterancestors(f"{W}p")) is paragraph]


def _mark_paragraph(paragraph: etree._Element, marks: list[str]) -> None:
    nodes = _texts(paragraph)
    whole = "".join(node.text or "" for node in nodes)
    if "\ue000" in whole or "\ue001" in whole:
        raise unsafe("form-characters", "文件里有专用区字符（U+E000、U+E001），不能使用。")
    if not _MARK.search(whole):
        return
    owner = [node for node in nodes for _ in node.text or ""]
    fresh: dict[etree._Element, list[str]] = {node: [] for node in nodes}
    at = 0
    for found in _MARK.finditer(whole):
        for n in range(at, found.start()):
            fresh[owner[n]].append(whole[n])
        at = found.end()
        if not found[0].startswith("{#"):
            fresh[owner[found.start()]].append(f"\ue000{len(marks)}\ue001")
            marks.append(_read(found[0]))
            if len(marks) > _MOST_MARKS:
                raise unsafe("form-bomb", f"标记超过{_MOST_MARKS}处。")
    for n in range(at, len(whole)):
        fresh[owner[n]].append(whole[n])
    for node in nodes:
        node.text = "".join(fresh[node])
        node.set(_SPACE, "preserve")


def _read(text: str) -> str:
    inner = text[2:-2].translate(_CURLY)
    if not _QUOTED.fullmatch(inner):
        raise unsafe("form-mark-broken", f"看不懂标记“{text[:60]}”：引号要成对，里面不能有大括号和反斜杠。")
    # The parser swallows raw sections without a trace.
    if text.startswith("{%") and inner.strip("-+ ").startswith(("raw", "endraw")):
        raise unsafe("form-injection", "标记里用了 raw 段，不能使用。")
    return text[:2] + inner + text[-2:]


def _alone(node: etree._Element, marks: list[str]) -> int | None:
    """The number of the statement that is all the text of a paragraph or row."""
    if any(True for _ in node.iter(f"{W}drawing", f"{W}pict", f"{W}sectPr")):
        return None
    text = "".join(part.text or "" for part in node.iter(f"{W}t")).strip()
    found = _PLACE.fullmatch(text)
    return int(found[1]) if found and marks[int(found[1])].startswith("{%") else None


def _lift(node: etree._Element, marks: list[str], level: str) -> None:
    """A statement that stands alone takes the place of its paragraph or row; its prefix goes."""
    number = _alone(node, marks)
    parent = node.getparent()
    if number is None or parent is None:
        return
    parts = _STATEMENT.fullmatch(marks[number])
    if parts is None or (parts[1] and parts[1] != level):
        return
    marks[number] = f"{{% {parts[2]} %}}"
    instead = etree.PI("mc", str(number))
    instead.tail = node.tail
    parent.replace(node, instead)


def _require_balanced(paragraph: etree._Element, marks: list[str]) -> None:
    """Statements that are left in a paragraph begin and end there, or the XML would come apart."""
    depth = 0
    text = "".join(node.text or "" for node in _texts(paragraph))
    for place in _PLACE.finditer(text):
        statement = _STATEMENT.fullmatch(marks[int(place[1])])
        if statement is None:
            continue
        if statement[1]:
            where = "一行" if statement[1] == "tr" else "一段"
            raise unsafe("form-mark-place", f"“{marks[int(place[1])][:60]}”要独占{where}，旁边不能有别的文字。")
        depth += statement[2].startswith(_OPENS) - (statement[2] in _CLOSES)
        if depth < 0:
            break
    if depth:
        raise unsafe("form-mark-place", "条件和循环要么在同一段里开始和结束，要么开始和结束各自独占一段。")
