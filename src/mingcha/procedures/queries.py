"""Reads of procedures for other rooms."""

from __future__ import annotations

import functools
import uuid

from mingcha.catalogues.models import Edition
from mingcha.procedures.definition import Definition, parse
from mingcha.procedures.shipped import account_role, codes, definition_file, role_label, roles

__all__ = ["account_role", "codes", "definition", "definition_file", "role_label", "roles"]


@functools.lru_cache(maxsize=256)
def definition(edition_id: uuid.UUID) -> Definition:
    """The definition of a published edition; editions never change, so it is read once per process."""
    return parse(Edition.objects.get(id=edition_id, kind="procedure").content)
