"""Letters made from sentences of our own, of the lengths and the vocabulary that real ones have; the same for the same seed.

Whole sentences make sense and stand once in a letter; the others are common words in any order, so that a register of
these has as many words, as often, as a real one. No sentence of a real letter is in them.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_WORDS, _VOCABULARY = (Path(__file__).parent / name for name in ("words.json", "vocabulary.json"))
_LATEST = dt.date(2026, 10, 31)
_DAYS = 6 * 365
_KINDS = ("罚款", "没收违法所得", "警告", "没收非法财物", "责令停产停业")
# Natural logarithms of the length of a letter in characters: half of them between some 1,800 and 3,700.
_LENGTH, _SPREAD, _SHORTEST, _LONGEST = 7.93, 0.54, 650, 12_000
# The share of sentences that are whole, and of the others that the letter says again, as real ones repeat their facts.
_WHOLE, _AGAIN = 0.08, 0.33
# Of how many subjects a register is, of how many other sentences each; words are a little rarer than counted, for the
# whole sentences have the common ones too.
_SUBJECTS, _OTHERS, _EVENED = 60, 600, 0.9
_PATTERNS = (
    "{things}{acts}{things}，{ways}{acts}{kinds}{things}。", "{ways}{acts}的{things}由{things}{acts}，{acts}{things}。",
    "对{kinds}{things}的{acts}，{things}{ways}{acts}。", "{things}与{things}{acts}，{things}在{things}中{acts}。",
    "{kinds}的{things}{acts}后，{ways}向{things}{acts}，并{acts}{things}和{things}。",
    "因{things}{acts}，{ways}未{acts}{things}，其{things}{ways}{acts}。",
    "{things}的{kinds}{things}{acts}为{things}，{things}{acts}{things}。",
    "经{acts}{things}，{kinds}{things}已{acts}；{things}{ways}{acts}。",
)  # fmt: skip


@dataclass(frozen=True)
class MadeUp:
    """One made-up decision, field by field as the portal shows it."""

    id: uuid.UUID
    number: str
    party: str
    authority: str
    cause: str
    decided_on: dt.date
    kinds: list[str]
    fine_fen: int
    confiscated_fen: int
    text: str


@cache
def words() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_WORDS.read_text("utf-8"))
    return found


@cache
def _others() -> list[list[str]]:
    """Sentences of common words by subject: a subject has a sixth of the words, each as often as in real letters."""
    rng = random.Random(7)  # noqa: S311 - made-up text, not a secret
    known = json.loads(_VOCABULARY.read_text("utf-8"))
    return [_subject(rng, known) for _ in range(_SUBJECTS)]


def _subject(rng: random.Random, known: dict[str, dict[str, int]]) -> list[str]:
    drawn: dict[str, Iterator[str]] = {}
    for name in ("things", "acts", "ways", "kinds"):
        words = rng.sample(list(known[name]), len(known[name]) // 6)
        drawn[name] = iter(rng.choices(words, weights=[known[name][word] ** _EVENED for word in words], k=_OTHERS * 8))
    patterns = rng.choices(_PATTERNS, k=_OTHERS)
    return [re.sub(r"\{(\w+)\}", lambda slot: next(drawn[slot[1]]), pattern) for pattern in patterns]


def letters(count: int, *, seed: int = 1, start: int = 0) -> Iterator[MadeUp]:
    """Decisions number `start` to `start + count`; each depends on its number and the seed only."""
    for number in range(start, start + count):
        yield letter(number, seed)


def letter(number: int, seed: int = 1) -> MadeUp:
    rng = random.Random(seed * 1_000_003 + number)  # noqa: S311 - made-up text, not a secret
    known, pick = words(), rng.choice
    organ = rng.randrange(len(known["organs"]))
    district = pick(known["districts"])
    day = _LATEST - dt.timedelta(days=int(_DAYS * rng.random()))
    fields = _Slots(rng, known, day, district)
    party = f"{district}区{pick(known['names'])}{pick(known['names'])}{pick(known['trades'])}{pick(known['forms'])}"
    authority = f"演示{district}区{known['organs'][organ]}"
    heading = f"演示{district}{known['marks'][organ]}罚〔{day.year}〕{number + 1}号"
    fine = rng.randrange(2, 400) * 50_000
    taken = rng.randrange(0, 300) * 1_000 if rng.random() < 0.5 else 0
    kinds = ["罚款", *([_KINDS[1]] if taken else []), *([pick(_KINDS[2:])] if rng.random() < 0.3 else [])]
    wanted = min(max(rng.lognormvariate(_LENGTH, _SPREAD), _SHORTEST), _LONGEST)
    lines = [
        authority, "行政处罚决定书", heading,
        f"当事人：{party}", f"住所：{district}区{fields.value('street')}{fields.value('no')}号",
        f"负责人：{fields.value('person')}", fields.fill(pick(known["opening"])),
    ]  # fmt: skip
    rest = wanted - 700
    lines += fields.section("facts", rest * 0.5)
    lines.append("以上事实，有下列证据证明：")
    lines += [f"{place}．{line}" for place, line in enumerate(fields.section("evidence", rest * 0.2), 1)]
    lines += fields.section("reasoning", rest * 0.3)
    lines.append(f"综上，本局决定对当事人作出如下处理：{'、'.join(kinds)}，罚款人民币{fine // 100}元。")
    lines += [fields.fill(sentence) for sentence in known["closing"]]
    lines += [authority, f"{day.year}年{day.month}月{day.day}日"]
    # A key in the form of UUID version 7, from the number alone.
    moment = 1_600_000_000_000 + number * 7
    key = uuid.UUID(int=(moment << 80) | (7 << 76) | (2 << 62) | rng.getrandbits(60))
    return MadeUp(key, heading, party, authority, fields.cause, day, kinds, fine, taken, "\n".join(lines))


class _Slots:
    """Fills the places of a sentence; the cause, the law and the goods of a letter stay the same throughout."""

    def __init__(self, rng: random.Random, known: dict[str, Any], day: dt.date, place: str) -> None:
        self._rng, self._known, self._day = rng, known, day
        self.cause: str = rng.choice(known["causes"])
        self._fixed = {"cause": self.cause, "law": rng.choice(known["laws"]), "place": place}
        self._others = rng.choice(_others())
        self._said: list[str] = []
        self._goods = rng.sample(known["goods"], 3)

    def fill(self, sentence: str) -> str:
        return sentence.format_map(self)

    def __getitem__(self, name: str) -> str:
        return self._fixed.get(name) or self.value(name)

    def section(self, name: str, wanted: float) -> list[str]:
        """Sentences until a length is reached, at least two whole ones, none of these twice."""
        known = self._known[name]
        whole = iter(self._rng.sample(known, len(known)))
        made: list[str] = []
        length = 0.0
        while length < wanted or len(made) < 2:
            sentence = next(whole, None) if len(made) < 2 or self._rng.random() < _WHOLE else None
            made.append(self.fill(sentence) if sentence else self._other())
            length += len(made[-1])
        return made

    def _other(self) -> str:
        if self._said and self._rng.random() < _AGAIN:
            return self._rng.choice(self._said)
        self._said.append(self._rng.choice(self._others))
        return self._said[-1]

    def value(self, name: str) -> str:
        rng, known = self._rng, self._known
        if name in ("person", "other"):
            given = "".join(rng.choice(known["given"]) for _ in range(1 if rng.random() < 0.2 else 2))
            return f"{rng.choice(known['surnames'])}{given}"
        if name == "goods":
            return str(rng.choice(self._goods))
        if name == "street":
            return str(rng.choice(known["streets"]))
        if name == "unit":
            return str(rng.choice(known["units"]))
        if name in ("article", "n"):
            return str(rng.choice(known["numerals"][: 20 if name == "article" else 5]))
        if name == "day":
            day = self._day - dt.timedelta(days=rng.randrange(5, 160))
            return f"{day.year}年{day.month}月{day.day}日"
        if name == "code":
            return f"YS{rng.randrange(10**9):09d}"
        most = {"no": 300, "price": 90, "money": 60_000}.get(name, 900)
        return str(rng.randrange(2, most))
