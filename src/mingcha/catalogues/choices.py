from django.db.models import TextChoices


class DraftState(TextChoices):
    """Where the next edition of a list stands (清单修订的状态)."""

    OPEN = "open", "起草中"
    SUBMITTED = "submitted", "待审核"
    APPROVED = "approved", "审核通过，待公布"
    PUBLISHED = "published", "已公布"
    DISCARDED = "discarded", "已作废"


# States in which nobody else may begin a draft of the same list.
UNFINISHED = (DraftState.OPEN, DraftState.SUBMITTED, DraftState.APPROVED)


class Conclusion(TextChoices):
    """What the review of a submitted list came to (审核结论)."""

    AGREE = "agree", "同意公布"
    RETURN = "return", "退回修改"


class ImportState(TextChoices):
    """How far a file that is read into a draft has come (导入清单的进度)."""

    READING = "reading", "正在检查"
    READ = "read", "检查完毕，等待决定"
    TAKING = "taking", "正在写入草稿"
    DONE = "done", "已经导入"
    CANCELLED = "cancelled", "已经取消"
    FAILED = "failed", "没有导入"


# The background process works on the first two; whoever uploads anew gives the third up.
IMPORTS_WORKING = (ImportState.READING, ImportState.TAKING)
IMPORTS_OPEN = (*IMPORTS_WORKING, ImportState.READ)
