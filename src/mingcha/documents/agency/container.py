"""The .docx as a container (文件结构): which parts a form may have, and what is refused before anything is read.

A white list: what a form needs to print is let in by name, everything else is refused by name.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from posixpath import dirname, join, normpath

from lxml import etree

from mingcha.common.errors import Reason
from mingcha.documents.agency.errors import UnsafeForm

MOST_BYTES = 5 << 20
_MOST_PARTS = 200
_MOST_PART = 10 << 20
_MOST_TOTAL = 25 << 20
_MOST_RATIO = 150
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAFE_NAME = re.compile(r"(?!/)[A-Za-z0-9_.\-\[\]/]{1,120}")
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(core|app|custom)\.xml|docProps/thumbnail\.(png|jpe?g)"
    r"|word/document\.xml|word/(header|footer)\d*\.xml|word/_rels/[A-Za-z0-9]+\.xml\.rels|word/theme/theme\d+\.xml"
    r"|word/(styles|stylesWithEffects|settings|webSettings|fontTable|numbering|footnotes|endnotes)\.xml"
    r"|word/media/[A-Za-z0-9_\-]+\.(png|jpe?g)"
    r"|customXml/item(Props)?\d+\.xml|customXml/_rels/item\d+\.xml\.rels"
)
# What people most often bring along without knowing it, by its name inside the file.
_KNOWN_BAD = (
    (re.compile(r"vba", re.I), "form-macros", "文件里有宏，不能使用。请在 Word 中另存为不含宏的 .docx。"),
    (re.compile(r"activex|ctrlprops|customui", re.I), "form-controls", "文件里有控件，不能使用。请删除控件后另存。"),
    (
        re.compile(r"embeddings|oleobject", re.I),
        "form-embedded",
        "文件里嵌入了其他文件（OLE 对象），不能使用。请删除嵌入的对象。",
    ),
    (
        re.compile(r"afchunk|\.(html?|mht|mhtml|rtf)$", re.I),
        "form-foreign-content",
        "文件里插入了外来内容（altChunk），不能使用。请把内容直接写在文件里。",
    ),
    (
        re.compile(r"\.(emf|wmf|svg|gif|tiff?|bmp)$", re.I),
        "form-picture-type",
        "图片只接受 PNG 和 JPEG。请转换后重新插入。",
    ),
)
_RELATIONS = {
    "officeDocument", "core-properties", "extended-properties", "custom-properties", "thumbnail",
    "styles", "stylesWithEffects", "settings", "webSettings", "fontTable", "theme", "numbering",
    "header", "footer", "footnotes", "endnotes", "image", "customXml", "customXmlProps",
}  # fmt: skip
_PLAIN_TYPES = ("application/xml", "image/png", "image/jpeg", "image/jpg")
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPE_PREFIXES = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.openxmlformats-package.",
    "application/vnd.ms-word.stylesWithEffects+xml",
)
_PICTURES = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff"}
_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


def unsafe(code: str, message: str, fix: str = "") -> UnsafeForm:
    return UnsafeForm([Reason(code, message, fix=fix)])


def open_form(data: bytes) -> dict[str, bytes]:
    """All parts of a .docx by name. Raises UnsafeForm for whatever is not on the white list."""
    if len(data) > MOST_BYTES:
        raise unsafe("form-size", f"文件超过{MOST_BYTES >> 20} MB。请压缩文件里的图片。")
    if data.startswith(_OLE):
        raise unsafe("form-type", "这是旧版 .doc 文件或者设置了密码。请取消密码，另存为 .docx。")
    if not data.startswith(b"PK\x03\x04"):
        raise unsafe("form-type", "这不是 .docx 文件。请用 Word 或者 WPS 另存为 .docx。")
    try:
        parts = _read(data)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise unsafe("form-broken", "文件已经损坏，打不开。请重新另存后上传。") from error
    for name, content in parts.items():
        ending = name.rpartition(".")[2].lower()
        if ending in ("xml", "rels"):
            parse(name, content)
        elif not content.startswith(_PICTURES[ending]):
            raise unsafe("form-picture-type", f"“{name}”不是它所称的图片。图片只接受 PNG 和 JPEG。")
    _require_types(parts)
    _require_relations(parts)
    return parts


def _read(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > _MOST_PARTS:
            raise unsafe("form-bomb", f"文件里有{len(entries)}个部件，超过{_MOST_PARTS}个，像是压缩炸弹，没有打开。")
        if sum(entry.file_size for entry in entries) > _MOST_TOTAL:
            raise unsafe("form-bomb", f"文件展开后超过{_MOST_TOTAL >> 20} MB，像是压缩炸弹，没有打开。")
        parts: dict[str, bytes] = {}
        for entry in entries:
            name = entry.filename
            if name.endswith("/") and entry.file_size == 0:
                continue
            _require_name(name, parts)
            if entry.flag_bits & 1:
                raise unsafe("form-type", "文件设置了密码。请取消密码后上传。")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise unsafe("form-broken", "文件的压缩方式不是 .docx 使用的方式。请重新另存后上传。")
            if entry.file_size > 1 << 16 and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1):
                raise unsafe("form-bomb", f"“{name}”的压缩比过大，像是压缩炸弹，没有打开。")
            parts[name] = _unpacked(archive, entry)
        if sum(map(len, parts.values())) > _MOST_TOTAL:
            raise unsafe("form-bomb", f"文件展开后超过{_MOST_TOTAL >> 20} MB，像是压缩炸弹，没有打开。")
    return parts


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    # The declared size may lie: never more than the limit is read.
    with archive.open(entry) as part:
        content = part.read(_MOST_PART + 1)
    if len(content) > _MOST_PART or len(content) != entry.file_size:
        raise unsafe("form-bomb", f"“{entry.filename}”的大小与标明的不一致或者过大，没有打开。")
    return content


def _require_name(name: str, parts: Mapping[str, bytes]) -> None:
    if not _SAFE_NAME.fullmatch(name) or ".." in name.split("/") or "//" in name:
        raise unsafe("form-broken", "文件里有名称不正常的部件。请用 Word 或者 WPS 重新另存。")
    if name.lower() in {other.lower() for other in parts}:
        raise unsafe("form-broken", f"文件里有两个“{name}”。请用 Word 或者 WPS 重新另存。")
    for pattern, code, message in _KNOWN_BAD:
        if pattern.search(name):
            raise unsafe(code, message)
    if not _PARTS.fullmatch(name):
        raise unsafe(
            "form-unknown-part",
            f"文件里有格式不需要的部件“{name}”。",
            "请新建空白文档，把格式复制进去，另存为 .docx 后上传。",
        )


def parse(name: str, content: bytes) -> etree._Element:
    """One XML part, without DTD, entities, network. Raises UnsafeForm."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True, remove_comments=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise unsafe("form-broken", f"“{name}”不是完好的 XML。请用 Word 或者 WPS 重新另存。") from error
    if root.getroottree().docinfo.internalDTD is not None or b"<!ENTITY" in content:
        raise unsafe("form-dtd", f"“{name}”里有 DTD 或者实体声明，不能使用。")
    return root


