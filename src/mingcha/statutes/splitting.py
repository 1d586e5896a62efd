"""Splitting a statute (法律文本) into parts 编章节, articles 条, paragraphs 款, items 项 and sub-items 目; pure.

An article counts only where its number follows the one before: 第二十条第一款规定的… at the start of a paragraph is a
citation, not an article, and 。 第四条 inside a paragraph is one although the line break is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mingcha.statutes.numerals import NUMERAL, from_chinese, to_chinese

_END_OF_HEAD = "<!-- INFO END -->"
_ARTICLE = re.compile(rf"第(?P<n>{NUMERAL})(?:条(?:之(?P<sub>{NUMERAL}))?(?=\s|$)|\s+条)\s*")
_LOOSE = re.compile(rf"第{NUMERAL}条")
# 。 第四条 : the sentence before must have ended, or the words are a citation.
_INLINE = re.compile(rf"(?<=[。；：])\s+(?=第{NUMERAL}条(?:之{NUMERAL})?\s)")
_PART = re.compile(rf"第(?P<n>{NUMERAL})(?P<kind>分编|编|章|节)[\s:：]*(?P<title>.*)")
_APPENDIX = re.compile(r"附[\s]*(?:件|表|录|图)(?:[\s\d:：一二三四五六七八九十]|$)|附[:：]")
_ITEM = re.compile(r"[（(]\s*([一二三四五六七八九十百]+)\s*[)）]\s*[、．.]?\s*")
# Statutes of the 1950s to 1980s count their items 一、二、三.
_OLD_ITEM = re.compile(r"([一二三四五六七八九十]+)[、．.]\s*")
_SUBITEM = re.compile(r"(?:[（(]?(\d{1,2})[)）]|(\d{1,2})[、．.](?!\d))\s*")
_LONGEST_TITLE = 40
LEVELS = {"编": 1, "分编": 2, "章": 3, "节": 4}


@dataclass(frozen=True)
class Division:
    """A part of a statute (编、分编、章、节): `level` 1–4, `label` as printed, e.g. 第五章 and its title."""

    level: int
    label: str
    title: str


@dataclass
class SplitArticle:
    """One article: its lines are paragraphs and items, one each; `division` is the place in the list of divisions."""

    number: int
    sub: int
    lines: list[str]
    division: int | None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Split:
    """A statute taken apart. `oddities` say in words what does not follow the usual form."""

    title: str
    part: str = ""
    history: list[str] = field(default_factory=list)
    preamble: str = ""
    divisions: list[Division] = field(default_factory=list)
    articles: list[SplitArticle] = field(default_factory=list)
    appendix: str = ""
    oddities: list[str] = field(default_factory=list)
    inline: int = 0


def split(text: str) -> Split:
    """Take the text of a statute in Markdown apart. Raises ValueError when it has no title."""
    head, mark, body = text.replace("\r\n", "\n").partition(_END_OF_HEAD)
    if not mark:
        head, body = _without_mark(text)
    titles = [line.lstrip("#").strip() for line in head.split("\n") if line.startswith("#")]
    if not titles or not titles[0]:
        raise ValueError("没有标题")
    history = [line.strip() for line in head.split("\n") if line.strip() and not line.startswith("#")]
    found = Split(titles[0], titles[1] if len(titles) > 1 else "", history)
    found.oddities += [
        f"题注里有一行以“{line[:12]}”开头，不是条文" for line in history if _ARTICLE.match(line) or _LOOSE.match(line)
    ]
    _read(found, list(_lines(body, found)))
    if found.inline:
        found.oddities.append(f"有{found.inline}条与前一条连写在一行，已分开")
    return found


def _without_mark(text: str) -> tuple[str, str]:
    title, _, rest = text.lstrip("\n").partition("\n")
    return title, rest


def _lines(body: str, found: Split) -> Iterator[str]:
    for raw in body.split("\n"):
        line = re.sub(r"<!--.*?-->", "", raw).replace("\u200b", "").replace("\ufeff", "").strip()
        if line:
            pieces = [piece for piece in _INLINE.split(line) if piece]
            found.inline += len(pieces) - 1
            yield from pieces


def _read(found: Split, lines: list[str]) -> None:
    before: list[str] = []
    after: list[str] = []
    division: int | None = None
    current: SplitArticle | None = None
    headed = False
    for line in lines:
        plain = line.lstrip("#").strip()
        article = _ARTICLE.match(plain)
        if after:
            after.append(plain)
        elif article is not None and (place := _next(article, current, found)) is not None:
            current, headed = SplitArticle(*place, [], division), False
            found.articles.append(current)
            if not article[0].startswith(f"第{article['n']}条"):
                found.oddities.append(f"“{article[0].strip()}”的写法不规范，按一条读")
            rest = plain[article.end() :]
            if rest:
                current.lines.append(normal(rest))
        elif line.startswith("#") and (part := _PART.match(plain)) is not None:
            found.divisions.append(
                Division(LEVELS[part["kind"]], f"第{part['n']}{part['kind']}", _title(part["title"]))
            )
            division, headed = len(found.divisions) - 1, True
        elif headed and not line.startswith("#") and len(plain) <= _LONGEST_TITLE and plain[-1] not in "。；：":
            found.divisions[-1] = _longer(found, plain)
        elif current is not None and (line.startswith("#") or _APPENDIX.match(plain)):
            after.append(plain)
        elif current is not None:
            current.lines.append(normal(plain))
        elif plain:
            before.append(plain)
    found.preamble = "\n".join(before)
    found.appendix = "\n".join(after)


def _longer(found: Split, rest: str) -> Division:
    """A heading that the source breaks over two lines: the second is no paragraph of the article before."""
    last = found.divisions[-1]
    found.oddities.append(f"{last.label}的标题分写两行，已合并")
    return Division(last.level, last.label, f"{last.title} {rest}")


def _title(text: str) -> str:
    """总 则 is written with a blank for the looks."""
    return (
        re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff]$)", "", text.strip())
        if len(text.strip()) <= 4
        else text.strip()
    )


def _next(match: re.Match[str], current: SplitArticle | None, found: Split) -> tuple[int, int] | None:
    """Number and 之n of an article that follows the one before, or None for what is no new article."""
    try:
        number = from_chinese(match["n"])
        sub = from_chinese(match["sub"]) if match["sub"] else 0
    except ValueError:
        return None
    if current is None:
        if number != 1:
            found.oddities.append(f"从第{to_chinese(number)}条开始")
        return number, sub
    if sub:
        return (number, sub) if number == current.number and sub > current.sub else None
    if number == current.number + 1:
        return number, 0
    if current.number < number:
        found.oddities.append(f"第{to_chinese(current.number)}条之后是第{to_chinese(number)}条")
        return number, 0
    return None


@dataclass(frozen=True)
class RuleLine:
    """A line of a rule's text: a part (第一章 总则), an article with its number apart, or plain words."""

    kind: str
    label: str
    text: str


