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
from mingcha.review.queries.figures import by_point, figures, organs, points, staffing
from mingcha.review.queries.handling import (
    allocated,
    allocations,
    candidates,
    disputes_for,
    note,
    notes,
    open_supplement,
    supplements,
    supplements_for,
    unit_ids,
    voided,
    voided_for,
)
from mingcha.review.queries.rounds import (
    changed_since,
    changed_since_last,
    demanded,
    exemption,
    given_by,
    in_scope,
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
    "allocated", "allocations", "by_point", "candidates", "changed_since", "changed_since_last", "consultation_of",
    "consultations", "consultations_for", "counsel", "demanded", "disagreement", "disputes_for", "exemption",
    "figures", "given_by", "in_scope", "last_opinion", "latest", "list_in_force", "materials", "newest", "note",
    "notes", "open_submission", "open_supplement", "organs", "points", "pool", "rounds", "ruling", "staffing",
    "standing", "studies", "submissions", "supplements", "supplements_for", "unit_ids", "voided", "voided_for",
    "waits",
]  # fmt: skip
