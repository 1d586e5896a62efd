"""Names of natural persons without any cue (无称谓的姓名): word tags, characters of given names, and their company.

A candidate starts with a surname where the tagger starts a word. Its characters, the tagger's opinion and what stands
before and after it add up; names listed side by side vouch for each other.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from mingcha.redaction import dictionary
from mingcha.redaction.folding import Flat
from mingcha.redaction.lexicon import (
    ALL_HAN,
    COMMON_SURNAMES,
    COMPOUND,
    FUNCTION,
    GIVEN_PAIRS,
    GIVEN_STRONG,
    GIVEN_USUAL,
    GOES_ON,
    HAN,
    NOT_GIVEN,
    NOT_NAMES,
    NOT_TAGGED,
    SURNAMES,
    VERY_COMMON,
)

# Where a candidate counts at all, and where it counts as a name.
_FLOOR, _WEAK, _ENOUGH, _CERTAIN = -3.5, 0.2, 2.5, 3.6
# Tags of words that often stand before and after a person.
_TO_NAME, _FROM_NAME = frozenset({"p", "v", "c"}), frozenset({"v", "d", "p", "t", "c", "f", "u", "ul"})
_HEADS = SURNAMES | {name[0] for name in COMPOUND}
_IS_HAN = re.compile(f"[{HAN}]")
_BEFORE = frozenset("由对向与和及让给被为是系人员长找将把替据但因请跟")
_GOES_ON = re.compile("|".join(GOES_ON))
_QUOTES = frozenset('“”‘’《》「」"')
_LISTED = frozenset(["", *"、,，;；/和与及"])
# Without one character that names have, nothing else makes a name of a candidate; most stretches have no such place.
_GIVEN = "".join(sorted(char for char in GIVEN_STRONG | GIVEN_USUAL if not NOT_GIVEN.match(char)))
_NO_SEED = "和国|华人|令改|国行|向社|区人|管理|费用|申请|文书|银行|上述|严重|关于|公开|宣传|国家|许可|权利|申辩|印章|利用|安全|商品|方式"
_RUN = re.compile(rf"(?<![{HAN}])[{HAN}]*?(?!{_NO_SEED})[{''.join(sorted(_HEADS))}][{HAN}]?[{_GIVEN}][{HAN}]*")
_ALONE = re.compile(rf"(?<![{HAN}])[{''.join(sorted(_HEADS))}][{HAN}]{{1,3}}(?![{HAN}])")
# What makes the word before it a thing, a place or an organ. A shop that bears its owner's name is none of these.
_THING = re.compile(
    rf"[{HAN}]{{0,9}}?(?:公司|集团|银行|支行|分行|分局|医院|学校|幼儿园|药业|科技|物业|牌|[一二三四五六七八九十\d]*[村镇乡县区市省]"
    r"|街道|大街|小街|[东西南北中]?路|大道|巷|花园|花苑|小区|嘉园|家园|新城|大厦|广场|胶囊|颗粒|药膏|口服液)"
)
_SHOP = re.compile(
    rf"[{HAN}]{{0,8}}?(?:经营部|商店|饭店|餐馆|茶馆|面馆|小吃|药店|便利店|店|铺|摊|坊|超市|诊所|工作室|商行|副食|百货|五金|水产|鞋行|车行)"
)
_BRAND = re.compile(rf"[{HAN}]{{0,4}}?(?:旗舰店|专卖店|专营店)")
_FIRM = re.compile(rf"[{HAN}()]{{0,14}}?(?:有限|公司|集团)")
# 连政办〔2019〕, 秦星专字: the head of a document's number.
_SIGN = re.compile(
    rf"[{HAN}]{{0,4}}[\[(【〔]?(?:19|20)\d\d[\])】〕]|[)\]】〕]?(?:市监|改价|改能|发改|政办|政发|建函|专字|评报|审字|民函|价)"
)
_NO_LAST = frozenset("称说路街道巷桥湖坝塘岭")


@dataclass(slots=True)
class _Candidate:
    start: int
    end: int
    name: str
    score: float


def tagged_names(squeezed: Flat, folded: str) -> set[str]:
    """Names in a text, as it stands and without whitespace: neither reading alone finds all."""
    flat, gaps = squeezed.text, frozenset(squeezed.starts)
    found = _candidates(squeezed)
    _vouch(found, lambda left, right: flat[left.end : right.start] in _LISTED or left.end == right.start in gaps)
    alone = _alone(folded)
    _vouch(alone, lambda left, right: folded[left.end : right.start].strip() in _LISTED)
    best: dict[str, float] = {}
    for candidate in (*found, *alone):
        best[candidate.name] = max(candidate.score, best.get(candidate.name, _FLOOR))
    return {name for name, score in best.items() if score >= _ENOUGH and not _of_a_thing(name, score, flat)}


def _of_a_thing(name: str, score: float, flat: str) -> bool:
    """Whether the same characters are elsewhere the head of a document's number, a brand or, unless certain, a firm."""
    for match in re.finditer(name, flat):
        if _SIGN.match(flat, match.end()) or _BRAND.match(flat, match.end()):
            return True
        if score < _CERTAIN and _FIRM.match(flat, match.end()):
            return True
    return False


