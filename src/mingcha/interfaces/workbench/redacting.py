"""The redaction editor's working state: the engine's groups of spans, what the clerk keeps or adds, both versions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mingcha.common.errors import InvalidInput
from mingcha.disclosure import preparing
from mingcha.disclosure.commitments import cutting, making
from mingcha.disclosure.models import Publication
from mingcha.disclosure.rules import apply_spans, may_keep, swallowed


@dataclass(frozen=True)
class Place:
    """One place of a group: the number of its span, and the words around it."""

    index: int
    before: str
    after: str


@dataclass(frozen=True)
class Group:
    """All places of one text under one rule: hidden or kept together, or each by itself."""

    key: int
    text: str
    replacement: str
    label: str
    ground: str
    places: tuple[Place, ...]
    # Whether the clerk may leave it standing with a reason; numbers that identify a person never.
    keepable: bool

    @property
    def count(self) -> int:
        return len(self.places)

    @property
    def indexes(self) -> tuple[int, ...]:
        return tuple(place.index for place in self.places)


@dataclass(frozen=True)
class Piece:
    """A stretch of one side: plain, or a mark with its state (hidden, kept, added) and the number of its group."""

    text: str
    state: str = ""
    group: int = 0
    anchor: str = ""


@dataclass(frozen=True)
class Editor:
    """Original and proposal of a publication."""

    publication: Publication
    text: str
    digest: str
    spans: Sequence[Any]
    groups: Sequence[Group]
    # What the clerk saw: the original and the engine's spans. A form filled over another version must not be signed off.
    version: str
    # Where the letter was cut when it was issued: what else is hidden goes by whole clauses. None for older letters.
    cuts: Sequence[int] | None
    profile: str


@dataclass(frozen=True)
class Sides:
    left: Sequence[Piece]
    right: Sequence[Piece]
    residual: int
    hidden: int


def open_editor(publication: Publication, profile: str = preparing.PROFILE) -> Editor:
    """Render the original and let the engine propose. Takes some 50 ms: outside transactions."""
    text = preparing.original(publication)
    spans = preparing.marked(publication, text, profile).spans
    found: dict[tuple[str, str], list[int]] = {}
    for index, span in enumerate(spans):
        found.setdefault((text[span.start : span.end], span.rule), []).append(index)
    groups = []
    for (hidden, rule), indexes in found.items():
        words = preparing.described(rule)
        groups.append(
            Group(
                indexes[0],
                hidden,
                spans[indexes[0]].replacement,
                words["label"],
                words["ground"],
                tuple(_place(text, spans[index], index) for index in indexes),
                may_keep(spans[indexes[0]].type),
            )
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    version = hashlib.sha256(repr((digest, profile, spans)).encode()).hexdigest()[:32]
    return Editor(publication, text, digest, spans, groups, version, making.cuts(publication, text, spans), profile)


def _place(text: str, span: Any, index: int) -> Place:
    before, after = text[max(0, span.start - 12) : span.start], text[span.end : span.end + 12]
    return Place(index, "".join(before.split()), "".join(after.split()))


def added(editor: Editor, texts: Iterable[str], kept: Mapping[int, str], reason: str = "") -> list[dict[str, Any]]:
    """Every place of the clerk's own texts, widened over the spans that it touches: so a span is extended.

    `kept`: span → reason, for those that stand.

    Raises InvalidInput for a text that is absent.
    """
    hidden = [(span.start, span.end) for index, span in enumerate(editor.spans) if index not in kept]
    wanted: list[tuple[int, int]] = []
    errors = []
    for text in dict.fromkeys(line.strip() for line in texts):
        if not text:
            continue
        places = list(_places(editor.text, text))
        if not places:
            errors.append(f"原文中没有找到“{text[:30]}”，请按原文逐字填写。")
        wanted += places
    if errors:
        raise InvalidInput({"hide": errors})
    # What a span covers already needs nothing; what touches one or another grows over it.
    wanted = [(a, b) for a, b in wanted if not any(c <= a and b <= d for c, d in hidden)]
    spans: list[tuple[int, int]] = []
    for start, end in sorted(wanted):
        touched = [(a, b) for a, b in hidden if a < end and start < b]
        start, end = min([start, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)])
        if spans and start < spans[-1][1]:
            before = spans.pop()
            start, end = before[0], max(end, before[1])
        spans.append((start, end))
    return [{"start": start, "end": end, **({"reason": reason} if reason else {})} for start, end in spans]


def _places(text: str, wanted: str) -> Iterable[tuple[int, int]]:
    """Every place of a text, however its lines are broken."""
    pattern = r"\s*".join(re.escape(char) for char in "".join(wanted.split()))
    return (match.span() for match in re.finditer(pattern, text))


def sides(editor: Editor, kept: Mapping[int, str], own: Sequence[Mapping[str, int]]) -> Sides:
    """Both versions as pieces, and how many places of the public text still look like personal data."""
    group_of = {index: group.key for group in editor.groups for index in group.indexes}
    numbers = {group.key: number for number, group in enumerate(editor.groups, 1)}
    anchors = {place.index: f"s-{place.index}" for group in editor.groups for place in group.places}
    marked = {(span.start, span.end): index for index, span in enumerate(editor.spans)}
    hiding: list[dict[str, Any]] = [
        {"start": span.start, "end": span.end, "rule": span.rule, "replacement": span.replacement}
        for index, span in enumerate(editor.spans)
        if index not in kept and not swallowed(span, own)
    ]
    hiding += [{**row, "rule": "manual", "replacement": cutting.WHOLE} for row in own]
    hiding = cutting.fitted(hiding, editor.cuts) if editor.cuts is not None else hiding
    marks = []
    for row in hiding:
        index = marked.get((row["start"], row["end"]), -1) if row["rule"] != "manual" else -1
        state, number = ("hidden", numbers[group_of[index]]) if index >= 0 else ("added", 0)
        marks.append((row["start"], row["end"], state, row["replacement"], number, index))
    marks += [
        (span.start, span.end, "kept", "", numbers[group_of[index]], index)
        for index, span in enumerate(editor.spans)
        if index in kept and not any(row["start"] < span.end and span.start < row["end"] for row in hiding)
    ]
    left, right, at = [], [], 0
    for start, end, state, mask, number, index in sorted(marks):
        plain, stretch = editor.text[at:start], editor.text[start:end]
        left += [Piece(plain), Piece(stretch, state, number, anchors.get(index, ""))]
        right += [Piece(plain), Piece(stretch if state == "kept" else mask, state, number)]
        at = end
    rest = Piece(editor.text[at:])
    public = apply_spans(editor.text, hiding)
    standing = {editor.text[editor.spans[index].start : editor.spans[index].end] for index in kept}
    residual = preparing.leftover(editor.publication, public, standing, editor.profile)
    return Sides([*left, rest], [*right, rest], residual, len(hiding))
