"""What rests on a law (依据链): rooms above answer under a registered kind, in a module `resting` of their own — R011."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from django.apps import apps

from mingcha.statutes import refs
from mingcha.statutes.naming import Names
from mingcha.statutes.refs import ArticleRef


@dataclass(frozen=True)
class Resting:
    """One thing that cites a law: `key` is stable within the kind, `target` the id that its page is opened with."""

    key: str
    jurisdiction: str
    target: str
    title: str
    place: str
    citations: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """A kind of things that can rest on a law, with the function that finds them."""

    kind: str
    label: str
    find: Callable[[str, frozenset[tuple[int, int]]], Iterable[Resting]]


_sources: dict[str, Source] = {}


def register(kind: str, label: str, find: Callable[[str, frozenset[tuple[int, int]]], Iterable[Resting]]) -> None:
    """Register what finds the things of a kind that cite a law (name, changed articles; none given: any article)."""
    if kind in _sources:
        raise ValueError(f"resting kind {kind} is registered twice")
    _sources[kind] = Source(kind, label, find)


@cache
def _discover() -> None:
    # Rooms above cannot be named here; each has registered itself once its module is loaded.
    importlib.import_module("mingcha.statutes.queries.own_rules")
    for config in apps.get_app_configs():
        name = f"{config.name}.resting"
        if config.name.startswith("mingcha.") and name != __name__ and importlib.util.find_spec(name):
            importlib.import_module(name)


def sources() -> list[Source]:
    _discover()
    return sorted(_sources.values(), key=lambda source: source.kind)


def label(kind: str) -> str:
    """The Chinese label of a kind; the kind itself where its room is no longer installed."""
    _discover()
    return _sources[kind].label if kind in _sources else kind


def resting_on(law: str, changed: frozenset[tuple[int, int]] = frozenset()) -> Iterator[tuple[str, Resting]]:
    """Everything registered that rests on a law, as (kind, thing)."""
    for source in sources():
        for thing in source.find(law, changed):
            yield source.kind, thing


def touches(ref: ArticleRef, law: str, changed: frozenset[tuple[int, int]]) -> bool:
    """Whether a citation names the law, and one of its changed articles where these are known."""
    return ref.law == law and (not changed or (ref.article, ref.sub or 0) in changed)


def cited(text: str, law: str, changed: frozenset[tuple[int, int]], names: Names | None = None) -> list[str]:
    """Citations of the law in a text; its bare name counts only where no article of it is named."""
    found = [ref for citation in refs.find(text, names=names) for ref in citation.refs if ref.law == law]
    if found:
        return [str(ref) for ref in found if touches(ref, law, changed)]
    return [f"《{law}》"] if f"《{law}》" in text or f"《中华人民共和国{law}》" in text or text.strip() == law else []
