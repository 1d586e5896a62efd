"""Every write that concerns a case locks the case row first, so that a guard's answer is still true at commit."""

from __future__ import annotations

import uuid

from django.db import connection
from django.db.models import QuerySet

from mingcha.cases import closings, memory
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common.errors import NotFound
from mingcha.common.prepared import prepared


@prepared
def _locked(case_id: uuid.UUID) -> QuerySet[Case]:
    rows = Case.objects.select_for_update(of=("self",))
    return rows.select_related("organisation", *closings.relations()).filter(id=case_id)


def lock(case_id: uuid.UUID) -> Case:
    """The case row, locked until the transaction ends. Raises NotFound; must run inside a transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("lock() outside a transaction locks nothing")
    rows = _locked(case_id)
    if not rows:
        raise NotFound("没有找到这个案件。")
    found = rows[0]
    found.items, found.profile = catalogues.pinned(found.items_id), catalogues.pinned(found.profile_id)
    memory.begin()
    return found
