"""Composition: template blocks and field values become a list of printable blocks, all of them literal text.

A placeholder `{name}` prints a field in the form of its type; `{name|full}` prints money in digits and capitals,
`{name|boxes}` all choices with the chosen one marked, `{name|names}` persons without their numbers, `{name|or 无}` a
word where the field is empty.
What a field contains is inserted once and never read again, so that markup inside it stays text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mingcha.common.money import yuan
from mingcha.documents.rendering import wording
from mingcha.documents.rendering.fields import Field, Template, holds, look_up

_PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)(?:\|([^}]*))?\}")
Block = dict[str, Any]


class Scope:
    """Values with their fields; an item of a list sees its own first, then those of the document."""

    def __init__(self, values: Mapping[str, Any], fields: Sequence[Field], outer: Scope | None = None) -> None:
        self.values: dict[str, Any] = {**(outer.values if outer else {}), **values}
        self.fields: dict[str, Field] = {**(outer.fields if outer else {}), **{field.name: field for field in fields}}

    def field(self, path: str) -> Field | None:
        fields = self.fields
        found = None
        for name in path.split("."):
            found = fields.get(name)
            fields = {field.name: field for field in found.of} if found else {}
        return found

    def items(self, name: str) -> Iterator[Scope]:
        """One scope per item, with its number as {n} and in Chinese as {cn}; plain texts are {item}."""
        field = self.fields[name]
        for n, item in enumerate(self.values.get(name) or (), 1):
            own = item if isinstance(item, Mapping) else {"item": item}
            # An item must not show the document's field of the same name where its own is empty.
            clear = {inner.name: None for inner in field.of}
            yield Scope({**clear, **own, "n": n, "cn": wording.chinese(n) if n < 100 else n}, field.of, self)


def _shown(value: Any, field: Field | None, form: str) -> str:
    if form == "boxes" and field is not None:
        choices: Mapping[Any, str] = field.choices or {True: "是", False: "否"}
        return "　".join(f"{'■' if value == code else '□'}{words}" for code, words in choices.items())
    if form == "names":
        return "、".join(item["name"] for item in value or ())
    if value is None or value in ("", []):
        return form.removeprefix("or ") if form.startswith("or ") else ""
    if field is not None and field.type == "money":
        return wording.amount(value) if form == "full" else f"{yuan(value)}元"
    if field is not None and field.choices:
        return field.choices[value]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return wording.instant(value)
    if isinstance(value, dt.date):
        return wording.day(value)
    if isinstance(value, list):
        if value and isinstance(value[0], Mapping):
            if "citation" in value[0]:
                return "、".join(item["citation"] for item in value)
            return wording.people(value)
        return "、".join(value)
    return str(value)


def fill(text: str, scope: Scope) -> str:
    return _PLACEHOLDER.sub(
        lambda found: _shown(look_up(scope.values, found[1]), scope.field(found[1]), found[2] or ""), text
    )


def lines(text: str) -> list[str]:
    """Paragraphs of a text; a tab is a space."""
    return [line.strip() for line in text.replace("\t", " ").splitlines() if line.strip()]


class Composer:
    """Walks the blocks of one template; `h` blocks are numbered 一、二、 in the order in which they really appear.

    A heading that stands alone has no number: nothing follows a 一、 of which there is no 二、.
    """

    def __init__(self, template: Template, values: Mapping[str, Any]) -> None:
        self.template = template
        self.scope = Scope(values, template.fields)
        self.section = 0
        self.numbered = sum("h" in source and holds(source.get("when", ""), values) for source in template.blocks) > 1

    def blocks(self) -> list[Block]:
        return [block for source in self.template.blocks for block in self._block(source, self.scope)]

    @property
    def date(self) -> dt.date | None:
        """The date of the document: of its signature, or of the act that it records."""
        value = self.scope.values.get(self.template.date)
        return wording.legal_date(value) if value else None

    def _block(self, source: Mapping[str, Any], scope: Scope) -> Iterator[Block]:
        if not holds(source.get("when", ""), scope.values):
            return
        if "each" in source:
            for inner in scope.items(source["each"]):
                if holds(source.get("each_when", ""), inner.values):
                    yield from self._one(source, inner)
        else:
            yield from self._one(source, scope)

    def _one(self, source: Mapping[str, Any], scope: Scope) -> Iterator[Block]:
        if "p" in source:
            for line in lines(fill(source["p"], scope)):
                yield {"t": "p", "s": line, "indent": source.get("indent", True), "keep": source.get("keep", False)}
        elif "h" in source:
            self.section += 1
            number = f"{wording.chinese(self.section)}、" if self.numbered else ""
            yield {"t": "h", "s": number + fill(source["h"], scope)}
        elif "party" in source:
            value = scope.values[source["party"]]
            persons = value if isinstance(value, list) else [value]
            for n, person in enumerate(persons, 1):
                label = source.get("label", "当事人") + (wording.chinese(n) if len(persons) > 1 else "")
                for line in wording.party(person, label):
                    yield {"t": "p", "s": line, "indent": True, "keep": False}
        elif "penalties" in source:
            field = scope.fields[source["penalties"]]
            kinds = next(inner.choices for inner in field.of if inner.name == "kind") or {}
            for line in wording.penalties(scope.values[field.name], kinds):
                yield {"t": "p", "s": line, "indent": True, "keep": False}
        elif "wording" in source:
            name = source["wording"]
            paragraphs = {"payment": wording.payment, "remedies": wording.remedies}[name]
            if self.date is None:
                raise ValueError("standard wording needs a dated document")
            for line in paragraphs(scope.values[name], self.date):
                yield {"t": "p", "s": line, "indent": True, "keep": False}
        elif "table" in source:
            yield self._table(source, scope)
        elif "form" in source:
            yield {"t": "form", "rows": [row for part in source["form"] for row in self._rows(part, scope)]}
        elif "qa" in source:
            rows = list(scope.items(source["qa"]))
            for seq, inner in enumerate(rows):
                keep = source.get("keep", False) and seq == len(rows) - 1
                for letter, name in (("问", "question"), ("答", "answer")):
                    text = "\n".join(lines(str(inner.values.get(name) or "")))
                    yield {"t": "qa", "label": f"{letter}：", "s": text, "keep": keep}
        elif "sign" in source:
            yield {"t": "sign", "rows": [[fill(label, scope), fill(value, scope)] for label, value in source["sign"]]}
        elif "heading" in source:
            yield {"t": "heading", "s": fill(source["heading"], scope)}
        elif "space" in source:
            yield {"t": "space", "n": source["space"]}
        elif "tail" in source:
            url = scope.values.get(source.get("qr", ""), "")
            caption = fill(source["caption"], scope) if url else ""
            organ, date = fill("{organ_name}", scope), fill(source["tail"], scope)
            yield {"t": "tail", "organ": organ, "date": date, "url": url, "caption": caption, "svg": ""}
        elif "notes" in source:
            yield {"t": "notes", "rows": [fill(line, scope) for line in source["notes"]]}
        elif "cover" in source:
            yield {"t": "cover", "rows": [[fill(label, scope), fill(value, scope)] for label, value in source["cover"]]}
        else:
            raise ValueError(f"unknown block in {self.template.kind}: {sorted(source)}")

    def _table(self, source: Mapping[str, Any], scope: Scope) -> Block:
        columns = source["columns"]
        rows = [[fill(column[1], inner) for column in columns] for inner in scope.items(source["table"])]
        if source.get("close"):
            # Nothing may be added below the last row of a list that people have signed (documents.md §1.4).
            rows.append(["以下空白"])
        return {"t": "table", "head": [c[0] for c in columns], "widths": [c[2] for c in columns], "rows": rows}

    def _rows(self, part: Any, scope: Scope) -> Iterator[list[Block]]:
        if isinstance(part, Mapping) and not holds(part.get("when", ""), scope.values):
            return
        if isinstance(part, Mapping) and "opinion" in part:
            text = "\n".join(lines(fill(part["text"], scope)))
            signed = fill(part["sign"], scope)
            date = fill(part["date"], scope) or "　　年　　月　　日"
            yield [{"label": part["opinion"], "s": text, "sign": f"签名：{signed}", "date": date, "high": True}]
            return
        cells = part["cells"] if isinstance(part, Mapping) else part
        high = isinstance(part, Mapping) and bool(part.get("high"))
        yield [
            {"label": label, "s": "\n".join(lines(fill(value, scope))), "sign": "", "date": "", "high": high}
            for label, value in cells
        ]


def plain(head: Sequence[str], blocks: Sequence[Block]) -> str:
    """The text of the document in reading order, one paragraph or cell per line."""
    found: list[str] = list(head)
    for block in blocks:
        match block["t"]:
            case "p" | "h" | "heading":
                found.append(block["s"])
            case "qa":
                found.append(block["label"] + block["s"])
            case "table":
                found += [" ".join(row) for row in (block["head"], *block["rows"])]
            case "form":
                for row in block["rows"]:
                    found += [
                        f"{cell['label']} {cell['s']} {cell['sign']} {cell['date'] if cell['sign'] else ''}"
                        for cell in row
                    ]
            case "sign" | "cover":
                found += [f"{label}：{value}" for label, value in block["rows"]]
            case "tail":
                found += [block["caption"], block["organ"], block["date"]]
            case "notes":
                found += block["rows"]
    return "\n".join(line.strip() for line in found if line.strip())
