"""The language of the rules in about.json: comparisons over the fields, dates and earlier documents of a case.

Python's grammar without its powers: names, comparisons, and/or/not, + and - and the functions below; nothing else is
evaluated. What is not known cannot be judged: a comparison with an empty field raises Unknown, and the rule is silent
(that the field is empty is another check's business). Legal periods come from the rules of `deadlines` by their id.
"""

from __future__ import annotations

import ast
import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from mingcha.common.clock import SHANGHAI, legal_day
from mingcha.deadlines import periods
from mingcha.deadlines.rulebook import rule
from mingcha.documents.checking.limits import limit
from mingcha.documents.checking.paper import Paper
from mingcha.documents.rendering.fields import blank, look_up

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_NIGHT_ENDS, _NIGHT_BEGINS = 6, 22


class Unknown(Exception):
    """Something that the rule compares is not known."""


@cache
def parsed(text: str) -> ast.expr:
    """The tree of an expression; raises ValueError for what the language does not have."""
    tree = ast.parse(text, mode="eval").body
    allowed = (
        ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.cmpop, ast.BinOp, ast.Add, ast.Sub,
        ast.Mult, ast.Call, ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.Load,
    )  # fmt: skip
    for node in ast.walk(tree):
        if not isinstance(node, allowed):
            raise ValueError(
                f"not in the language of rules: {ast.unparse(node) if isinstance(node, ast.expr) else node}"
            )
        if isinstance(node, ast.Call) and (
            not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords
        ):
            raise ValueError(f"unknown function in a rule: {ast.unparse(node)}")
    return tree


def holds(text: str, paper: Paper) -> bool:
    """Whether an expression is true of a document. Raises Unknown where it cannot be judged."""
    return bool(_value(parsed(text), paper))


def _value(node: ast.expr, paper: Paper) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Tuple():
            return tuple(_value(item, paper) for item in node.elts)
        case ast.Name() | ast.Attribute():
            return look_up(paper.fields, ast.unparse(node))
        case ast.BoolOp():
            wanted = isinstance(node.op, ast.Or)
            unknown = False
            for item in node.values:
                try:
                    if bool(_value(item, paper)) == wanted:
                        return wanted
                except Unknown:
                    unknown = True
            if unknown:
                raise Unknown
            return not wanted
        case ast.UnaryOp():
            value = _value(node.operand, paper)
            return not value if isinstance(node.op, ast.Not) else -value
        case ast.BinOp():
            left, right = _known(node.left, paper), _known(node.right, paper)
            if isinstance(node.op, ast.Mult):
                return left * right
            return left + right if isinstance(node.op, ast.Add) else left - right
        case ast.Compare():
            left = _known(node.left, paper)
            for op, item in zip(node.ops, node.comparators, strict=True):
                right = _known(item, paper)
                if not _COMPARE[type(op)](*_alike(left, right)):
                    return False
                left = right
            return True
        case ast.Call(func=ast.Name(id=name)):
            return FUNCTIONS[name](paper, *(_value(item, paper) for item in node.args))
    raise ValueError(f"not in the language of rules: {ast.unparse(node)}")


def _known(node: ast.expr, paper: Paper) -> Any:
    value = _value(node, paper)
    if value is None or value == "":
        raise Unknown
    return value


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """A day and an instant are compared as days of the law."""
    if isinstance(left, dt.datetime) != isinstance(right, dt.datetime) and (
        isinstance(left, dt.date) and isinstance(right, dt.date)
    ):
        return _day(left), _day(right)
    return left, right


def _day(value: Any) -> dt.date:
    if value is None:
        raise Unknown
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value) if "T" in value else dt.date.fromisoformat(value)
    day: dt.date = legal_day(value) if isinstance(value, dt.datetime) else value
    return day


