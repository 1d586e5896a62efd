from django.db.models import TextChoices


class Conclusion(TextChoices):
    """What an opinion comes to; the values of earlier releases keep their meaning."""

    AGREE = "agree", "同意"
    CHANGES = "changes", "修改后同意"
    PROBLEMS = "problems", "存在问题"
    DISAGREE = "disagree", "不同意"
    BEYOND = "beyond", "超越权限"
    TRANSFER = "transfer", "建议移送"


class PointResult(TextChoices):
    MET = "met", "符合"
    PROBLEM = "problem", "有问题"
    NOT_APPLICABLE = "na", "不适用"


class Outcome(TextChoices):
    """How the head settles a disagreement; neither replaces the opinion of a later round."""

    UPHELD = "upheld", "维持审核意见，承办机构修改后再次送审"
    ADOPTED = "adopted", "采纳承办机构意见，由审核机构重新审核"
    COLLECTIVE = "collective", "再次送审并经审核后，提请集体讨论"


class CounselKind(TextChoices):
    """Who can be called in — 国办发〔2018〕118号."""

    ADVISER = "adviser", "法律顾问"
    PUBLIC_LAWYER = "lawyer", "公职律师"
    REVIEWER = "reviewer", "其他机关的法制审核人员"
    EXPERT = "expert", "专家"


class AnswerKind(TextChoices):
    OPINION = "opinion", "出具意见"
    RECUSAL = "recusal", "回避"
