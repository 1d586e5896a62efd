from django.db.models import TextChoices

from mingcha.accounts.choices import Role


class ApprovalStep(TextChoices):
    """Who speaks on a document that needs approval; the handler may take it back."""

    HANDLER = "handler", "承办人员"
    UNIT_HEAD = "unit_head", "承办机构负责人"
    HEAD = "head", "机关负责人"


class ApprovalChoice(TextChoices):
    AGREE = "agree", "同意"
    REFUSE = "refuse", "不同意"
    RETURN = "return", "退回修改"
    WITHDRAW = "withdraw", "撤回"


ROLES = {ApprovalStep.UNIT_HEAD: Role.UNIT_HEAD, ApprovalStep.HEAD: Role.HEAD}
