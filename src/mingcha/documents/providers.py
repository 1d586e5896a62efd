"""Registers how each kind of document is filled."""

from mingcha.documents import composers, composing_records

__all__ = ["composers", "composing_records"]
