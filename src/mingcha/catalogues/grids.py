"""Discretion tables (裁量表) of a printed standard taken apart: factors, degrees, amounts; what does not split stays text. Pure.

The text is that of `pdftotext -layout`, where a cell is known by its place alone. A table counts as taken apart only when
it proves itself: weights that sum to a hundred, ranges that fit, a text for every cell. Everything else is kept as it is.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_MARK = re.compile(r"§\s*(\d+\.\d+)\s*裁\s*量\s*标\s*准")
_TITLE = re.compile(r"^\s{0,6}[一二三四五六七八九十百]{1,4}、(?P<title>\S.*)$")
_CHAPTER = re.compile(r"^\s*第[一二三四五六七八九十]+章\s")
_HEAD = re.compile(r"^\s*违法行为\s+\S")
_NOTE = re.compile(r"^\s*(备\s*注|\d\s*[.．、]\s*本表|注\s*[：:])")
_WEIGHT = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*$")
_AMOUNT = re.compile(r"^(\d+(?:\.\d+)?)(万?)元(以上|以下)?$")
_VALUE = re.compile(r"(?:\d[\d.]*\s*(?:万\s*元|元|万)(?:\s*以\s*[上下]?)?[\s，,]*)+$")
_BROKEN = re.compile(r"(?<=\s)(?:元?以?[上下])\s*$")
_CITED = re.compile(r"《[^》]{2,60}》(?:第[一二三四五六七八九十百零〇]+(?:条|款|项)(?:之[一二三四五])?、?)+")
START = "裁量起点"
# The column of a list that holds the factors of one row of a table.
COLUMN = "factors"


@dataclass(frozen=True)
class Row:
    """One degree of a table: what must be the case, factor by factor, and what follows (weight, or fen)."""

    factors: tuple[str, ...]
    weight: int | None = None
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Table:
    """One discretion table: rows where it could be taken apart, else the text and the reason why not."""

    code: str
    title: str
    basis: str
    rows: tuple[Row, ...] = ()
    text: str = ""
    why: str = ""


@dataclass
class _Line:
    number: int
    tokens: list[tuple[float, str]] = field(default_factory=list)


class _NotSplit(Exception):
    """Why a table stays text."""


def tables(text: str) -> list[Table]:
    """All tables of a standard, in its order."""
    marks = list(_MARK.finditer(text))
    marks = [mark for mark in marks if "...." not in text[mark.start() : text.find("\n", mark.end()) + 1]]
    found = []
    for mark, following in itertools.zip_longest(marks, marks[1:]):
        body = text[mark.end() : following.start() if following else len(text)]
        found.append(_table(mark[1], _title(text[: mark.start()]), _without_next_title(body)))
    return found


def entries(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Entries of a list of discretion standards, and remarks that count what could be taken apart and what not."""
    all_tables = tables(text)
    found: list[dict[str, Any]] = []
    for table in all_tables:
        shared = {"name": table.title[:300], "plain": table.title[:200], "basis": table.basis or "见裁量表原文"}
        if not table.rows:
            cut = table.text[:2000]
            found.append({**shared, "code": table.code, "circumstance": "按原文所列各因素", "standard": cut})
        for place, row in enumerate(table.rows, 1):
            said = {"code": f"{table.code}-{place:02d}", COLUMN: [factor.replace("；", "，") for factor in row.factors]}
            words = "；".join(row.factors)
            if row.weight is not None:
                found.append(
                    {**shared, **said, "circumstance": words, "standard": f"裁量权重{row.weight}%"}
                    | {"weight": row.weight}
                )
            else:
                money = {"least": row.least, "most": row.most}
                found.append({**shared, **said, "circumstance": words, "standard": _words(row), **money})
    split = [table for table in all_tables if table.rows]
    kept = [table for table in all_tables if not table.rows]
    notes = [
        f"共 {len(all_tables)} 张裁量表：{len(split)} 张拆成因素、情形和幅度（{sum(len(table.rows) for table in split)} 行），"
        f"{len(kept)} 张按原文保留。"
    ]
    notes += [
        f"按原文保留（{why}）：{'、'.join(table.code for table in group)}。" for why, group in _by_reason(kept).items()
    ]
    return found, notes


def _by_reason(kept: Sequence[Table]) -> dict[str, list[Table]]:
    groups: dict[str, list[Table]] = {}
    for table in kept:
        groups.setdefault(table.why, []).append(table)
    return groups


