"""Kinds of period, outcomes and colours (期限类别、结果、预警颜色)."""

from django.db.models import TextChoices


class PeriodKind(TextChoices):
    """What the last day means: a duty to act, a time to wait, or an effect that comes when it ends."""

    WITHIN = "within", "应在期限内完成"
    WAIT = "wait", "期满后方可进行"
    RIGHT = "right", "期满即生法定效果"


class Outcome(TextChoices):
    """How a period ended."""

    MET = "met", "按期完成"
    LATE = "late", "逾期完成"
    LAPSED = "lapsed", "期限届满"
    CANCELLED = "cancelled", "终止计算"


class Colour(TextChoices):
    """The warning colour (预警颜色): amber from one third left, red when a duty's last day has passed."""

    GREEN = "green", "正常"
    AMBER = "amber", "临近"
    RED = "red", "逾期"
    PAUSED = "paused", "停止计算"
    OVER = "over", "已届满"


class NoticeKind(TextChoices):
    """Why somebody is told: the last day changed, one third is left, the last day has passed."""

    CHANGED = "changed", "期限变更"
    AMBER = "amber", "期限临近"
    RED = "red", "期限已过"
