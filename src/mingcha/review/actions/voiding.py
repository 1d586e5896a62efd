"""An approval that no longer holds (审核意见失效): text, evidence or recordings changed after it — art. 58."""

from __future__ import annotations

from mingcha.accounts.actors import SYSTEM
from mingcha.cases import queries as cases
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.prepared import insert
from mingcha.documents import queries as documents
from mingcha.review.actions import writing
from mingcha.review.choices import Conclusion
from mingcha.review.models import Opinion, Voiding
from mingcha.review.rules import changes


def void_if_changed(case: Case) -> Voiding | None:
    """Void the newest approval of a locked case when what it approved has changed; what is void stays void.

    The entry names who is concerned: handlers, reviewer and who decides see it on their pages.
    """
    found = (
        Opinion.objects.filter(submission__case=case, conclusion=Conclusion.AGREE)
        .select_related("submission", "reviewer", "voiding")
        .order_by("-submission__round")
        .first()
    )
    if found is None or hasattr(found, "voiding"):
        return None
    submission = found.submission
    now = documents.frozen(case)
    if now is not None and now.digest == submission.digest:
        return None
    rows = (
        changes(submission.content, now.content) if now else [{"label": "决定书草稿", "before": "有", "after": "没有"}]
    )
    row = insert(Voiding(opinion=found, digest=now.digest if now else "", changes=rows, at=clock.now()))
    concerned = sorted({found.reviewer.name, *(duty.officer.name for duty in cases.duties(case))})
    writing.entered("review-voided", case, submission, SYSTEM, {"changes": rows, "concerned": concerned})
    return row
