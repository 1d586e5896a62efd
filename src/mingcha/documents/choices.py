from django.db.models import TextChoices


class ServiceMode(TextChoices):
    """Modes of service — 行政处罚法 art. 61; 民事诉讼法 art. 88–95."""

    DIRECT = "direct", "直接送达"
    LEFT = "left", "留置送达"
    POST = "post", "邮寄送达"
    ELECTRONIC = "electronic", "电子送达"
    ENTRUSTED = "entrusted", "委托送达"
    FORWARDED = "forwarded", "转交送达"
    ANNOUNCEMENT = "announcement", "公告送达"


class AttemptOutcome(TextChoices):
    """Why an attempt at service did not succeed."""

    ABSENT = "absent", "无人在场"
    REFUSED = "refused", "拒绝签收"
    MOVED = "moved", "已经迁离"
    UNKNOWN = "unknown", "查无此人、地址不详"
    RETURNED = "returned", "邮件退回"
    UNREACHED = "unreached", "没有到达或者联系不上"


class Relation(TextChoices):
    SELF = "self", "本人"
    FAMILY = "family", "同住成年家属"
    LEGAL_REP = "legal_rep", "法定代表人"
    HEAD = "head", "负责人"
    MAIL_ROOM = "mail_room", "负责收件的人员"
    AGENT = "agent", "代理人"
    APPOINTED = "appointed", "指定的代收人"


# Made on the spot with a number given out beforehand — 行政处罚法 art. 52 ¶1.
PAD_KINDS = ("onsite-penalty-decision",)
# Papers in which an act of another office stands: no handler makes them void.
BY_ACT = (
    "case-filing-approval",
    "decision-approval",
    "penalty-decision",
    "review-opinion",
    "revocation-decision",
    "service-receipt",
    "statement-review",
)
# Decided by the head: only the head corrects a slip in them.
DECIDED = ("penalty-decision", "revocation-decision", "decision-change", "no-penalty-decision")
# Acts on a decision that may come after its case was closed: made, served and bound all the same.
LATER_ACTS = ("decision-correction", "decision-change", "revocation-decision")

# 文种代字 of numbered documents; the others carry the case number only.
NUMBER_CODES = {
    "penalty-notice": "罚告",
    "penalty-decision": "罚决",
    "review-opinion": "法审",
    "revocation-decision": "撤",
}