def _vouch(found: list[_Candidate], listed: Callable[[_Candidate, _Candidate], bool]) -> None:
    """Names listed side by side make each other likelier; beside certain names even a word of the dictionary is one."""
    pairs = [(left, right) for left, right in itertools.pairwise(found) if listed(left, right)]
    for left, right in pairs:
        if left.score >= _WEAK and right.score >= _WEAK:
            left.score += 0.9
            right.score += 0.9
    for one, other in (*pairs, *((right, left) for left, right in reversed(pairs))):
        if one.score >= _ENOUGH:
            other.score += 1.6


@functools.lru_cache(maxsize=20_000)
def _may_be(name: str) -> bool:
    return bool(
        ALL_HAN.fullmatch(name)
        and not NOT_GIVEN.search(name, 1)
        and name not in NOT_TAGGED
        and name[-1] not in _NO_LAST
    )


def _alone(folded: str) -> list[_Candidate]:
    """Candidates with nothing but punctuation or space on both sides: cells of a table, lines of a list."""
    found = []
    for match in _ALONE.finditer(folded):
        name = match.group()
        head = 2 if name[:2] in COMPOUND else 1
        if not head < len(name) <= head + 2 or not _may_be(name):
            continue
        score = _by_characters(name, head) + _by_dictionary(name)
        for side in (folded[match.start() - 1 : match.start()], folded[match.end() : match.end() + 1]):
            score += 0.4 if not side or side.isspace() else -0.8 if side in _QUOTES else 0.8
        if _SIGN.match(folded, match.end()):
            continue
        found.append(_Candidate(match.start(), match.end(), name, score))
    return found


@functools.lru_cache(maxsize=20_000)
def _by_dictionary(name: str) -> float:
    if not _known(name):
        # 卫生用 is the beginning of a broken line, 高明亮 may be a name.
        return -1.5 if len(name) == 3 and _known(name[:2]) and dictionary.tag(name[:2])[0][1][:2] != "nr" else 0.5
    return 1.5 if dictionary.tag(name)[0][1][:2] == "nr" else -4


def _candidates(squeezed: Flat) -> list[_Candidate]:
    flat, gaps = squeezed.text, squeezed.starts
    found: list[_Candidate] = []
    for match in _RUN.finditer(flat):
        run, (start, end) = match.group(), match.span()
        inner = gaps[bisect.bisect_left(gaps, start) : bisect.bisect_right(gaps, end)]
        here = (_in_run if len(run) < 200 else _in_run.__wrapped__)(
            flat[start - 1 : start], run, flat[end : end + 5], tuple(gap - start for gap in inner)
        )
        found += [_Candidate(start + at, start + at + len(name), name, score) for at, name, score in here]
    return found


# Letters repeat themselves and one another, and the second scan reads almost the same text again.
@functools.lru_cache(maxsize=20_000)
def _in_run(before: str, run: str, after: str, gaps: tuple[int, ...]) -> tuple[tuple[int, str, float], ...]:
    """Candidates of a stretch of Chinese characters: place, name, score."""
    lead = len(before)
    text = before + run + after
    found = []
    words = dictionary.tag(run)
    at = done = lead
    wide = frozenset(gap + lead for gap in gaps)
    for number, (word, tag) in enumerate(words):
        start, at = at, at + len(word)
        if start < done or (len(word) > 1 and word[0] not in _HEADS and _known(word)):
            continue
        # Where the dictionary does not know the word, the tagger may have taken too much before the name: 由姚, 人罗明.
        for offset in range(len(word) if len(word) > 1 and not _known(word) else 1):
            if word[offset] not in _HEADS:
                continue
            best = _best(text, wide, words, number, start, offset, tag[:2] == "nr")
            if best and (best.score > 0 or (not offset and len(best.name) == len(word))):
                found.append((best.start - lead, best.name, best.score))
                done = best.end
                break
    return tuple(found)


