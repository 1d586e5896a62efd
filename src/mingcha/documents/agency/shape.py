"""What a form may name (可用要素): the fields of a kind with their parts, as text ready to print; and the values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mingcha.documents.rendering import Field, Unprintable, template, wording
from mingcha.documents.rendering.compose import Composer, Scope, fill
from mingcha.documents.rendering.fields import blank, checked
from mingcha.documents.rendering.glyphs import unprintable


@dataclass(frozen=True)
class Shape:
    """One name: plain text, yes or no, a group of names, or a list of groups or texts."""

    label: str
    kind: str = "text"
    of: Mapping[str, Shape] = field(default_factory=dict)
    required: bool = False
    conditional: bool = False
    # Names whose content another name prints too, such as 大写.
    covers: str = ""


def shape_of(kind: str, version: int = 1) -> Shape:
    """All names that a form of this kind may use."""
    form = template(kind, version)
    names = {"title": Shape("文书名称"), **_shapes(form.fields)}
    names |= {f"{name}_text": Shape(f"{label}全文", covers=name) for name, label in _paragraphs(form.fields)}
    return Shape(form.title, "object", names)


def _shapes(fields: Sequence[Field]) -> dict[str, Shape]:
    found: dict[str, Shape] = {}
    for row in fields:
        kind = {"object": "object", "list": "list", "texts": "texts", "bool": "bool"}.get(row.type, "text")
        conditional = bool(row.required_when)
        found[row.name] = Shape(row.label_zh, kind, _shapes(row.of), row.required, conditional)
        if row.type == "money":
            found[f"{row.name}_capitals"] = Shape(f"{row.label_zh}（大写）", covers=row.name)
        elif _is_roll(row):
            found[f"{row.name}_text"] = Shape(f"{row.label_zh}（连写）", covers=row.name)
    return found


def _is_roll(row: Field) -> bool:
    """Lists that letters print in one line: people with their numbers, citations, plain texts."""
    inner = {part.name for part in row.of}
    return row.type == "texts" or (row.type == "list" and ({"name", "cert_no"} <= inner or "citation" in inner))


def _paragraphs(fields: Sequence[Field]) -> Iterator[tuple[str, str]]:
    """Fields whose wording is the law's and not the form's: printed whole."""
    for row in fields:
        inner = {part.name for part in row.of}
        is_party = row.type in ("object", "list") and {"kind", "usc_code"} <= inner
        if row.name in ("remedies", "payment", "penalties") or is_party:
            yield row.name, row.label_zh


def names(shape: Shape, before: str = "") -> Iterator[tuple[str, Shape]]:
    """Every name with its path, for the table that a form's writer reads."""
    for name, inner in shape.of.items():
        yield f"{before}{name}", inner
        yield from names(inner, f"{before}{name}.")


def values_of(kind: str, fields: Mapping[str, Any], version: int = 1, title: str = "") -> dict[str, Any]:
    """The values of a document as plain texts, lists and groups. Raises InvalidInput, Unprintable."""
    form = template(kind, version)
    read = checked(kind, fields, version)
    if found := unprintable(read):
        raise Unprintable(found)
    values = {"title": title or form.title, **_values(form.fields, read)}
    composer = Composer(form, read)
    for name, _ in _paragraphs(form.fields):
        values[f"{name}_text"] = "\n".join(_standard(composer, name, read)) if not blank(read.get(name)) else ""
    return values


def _standard(composer: Composer, name: str, read: Mapping[str, Any]) -> list[str]:
    source: dict[str, Any]
    if name in ("remedies", "payment"):
        if composer.date is None:
            return []
        return list({"payment": wording.payment, "remedies": wording.remedies}[name](read[name], composer.date))
    source = {"penalties": name} if name == "penalties" else {"party": name}
    return [block["s"] for block in composer._one(source, composer.scope)]


def _values(fields: Sequence[Field], read: Mapping[str, Any]) -> dict[str, Any]:
    scope = Scope(read, fields)
    found: dict[str, Any] = {}
    for row in fields:
        value = read.get(row.name)
        match row.type:
            case "object":
                found[row.name] = _values(row.of, value or {})
            case "list":
                found[row.name] = [_values(row.of, item) for item in value or ()]
            case "texts":
                found[row.name] = [str(item) for item in value or ()]
            case "bool":
                found[row.name] = bool(value)
            case _:
                found[row.name] = fill(f"{{{row.name}}}", scope).replace("\t", " ")
        if row.type == "money":
            found[f"{row.name}_capitals"] = wording.amount(value) if value is not None else ""
        elif _is_roll(row):
            found[f"{row.name}_text"] = fill(f"{{{row.name}}}", scope) if value else ""
    return found


def sample_of(kind: str, *, empty: bool = False) -> dict[str, Any]:
    """Made-up values for a trial: every name filled with its own label, or everything empty."""
    return _sample(shape_of(kind), empty)


def _sample(shape: Shape, empty: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, inner in shape.of.items():
        match inner.kind:
            case "object":
                found[name] = _sample(inner, empty)
            case "list":
                found[name] = [] if empty else [_sample(inner, empty), _sample(inner, empty)]
            case "texts":
                found[name] = [] if empty else [f"【{inner.label}】"]
            case "bool":
                found[name] = not empty
            case _:
                found[name] = "" if empty else f"【{inner.label}】"
    return found


__all__ = ["Shape", "names", "sample_of", "shape_of", "values_of"]
