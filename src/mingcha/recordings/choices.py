from django.db.models import TextChoices


class DeviceKind(TextChoices):
    CAMERA = "camera", "执法记录仪"
    INQUIRY_ROOM = "inquiry-room", "询问室录音录像设备"
    HEARING_ROOM = "hearing-room", "听证室录音录像设备"
    DRONE = "drone", "无人机"
    VEHICLE = "vehicle", "车载录像设备"
    RECORDER = "recorder", "录音笔"
    OTHER = "other", "其他设备"


# Fixed installations: the place is known, nobody carries them.
ROOMS = (DeviceKind.INQUIRY_ROOM, DeviceKind.HEARING_ROOM)


class DeviceNoteKind(TextChoices):
    FIRMWARE = "firmware", "更换固件"
    FAULT = "fault", "报告故障"
    REPAIRED = "repaired", "修复"
    SCRAPPED = "scrapped", "报废"


class DeviceState(TextChoices):
    """Derived from the notes, never stored."""

    USABLE = "usable", "可用"
    FAULTY = "faulty", "故障"
    SCRAPPED = "scrapped", "报废"


class Outcome(TextChoices):
    LINKED = "linked", "归入案件"
    UNRELATED = "unrelated", "与案件无关"
    SECRET = "secret", "涉密，另行保管"
