"""Moments of recordings in templates."""

from __future__ import annotations

from django import template

from mingcha.recordings.deriving import rules

register = template.Library()


@register.filter
def timecode(ms: int) -> str:
    """01:02.345 from milliseconds."""
    return rules.timecode(ms)


@register.filter
def seconds(ms: int) -> str:
    """62.345 from milliseconds, as the address of a moment wants it."""
    return f"{ms / 1000:.3f}"
