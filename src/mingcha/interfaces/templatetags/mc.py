"""Template vocabulary of Mingcha (明察): money, dates, citations, icons. Loaded as a builtin library."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape
from typing import Any

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from mingcha.common import money
from mingcha.common.clock import SHANGHAI, legal_day

register = template.Library()

NONE = "—"
PREFERENCES = {"theme": ("auto", "light", "dark"), "size": ("normal", "large")}


@register.simple_tag
def options(choices: Iterable[Any] | Mapping[Any, Any], chosen: Any = "") -> SafeString:
    """The options of a selection: labels by value, pairs of value and label, or plain texts."""
    rows = choices.items() if isinstance(choices, Mapping) else choices
    made = []
    for row in rows:
        value, label = map(str, row if isinstance(row, tuple) else (row, row))
        state = " selected" if value == str(chosen) else ""
        made.append(f'<option value="{escape(value)}"{state}>{escape(label)}</option>')
    return mark_safe("".join(made))  # noqa: S308


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as ¥12,345.00; a dash where there is no amount."""
    return NONE if fen in (None, "") else f"¥{money.yuan(int(fen))}"


@register.filter
def capitals(fen: int | None) -> str:
    """Fen in Chinese capital numerals (大写金额)."""
    return NONE if fen in (None, "") else money.capitals(int(fen))


def _day(value: Any) -> dt.date | None:
    if isinstance(value, str) and value:
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
        if value.tzinfo is None:
            return value.date()
    if isinstance(value, dt.datetime):
        return legal_day(value) if value.tzinfo else value.date()
    return value if isinstance(value, dt.date) else None


@register.filter
def cn_date(value: Any) -> str:
    """2026年11月21日, for running text; accepts a date, an aware datetime or ISO text."""
    day = _day(value)
    return f"{day.year}年{day.month}月{day.day}日" if day else NONE


@register.filter
def iso_date(value: Any) -> str:
    """2026-11-21, for tables."""
    day = _day(value)
    return day.isoformat() if day else NONE


@register.filter
def iso_minute(value: Any) -> str:
    """2026-11-21 16:20 in Shanghai; a plain date stays a date."""
    if isinstance(value, str) and value:
        try:
            value = dt.datetime.fromisoformat(value) if "T" in value else value
        except ValueError:
            return NONE
    if isinstance(value, dt.datetime) and value.tzinfo:
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return iso_date(value)


@register.filter
def due_label(left: int | None, unit: str = "个工作日") -> str:
    """还剩 3 个工作日 · 今天到期 · 逾期 2 个工作日, from the days that are left (negative when late)."""
    if left is None or left == "":
        return NONE
    left = int(left)
    if left == 0:
        return "今天到期"
    return f"还剩 {left} {unit}" if left > 0 else f"逾期 {-left} {unit}"


@register.filter
def kind_label(kind: str) -> str:
    """The Chinese label of a journal kind, from the ledger's registered vocabulary."""
    # Imported late: the tag library is a builtin and must load before the apps are ready.
    from mingcha.ledger import kinds

    return kinds.label(kind)


@register.filter
def dict_get(mapping: Any, key: Any) -> Any:
    """The entry of a mapping under a key that is not a valid template name (`errors|dict_get:name`), or nothing."""
    return mapping.get(key) if mapping else None


@register.filter
def article(citation: Any) -> SafeString:
    """A citation (条文) marked so that the page can open its text in place."""
    return format_html('<span class="art" data-article="{0}">{0}</span>', str(citation))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One icon of the sprite; hidden from readers unless it carries a label of its own."""
    return _icon(name, label)


@lru_cache(maxsize=1000)
def _icon(name: str, label: str) -> SafeString:
    href = f"{static('mc/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href)


@register.simple_tag(takes_context=True)
def query_replace(context: Context, **changes: Any) -> str:
    """The present query string with some parameters set, or dropped when empty: `?kind=doc&page=2`."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else _empty_query()
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


def _empty_query() -> Any:
    from django.http import QueryDict

    return QueryDict(mutable=True)


@register.simple_tag(takes_context=True)
def preference(context: Context, name: str) -> str:
    """How the reader wants the page: `theme` or `size` (长者模式), from the address (no scripts needed) or cookie."""
    allowed = PREFERENCES[name]
    request = context.get("request")
    if request is None:
        return allowed[0]
    key = f"mc_{name}"
    for value in (request.GET.get(key), request.COOKIES.get(key)):
        if value in allowed:
            return str(value)
    return allowed[0]