def _due(paper: Paper, rule_id: str, start: Any, extra: int = 0) -> dt.date | dt.datetime:
    """The last day of a period of the law, or its last instant where the law counts hours."""
    wanted = rule(rule_id, _day(start))
    if wanted.unit == "H":
        if not isinstance(start, dt.datetime):
            raise Unknown
        return periods.compute_hours(wanted, start).value
    return periods.compute(wanted, _day(start), paper.calendar, extra=extra).value


def _length(paper: Paper, rule_id: str) -> int:
    found = rule(rule_id, _day(paper.at)).length
    if found is None:
        raise Unknown
    return found


def _rows(value: Any) -> Sequence[Mapping[str, Any]]:
    return [row for row in value or () if isinstance(row, Mapping)]


def _total(paper: Paper, rows: Any, name: str) -> int:
    values = [look_up(row, name) for row in _rows(rows)]
    if any(value is None for value in values):
        raise Unknown
    return sum(values)


def _products(paper: Paper, rows: Any, first: str, second: str, product: str) -> bool:
    """Whether in every row the product of two fields is the third."""
    factors = [[look_up(row, name) for name in (first, second, product)] for row in _rows(rows)]
    if any(value is None for row in factors for value in row):
        raise Unknown
    return all(a * b == c for a, b, c in factors)


def _past(paper: Paper, kind: str, name: str) -> Any:
    found = paper.past(kind)
    return getattr(found, name) if found else None


_ISO = re.compile(r"\d{4}-\d\d-\d\d(T.+)?")


def _field_of(paper: Paper, kind: str, name: str) -> Any:
    """A field of an earlier document; stored dates and instants are read."""
    found = paper.past(kind)
    value = look_up(found.fields, name) if found else None
    if isinstance(value, str) and _ISO.fullmatch(value):
        return dt.datetime.fromisoformat(value) if "T" in value else dt.date.fromisoformat(value)
    return value


def _fact(paper: Paper, name: str) -> Any:
    return look_up(paper.facts, name)


def night(moment: Any) -> bool:
    """Whether an instant lies in the night of Shanghai. Raises Unknown for what is no instant."""
    if not isinstance(moment, dt.datetime):
        raise Unknown
    hour = moment.astimezone(SHANGHAI).hour
    return hour >= _NIGHT_BEGINS or hour < _NIGHT_ENDS


def _hours(paper: Paper, first: Any, last: Any) -> float:
    if not isinstance(first, dt.datetime) or not isinstance(last, dt.datetime):
        raise Unknown
    return (last - first).total_seconds() / 3600


def _others(rows: Any) -> Sequence[Mapping[str, Any]]:
    """Rows to compare with; a list that is not there cannot be compared with."""
    if rows is None:
        raise Unknown
    return _rows(rows)


def _within(paper: Paper, rows: Any, name: str, others: Any) -> bool:
    """Whether each value of a column stands in the same column of another list; empty cells are passed over."""
    known = {look_up(row, name) for row in _others(others)}
    return {value for row in _rows(rows) if not blank(value := look_up(row, name))} <= known


def _not_more(paper: Paper, rows: Any, others: Any, key: str, amount: str) -> bool:
    """Whether no amount is greater than that of the same key in another list, which names every key."""
    most: dict[Any, int] = {}
    for row in _others(others):
        most[look_up(row, key)] = most.get(look_up(row, key), 0) + (look_up(row, amount) or 0)
    mine: dict[Any, int] = {}
    for row in _rows(rows):
        mine[look_up(row, key)] = mine.get(look_up(row, key), 0) + (look_up(row, amount) or 0)
    return all(name in most and found <= most[name] for name, found in mine.items())


def _none_before(paper: Paper, rows: Any, name: str, day: Any) -> bool:
    """Whether no date or instant of a column lies before a day (instants before an instant)."""
    return not any(_before(look_up(row, name), day) for row in _rows(rows) if look_up(row, name))


def _none_after(paper: Paper, rows: Any, name: str, limit: Any) -> bool:
    """Whether no date or instant of a column lies after another."""
    if limit is None:
        raise Unknown
    return not any(_before(limit, look_up(row, name)) for row in _rows(rows) if look_up(row, name))


