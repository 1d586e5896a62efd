"""Words that stand in very many letters (常见词语): terms of their own, so that no search compares their places.

A word of three to six characters is otherwise found by comparing the places of its pairs in every letter that has them
all; for 行政处罚 that is every letter there is. Which words are common is learnt from a sample when a generation is made
and holds for that generation. A word that is missing here is found all the same, by its pairs.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import numpy as np

from mingcha.disclosure.searching.tokens import EDGE, Array, codes_of

# Rows looked at, and below how many rows nothing is gained.
SAMPLE, LEAST_ROWS = 1000, 5000
# A word is common when this share of the sample has it. It is looked for at all when this share has it cut as a word.
SHARE, _SEEN = 0.02, 0.005
_LEAST, _MOST = 3, 6
_PLAIN = re.compile(r"[\u4e00-\u9fff0-9]+")
# Of numbers, dates only: any three figures stand somewhere in many letters, and nobody looks for them.
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:年[0-9]{0,2})?|[0-9]{1,2}(?:月[0-9]{0,2}|日)+")
_FIGURES = re.compile(r"[0-9]")
# A common word is one character behind the edge, so that it is no character of any letter.
_FIRST_TERM, _BLANK = 0x10000, ord(" ")


class Frequent:
    """The common words of one generation, and of how many rows they were learnt (0: of none)."""

    def __init__(self, words: Iterable[str] = (), rows: int = 0) -> None:
        self.words, self.rows = sorted(words), rows
        self._numbers = {word: number for number, word in enumerate(self.words)}

    @cached_property
    def _finder(self) -> _Finder:
        # Who only asks never makes it.
        return _Finder(self.words)

    def term(self, word: str) -> str | None:
        """The term that stands for a word in the index; None for a word that is not common."""
        number = self._numbers.get(word)
        return None if number is None else f"{EDGE}{chr(_FIRST_TERM + number)}"

    def inside(self, codes: Array) -> list[str]:
        """The common words that a folded text contains, each once."""
        return [self.words[number] for number in self._inside(codes)]

    def terms(self, codes: Array) -> str:
        """Each character and each common word of a folded text, once, with a blank between."""
        ordered = np.sort(codes)
        once = ordered[np.flatnonzero(np.diff(ordered, prepend=0))]
        words = self._inside(codes)
        cut = np.full(2 * len(once) + 3 * len(words), _BLANK, np.uint32)
        alone, common = cut[: 2 * len(once)], cut[2 * len(once) :]
        alone[0::2], common[0::3], common[1::3] = once, ord(EDGE), words + _FIRST_TERM
        return cut[:-1].tobytes().decode("utf-32-le")

    def _inside(self, codes: Array) -> Array:
        return self._finder.inside(codes) if self.words else np.empty(0, np.intp)


class _Finder:
    """Finds all words of a set in a text at once: a trie, of which every place of the text takes a step together.

    Going through the text character by character takes twice as long, most of it for handing over what was found.
    """

    def __init__(self, words: list[str]) -> None:
        # The words first, then what they begin with: the number of a word is its place in the list.
        states = {word: number for number, word in enumerate(words)}
        for word in words:
            for length in range(2, len(word)):
                states.setdefault(word[:length], len(states))
        letters = {letter: number for number, letter in enumerate(sorted(set("".join(words))), 1)}
        self._words, self._states, self._width = len(words), len(states), len(letters) + 1
        # The number of a character, 0 for all others: those above the last one fall on the last place.
        self._letter = np.zeros(ord(max(letters)) + 2, np.intp)
        for letter, number in letters.items():
            self._letter[ord(letter)] = number
        self._pair = np.full(self._width**2, -1, np.intp)
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
        self._owner, self._next = (np.full(room + self._width, -1, np.intp) for _ in range(2))
        taken: set[int] = set()
        rng = random.Random(1)  # noqa: S311 - where there is room, not a secret
        for state, steps in sorted(below.items(), key=lambda item: -len(item[1])):
            base = rng.randrange(room)
            while not taken.isdisjoint(base + letter for letter, _ in steps):
                base = rng.randrange(room)
            self._base[state] = base
            for letter, following in steps:
                taken.add(base + letter)
                self._owner[base + letter], self._next[base + letter] = state, following

    def inside(self, codes: Array) -> Array:
        """The numbers of the words that stand in a text, in order."""
        letters = np.zeros(len(codes) + _MOST, np.intp)
        self._letter.take(codes, mode="clip", out=letters[:-_MOST])
        state = self._pair.take(letters[:-1] * self._width + letters[1:])
        place = np.flatnonzero(state >= 0)
        state, place = state.take(place), place + 2
        seen = np.zeros(self._states, np.bool_)
        for _ in range(_LEAST, _MOST + 1):
            step = self._base.take(state) + letters.take(place)
            going = np.flatnonzero(self._owner.take(step) == state)
            state, place = self._next.take(step.take(going)), place.take(going) + 1
            seen[state] = True
        return np.flatnonzero(seen[: self._words])


def learn(sample: Collection[str], rows: int) -> Frequent:
    """The common words of some folded texts out of `rows`: whole words, and words next to each other."""
    seen = Counter(word for text in sample for word in set(_words(text)))
    candidates = Frequent(word for word, having in seen.items() if having >= _SEEN * len(sample))
    # A text has a word also where the cut is another: 168 in 2168.
    found = Counter(word for text in sample for word in candidates.inside(codes_of(text)))
    return Frequent((word for word, having in found.items() if having >= SHARE * len(sample)), rows)


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
