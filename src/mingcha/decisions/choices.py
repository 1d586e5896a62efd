from django.db.models import TextChoices


class View(TextChoices):
    """What a member of the discussion holds (集体讨论的意见) — 行政处罚法 art. 57."""

    AGREE = "agree", "同意拟处罚意见"
    LIGHTER = "lighter", "从轻或者减轻"
    NONE = "none", "不予处罚"
    MORE = "more", "补充调查"
    TRANSFER = "transfer", "移送"


class Conclusion(TextChoices):
    """What a discussion ends in: the view that carries, or none does and the heads discuss again."""

    AGREE = View.AGREE.value, View.AGREE.label
    LIGHTER = View.LIGHTER.value, View.LIGHTER.label
    NONE = View.NONE.value, View.NONE.label
    MORE = View.MORE.value, View.MORE.label
    TRANSFER = View.TRANSFER.value, View.TRANSFER.label
    SPLIT = "split", "没有形成多数意见，再次讨论"


class Ground(TextChoices):
    """Why the heads discuss together (提请讨论的情形) — art. 57 ¶2."""

    COMPLEX = "complex", "情节复杂"
    MAJOR = "major", "重大违法行为"
    LIST = "list", "本机关规定应当集体讨论的其他案件"


class Result(TextChoices):
    """The outcomes of an investigation besides a penalty (处罚以外的结果) — art. 57 ¶1 (2)–(4)."""

    NONE = "none", "不予行政处罚"
    NOT_ESTABLISHED = "not_established", "违法事实不能成立，不予行政处罚"
    TRANSFER = "transfer", "移送司法机关"


class Waiver(TextChoices):
    """On what ground no penalty is imposed (不予处罚的情形) — art. 30, 31, 33, 36, 57."""

    MINOR = "minor", "违法行为轻微并及时改正，没有造成危害后果"
    FIRST = "first", "初次违法且危害后果轻微并及时改正"
    NO_FAULT = "no_fault", "当事人有证据足以证明没有主观过错"
    NOT_ESTABLISHED = "not_established", "违法事实不能成立"
    CHILD = "child", "违法时不满十四周岁"
    INCAPABLE = "incapable", "不能辨认或者不能控制自己行为"
    LAPSED = "lapsed", "违法行为超过追责期限"


class Variant(TextChoices):
    """What a later act does to a decision without revoking it (变更、确认) — art. 38, 75 ¶2."""

    CHANGE = "change", "变更原决定"
    ILLEGAL = "illegal", "确认原决定违法"
    VOID = "void", "确认原决定无效"


class OrderedBy(TextChoices):
    """Who made the organ act on its decision (处理的原因)."""

    SELF = "self", "本机关自行纠正"
    RECONSIDERATION = "reconsideration", "执行行政复议决定"
    COURT = "court", "执行人民法院生效裁判"
    SUPERIOR = "superior", "执行上级机关决定"


class Fault(TextChoices):
    """Why a decision did not stand (撤销的原因): it decides whether the same act is open again — 行政复议法 art. 64 ¶2."""

    PROCEDURE = "procedure", "违反法定程序"
    FACTS = "facts", "主要事实不清、证据不足"
    LAW = "law", "适用依据错误"
    POWER = "power", "超越、滥用职权或者明显不当"
