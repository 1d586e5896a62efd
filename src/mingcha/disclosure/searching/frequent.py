"""Words that stand in very many letters (常见词语): terms of their own, so that no search compares their places.

A word of three to six characters is otherwise found by comparing the places of its pairs in every letter that has them
all; for 行政处罚 that is every letter there is. Which words are common is learnt from a sample when a generation is made
and holds for that generation. A word that is missing here is found all the same, by its pairs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from ahocorasick_rs import AhoCorasick, Implementation

# Rows looked at, and below how many rows nothing is gained.
SAMPLE, LEAST_ROWS = 1000, 5000
# A word is common when this share of the sample has it. It is looked for at all when this share has it cut as a word.
SHARE, _SEEN = 0.02, 0.005
_LEAST, _MOST = 3, 6
_PLAIN = re.compile(r"[\u4e00-\u9fff0-9]+")
# Of numbers, dates only: any three figures stand somewhere in many letters, and nobody looks for them.
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:年[0-9]{0,2})?|[0-9]{1,2}(?:月[0-9]{0,2}|日)+")
_FIGURES = re.compile(r"[0-9]")


class Frequent:
    """The common words of one generation, and of how many rows they were learnt (0: of none)."""

    def __init__(self, words: Iterable[str] = (), rows: int = 0) -> None:
        self.words, self.rows = frozenset(words), rows
        self._finder = AhoCorasick(sorted(self.words), implementation=Implementation.ContiguousNFA, store_patterns=True)

    def inside(self, folded: str) -> str:
        """Each common word that a folded text contains, once, with a blank between."""
        return " ".join(set(self._finder.find_matches_as_strings(folded, overlapping=True)))


def learn(sample: Iterable[str], rows: int) -> Frequent:
    """The common words of some folded texts out of `rows`: whole words, and words next to each other."""
    texts = list(sample)
    seen = Counter(word for text in texts for word in set(_words(text)))
    candidates = Frequent(word for word, having in seen.items() if having >= _SEEN * len(texts))
    # A text has a word also where the cut is another: 168 in 2168.
    found = Counter(word for text in texts for word in candidates.inside(text).split())
    return Frequent((word for word, having in found.items() if having >= SHARE * len(texts)), rows)


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
