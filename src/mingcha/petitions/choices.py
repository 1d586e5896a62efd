from django.db.models import TextChoices


class Standing(TextChoices):
    """What the sender reads about a letter."""

    WAITING = "waiting", "已收到，等待受理"
    ACCEPTED = "accepted", "已受理，正在办理"
    EXTENDED = "extended", "已延长办理期限"
    DECLINED = "declined", "不予受理"
    ANSWERED = "answered", "已办结"


class StepKind(TextChoices):
    ACCEPTED = "accepted", "受理"
    DECLINED = "declined", "不予受理"
    REFERRED = "referred", "交有关机关说明情况"
    REPORTED = "reported", "机关说明情况"
    EXTENDED = "extended", "延长办理期限"
    ANSWERED = "answered", "答复"


class Outcome(TextChoices):
    UPHELD = "upheld", "反映属实，已经纠正"
    PARTLY = "partly", "部分属实，已经纠正"
    UNFOUNDED = "unfounded", "经查不属实"
    CORRECTED = "corrected", "公开内容已经更正"
    WITHDRAWN = "withdrawn", "公开内容已经撤下"
    KEPT = "kept", "公开内容无误，不予更正"
    EXPLAINED = "explained", "已作解释说明"


FINAL = (StepKind.DECLINED, StepKind.ANSWERED)
