"""Rendering of documents (文书): structured fields in, PDF/A and plain text out. Pure, no models."""

from mingcha.documents.rendering.about import About
from mingcha.documents.rendering.errors import UnknownTemplate, Unprintable
from mingcha.documents.rendering.fields import (
    Field,
    Template,
    field_table,
    kinds,
    missing_fields,
    readable,
    restricted,
    spoken,
    template,
)
from mingcha.documents.rendering.render import Rendered, check_fields, hand_out, render, warm

__all__ = [
    "About",
    "Field",
    "Rendered",
    "Template",
    "UnknownTemplate",
    "Unprintable",
    "check_fields",
    "field_table",
    "hand_out",
    "kinds",
    "missing_fields",
    "readable",
    "render",
    "restricted",
    "spoken",
    "template",
    "warm",
]
