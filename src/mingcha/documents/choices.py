from django.db.models import TextChoices


class ServiceMode(TextChoices):
    """Modes of service — 行政处罚法 art. 61; 民事诉讼法 art. 88–95."""

    DIRECT = "direct", "直接送达"
    LEFT = "left", "留置送达"
    POST = "post", "邮寄送达"
    ELECTRONIC = "electronic", "电子送达"


class Relation(TextChoices):
    SELF = "self", "本人"
    FAMILY = "family", "同住成年家属"
    LEGAL_REP = "legal_rep", "法定代表人"
    HEAD = "head", "负责人"
    MAIL_ROOM = "mail_room", "负责收件的人员"
    AGENT = "agent", "代理人"


# 文种代字 of numbered documents; the others carry the case number only.
NUMBER_CODES = {
    "penalty-notice": "罚告",
    "penalty-decision": "罚决",
    "review-opinion": "法审",
    "revocation-decision": "撤",
}
