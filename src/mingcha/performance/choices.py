from django.db.models import TextChoices


class AppealKind(TextChoices):
    RECONSIDERATION = "reconsideration", "行政复议"
    LITIGATION = "litigation", "行政诉讼"


class AppealOutcome(TextChoices):
    """How a reconsideration or a suit ends — 行政复议法 art. 63-73, 行政诉讼法 art. 69-78."""

    UPHELD = "upheld", "维持或者驳回"
    CHANGED = "changed", "变更"
    REVOKED = "revoked", "撤销或者部分撤销"
    UNLAWFUL = "unlawful", "确认违法或者无效"
    SETTLED = "settled", "调解、和解"
    ENDED = "ended", "撤回或者终止"
