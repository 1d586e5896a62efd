from django.db.models import TextChoices


class Attending(TextChoices):
    """In which capacity a person takes part (参加人身份) — 行政处罚法 art. 64 (5), (7)."""

    PARTY = "party", "当事人、法定代表人、负责人"
    AGENT = "agent", "委托代理人"
    THIRD = "third", "第三人"
    WITNESS = "witness", "证人"
    APPRAISER = "appraiser", "鉴定、检测人员"
    INTERPRETER = "interpreter", "翻译人员"


class Secret(TextChoices):
    """What closes a hearing to the public (不公开的理由) — 行政处罚法 art. 64 (3)."""

    STATE = "state", "涉及国家秘密"
    BUSINESS = "business", "涉及商业秘密"
    PRIVACY = "privacy", "涉及个人隐私"


class Ending(TextChoices):
    """How a hearing came to its end (听证的结果) — 行政处罚法 art. 64 (6), (8)."""

    HELD = "held", "听证举行完毕"
    ABSENT = "absent", "当事人及其代理人无正当理由拒不出席，终止听证"
    LEFT = "left", "当事人及其代理人未经许可中途退出，终止听证"


class Proposal(TextChoices):
    """What the host proposes in the report (处理建议)."""

    KEEP = "keep", "维持拟处罚意见"
    LIGHTER = "lighter", "减轻或者从轻"
    NONE = "none", "不予处罚"
    MORE = "more", "补充调查"
    RENOTIFY = "renotify", "变更后重新告知"


class Standing(TextChoices):
    """Where a hearing stands, derived from its rows (听证的状态)."""

    UNFIXED = "unfixed", "待确定时间"
    AWAITED = "awaited", "等待举行"
    UNREPORTED = "unreported", "待提交报告"
    REPORTED = "reported", "已举行"
    TERMINATED = "terminated", "已终止"
    WITHDRAWN = "withdrawn", "要求已撤回"