def _best(
    flat: str,
    gaps: frozenset[int],
    words: list[tuple[str, str]],
    number: int,
    start: int,
    offset: int,
    person: bool,
) -> _Candidate | None:
    at = start + offset
    head = 2 if flat[at : at + 2] in COMPOUND else 1
    best = None
    for length in (head + 2, head + 1):
        name = flat[at : at + length]
        if len(name) < length or not _may_be(name):
            continue
        score = _by_words(words, number, offset, length, person)
        if score is None:
            continue
        score += _by_characters(name, head) + _by_place(flat, gaps, at, at + length)
        if offset == 0 and number and words[number - 1][1] in _TO_NAME:
            score += 0.3
        after = _word_at(words, number, at + length - start)
        if after in _FROM_NAME:
            score += 0.4
        if best is None or score > best.score:
            best = _Candidate(at, at + length, name, score)
    return best if best and best.score >= _FLOOR else None


def _word_at(words: list[tuple[str, str]], number: int, offset: int) -> str:
    """Tag of the word that starts `offset` characters after the start of a word, or nothing."""
    for word, tag in words[number : number + 4]:
        if offset == 0:
            return tag
        offset -= len(word)
        if offset < 0:
            break
    return ""


def _by_words(words: list[tuple[str, str]], number: int, offset: int, length: int, person: bool) -> float | None:
    """What the tagger says; None where the candidate would end inside a word of the dictionary."""
    word = words[number][0]
    room = len(word) - offset
    if length < room:
        return None if _known(word) else 0.5 if person else 0
    if length == room and not offset:
        return 1.5 if person else -4 if _known(word) else 0
    score = 0.5 if person else 0.0
    left = length - room
    for follower, tag in words[number + 1 : number + 3]:
        if left <= 0:
            break
        if len(follower) > left:
            return score - 0.5 if tag[:2] == "nr" and not _known(follower) else None
        if len(follower) > 1 and tag[:2] != "nr" and follower not in GIVEN_PAIRS and _known(follower):
            score -= 1
        left -= len(follower)
    return score if left <= 0 else None


@functools.lru_cache(maxsize=20_000)
def _by_characters(name: str, head: int) -> float:
    given = name[head:]
    score = sum(2.0 if char in GIVEN_STRONG else 1.0 if char in GIVEN_USUAL else -1.0 for char in given) / len(given)
    score += 0.7 if given in GIVEN_PAIRS else 0 if len(given) == 2 else -0.5
    if head == 1 and name[0] in VERY_COMMON:
        score += 0.4
    elif head == 1 and name[0] not in COMMON_SURNAMES:
        score -= 0.7
    if name[0] in FUNCTION:
        score -= 1
    return score - (4 if name in NOT_NAMES or name[:2] in NOT_TAGGED else 0)


def _by_place(flat: str, gaps: frozenset[int], start: int, end: int) -> float:
    score = 0.0
    before, after = flat[start - 1 : start], flat[end : end + 1]
    if before in _QUOTES:
        # A brand or a title, unless the quotes hold nothing else.
        score += 0.8 if flat[end : end + 1] in _QUOTES else -0.8
    elif before.isdigit() and flat[start] in FUNCTION:
        # 3元水费
        score -= 2
    elif not before or not _IS_HAN.match(before) or before in _BEFORE:
        score += 0.8
    elif start in gaps:
        score += 0.3
    if _SIGN.match(flat, end) or _BRAND.match(flat, end):
        return score - 4
    if not after or not _IS_HAN.match(after):
        return score + 0.8
    if _THING.match(flat, end):
        return score - 2.5
    if _GOES_ON.match(flat, end) or _SHOP.match(flat, end):
        return score + 0.4
    return score + (0.3 if end in gaps else 0)


@functools.lru_cache(maxsize=50_000)
def _known(word: str) -> bool:
    return bool(dictionary.has_word(word))