def _before(value: Any, limit: Any) -> bool:
    if limit is None:
        raise Unknown
    both = isinstance(value, dt.datetime) and isinstance(limit, dt.datetime)
    return bool(value < limit) if both else _day(value) < _day(limit)


def _total_of(paper: Paper, rows: Any, name: str, wanted: str, amount: str) -> int:
    """The sum over the rows whose `name` is `wanted`."""
    return sum(int(look_up(row, amount) or 0) for row in _rows(rows) if look_up(row, name) == wanted)


def _limit(paper: Paper, name: str) -> int:
    found = limit(name, _day(paper.at))
    if found is None:
        raise Unknown
    return found


def _covers(paper: Paper, rows: Any, name: str, others: Any, other: str) -> bool:
    """Whether every row is named in one of the other rows, as it stands or as a part of a longer name."""
    if others is None:
        raise Unknown
    named = [str(look_up(row, other)) for row in _rows(others)]
    return all(
        any(str(look_up(row, name)) in text or text in str(look_up(row, name)) for text in named) for row in _rows(rows)
    )


def _none_of(paper: Paper, rows: Any, name: str, others: Any, other: str = "") -> bool:
    """Whether no row bears one of the other names (a list of texts, or of rows with the name `other`)."""
    names = {look_up(row, other) if isinstance(row, Mapping) else row for row in others or ()}
    return not names & {look_up(row, name) for row in _rows(rows)}


# Numbers of identity cards and mobile phones: what no announcement may show.
_PRIVATE = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")


def _age(paper: Paper, birth: Any, on: Any) -> int:
    """Full years; who was born on 29 February is a year older on 1 March."""
    born, day = _day(birth), _day(on)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "given": lambda paper, value: not blank(value),
    "blank": lambda paper, value: blank(value),
    "count": lambda paper, rows: len(rows or ()),
    "total": _total,
    "total_of": _total_of,
    "limit": _limit,
    "latest": lambda paper, rows, name: max((look_up(row, name) for row in _rows(rows)), default=None),
    "covers": _covers,
    "none_of": _none_of,
    "differ": lambda paper, rows, first, second: all(
        look_up(row, first) != look_up(row, second) for row in _rows(rows)
    ),
    "private": lambda paper, text: bool(_PRIVATE.search(str(text or ""))),
    "products": _products,
    "distinct": lambda paper, rows, name: len({look_up(row, name) for row in _rows(rows)}) == len(_rows(rows)),
    "every": lambda paper, rows, name, *ok: all(look_up(row, name) in ok for row in _rows(rows)),
    "some": lambda paper, rows, name, *ok: any(look_up(row, name) in ok for row in _rows(rows)),
    "filled": lambda paper, rows, name: all(not blank(look_up(row, name)) for row in _rows(rows)),
    "within": _within,
    "not_more": _not_more,
    "none_before": _none_before,
    "none_after": _none_after,
    "says": lambda paper, text, words: isinstance(text, str) and words in text,
    "some_says": lambda paper, rows, name, *words: any(
        word in str(look_up(row, name) or "") for row in _rows(rows) for word in words
    ),
    "due": _due,
    "length": _length,
    "days_between": lambda paper, first, last: (_day(last) - _day(first)).days,
    "hours_between": _hours,
    "age": _age,
    "today": lambda paper: _day(paper.at),
    "now": lambda paper: paper.at,
    "made": lambda paper, kind: paper.past(kind) is not None,
    "made_on": lambda paper, kind: _past(paper, kind, "on"),
    "made_at": lambda paper, kind: _past(paper, kind, "at"),
    "served_on": lambda paper, kind: _past(paper, kind, "served_on"),
    "past": _field_of,
    "day": lambda paper, value: _day(value),
    "fact": _fact,
    "night": lambda paper, moment: night(moment),
    "holiday": lambda paper, moment: (row := paper.calendar.days.get(_day(moment))) is not None and row.off,
}
