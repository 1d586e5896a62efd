"""Field tables (文书要素) of the document templates: what each kind needs, of which type, from which source."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mingcha.common.errors import InvalidInput
from mingcha.documents.rendering.about import HOME, About, Signature, about
from mingcha.documents.rendering.errors import UnknownTemplate

WORDING = Path(__file__).resolve().parent / "wording.json"
LOOK = "look/v1.typ"
BUNDLES = "bundles"
TYPES = ("text", "long", "date", "moment", "int", "money", "bool", "enum", "object", "list", "texts")
SOURCES = {"c": "案件或者名册带入", "t": "当场填写", "x": "系统计算", "p": "机构设置", "s": "系统生成"}
_MOST = {"text": 500, "long": 50_000, "enum": 50}
_MOST_ROWS = 2000


@dataclass(frozen=True)
class Field:
    """One field (要素): name for programs, label for people, source c, t, x, p or s.

    `required_when` is a condition over the sibling fields; `of` are the fields of an object or of a list's items;
    `choices` maps the stored code of an enum to the words that are printed. `fill` names what the case knows (see
    documents/filling.py), `calc` how the value is computed; a field with either is not asked for on the page.
    """

    name: str
    type: str
    label_zh: str
    required: bool = False
    source: str = "t"
    note: str = ""
    required_when: str = ""
    of: tuple[Field, ...] = ()
    choices: Mapping[str, str] | None = None
    fill: str = ""
    calc: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Template:
    """One edition of one document template (文书格式)."""

    kind: str
    version: int
    title: str
    layout: str
    date: str
    fields: tuple[Field, ...]
    blocks: tuple[Mapping[str, Any], ...]
    foot: str
    digest: str
    about: About
    titles: Mapping[str, Mapping[str, str]]

    @property
    def number_code(self) -> str:
        return self.about.number_code

    @property
    def signatures(self) -> tuple[Signature, ...]:
        return self.about.signatures

    def title_of(self, values: Mapping[str, Any]) -> str:
        """The title of one document: a form with variants (通知、不予通知) bears that of its own."""
        own = (words.get(str(values.get(name))) for name, words in self.titles.items())
        return next((title for title in own if title), self.title)

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


@cache
def kinds() -> tuple[str, ...]:
    """The kinds of document that have a template."""
    return tuple(sorted(path.parent.name for path in HOME.glob("*-*/v1.json")))


@cache
def restricted() -> tuple[str, ...]:
    """Kinds that only a named circle may read: no list, search, review file or dossier holds them."""
    return tuple(kind for kind in kinds() if about(kind).restricted)


def spoken(kind: str, title: str = "", number: str = "") -> dict[str, str]:
    """Kind, title and number as many may read them: in the journal of the case, on a receipt."""
    if about(kind).restricted:
        return {"kind": "restricted", "title": "限制知悉的文书", "number": ""}
    return {"kind": kind, "title": title, "number": number}


@cache
def template(kind: str, version: int = 1) -> Template:
    """The template of `kind`. Raises UnknownTemplate."""
    path = HOME / kind / f"v{version}.json"
    if not re.fullmatch(r"[a-z]+(-[a-z]+)+", kind) or not path.is_file():
        raise UnknownTemplate(f"没有名为“{kind}”的第{version}版文书格式。")
    raw = path.read_bytes()
    data = json.loads(raw)
    shared = _bundles()
    bundles = {name: rows for part in shared for name, rows in json.loads(part).items()}
    # Everything that can change a printed page is in the digest, apart from the versions of Typst and the fonts.
    parts = [raw, *shared, (HOME / LOOK).read_bytes(), WORDING.read_bytes()]
    return Template(
        kind=kind,
        version=version,
        title=data["title"],
        layout=data["layout"],
        date=data.get("date", ""),
        fields=_fields(data["fields"], bundles),
        blocks=tuple(data["blocks"]),
        foot=data.get("foot", ""),
        digest=hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest(),
        about=about(kind),
        titles=data.get("titles", {}),
    )


@cache
def _bundles() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((HOME / BUNDLES).glob("*.json")))


def _fields(rows: Sequence[Mapping[str, Any]], bundles: Mapping[str, Any]) -> tuple[Field, ...]:
    found: list[Field] = []
    for row in rows:
        if "use" in row:
            found.extend(_fields(bundles[row["use"]], bundles))
            continue
        of = row.get("of", ())
        inner = _fields(bundles[of] if isinstance(of, str) else of, bundles)
        field = Field(**{**row, "of": inner})
        if field.type not in TYPES or field.source not in SOURCES or (field.type == "enum") != bool(field.choices):
            raise ValueError(f"bad field in a template: {row}")
        found.append(field)
    return tuple(found)


def field_table(kind: str, version: int = 1) -> tuple[Field, ...]:
    """The fields of a kind, in the order of the form."""
    return template(kind, version).fields


def holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Whether a template condition holds: `a`, `!a`, `a=code`, `a!=code`; several joined by ` & `."""
    for part in condition.split(" & ") if condition else ():
        left, equals, wanted = part.partition("=")
        value = look_up(values, left.strip("!"))
        if equals:
            met = (str(value) in wanted.split("|")) != left.endswith("!")
        else:
            met = blank(value) == left.startswith("!")
        if not met:
            return False
    return True


