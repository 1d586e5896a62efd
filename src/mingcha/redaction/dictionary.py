"""The dictionary of words (分词词典), loaded by the first who asks: a process that only takes files in does without its 32 MB."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def _dictionary() -> Any:
    import rjieba

    return rjieba


def tag(text: str) -> list[tuple[str, str]]:
    """The words of a text, each with its tag."""
    found: list[tuple[str, str]] = _dictionary().tag(text)
    return found


def has_word(word: str) -> bool:
    """Whether the dictionary holds it."""
    return bool(_dictionary().has_word(word))
