"""models.py split: on what a paper that decides an act other than a penalty rests."""

from __future__ import annotations

from django.db import models

from mingcha.cases.models import Case
from mingcha.catalogues.models import Edition
from mingcha.common.ids import uuid7
from mingcha.common.triggers import append_only, day_of, forbid
from mingcha.documents.models import Document
from mingcha.documents.queries import cleared_by_act


class Clearance(models.Model):
    """Why a deciding paper may be made (审核通过或者不属于审核范围): this text was approved, or the list does not ask.

    It stands before the paper, in the same transaction: the paper is refused without it — 国办发〔2018〕118号.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="clearances")
    kind = models.CharField(max_length=40)
    document = models.OneToOneField(Document, models.PROTECT, related_name="clearance")
    opinion = models.ForeignKey("review.Opinion", models.PROTECT, null=True, related_name="+")
    # The published list that does not ask for a review, and what it says.
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, related_name="+")
    condition = models.CharField(max_length=300, blank=True)
    content_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opinion__isnull=False, edition__isnull=True)
                | models.Q(opinion__isnull=True, edition__isnull=False) & ~models.Q(condition=""),
                name="clearance_reviewed_or_out_of_scope",
            )
        ]


append_only("review_clearance")
_BEGUN = f"COALESCE(CAST(c.filed_on AS TEXT), {day_of('c.created_at')})"
# An approval of exactly this text, of the newest round, that is not void; or the review list of the same organ that was
# in force when the case began.
forbid(
    "review_clearance",
    "INSERT",
    "clearance-unsound",
    "(NEW.opinion_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM review_opinion o "
    "JOIN review_submission s ON s.id = o.submission_id WHERE o.submission_id = NEW.opinion_id "
    "AND o.conclusion = 'agree' AND s.case_id = NEW.case_id AND s.digest = NEW.content_digest "
    "AND s.round = (SELECT MAX(l.round) FROM review_submission l WHERE l.case_id = NEW.case_id) "
    "AND NOT EXISTS (SELECT 1 FROM review_voiding v WHERE v.opinion_id = o.submission_id))) "
    "OR (NEW.edition_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM catalogues_edition e "
    "JOIN cases_case c ON c.organisation_id = e.organisation_id "
    "WHERE e.id = NEW.edition_id AND e.kind = 'review-list' AND c.id = NEW.case_id "
    f"AND CAST(e.effective_from AS TEXT) <= {_BEGUN} "
    f"AND (e.effective_to IS NULL OR CAST(e.effective_to AS TEXT) >= {_BEGUN})))",
)
_DECIDING = " OR ".join(
    f"(NEW.kind IN ({', '.join(repr(kind) for kind in kinds)}) AND c.act_type = '{act}')"
    for act, kinds in cleared_by_act().items()
)
forbid(
    "documents_document",
    "INSERT",
    "letter-without-review",
    f"EXISTS (SELECT 1 FROM cases_case c WHERE c.id = NEW.case_id AND ({_DECIDING})) "
    "AND NOT EXISTS (SELECT 1 FROM review_clearance r WHERE r.document_id = NEW.id AND r.case_id = NEW.case_id "
    "AND r.kind = NEW.kind) "
    # A corrected version changes clerical errors only and points to its original.
    "AND NOT EXISTS (SELECT 1 FROM documents_correction k WHERE k.successor_id = NEW.id)",
)
