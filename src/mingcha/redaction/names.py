"""Names of natural persons (自然人姓名) found by role, by phrase and by the company they keep in a list."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mingcha.redaction import dictionary
from mingcha.redaction.folding import Flat
from mingcha.redaction.lexicon import (
    ALL_HAN,
    COMPOUND,
    FUNCTION,
    GOES_ON,
    HAN,
    NOT_GIVEN,
    NOT_NAMES,
    ROLES,
    SURNAMES,
    WEAK_ROLES,
)
from mingcha.redaction.tagging import tagged_names

# Labels of a form: the name fills the rest of the field, whatever its surname.
_LABEL = re.compile(
    r"(?:法定代表人|法人代表|负责人|经营者|投资人|执行事务合伙人|责任人|联系人|收件人|收货人|姓名|委托代理人|被委托人|受委托人|受托人|授权委托人"
    r"|经办人|执法人员|办案人员|承办人|记录人|询问人|被询问人|见证人|送达人|受送达人|签收人|证人|举报人|投诉人)"
    r"(?:[(（][^()（）\n]{1,24}[)）])?(?:姓名)?\s{0,60}[:：]\s{0,60}"
    rf"(?P<name>[{HAN}]\s{{1,4}}[{HAN}]{{1,2}}(?=\s)|[{HAN}·]{{2,4}})(?P<rest>\s{{0,9}}\n\s{{0,60}}[{HAN}]{{1,2}})?(?=[^{HAN}·]|$)"
)
# Roles and titles in running text; the name follows at once or after a short copula.
_STRONG = re.compile("|".join(ROLES))
_ROLE = re.compile(
    f"(?P<role>{'|'.join((*ROLES, *WEAK_ROLES))})"
    r"(?:[(（](?P<bracket>[^()（）\n]{0,16})[)）])?[:：、]?(?:系|是|为|叫|名叫|分别为|分别是)?[:：(（“]?(?=["
    + HAN
    + r"]{2})"
)
# What follows a name when it acts, is asked, or signs.
_PAPERS = "身份证|户口|驾驶证|询问笔录|调查笔录|谈话笔录|笔录|证言|签字|签名|执法证|陈述"
_ASKED = "(?:了)?(?:询问|调查|谈话|问询)"
_SAID = "[，：,:“]"
# Each alternative begins with a character of its own, so that the matcher skips from one such character to the next.
_AFTER = (
    rf"等(?:[一二三四五六七八九十两\d]{{0,3}}[人名位]?)的?(?:居民)?(?:{_PAPERS})|的(?:居民)?(?:{_PAPERS})|居民(?:{_PAPERS})|{_PAPERS}"
    r"|先生|女士|小姐|同志|律师|等(?:\d{1,4}|[两三四五六七八九十]{1,3})[户人名位]"
    rf"|进行{_ASKED}|接受{_ASKED}|制作(?:了)?[^，。]{{0,8}}笔录|陪同检查|陪同|签字|签名|签收|在场|到场"
    rf"|称{_SAID}|反映{_SAID}|表示{_SAID}|陈述{_SAID}|承认{_SAID}|辩称{_SAID}|说{_SAID}"
)
_BEFORE_AFTER_CUE = re.compile(_AFTER)
# What may follow a name when the sentence goes on.
_FOLLOW = re.compile(rf"[^{HAN}]|$|{'|'.join(GOES_ON)}")
_SEPARATOR = re.compile(r"(?:\d{1,2}[份次])?[、，,和与及]|以及|(?:[(（][^()（）]{1,24}[)）])[、，,和与及]?")
_IS_HAN = re.compile(f"[{HAN}]")
_FORM_WORDS = re.compile(
    "隐去|同上|详见|不详|空白|未填|营业|执照|身份|证件|住所|住址|电话|地址|联系|人民|公司|回避|申请|权利"
)
_MINORS = ("未成年人", "儿童", "幼儿", "男孩", "女孩")
_AGE = re.compile(r"[(,、]{0,2}(?:男|女)?[(,、]{0,2}(?:现年|年龄|今年)?(?:\d|1[0-7])周?岁")
# How much the place of a candidate says: a form's label, a role before it, or only the company it keeps.
_LABELLED, _ROLE_GIVEN, _GUESSED = 2, 1, 0


@dataclass
class Names:
    """Names found in one document with the rule that found them."""

    by_role: set[str] = field(default_factory=set)
    by_phrase: set[str] = field(default_factory=set)
    by_word: set[str] = field(default_factory=set)
    minors: set[str] = field(default_factory=set)

    def all(self) -> set[str]:
        return self.by_role | self.by_phrase | self.by_word | self.minors


def find_names(squeezed: Flat, folded: str) -> Names:
    """Names in a text: `folded` as it stands, `squeezed` the same without whitespace."""
    names = Names()
    flat = squeezed.text
    for match in _LABEL.finditer(folded):
        name = re.sub(r"\s", "", match["name"])
        longer = name + (match["rest"] or "").strip()
        # A line break inside a name is real only when the whole comes again.
        if longer != name and flat.count(longer) > 1 and _plausible(longer, _LABELLED):
            name = longer
        if _plausible(name, _LABELLED):
            names.by_role.add(name)
    for match in _ROLE.finditer(flat):
        if match["bracket"] and _take(match["bracket"], 0, _GUESSED) == match["bracket"]:
            names.by_role.add(match["bracket"])
        for name in _run(flat, match.end(), _ROLE_GIVEN if _STRONG.fullmatch(match["role"]) else _GUESSED):
            names.by_role.add(name)
            if match.group() in _MINORS or _AGE.match(flat, match.end() + len(name)):
                names.minors.add(name)
    for match in _BEFORE_AFTER_CUE.finditer(flat):
        names.by_phrase.update(_run_back(flat, match.start()))
    certain = names.all()
    for name in tagged_names(squeezed, folded) - certain:
        # Part of a longer name that the tagger cut off: 林怡 of 林怡波洋.
        if not any(name in longer and flat.count(name) == flat.count(longer) for longer in certain):
            names.by_word.add(name)
    return names


def _run(flat: str, at: int, trust: int) -> Iterator[str]:
    """The name at `at` and those listed after it."""
    for _ in range(40):
        name = _take(flat, at, trust)
        if name is None:
            return
        yield name
        at += len(name)
        separator = _SEPARATOR.match(flat, at)
        if not separator:
            return
        at, trust = separator.end(), _GUESSED


def _run_back(flat: str, end: int) -> Iterator[str]:
    """The name that ends at `end` and those listed before it."""
    for _ in range(40):
        for length in (3, 2, 4):
            start = end - length
            if start < 0:
                continue
            before = flat[start - 1 : start]
            name = flat[start:end]
            boundary = not before or not _IS_HAN.match(before) or before in "对向由和与及经为是给被人员长理让系"
            if boundary and _plausible(name, _GUESSED):
                yield name
                break
        else:
            return
        if flat[start - 1 : start] not in ("、", "，", ",", "和", "与", "及"):
            return
        end = start - 1


def _take(flat: str, at: int, trust: int) -> str | None:
    """The name that starts at `at`: surname, then as few given characters as let the sentence go on."""
    head = 2 if flat[at : at + 2] in COMPOUND else 1
    if head == 1 and flat[at : at + 1] not in SURNAMES:
        return None
    fits = [
        flat[at : at + head + given]
        for given in (1, 2)
        if _FOLLOW.match(flat, at + head + given) and _plausible(flat[at : at + head + given], trust)
    ]
    if len(fits) == 2 and flat.count(fits[1]) > 1 and flat.count(fits[1]) == flat.count(fits[0]):
        return fits[1]
    return fits[0] if fits else None


@functools.lru_cache(maxsize=50_000)
def _plausible(name: str, trust: int) -> bool:
    """Whether a candidate may be a name, given how much the place where it stood says so."""
    if not 2 <= len(name) <= 4 or NOT_GIVEN.search(name, 1) or not ALL_HAN.fullmatch(name) or _FORM_WORDS.search(name):
        return False
    if trust == _LABELLED:
        return True
    if name[0] not in SURNAMES and name[:2] not in COMPOUND:
        return False
    if name in NOT_NAMES:
        # A county may lend its name to a person (罗平, 吴川), a verb may not.
        county = not dictionary.has_word(name) or [tag for _, tag in dictionary.tag(name)] == ["ns"]
        return trust == _ROLE_GIVEN and name[0] not in FUNCTION and county
    if name[0] in FUNCTION or name[:2] in NOT_NAMES:
        tags = dictionary.tag(name)
        if len(tags) == 1 and str(tags[0][1]).startswith("nr"):
            return True
        return trust == _ROLE_GIVEN and len(name) == 3 and not any(map(dictionary.has_word, (name[:2], name[1:])))
    return trust == _ROLE_GIVEN or _not_a_word(name)


def _not_a_word(name: str) -> bool:
    """Whether the dictionary does not know the candidate as an ordinary word; a weak cue, never the only one."""
    tags = dictionary.tag(name)
    if len(tags) == 1:
        return str(tags[0][1]).startswith("nr") or not dictionary.has_word(name)
    # Two ordinary words of two characters each are a phrase, not a name.
    return not (len(name) == 4 and all(len(word) == 2 for word, _ in tags))


def compound_surname(name: str) -> str:
    """The two-character surname that the name begins with, or nothing."""
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND else ""
