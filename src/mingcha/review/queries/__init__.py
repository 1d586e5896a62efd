"""Reads of legal review for other rooms."""

from mingcha.review.queries.counsel import (
    consultation_of,
    consultations,
    consultations_for,
    counsel,
    disagreement,
    pool,
    ruling,
    studies,
)
from mingcha.review.queries.handling import (
    allocated,
    allocations,
    candidates,
    load,
    note,
    notes,
    open_supplement,
    supplements,
    unit_ids,
    voided,
)
from mingcha.review.queries.rounds import (
    changed_since,
    changed_since_last,
    demanded,
    exemption,
    given_by,
    last_opinion,
    latest,
    list_in_force,
    materials,
    newest,
    open_submission,
    rounds,
    standing,
    submissions,
    waits,
)

__all__ = [
    "allocated", "allocations", "candidates", "changed_since", "changed_since_last", "consultation_of",
    "consultations", "consultations_for", "counsel", "demanded", "disagreement", "exemption", "given_by",
    "last_opinion", "latest", "list_in_force", "load", "materials", "newest", "note", "notes", "open_submission",
    "open_supplement", "pool", "rounds", "ruling", "standing", "studies", "submissions", "supplements", "unit_ids",
    "voided", "waits",
]  # fmt: skip
