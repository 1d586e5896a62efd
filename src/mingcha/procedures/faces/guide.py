"""The guide (办事指南、环节说明): a definition as a list that everybody can read, its limits, its documents to tick off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mingcha.procedures.definition import Definition, Stage
from mingcha.procedures.faces.layout import order, target_of, words_of
from mingcha.procedures.faces.words import RECORDING, Term, Words


@dataclass(frozen=True)
class Way:
    """A move in words: what is done, where it leads, what must hold; `kind`: next, expiry, parallel, out."""

    label: str
    target: str
    stage: str
    procedure: str
    guards: tuple[tuple[str, str], ...]
    kind: str
    roles: str


@dataclass(frozen=True)
class Row:
    """A stage in words."""

    id: str
    number: int
    name: str
    step: str
    roles: str
    article: str
    recording: str
    documents: tuple[str, ...]
    starts: tuple[Term, ...]
    ends: tuple[str, ...]
    pauses: tuple[str, ...]
    party: tuple[str, ...]
    guards: tuple[str, ...]
    ways: tuple[Way, ...]


def rows(definition: Definition, words: Words) -> list[Row]:
    """Every stage in reading order: the same as the chart, for those who cannot see it."""
    return [_row(definition, stage, words, number) for number, stage in enumerate(order(definition), 1)]


def _row(definition: Definition, stage: Stage, words: Words, number: int) -> Row:
    return Row(
        stage.id,
        number,
        stage.name,
        words.step(definition, stage.step),
        words.actors(stage.roles),
        stage.article,
        RECORDING.get(stage.recording, stage.recording),
        tuple(words.document(code) for code in stage.documents),
        tuple(words.period(code) for code in stage.starts),
        tuple(words.period(code).label for code in stage.ends),
        tuple(words.period(code).label for code in stage.pauses),
        tuple(stage.party),
        tuple(words.guard(name) for name in stage.guards),
        tuple(
            Way(
                words_of(definition, move, words),
                target_of(definition, move, words),
                "" if move.procedure else move.to,
                move.procedure,
                tuple((words.guard(name), words.guard_article(name)) for name in move.guards),
                "out" if move.procedure else "expiry" if move.expiry else "parallel" if move.parallel else "next",
                words.actors(move.roles),
            )
            for move in stage.moves
        ),
    )


@dataclass(frozen=True)
class Limit:
    """A period of the procedure: where it begins and where it ends."""

    term: Term
    begins: tuple[str, ...]
    ends: tuple[str, ...]


def limits(definition: Definition, words: Words) -> list[Limit]:
    """All periods of a procedure in the order in which they begin."""
    begins: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for stage in order(definition):
        for code in stage.starts:
            begins.setdefault(code, []).append(stage.name)
        for code in stage.ends:
            ends.setdefault(code, []).append(stage.name)
    return [Limit(words.period(code), tuple(begins[code]), tuple(ends.get(code, ()))) for code in begins]


@dataclass(frozen=True)
class Item:
    """A document that falls due in a stage, to tick off."""

    name: str
    stage: str
    recording: str
    roles: str


def checklist(definition: Definition, words: Words) -> list[tuple[str, list[Item]]]:
    """Documents and recordings due, by step: what a complete file holds."""
    found: dict[str, list[Item]] = {}
    for stage in order(definition):
        items = [Item(words.document(code), stage.name, "", words.actors(stage.roles)) for code in stage.documents]
        if stage.recording in ("A", "B"):
            items.append(Item("音像记录", stage.name, RECORDING[stage.recording], words.actors(stage.roles)))
        if items:
            found.setdefault(words.step(definition, stage.step), []).extend(items)
    return list(found.items())


def path_in_words(definition: Definition, path: Sequence[str]) -> str:
    """A way through the procedure: 线索 → 核查 → 决定."""
    names = [definition.stages[item].name if item in definition.stages else item for item in path]
    return " → ".join(names)
