"""The engine of redaction (脱敏引擎): detect, decide what stands, replace; look again until nothing is left."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mingcha.redaction.folding import Flat, fold, squeeze
from mingcha.redaction.identifiers import identifiers
from mingcha.redaction.names import Names, compound_surname, find_names
from mingcha.redaction.passages import passages
from mingcha.redaction.rulebook import rulebook

# A mask may bring characters together that the first pass saw apart; three passes have always been enough.
_PASSES = 4
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_PARTY = re.compile(
    r"(?:当事人(?:名称|姓名)?|被处罚(?:单位|人)?(?:名称|姓名)?|行政相对人(?:名称)?):(?P<name>[^:,。;；\n]{2,60}?)"
    r"(?=主体资格|《?营业执照|统一社会|社会信用|证照名称|法定代表人|负责人|住所|住址|地址|身份证|性别|[:,。;；\n]|$)"
)
_ORGANISATION = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9()]{0,40}(?:公司|厂|店|部|中心|医院|合作社|超市|酒店|药房|学校|行|站|所|社|院|场|馆|园|户)"
)


@dataclass(frozen=True)
class KnownEntity:
    """What the case file already knows: kind (person, id-number, phone, …), text, and role of the person or thing.

    Role `party` means the punished one: that name stands. Everything else that is known is hidden wherever it occurs.
    """

    kind: str
    text: str
    role: str = ""


@dataclass(frozen=True)
class Span:
    """A hidden stretch: code point offsets in the original, type, rule id and what stands there instead."""

    start: int
    end: int
    type: str
    rule: str
    replacement: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Redacted:
    """The public text and the sorted, non-overlapping spans of the original that it hides."""

    text: str
    spans: tuple[Span, ...]


def redact(text: str, *, profile: str = "public", known: Sequence[KnownEntity] = ()) -> Redacted:
    """Hide what the profile does not let the public see. Raises UnknownProfile."""
    spans = _merge(_scan(text, profile, known))
    result = apply(text, spans)
    for _ in range(_PASSES):
        left = residual(result, profile=profile, known=known)
        if not left:
            break
        spans = _merge([*spans, *_back(spans, left)])
        result = apply(text, spans)
    return Redacted(result, tuple(spans))


def residual(text: str, *, profile: str = "public", known: Sequence[KnownEntity] = ()) -> list[Span]:
    """Second scan, of a text already redacted: what would still have to go. Empty before a sign-off."""
    return _merge(_scan(text, profile, known))


def apply(text: str, spans: Iterable[Span]) -> str:
    """The text with each span replaced."""
    parts, at = [], 0
    for span in spans:
        parts += [text[at : span.start], span.replacement]
        at = span.end
    return "".join([*parts, text[at:]])


def _scan(text: str, profile: str, known: Sequence[KnownEntity]) -> list[Span]:
    rules = rulebook().rules
    kept = rulebook().kept(profile)
    # Our own masks are no words: "证人银行账号（已隐去）" names nobody.
    folded = fold(_without_masks(text))
    flat = squeeze(folded)
    standing = _standing(folded, flat, known)
    spans = [
        Span(start, end, rules[rule].type, rule, _replacement(profile, rules[rule].type, rules[rule].mask))
        for start, end, rule in itertools.chain(identifiers(folded), passages(folded))
        if rule not in kept
    ]
    spans += _known(flat, known, profile)
    spans += _persons(folded, flat, known, profile)
    # What must stand (the punished one's name, a company's code) wins over every rule.
    return [span for span in spans if span.end > span.start and not _inside(span, standing)]


@functools.cache
def _mask_words() -> tuple[str, ...]:
    """The longest first, so that none is taken for the beginning of a longer one."""
    book = rulebook()
    masks = {*(rule.mask for rule in book.rules.values()), *book.known_masks.values()} - {""}
    return tuple(sorted(masks, key=len, reverse=True))


def _without_masks(text: str) -> str:
    for mask in _mask_words():
        text = text.replace(mask, "\ufffd" * len(mask))
    return text


def _standing(folded: str, flat: Flat, known: Sequence[KnownEntity]) -> list[tuple[int, int]]:
    """Stretches that stand: the punished one's name, from the case data and from the letter's own head."""
    names = {squeeze(fold(entity.text)).text for entity in known if entity.role == "party"}
    if not names:
        names = {name for match in itertools.islice(_PARTY.finditer(flat.text), 3) if len(name := match["name"]) >= 2}
        lined = re.sub(r"[^\S\n]+", "", folded[:4000])
        names |= {match["name"] for match in itertools.islice(_PARTY.finditer(lined), 3)}
        names = {
            name for name in names if _ORGANISATION.fullmatch(name) or re.fullmatch(r"[\u4e00-\u9fff·]{2,4}", name)
        }
    return sorted(
        (flat.origin(at), flat.origin(at + len(name) - 1) + 1)
        for name in names
        if name
        for at in _occurrences(flat.text, name)
    )


def _occurrences(flat: str, name: str) -> Iterator[int]:
    at = flat.find(name)
    while at >= 0:
        yield at
        at = flat.find(name, at + len(name))


def _inside(span: Span, standing: list[tuple[int, int]]) -> bool:
    # A minor's name never stands, not even the punished one's.
    return (
        span.type in ("person", "known")
        and span.rule != "minor"
        and any(a <= span.start and span.end <= b for a, b in standing)
    )


def _replacement(profile: str, span_type: str, mask: str) -> str:
    how = rulebook().how(profile, span_type)
    return "" if how == "remove" else "***" if how == "mask" else mask


def _known(flat: Flat, known: Sequence[KnownEntity], profile: str) -> list[Span]:
    book = rulebook()
    spans = []
    for entity in known:
        needle = squeeze(fold(entity.text)).text
        if entity.role == "party" or entity.kind == "person" or len(needle) < 2:
            continue
        mask = _replacement(profile, entity.kind, book.known_masks.get(entity.kind, book.rules["case-data"].mask))
        spans += [
            Span(flat.origin(at), flat.origin(at + len(needle) - 1) + 1, entity.kind, "case-data", mask)
            for at in _occurrences(flat.text, needle)
        ]
    return spans


def _persons(folded: str, flat: Flat, known: Sequence[KnownEntity], profile: str) -> list[Span]:
    names = find_names(flat, folded)
    given = {squeeze(fold(entity.text)).text: entity.role for entity in known if entity.kind == "person"}
    own = {name for name, role in given.items() if role == "party"}
    listed = {name for name in given if len(name) >= 2} - own
    names.minors |= {name for name, role in given.items() if role == "minor"}
    everyone = (names.all() | listed) - own
    masks = _masks(everyone, names, flat.text, rulebook().how(profile, "person"))
    if not masks:
        return []
    # The longest first, so that nobody is found in the middle of a longer name.
    wanted = re.compile("|".join(map(re.escape, sorted(masks, key=len, reverse=True))))
    return [
        Span(
            flat.origin(match.start()),
            flat.origin(match.end() - 1) + 1,
            "person",
            "case-data" if match.group() in listed - names.minors else _rule(match.group(), names),
            masks[match.group()],
        )
        for match in wanted.finditer(flat.text)
    ]


def _rule(name: str, names: Names) -> str:
    if name in names.minors:
        return "minor"
    if name in names.by_role:
        return "person-by-role"
    return "person-by-phrase" if name in names.by_phrase else "person-by-word"


def _masks(everyone: set[str], names: Names, flat: str, how: str) -> dict[str, str]:
    """One mask for each person throughout: surname and 某, namesakes told apart by 乙, 丙, 丁; or 甲, 乙 as they appear."""
    masks: dict[str, str] = {}
    used: dict[str, int] = {}
    pseudonyms = 0
    for name in sorted(everyone, key=lambda name: (flat.find(name) if name in flat else len(flat), name)):
        if name in names.minors:
            masks[name] = rulebook().rules["minor"].mask
            continue
        if how == "pseudonym":
            round_, place = divmod(pseudonyms, len(_STEMS))
            masks[name] = _STEMS[place] + (str(round_ + 1) if round_ else "")
            pseudonyms += 1
            continue
        surname = compound_surname(name) or name[0]
        mask = surname + "某" * min(2, max(1, len(name) - len(surname)))
        number = used.get(mask, 0)
        used[mask] = number + 1
        masks[name] = mask + ("" if number == 0 else _STEMS[number % 10] if number < 10 else str(number))
    return masks


def _merge(spans: Iterable[Span]) -> list[Span]:
    """Sorted and free of overlaps: what overlaps becomes one span under the rule of the longest."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            chief = last if last.end - last.start >= span.end - span.start else span
            merged[-1] = Span(last.start, max(last.end, span.end), chief.type, chief.rule, chief.replacement)
        else:
            merged.append(span)
    return merged


def _back(spans: Sequence[Span], left: Sequence[Span]) -> list[Span]:
    """Spans found in the redacted text, as spans of the original; one that touches a mask swallows what it masks."""
    result = []
    for found in left:
        start, end = found.start, found.end
        shift, first, last = 0, None, None
        for span in spans:
            mask_start = span.start + shift
            mask_end = mask_start + len(span.replacement)
            if mask_end <= start:
                shift += len(span.replacement) - (span.end - span.start)
                continue
            if mask_start >= end:
                break
            if first is None:
                first = min(start - shift, span.start) if start < mask_start else span.start
            shift += len(span.replacement) - (span.end - span.start)
            last = span.end if end <= mask_end else end - shift
        if first is None:
            first, last = start - shift, end - shift
        result.append(Span(first, last or end - shift, found.type, found.rule, found.replacement))
    return result
