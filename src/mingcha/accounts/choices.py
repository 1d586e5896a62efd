from django.db.models import TextChoices


class OrganisationKind(TextChoices):
    GOVERNMENT = "government", "人民政府"
    DEPARTMENT = "department", "政府部门"
    TOWNSHIP = "township", "乡镇人民政府、街道办事处"
    AUTHORISED = "authorised", "法律法规授权组织"
    ENTRUSTED = "entrusted", "受委托组织"
    UNIT = "unit", "内设机构、执法队伍"


class PowerSource(TextChoices):
    STATUTORY = "statutory", "法定职权"
    AUTHORISED = "authorised", "法律法规授权"
    DELEGATED = "delegated", "省级人民政府决定赋权"
    ENTRUSTED = "entrusted", "委托"
    NONE = "none", "不单独行使执法权"


class StaffKind(TextChoices):
    OFFICER = "officer", "在编执法人员"
    AUXILIARY = "auxiliary", "辅助人员"


class Role(TextChoices):
    ADMIN = "admin", "系统管理员"
    HANDLER = "handler", "执法人员"
    UNIT_HEAD = "unit_head", "承办机构负责人"
    REVIEWER = "reviewer", "法制审核人员"
    HEAD = "head", "机关负责人"
    # Of several heads the one who presides: what only 正职 or 主持工作的负责人 may approve (移送规定 art. 5).
    CHIEF = "chief", "主持工作的负责人"
    CLERK = "clerk", "公示员"
    ARCHIVIST = "archivist", "档案员"
    SUPERVISOR = "supervisor", "监督人员"


class AccountableFor(TextChoices):
    DISCLOSURE = "disclosure", "行政执法公示"
    RECORDING = "recording", "执法全过程记录"
    REVIEW = "review", "重大执法决定法制审核"


class Accountability(TextChoices):
    FIRST = "first", "第一责任人"
    DIRECT = "direct", "直接责任人"
