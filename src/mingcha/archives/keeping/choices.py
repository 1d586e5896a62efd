from django.db.models import TextChoices


class HoldGround(TextChoices):
    RECONSIDERATION = "reconsideration", "行政复议"
    LITIGATION = "litigation", "行政诉讼"
    COMPLAINT = "complaint", "投诉、信访"
    SUPERVISION = "supervision", "监督检查、审计、巡察"
    OTHER = "other", "其他"


class ClosingKind(TextChoices):
    REFUSED = "refused", "不予批准"
    WITHDRAWN = "withdrawn", "撤回"


class ErasureGround(TextChoices):
    """When a person's data must go — 个人信息保护法 art. 47 ¶1."""

    PURPOSE_ENDED = "purpose_ended", "处理目的已经实现、无法实现或者不再必要"
    TERM_ENDED = "term_ended", "保存期限已经届满"
    UNLAWFUL = "unlawful", "违反法律、行政法规或者约定处理"
    WRONG_PERSON = "wrong_person", "误录了与案件无关的人的信息"
    COURT = "court", "生效裁判、复议决定或者监督机关要求删除"
