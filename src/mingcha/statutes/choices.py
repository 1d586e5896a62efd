"""Fixed choices of the statutes room."""

from django.db.models import TextChoices


class EffectiveBasis(TextChoices):
    """Where the day on which a version takes effect comes from."""

    SHIPPED = "shipped", "随系统提供，已核对"
    TEXT = "text", "正文写明的施行日期"
    HEAD = "head", "题注写明的施行日期"
    TABLE = "table", "修改决定写明的施行日期"
    ADOPTED = "adopted", "按公布或者修改日期推定"
    CONFIRMED = "confirmed", "经法制人员核实"


class AmendmentKind(TextChoices):
    AMENDED = "amended", "修改"
    REPEALED = "repealed", "废止"


class Outcome(TextChoices):
    """How the re-examination of one entry ended."""

    KEPT = "kept", "继续适用"
    CHANGED = "changed", "已换新版"


class RuleKind(TextChoices):
    """Kinds of the institution's own rules (制度文件) — R006."""

    DISCLOSURE = "disclosure", "公示办法"
    RECORDING = "recording", "全过程记录办法"
    REVIEW = "review", "法制审核办法"
    DEVICES = "devices", "记录仪管理办法"
    AUDIOVISUAL = "audiovisual", "音像管理制度"
    DOSSIERS = "dossiers", "案卷管理制度"
    CONSULTATION = "consultation", "会商制度"
    OTHER = "other", "其他制度"


class RuleState(TextChoices):
    DRAFT = "draft", "起草"
    ISSUED = "issued", "施行"
    SUPERSEDED = "superseded", "已被新版取代"
    REPEALED = "repealed", "废止"
