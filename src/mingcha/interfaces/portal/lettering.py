"""A public letter and its articles as HTML (公开文本): a template would decide three hundred times what a line is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from mingcha.interfaces.portal.letter import Line, Part
from mingcha.interfaces.templatetags.mc import iso_date

_TAGS = {"title": "h2", "heading": "h3"}


def letter(lines: Iterable[Line]) -> SafeString:
    """The lines; withheld places carry their ground, citations open in place. No line end within a line: it would
    become a space in the letter."""
    return mark_safe("\n".join(map(_line, lines)))  # noqa: S308


def _line(line: Line) -> str:
    words = "".join(map(_part, line.parts))
    tag = _TAGS.get(line.kind)
    if tag:
        return f"<{tag}>{words}</{tag}>"
    return f'<div class="{"para" if line.kind == "p" else line.kind}">{words}</div>'


def _part(part: Part) -> str:
    words, mark = escape(part.text), part.mark
    if mark is None:
        return words
    if mark.kind == "withheld":
        label, ground = escape(mark.label), escape(mark.ground)
        return (
            f'<span class="withheld" title="{label}，依法不公开。依据：{ground}">{words}'
            f'<span class="vh">（此处隐去：{label}）</span></span>'
        )
    inside = "".join(map(article, mark.articles))
    return f'<details class="why cite"><summary>{words}</summary><div class="why-body">{inside}</div></details>'


def article(found: dict[str, Any]) -> SafeString:
    """What an article says in our own words. `found`: an answer of `statutes.articles`."""
    heading = f" {escape(found['heading'])}" if found["heading"] else ""
    said = '<span class="muted">本平台还没有这一条的说明，请查阅国家法律法规数据库。</span>'
    if found["summary"]:
        said = escape(found["summary"])
        if found["effective"]:
            said += f' <span class="muted nowrap">{iso_date(found["effective"])} 起施行</span>'
    return mark_safe(f"<p><b>{escape(found['title'])}</b>{heading}<br>{said}</p>")  # noqa: S308
