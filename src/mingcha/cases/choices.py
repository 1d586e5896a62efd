from django.db.models import TextChoices


class Source(TextChoices):
    INSPECTION = "inspection", "检查发现"
    REPORT = "report", "举报"
    COMPLAINT = "complaint", "投诉"
    TRANSFER = "transfer", "移送"
    ASSIGNED = "assigned", "交办"
    MONITOR = "monitor", "电子技术监控记录"
    APPLICATION = "application", "申请"
    OTHER = "other", "其他"


class PartyKind(TextChoices):
    PERSON = "person", "自然人"
    ORGANISATION = "organisation", "法人或者非法人组织"
    TRADER = "trader", "个体工商户"


class DutyKind(TextChoices):
    HANDLER = "handler", "承办"
    REVIEWER = "reviewer", "法制审核"
    HEARING_HOST = "hearing_host", "听证主持"
    DECIDER = "decider", "决定"
    RECHECKER = "rechecker", "申辩复核"


class EvidenceKind(TextChoices):
    """The eight kinds of evidence — 行政处罚法 art. 46."""

    DOCUMENTARY = "documentary", "书证"
    PHYSICAL = "physical", "物证"
    AUDIOVISUAL = "audiovisual", "视听资料"
    ELECTRONIC = "electronic", "电子数据"
    TESTIMONY = "testimony", "证人证言"
    PARTY_STATEMENT = "party_statement", "当事人的陈述"
    EXPERT = "expert", "鉴定意见"
    SITE = "site", "勘验笔录、现场笔录"


class StatementKind(TextChoices):
    """What the party said to the notice — 行政处罚法 art. 45, 63, 64."""

    WRITTEN = "written", "书面陈述申辩"
    ORAL = "oral", "口头陈述申辩"
    WAIVED = "waived", "明确放弃陈述申辩"
    HEARING_REQUESTED = "hearing_requested", "要求听证"
    HEARING_WAIVED = "hearing_waived", "明确放弃听证"
    HEARING_WITHDRAWN = "hearing_withdrawn", "撤回听证要求"


STATEMENTS = (StatementKind.WRITTEN, StatementKind.ORAL)
# What the party gives up must be explicit and kept (art. 62).
WAIVERS = (StatementKind.WAIVED, StatementKind.HEARING_WAIVED, StatementKind.HEARING_WITHDRAWN)


class AvoidanceState(TextChoices):
    OPEN = "open", "待决定"
    GRANTED = "granted", "回避"
    REJECTED = "rejected", "驳回"