def look_up(values: Mapping[str, Any], path: str) -> Any:
    value: Any = values
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def blank(value: Any) -> bool:
    """Nothing to print. Zero and an explicit False in a yes/no field are answers; conditions treat False as not met."""
    return value is None or value is False or value in ("", [], {}, ())


def missing_fields(kind: str, fields: Mapping[str, Any], version: int = 1) -> list[tuple[str, str]]:
    """Required fields that are empty, as (path, Chinese label), inside lists too: ("evidence[0].proves", …)."""
    return _missing(template(kind, version).fields, fields, "", "")


def _missing(table: Sequence[Field], values: Mapping[str, Any], path: str, label: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for field in table:
        name, words = path + field.name, label + field.label_zh
        value = values.get(field.name)
        empty = value is None if field.type == "bool" else blank(value) or (isinstance(value, str) and value.isspace())
        if empty:
            if field.required or (field.required_when and holds(field.required_when, values)):
                found.append((name, words))
        elif field.type == "object" and isinstance(value, Mapping):
            found += _missing(field.of, value, f"{name}.", f"{words}的")
        elif field.type == "list" and isinstance(value, list | tuple):
            for seq, item in enumerate(value):
                if isinstance(item, Mapping):
                    found += _missing(field.of, item, f"{name}[{seq}].", f"{words}第{seq + 1}项的")
    return found


def checked(kind: str, fields: Mapping[str, Any], version: int = 1) -> dict[str, Any]:
    """The fields with dates and instants read. Raises InvalidInput: missing, of a wrong type, unknown to the form."""
    table = template(kind, version).fields
    errors: dict[str, list[str]] = {name: [f"请填写{label}。"] for name, label in missing_fields(kind, fields, version)}
    values = _checked(table, fields, "", errors)
    if errors:
        raise InvalidInput(errors)
    return values


def readable(kind: str, fields: Mapping[str, Any], version: int = 1) -> dict[str, Any]:
    """What of an unfinished document can be read already; gaps and values of a wrong type are left out."""
    return _checked(template(kind, version).fields, fields, "", {})


def _checked(
    table: Sequence[Field], values: Mapping[str, Any], path: str, errors: dict[str, list[str]]
) -> dict[str, Any]:
    known = {field.name: field for field in table}
    for name in values:
        if name not in known:
            errors.setdefault(path + str(name), []).append(f"文书格式中没有“{name}”这一项。")
    found: dict[str, Any] = {}
    for name, field in known.items():
        value = values.get(name)
        if value is None or value == "":
            continue
        try:
            found[name] = _value(field, value, path + name, errors)
        except (ValueError, TypeError) as error:
            errors.setdefault(path + name, []).append(f"{field.label_zh}：{error}")
    return found


def type_errors(field: Field, value: Any) -> dict[str, list[str]]:
    """What is wrong with the type of one value, by field path; gaps are not looked at."""
    errors: dict[str, list[str]] = {}
    try:
        _value(field, value, field.name, errors)
    except (ValueError, TypeError) as error:
        errors.setdefault(field.name, []).append(f"{field.label_zh}：{error}")
    return errors


def _value(field: Field, value: Any, path: str, errors: dict[str, list[str]]) -> Any:
    match field.type:
        case "text" | "long":
            return _text(value, _MOST[field.type])
        case "enum":
            if not isinstance(value, str) or value not in (field.choices or {}):
                raise ValueError("不在可选范围内。")
            return value
        case "bool":
            if not isinstance(value, bool):
                raise TypeError("应为是或者否。")
            return value
        case "int" | "money":
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 10**15:
                raise TypeError("应为不小于零的整数" + ("，单位为分。" if field.type == "money" else "。"))
            return value
        case "date":
            return _date(value)
        case "moment":
            return _moment(value)
        case "object":
            if not isinstance(value, Mapping):
                raise TypeError("应为一组要素。")
            return _checked(field.of, value, f"{path}.", errors)
    if not isinstance(value, list | tuple) or len(value) > _MOST_ROWS:
        raise TypeError(f"应为列表，最多{_MOST_ROWS}项。")
    if field.type == "texts":
        return [_text(item, _MOST["long"]) for item in value]
    rows = []
    for seq, item in enumerate(value):
        if not isinstance(item, Mapping):
            raise TypeError(f"第{seq + 1}项应为一组要素。")
        rows.append(_checked(field.of, item, f"{path}[{seq}].", errors))
    return rows


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise TypeError("应为文字。")
    if len(value) > most:
        raise ValueError(f"不能超过{most}个字，现有{len(value)}个字。")
    return value


def _date(value: Any) -> dt.date:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError("应为日期（年-月-日）。") from None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise TypeError("应为日期（年-月-日）。")
    return value


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("应为日期和时间。") from None
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise TypeError("应为带时区的日期和时间。")
    return value
