"""Words that stand in very many letters (常见词语): terms of their own, so that no search compares their places.

A word of three to six characters is otherwise found by comparing the places of its pairs in every letter that has them
all; for 行政处罚 that is every letter there is. Which words are common is learnt from a sample when a generation is made
and holds for that generation. A word that is missing here is found all the same, by its pairs.

What stands in more than half of the letters, word or character, is written down where it is missing.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from mingcha.disclosure.searching.tokens import FIRST_OF_NOBODY, Array, codes_of

# Rows looked at, how many of them for words at all, and below how many rows nothing is gained.
SAMPLE, _CUT, LEAST_ROWS = 1000, 200, 5000
# A word is common when this share of the sample has it.
SHARE = 0.1
# What more than this share has is written where it is missing.
_HALF = 0.5
_LEAST, _MOST = 3, 6
_PLAIN = re.compile(r"[\u4e00-\u9fff0-9]+")
# Of numbers, dates only: any three figures stand somewhere in many letters, and nobody looks for them.
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:年[0-9]{0,2})?|[0-9]{1,2}(?:月[0-9]{0,2}|日)+")
_FIGURES = re.compile(r"[0-9]")
_BLANK = ord(" ")


class Frequent:
    """The common words of one generation, which of them and which characters are usual, and of how many rows that was
    learnt (0: of none)."""

    def __init__(self, words: Iterable[str] = (), usual: Iterable[str] = (), rows: int = 0) -> None:
        self.words, self.usual, self.rows = sorted(words), frozenset(usual), rows
        self._numbers = {word: number for number, word in enumerate(self.words)}

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Frequent:
        return cls(facts["words"], facts["usual"], facts["rows"])

    def facts(self) -> dict[str, Any]:
        return {"words": self.words, "usual": sorted(self.usual), "rows": self.rows}

    @cached_property
    def _finder(self) -> _Finder:
        # Who only asks never makes it.
        return _Finder(self.words, self.usual)

    def term(self, word: str) -> tuple[str, bool] | None:
        """The term that answers a character or a common word, and whether a letter with it lacks the word."""
        if len(word) == 1:
            return word, word in self.usual
        number = self._numbers.get(word)
        return None if number is None else (chr(FIRST_OF_NOBODY + number), word in self.usual)

    def inside(self, codes: Array) -> list[str]:
        """The common words that a folded text contains, each once."""
        return [self.words[number] for number in np.flatnonzero(self._finder.words(self._finder.letters(codes)))]

    def terms(self, codes: Array) -> str:
        """What is unusual in a folded text, with a blank between: characters and common words, as `term` names them."""
        made = self._finder.unlike_usual(codes)
        cut = np.full(2 * len(made), _BLANK, np.uint32)
        cut[0::2] = made
        return cut[:-1].tobytes().decode("utf-32-le")


class _Finder:
    """Finds all words of a set in a text at once: a trie, of which every place of the text takes a step together.

    Going through the text character by character takes twice as long, most of it for handing over what was found.
    """

    def __init__(self, words: Sequence[str], usual: Collection[str]) -> None:
        # The words first, then what they begin with: the number of a word is its place in the list.
        states = {word: number for number, word in enumerate(words)}
        for word in words:
            for length in range(2, len(word)):
                states.setdefault(word[:length], len(states))
        alphabet = sorted(set("".join([*words, *usual])))
        letters = {letter: number for number, letter in enumerate(alphabet, 1)}
        self._states, self._width = len(states), len(letters) + 1
        # The number of a character, 0 for all others: those above the last one fall on the last place.
        self._letter = np.zeros(max(map(ord, letters), default=0) + 2, np.intp)
        for letter, number in letters.items():
            self._letter[ord(letter)] = number
        # What each letter is written as, and each word behind them; and what of them is usual.
        self._written = np.array(
            [0, *map(ord, alphabet), *range(FIRST_OF_NOBODY, FIRST_OF_NOBODY + len(words))], np.uint32
        )
        self._usual = np.array([False, *(one in usual for one in [*alphabet, *words])])
        self._pair = np.full(self._width**2, -1, np.min_scalar_type(-self._states - 1))
        below: dict[int, list[tuple[int, int]]] = {}
        for begun, state in states.items():
            last = letters[begun[-1]]
            if len(begun) == 2:
                self._pair[letters[begun[0]] * self._width + last] = state
            else:
                below.setdefault(states[begun[:-1]], []).append((last, state))
        self._steps(below)

    def _steps(self, below: dict[int, list[tuple[int, int]]]) -> None:
        """Where each state goes from each character, all in one row: a state's steps begin where they all find room."""
        room = 4 * self._states
        self._base = np.zeros(self._states, np.intp)
        # Whose step it is in the upper half of the number, where it leads in the lower.
        self._step = np.full(room + self._width, -1, np.int64)
        taken: set[int] = set()
        rng = random.Random(1)  # noqa: S311 - where there is room, not a secret
        for state, steps in sorted(below.items(), key=lambda item: -len(item[1])):
            base = rng.randrange(room)
            while not taken.isdisjoint(base + letter for letter, _ in steps):
                base = rng.randrange(room)
            self._base[state] = base
            for letter, following in steps:
                taken.add(base + letter)
                self._step[base + letter] = state << 32 | following

    def letters(self, codes: Array) -> Array:
        """The number of each character, and nothing behind the last."""
        letters = np.zeros(len(codes) + _MOST, np.intp)
        self._letter.take(codes, mode="clip", out=letters[:-_MOST])
        return letters

    def words(self, letters: Array) -> Array:
        """Of each word whether it stands in a text."""
        state = self._pair.take(letters[:-1] * self._width + letters[1:])
        place = np.flatnonzero(state >= 0)
        state = state.take(place).astype(np.intp)
        seen = np.zeros(self._states, np.bool_)
        for behind in range(_LEAST - 1, _MOST):
            step = self._step.take(self._base.take(state) + letters[behind:].take(place))
            going = np.flatnonzero(step >> 32 == state)
            state, place = step.take(going) & 0xFFFFFFFF, place.take(going)
            seen[state] = True
        return seen[: len(self._written) - self._width]

    def unlike_usual(self, codes: Array) -> Array:
        """What the characters and words are written as that stand in a text and are not usual, or are and do not."""
        letters = self.letters(codes)
        once = np.zeros(self._width, np.bool_)
        once[letters] = True
        once[0] = False
        rare = codes[letters[:-_MOST] == 0]
        unlike = np.concatenate((once, self.words(letters))) != self._usual
        return np.concatenate((self._written[unlike], np.unique(rare)))


