"""Citations of statutes as links (法条引用): the article opens beside the work, or on its page without scripts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
# First part of the address → the route that shows an article to these readers.
_ROUTES = {"in": "statute-article", "p": "portal:law-article"}


@register.simple_tag(takes_context=True)
def cite(context: Context, citation: Any, on: Any = None) -> SafeString:
    """A citation linked to its article: for officials in the workbench, for everybody on the portal.

    `on`: the day whose text is opened, where that is not today. Elsewhere (error pages without a request, documents) it stays marked text.
    """
    text = str(citation)
    # A partial that was included with `only` has no `request` in its context, the context itself still knows it.
    request = context.get("request") or getattr(context, "request", None)
    zone = request.path.lstrip("/").split("/", 1)[0] if request is not None else ""
    try:
        day = {"on": on.isoformat()} if isinstance(on, dt.date) else {}
        url = f"{reverse(_ROUTES[zone])}?{urlencode({'ref': text, **day})}"
    except (KeyError, NoReverseMatch):
        return format_html('<span class="art">{}</span>', text)
    return format_html('<a class="art" href="{}" data-article>{}</a>', url, text)