def _words(row: Row) -> str:
    def yuan(fen: int) -> str:
        return f"{fen / 1_000_000:g}万元" if fen >= 1_000_000 else f"{fen / 100:g}元"

    if row.least is None or row.most is None or row.least == row.most:
        return f"罚款{yuan(row.most or row.least or 0)}"
    return f"罚款{yuan(row.least)}以上{yuan(row.most)}以下"


def _title(before: str) -> str:
    """The heading that stands right before a mark, over several lines."""
    lines: list[str] = []
    for line in reversed(before.rstrip().splitlines()[-8:]):
        if not line.strip():
            continue
        match = _TITLE.match(line)
        lines.insert(0, match["title"].strip() if match else line.strip())
        if match:
            break
    return "".join(lines)


def _without_next_title(body: str) -> str:
    lines = body.splitlines()
    for number, line in enumerate(lines):
        if number > 5 and (_TITLE.match(line) or _CHAPTER.match(line)) and not re.search(r"[；。]\s*$", line):
            return "\n".join(lines[:number])
    return body


def _table(code: str, title: str, body: str) -> Table:
    lines = body.splitlines()
    head = next((number for number, line in enumerate(lines) if _HEAD.match(line)), None)
    above = "".join(line.strip() for line in lines[:head])
    basis = "；".join(dict.fromkeys(cited.rstrip("、") for cited in _CITED.findall(above)))[:1000]
    text = "\n".join(line.rstrip() for line in lines[head or 0 :] if line.strip())
    if head is None:
        return Table(code, title, basis, text=text, why="没有找到表头")
    labels = [(match.start() + len(match[0]) / 2, match[0]) for match in re.finditer(r"\S+", lines[head])]
    rest = lines[head + 1 :]
    end = next((number for number, line in enumerate(rest) if _NOTE.match(line)), len(rest))
    inside = [line for line in rest[:end] if not _HEAD.match(line) and not re.fullmatch(r"\s*\d{1,3}\s*", line)]
    try:
        weighted = any(START in line for line in inside)
        rows = _weights(labels, inside) if weighted else _ranges(labels, inside)
    except _NotSplit as reason:
        return Table(code, title, basis, text=text, why=str(reason))
    return Table(code, title, basis, rows=tuple(rows))


def _lines(rest: Sequence[str], centres: Sequence[float]) -> list[list[str]]:
    """Each line as one text per column; a word belongs to the column whose heading is nearest to its middle."""
    found = []
    for line in rest:
        cells = [""] * len(centres)
        for match in re.finditer(r"\S+", line):
            middle = (match.start() + match.end()) / 2
            nearest = min(range(len(centres)), key=lambda place: abs(centres[place] - middle))
            cells[nearest] += match[0]
        found.append(cells)
    return found


def _weights(labels: Sequence[tuple[float, str]], rest: Sequence[str]) -> list[Row]:
    """Factors whose degrees weigh; the first degree of each weighs nothing, and the heaviest of all sum to a hundred."""
    if len(labels) < 3:
        raise _NotSplit("表头栏目不全")
    marks: list[tuple[int, int]] = []
    stripped = []
    for number, line in enumerate(rest):
        match = _WEIGHT.search(line)
        if match:
            if "." in match[1]:
                raise _NotSplit("权重不是整数")
            marks.append((number, int(match[1])))
            line = line[: match.start()]
        stripped.append(line)
    cells = _lines(stripped, [middle for middle, _ in labels[:3]])
    base = next((place for place, (number, _) in enumerate(marks) if START in "".join(cells[number])), None)
    if base != 0:
        raise _NotSplit("没有找到裁量起点")
    start = marks[0][1]
    degrees = marks[1:]
    runs: list[list[int]] = []
    for place, (_, weight) in enumerate(degrees):
        if weight == 0:
            runs.append([])
        if not runs:
            raise _NotSplit("因素的起点不是零")
        runs[-1].append(place)
    texts = _centred([number for number, _ in degrees], [(n, row[2]) for n, row in enumerate(cells) if n > marks[0][0]])
    total = start + sum(max(degrees[place][1] for place in run) for run in runs)
    if total != 100:
        raise _NotSplit("各因素最高权重之和不是百分之百")
    names = _names(degrees, runs, [(n, row[1]) for n, row in enumerate(cells) if n > marks[0][0]])
    rows = [Row((START,), weight=start)]
    for name, run in zip(names, runs, strict=True):
        rows += [Row((f"{name}：{texts[place]}",), weight=degrees[place][1]) for place in run]
    return rows


