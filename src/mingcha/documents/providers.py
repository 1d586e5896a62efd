"""Registers how each kind of document is filled."""

from mingcha.documents import composing_records

__all__ = ["composing_records"]