def rule_lines(body: str) -> list[RuleLine]:
    """The text of an own rule as it is printed; nothing is left out, whatever its form."""
    found = []
    for line in (raw.strip() for raw in body.splitlines()):
        part = _PART.fullmatch(line)
        article = _LOOSE.match(line)
        if part is not None and len(line) <= 50:
            found.append(RuleLine("part", f"第{part['n']}{part['kind']}", part["title"].strip()))
        elif article is not None and line[article.end() : article.end() + 1].strip() == "":
            found.append(RuleLine("article", article[0], line[article.end() :].strip()))
        elif line:
            found.append(RuleLine("p", "", line))
    return found


def normal(line: str) -> str:
    """A line of an article with the brackets of its item written as （一）."""
    item = _ITEM.match(line)
    return f"（{item[1]}）{line[item.end() :]}" if item else line


@dataclass
class Item:
    """One item (项): its number, text and sub-items (目)."""

    number: int
    text: str
    subitems: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Paragraph:
    """One paragraph (款) with its items."""

    number: int
    text: str
    items: list[Item] = field(default_factory=list)

    @property
    def whole(self) -> str:
        rows = [self.text]
        for item in self.items:
            rows += [item.text, *(text for _, text in item.subitems)]
        return "\n".join(row for row in rows if row)


def paragraphs(text: str) -> list[Paragraph]:
    """Paragraphs, items and sub-items of an article's text."""
    found: list[Paragraph] = []
    old = _counts_the_old_way(text)
    for line in text.split("\n"):
        if not line.strip():
            continue
        item = _ITEM.match(line) or (_OLD_ITEM.match(line) if old else None)
        number = from_chinese(item[1]) if item else 0
        sub = None if item else _SUBITEM.match(line)
        items = found[-1].items if found else []
        if item and _continues(items, number):
            if not found:
                found.append(Paragraph(1, ""))
            found[-1].items.append(Item(number, line))
        elif sub and items and _continues_sub(items[-1], int(sub[1] or sub[2])):
            items[-1].subitems.append((int(sub[1] or sub[2]), line))
        else:
            found.append(Paragraph(len(found) + 1, line))
    return found


def _counts_the_old_way(text: str) -> bool:
    rows = text.split("\n")
    return not any(_ITEM.match(row) for row in rows) and any(_OLD_ITEM.match(row) for row in rows[1:])


def _continues(items: list[Item], number: int) -> bool:
    return number == (items[-1].number + 1 if items else 1) or (bool(items) and number > items[-1].number)


def _continues_sub(item: Item, number: int) -> bool:
    return number == (item.subitems[-1][0] + 1 if item.subitems else 1)


def part_of(text: str, paragraph: int | None, item: int | None, subitem: int | None = None) -> str | None:
    """The words of a paragraph, item or sub-item, or None where the article has no such place.

    An item without a paragraph is looked for in the only paragraph that has items: 第五条第二项 of a first paragraph.
    """
    rows = paragraphs(text)
    if paragraph is not None:
        chosen = next((row for row in rows if row.number == paragraph), None)
    elif item is None:
        return text
    else:
        holders = [row for row in rows if row.items]
        chosen = holders[0] if len(holders) == 1 else None
    if chosen is None:
        return None
    if item is None:
        return chosen.whole
    held = next((row for row in chosen.items if row.number == item), None)
    if held is None:
        return None
    if subitem is not None:
        return next((words for number, words in held.subitems if number == subitem), None)
    return "\n".join([held.text, *(words for _, words in held.subitems)])