def learn(sample: Sequence[str], rows: int) -> Frequent:
    """The common words of some folded texts out of `rows`: whole words, and words next to each other."""
    cut = sample[:: max(len(sample) // _CUT, 1)]
    seen = Counter(word for text in cut for word in set(_words(text)))
    candidates = Frequent(word for word, having in seen.items() if having >= max(SHARE * len(cut) / 3, 1))
    # A text has a word also where the cut is another: 168 in 2168.
    found = Counter(word for text in sample for word in candidates.inside(codes_of(text)))
    words = [word for word, having in found.items() if having >= SHARE * len(sample)]
    characters = Counter(character for text in sample for character in set(text))
    usual = [one for one in [*words, *characters] if (found[one] or characters[one]) > _HALF * len(sample)]
    return Frequent(words, usual, rows)


def _words(folded: str) -> Iterator[str]:
    # Its dictionary takes memory: only a process that makes an index loads it.
    import rjieba

    pieces = rjieba.cut(folded)
    for start in range(len(pieces)):
        word = ""
        for piece in pieces[start : start + _MOST]:
            word += piece
            if len(word) > _MOST or not _PLAIN.fullmatch(piece):
                break
            if len(word) >= _LEAST and (not _FIGURES.search(word) or _DATE.fullmatch(word)):
                yield word
