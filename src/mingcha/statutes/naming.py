"""Names and short forms of laws (法律名称和简称), pure: which law a text names; one short form never stands for two."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parent / "data" / "abbreviations.json"
PREFIX = "中华人民共和国"


# Compared by identity: patterns are kept per vocabulary.
@dataclass(frozen=True, eq=False)
class Names:
    """Known ways to write the names of laws; `ambiguous` are those that stand for more than one."""

    known: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(laws: Iterable[tuple[str, Iterable[str]]]) -> Names:
        """From (name, short forms). A full name always means its own law, whatever is short for it elsewhere."""
        rows = [(name, tuple(shorts)) for name, shorts in laws]
        full = {text: name for name, _ in rows for text in (name, PREFIX + name)}
        short: dict[str, set[str]] = {}
        for name, shorts in rows:
            for text in shorts:
                if text not in full:
                    short.setdefault(text, set()).add(name)
        known = full | {text: next(iter(found)) for text, found in short.items() if len(found) == 1}
        return Names(known, {text: tuple(sorted(found)) for text, found in short.items() if len(found) > 1})

    def law(self, text: str) -> str:
        """The name under which a law is kept; an unknown law keeps its own name without 中华人民共和国."""
        text = text.strip().strip("《》").strip()
        return self.known.get(text) or text.removeprefix(PREFIX)

    @cached_property
    def pattern(self) -> str:
        """A regular expression of all names, the longest first; quick also for thousands."""
        tree: dict[str, Any] = {}
        for text in (*self.known, *self.ambiguous):
            node = tree
            for sign in text:
                node = node.setdefault(sign, {})
            node[""] = {}
        return _pattern(tree)


def _pattern(tree: dict[str, Any]) -> str:
    branches = []
    for sign, below in sorted(tree.items()):
        if not sign:
            continue
        text = re.escape(sign)
        while len(below) == 1 and "" not in below:
            ((following, below),) = below.items()
            text += re.escape(following)
        branches.append(text + _pattern(below))
    if not branches:
        return ""
    joined = f"(?:{'|'.join(branches)})"
    return joined + "?" if "" in tree else joined


@cache
def shipped() -> Names:
    """The names that come with the project. Raises ValueError when one short form stands for two laws."""
    names = Names.of(json.loads(_FILE.read_text(encoding="utf-8"))["laws"].items())
    if names.ambiguous:
        raise ValueError(f"abbreviations stand for two laws: {sorted(names.ambiguous)}")
    return names
