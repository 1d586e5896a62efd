from django.db.models import TextChoices


class DraftState(TextChoices):
    """Where the next edition of a list stands (清单修订的状态)."""

    OPEN = "open", "起草中"
    SUBMITTED = "submitted", "待审核"
    APPROVED = "approved", "审核通过，待公布"
    PUBLISHED = "published", "已公布"
    DISCARDED = "discarded", "已作废"


# States in which nobody else may begin a draft of the same list.
UNFINISHED = (DraftState.OPEN, DraftState.SUBMITTED, DraftState.APPROVED)


class Conclusion(TextChoices):
    """What the review of a submitted list came to (审核结论)."""

    AGREE = "agree", "同意公布"
    RETURN = "return", "退回修改"
