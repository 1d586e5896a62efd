"""Citations on the pages of a case (案件页面上的法条): each opens the text of the day that counts, by both law clocks."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mingcha.common import clock
from mingcha.statutes import clocks, refs
from mingcha.statutes import queries as statutes

register = template.Library()
_KEPT = "case_citations_names"


@register.simple_tag(takes_context=True)
def cited(context: Context, text: Any, case: Any = None, on: Any = None) -> SafeString:
    """A text with its citations as links; `on`: the day or instant of the step (today without one).

    Substance opens as on the day of the conduct of `case`, procedure as on the day of the step; without a case all
    opens as on that day.
    """
    words, step = str(text), _day(on)
    conduct = case.conduct_ended_on if case else step
    # Once for the whole page: what an included template keeps is gone with it.
    page = context.get("request") or context.render_context
    names = getattr(page, _KEPT, None)
    if names is None:
        names = statutes.vocabulary()
        setattr(page, _KEPT, names)
    rows: list[tuple[str]] = []
    at = 0
    for citation in refs.find(words, names=names):
        law = clocks.law_day(citation.refs[0].law, conduct=conduct, step=step)
        query = {"ref": "、".join(map(str, citation.refs)), "on": law.day.isoformat(), "clock": law.clock}
        address = f"{reverse('statute-article')}?{urlencode(query)}"
        rows += [(words[at : citation.start],), (_link(address, citation.text),)]
        at = citation.end
    return format_html_join("", "{}", [*rows, (words[at:],)])


def _link(address: str, words: str) -> SafeString:
    return format_html('<a class="art" href="{}" data-article>{}</a>', address, words)


def _day(on: Any) -> dt.date:
    if isinstance(on, dt.datetime):
        return clock.legal_day(on)
    return on if isinstance(on, dt.date) else clock.today()
