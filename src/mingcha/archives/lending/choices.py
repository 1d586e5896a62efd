from django.db.models import TextChoices


class Reader(TextChoices):
    """Who reads: what may be read and who allows it depend on it (lending/data/rules.json)."""

    SELF = "self", "本人（本机关人员）"
    ORGAN = "organ", "其他行政机关、监察机关"
    COURT = "court", "人民法院、人民检察院、复议机关"
    PARTY = "party", "当事人、利害关系人"
    LAWYER = "lawyer", "律师、其他代理人"


class Volume(TextChoices):
    MAIN = "main", "正卷"
    WHOLE = "whole", "正卷和副卷"


class EndKind(TextChoices):
    RETURNED = "returned", "归还"
    REVOKED = "revoked", "收回"
