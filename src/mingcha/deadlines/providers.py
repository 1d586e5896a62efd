"""Who is concerned by a period (期限关系人): answered by the room of the case, which stands above this one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping

# Case → officers on duty there. Called inside the transaction that writes; it locks the rows of the cases first.
Concerned = Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Collection[uuid.UUID]]]
_registered: list[Concerned] = []


def concerned(function: Concerned) -> Concerned:
    """Register the one function that names the officers on duty of cases and locks those cases."""
    if function not in _registered:
        _registered.append(function)
    return function


def officers_of(case_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Case → officers to be told, each once; a case that nobody knows has none."""
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for function in _registered:
        for case_id, officers in function(case_ids).items():
            known = found.setdefault(case_id, [])
            known += [officer for officer in officers if officer not in known]
    return found
