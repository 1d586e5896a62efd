"""How text is cut so that any run of characters is found exactly (检索切分).

A text is folded (width, case, kinds of brackets, no blanks) and stored as overlapping pairs of characters with
their positions. A word of one character is looked up among the characters of a text, one of two is a pair, a longer
one is pairs that stand next to each other. So a word is found where and only where the folded text contains it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MOST_WORDS = 8
# Between the fields of a text; folding removes it from what people write, so that no word reaches over it.
EDGE = "\x1f"
_BLANK, _NEWLINE = ord(" "), ord("\n")
# Characters beyond the first plane are rare: texts with one are folded as texts. No character has this number.
_PLANE, _ODD = 0x10000, 0x110000
# From here on Unicode has no characters of its own, nor are any left by folding: the index names common words by them.
FIRST_OF_NOBODY = 0xF0000
_SAME = [
    *((0xFF10 + digit, str(digit)) for digit in range(10)),
    *((0xFF41 + letter, chr(ord("a") + letter)) for letter in range(26)),
    *((ord(bracket), "(") for bracket in "[［（【﹝〔"),
    *((ord(bracket), ")") for bracket in "]］）】﹞〕"),
]


_PLAIN = {chr(code): plain for code, plain in _SAME}
_TO_FOLD = re.compile(f"[{re.escape(''.join(_PLAIN))}{chr(FIRST_OF_NOBODY)}-\U0010ffff]")
_WAYS: dict[str, list[str]] = {}
for _code, _plain in _SAME:
    _WAYS.setdefault(_plain, []).append(chr(_code))


def fold(text: str) -> str:
    """The text as it is compared: blanks and line breaks out, half-width, small letters, one kind of bracket."""
    # A translation table would cost for every character, this for those that it replaces.
    return _TO_FOLD.sub(lambda found: _PLAIN.get(found[0], ""), "".join(text.split()).lower())


def fold_fields(text: str, fields: int) -> str:
    """Folds a text whose first `fields` lines are fields of their own and whose rest is the letter."""
    return EDGE.join(fold(part) for part in text.split("\n", fields))


def words_of(text: str) -> list[str]:
    """The words of a search as people typed them, each once, at most eight."""
    return list(dict.fromkeys(text.replace("\0", "").split()))[:MOST_WORDS]


def codes_of(text: str) -> Array:
    """The code points of a text."""
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


def folded_codes(text: str, fields: int) -> Array:
    """The code points of `fold_fields`, in a quarter of the time."""
    codes = codes_of(text)
    folded = _table().take(codes, mode="clip")
    if (folded == _ODD).any():
        return codes_of(fold_fields(text, fields))
    folded[np.flatnonzero(codes == _NEWLINE)[:fields]] = ord(EDGE)
    return folded[folded != 0]


@cache
def _table() -> Array:
    """What each character is folded to, 0 for a blank; odd are those that become several, or depend on what is beside."""
    folded = [fold(chr(code)) for code in range(_PLANE)]
    table = np.array([ord(to) if len(to) == 1 else _ODD if to else 0 for to in folded] + [_ODD], np.uint32)
    table[[0, ord("Σ")]] = _ODD
    return table


def pairs(codes: Array) -> str:
    """All overlapping pairs, one after the other with a blank between, the last one closed by the edge."""
    if not len(codes):
        return ""
    cut = np.full(3 * len(codes) - 1, _BLANK, np.uint32)
    cut[0::3], cut[1:-1:3], cut[-1] = codes, codes[1:], ord(EDGE)
    return cut.tobytes().decode("utf-32-le")


def phrase(folded: str) -> list[tuple[int, str]]:
    """The fewest pairs, with their places, that fix a word of two or more characters."""
    places = list(range(0, len(folded) - 1, 2))
    if places[-1] != len(folded) - 2:
        places.append(len(folded) - 2)
    return [(place, folded[place : place + 2]) for place in places]


def contains(folded_text: str, words: list[str]) -> bool:
    """Whether every word stands in a folded text: what the index answers, said by plain comparison."""
    return all(fold(word) in folded_text for word in words)


@lru_cache(maxsize=256)
def pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Finds the words in a text as it was written: any width, case and bracket, blanks and line breaks between."""
    several = sorted({fold(word) for word in words}, key=len, reverse=True)
    return re.compile("|".join(r"\s*".join(map(_written, word)) for word in several if word))


def _written(character: str) -> str:
    ways = {character, character.upper(), *_WAYS.get(character, ())}
    ways |= {way.upper() for way in ways}
    single = sorted(re.escape(way) for way in ways if len(way) == 1)
    # A class of one character is slower to compile and to look for than the character.
    return single[0] if len(single) == 1 else f"[{''.join(single)}]"