def _require_types(parts: Mapping[str, bytes]) -> None:
    listed = parts.get("[Content_Types].xml")
    if listed is None or "word/document.xml" not in parts:
        raise unsafe("form-type", "这不是 Word 文档（可能是表格、演示文稿或者普通压缩包）。请上传 .docx。")
    main = ""
    for row in parse("[Content_Types].xml", listed):
        kind = str(row.get("ContentType", ""))
        if "macroEnabled" in kind or "vba" in kind.lower():
            raise unsafe("form-macros", "这是带宏的格式（.docm、.dotm）。请另存为不含宏的 .docx。")
        if kind not in _PLAIN_TYPES and not kind.startswith(_TYPE_PREFIXES):
            raise unsafe("form-unknown-part", f"文件里有格式不需要的内容类型“{kind[:80]}”。")
        if row.tag == f"{_TYPES}Override" and row.get("PartName") == "/word/document.xml":
            main = kind
    if main != _MAIN_TYPE:
        raise unsafe("form-type", "这不是 .docx 文档（可能是模板 .dotx 或者其他格式）。请另存为 .docx。")


def _require_relations(parts: Mapping[str, bytes]) -> None:
    for name in parts:
        if not name.endswith(".rels"):
            continue
        home = dirname(dirname(name))
        for row in parse(name, parts[name]):
            if row.tag != f"{_RELS}Relationship":
                raise unsafe("form-broken", f"“{name}”里有不认识的内容。")
            kind = str(row.get("Type", "")).rpartition("/")[2]
            target = str(row.get("Target", ""))
            if kind == "attachedTemplate":
                raise unsafe(
                    "form-external", "文件连接着外部模板，打开时会到别处取内容。请在 Word 的“加载项”中取消模板。"
                )
            if str(row.get("TargetMode", "Internal")) != "Internal" or "://" in target or "\\" in target:
                raise unsafe("form-external", f"文件连接到外面的内容（{_named(kind)}）。请取消链接或者把图片嵌入文件。")
            if kind not in _RELATIONS:
                raise unsafe("form-unknown-part", f"文件里有格式不需要的关联（{_named(kind)}）。请删除后重新上传。")
            place = target.lstrip("/") if target.startswith("/") else normpath(join(home, target))
            if place not in parts:
                raise unsafe("form-broken", f"文件缺少它所引用的部件“{place[:80]}”。请重新另存后上传。")


def _named(kind: str) -> str:
    words = {
        "hyperlink": "超链接", "image": "图片", "oleObject": "嵌入对象", "aFChunk": "外来内容", "frame": "框架",
        "subDocument": "子文档", "package": "嵌入文件", "vbaProject": "宏", "control": "控件", "mailMergeSource": "邮件合并",
    }  # fmt: skip
    return words.get(kind, kind[:40] or "未命名")