def _centred(middles: Sequence[float], column: Sequence[tuple[int, str]]) -> list[str]:
    """The text of each row: consecutive lines whose middle is the row's (cells are centred). The one best way, or none."""
    lines = [(number, text) for number, text in column if text]
    count = len(lines)
    # best[n]: the least and the second least deviation for the first n lines over the rows so far, with the cut before.
    best: list[list[tuple[float, tuple[int, ...]]]] = [[(0.0, ())], *([] for _ in range(count))]
    for middle in middles:
        following: list[list[tuple[float, tuple[int, ...]]]] = [[] for _ in range(count + 1)]
        for first, ways in enumerate(best):
            for end in range(first + 1, min(first + 9, count + 1)) if ways else ():
                off = abs((lines[first][0] + lines[end - 1][0]) / 2 - middle)
                if off <= 1.5:
                    following[end] += [(cost + off * off, (*cuts, end)) for cost, cuts in ways]
        best = [sorted(ways)[:2] for ways in following]
    ways = best[count]
    if not ways or (len(ways) > 1 and ways[1][0] - ways[0][0] < 0.4):
        raise _NotSplit("情形的文字分不清属于哪一行")
    cuts = (0, *ways[0][1])
    return ["".join(text for _, text in lines[first:end]) for first, end in itertools.pairwise(cuts)]


def _names(
    degrees: Sequence[tuple[int, int]], runs: Sequence[Sequence[int]], column: Sequence[tuple[int, str]]
) -> list[str]:
    """The name of each factor: what stands in its column beside its degrees."""
    names = []
    for place, run in enumerate(runs):
        first, last = degrees[run[0]][0], degrees[run[-1]][0]
        before = degrees[runs[place - 1][-1]][0] if place else first - 3
        after = degrees[runs[place + 1][0]][0] if place + 1 < len(runs) else last + 3
        low, high = (before + first) / 2, (last + after) / 2
        name = "".join(text for number, text in column if low <= number <= high and text)
        if not name:
            raise _NotSplit("有的因素没有名称")
        names.append(name)
    return names


@dataclass
class _Leaf:
    first: int
    last: int
    least: int
    most: int

    @property
    def middle(self) -> float:
        return (self.first + self.last) / 2


def _ranges(labels: Sequence[tuple[float, str]], rest: Sequence[str]) -> list[Row]:
    """Conditions column by column, and the range of the fine that follows from them."""
    if "罚款" not in labels[-1][1] or any("罚款" in label for _, label in labels[:-1]):
        raise _NotSplit("不是一栏罚款幅度")
    values, stripped = _amounts(rest)
    cells = _lines(stripped, [middle for middle, _ in labels[:-1]])
    leaves = _leaves(values)
    if len(leaves) < 2:
        raise _NotSplit("没有分档的罚款幅度")
    over: list[Row] = []
    last = leaves[-1]
    beside = "".join(cells[last.first][1:]) or cells[last.first][0]
    if last.least == last.most and last.first == last.last and beside.startswith("造成"):
        # A row over all columns: one text, one amount, at the end of the table.
        over = [Row((beside,), least=last.least, most=last.most)]
        leaves = leaves[:-1]
        cells[last.first] = ["" for _ in cells[last.first]]
    columns = list(range(1, len(labels) - 1)) or [0]
    said: list[list[str]] = [[] for _ in leaves]
    for column in columns:
        lines = [(number, row[column]) for number, row in enumerate(cells) if row[column]]
        for place, text in enumerate(_spread(leaves, lines, leafwise=column == columns[-1])):
            said[place].append(f"{labels[column][1]}：{text}")
    if len({tuple(row) for row in said}) != len(said):
        raise _NotSplit("两行的情形相同，说明没有拆对")
    return [
        Row(tuple(words), least=leaf.least, most=leaf.most) for words, leaf in zip(said, leaves, strict=True)
    ] + over


def _amounts(rest: Sequence[str]) -> tuple[list[tuple[int, int, str]], list[str]]:
    """The amounts at the ends of the lines, each with its first and last line, and the lines without them."""
    values: list[tuple[int, int, str]] = []
    stripped = []
    for number, line in enumerate(rest):
        match = _VALUE.search(line)
        if match:
            values.append((number, number, re.sub(r"\s", "", match[0])))
        elif values and number - values[-1][1] <= 2 and (match := _BROKEN.search(line)):
            # The end of “以下” fell into the next line of the cell.
            values[-1] = (values[-1][0], number, values[-1][2] + match[0].strip())
        stripped.append(line[: match.start()] if match else line)
    return values, stripped


