from django.db.models import TextChoices


class SourceKind(TextChoices):
    DECISION = "decision", "行政处罚决定"
    CHANGE = "change", "变更处罚决定"
    ACT = "act", "其他执法决定"
    HISTORIC = "historic", "历史决定"
    DEMONSTRATION = "demonstration", "演示数据"


class PublicState(TextChoices):
    VALID = "valid", "有效"
    WITHDRAWN = "withdrawn", "已撤下"
