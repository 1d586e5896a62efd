from django.db.models import TextChoices


class Conclusion(TextChoices):
    AGREE = "agree", "同意"
    PROBLEMS = "problems", "存在问题"


class PointResult(TextChoices):
    MET = "met", "符合"
    PROBLEM = "problem", "有问题"
    NOT_APPLICABLE = "na", "不适用"