def _leaves(values: Sequence[tuple[int, int, str]]) -> list[_Leaf]:
    found: list[_Leaf] = []
    open_at: tuple[int, int] | None = None
    for number, end, text in values:
        for piece in re.findall(r"[\d.]+万?元(?:以上|以下)?|.+", text):
            match = _AMOUNT.match(piece)
            if not match:
                raise _NotSplit("罚款栏有不是幅度的文字")
            fen = round(float(match[1]) * (1_000_000 if match[2] else 100))
            if match[3] == "以上":
                if open_at:
                    raise _NotSplit("罚款幅度不成对")
                open_at = (number, fen)
            elif match[3] == "以下":
                first, least = open_at or (number, 0)
                if least >= fen:
                    raise _NotSplit("罚款幅度的下限不低于上限")
                found.append(_Leaf(first, end, least, fen))
                open_at = None
            else:
                found.append(_Leaf(number, end, fen, fen))
    if open_at:
        raise _NotSplit("罚款幅度不成对")
    return found


def _spread(leaves: Sequence[_Leaf], lines: Sequence[tuple[int, str]], *, leafwise: bool) -> list[str]:
    """The text of a column for each row: one of its own, or that of a merged cell over equally many rows."""
    if leafwise and len(lines) >= len(leaves):
        return _centred([leaf.middle for leaf in leaves], lines)
    groups = _groups(leaves, [number for number, _ in lines])
    found = []
    for first, end in groups:
        low, high = _edges(leaves, first, end)
        text = "".join(words for number, words in lines if low < number < high)
        found += [text] * (end - first)
    return found


def _edges(leaves: Sequence[_Leaf], first: int, end: int) -> tuple[float, float]:
    """Between which lines the rows `first` to `end` lie."""
    low = (leaves[first - 1].last + leaves[first].first) / 2 if first else -1.0
    high = (leaves[end - 1].last + leaves[end].first) / 2 if end < len(leaves) else 1e9
    return low, high


def _groups(leaves: Sequence[_Leaf], numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Over which rows each merged cell reaches: its text is unbroken and stands in its middle. One way only, or none."""
    ways: list[list[tuple[int, int]]] = []

    def fits(first: int, end: int) -> bool:
        low, high = _edges(leaves, first, end)
        inside = [number for number in numbers if low < number < high]
        middle = (leaves[first].first + leaves[end - 1].last) / 2
        if not inside or any(after - number > 2 for number, after in itertools.pairwise(inside)):
            return False
        return abs((inside[0] + inside[-1]) / 2 - middle) <= 1

    def walk(first: int, so_far: list[tuple[int, int]]) -> None:
        if first == len(leaves):
            ways.append(so_far)
        for end in range(first + 1, len(leaves) + 1):
            if len(ways) < 20 and fits(first, end):
                walk(end, [*so_far, (first, end)])

    walk(0, [])
    even = [way for way in ways if len({end - first for first, end in way}) == 1]
    for chosen in (ways, even):
        if len(chosen) == 1:
            return chosen[0]
    raise _NotSplit("合并的单元格分不清包含哪几行")


@dataclass(frozen=True)
class Grid:
    """Rows of one table for the screen: headings, cells, and the last cell that says what follows."""

    code: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """Each row with the heading of each cell."""
        return [list(zip(self.heads, row, strict=True)) for row in self.rows]


def grids(found: Sequence[Mapping[str, Any]]) -> list[Grid]:
    """Entries that are rows of a table, table by table, in their order."""
    made = []
    rows = [row for row in found if row.get(COLUMN)]
    for (code, title), group in itertools.groupby(rows, key=lambda row: (_table_code(row), str(row.get("name", "")))):
        own = list(group)
        if any(row.get("weight") is not None for row in own):
            cells = tuple((*_parted(row[COLUMN][0]), f"{row.get('weight', 0)}%") for row in own)
            made.append(Grid(code, title, ("裁量因素", "情形", "权重"), cells))
            continue
        heads = list(dict.fromkeys(_parted(factor)[0] for row in own for factor in row[COLUMN] if "：" in factor))
        lines = []
        for row in own:
            said = dict(_parted(factor) for factor in row[COLUMN])
            whole = "".join(factor for factor in row[COLUMN] if "：" not in factor)
            first = [said.get(head, "") for head in heads] if not whole else [whole, *[""] * (len(heads) - 1)]
            lines.append((*first, str(row.get("standard", ""))))
        made.append(Grid(code, title, (*heads, "罚款幅度"), tuple(lines)))
    return made


def _table_code(row: Mapping[str, Any]) -> str:
    return str(row.get("code", "")).rpartition("-")[0] or str(row.get("code", ""))


def _parted(factor: str) -> tuple[str, str]:
    name, _, said = factor.partition("：")
    return name, said
