"""What is to be done to a recording (处理方案), read and checked; pure. Times in milliseconds, places in thousandths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mingcha.common.checks import Check
from mingcha.common.errors import Reason

Span = tuple[int, int]
METHODS = {"mosaic": "马赛克", "fill": "纯色遮盖"}
MOST_PARTS = 200
# A part smaller than this cannot be shown to be gone on the pictures of a compressed video.
LEAST_SIDE = 15


@dataclass(frozen=True)
class Area:
    """A rectangle in thousandths of the picture, hidden from `begin` until `end`."""

    x: int
    y: int
    width: int
    height: int
    begin: int
    end: int


@dataclass(frozen=True)
class Plan:
    """Spans left out, spans without sound, rectangles hidden, faces hidden, and how."""

    cuts: tuple[Span, ...] = ()
    mutes: tuple[Span, ...] = ()
    areas: tuple[Area, ...] = ()
    faces: bool = False
    method: str = "mosaic"

    @property
    def hides(self) -> bool:
        return bool(self.areas) or self.faces

    def as_dict(self) -> dict[str, Any]:
        return {
            "cuts": [list(span) for span in self.cuts],
            "mutes": [list(span) for span in self.mutes],
            "areas": [[area.x, area.y, area.width, area.height, area.begin, area.end] for area in self.areas],
            "faces": self.faces,
            "method": self.method,
        }


def read_plan(value: Mapping[str, Any], duration_ms: int | None, *, picture: bool, sound: bool) -> Plan:
    """The plan in `value` (as `Plan.as_dict`). Raises InvalidInput for whatever cannot be done to this recording."""
    check = Check()
    end = duration_ms if duration_ms else 24 * 3600 * 1000
    cuts = _spans(check, "cuts", value.get("cuts", []), "剪去的时段", end)
    mutes = _spans(check, "mutes", value.get("mutes", []), "静音的时段", end)
    areas = _areas(check, value.get("areas", []), end)
    method = check.one_of("method", value.get("method", "mosaic"), "遮挡方式", METHODS)
    faces = value.get("faces", False)
    if not isinstance(faces, bool):
        check.add("faces", "是否遮挡人脸应为是或者否。")
    plan = Plan(cuts, mutes, areas, faces is True, method or "mosaic")
    if not check.errors:
        if plan.hides and not picture:
            check.add("areas", "这段录音没有画面，不能遮挡画面。")
        if plan.mutes and not sound:
            check.add("mutes", "这段录像没有声音，不用静音。")
        if duration_ms and kept(plan, duration_ms) == ():
            check.add("cuts", "不能把整段音像都剪去。")
        if not (plan.cuts or plan.mutes or plan.hides):
            check.add("areas", "请至少选择一项处理：遮挡人脸、画出遮挡区域、静音或者剪去。")
    check.done()
    return plan


def _spans(check: Check, name: str, value: Any, label: str, end: int) -> tuple[Span, ...]:
    rows = _rows(check, name, value, label, 2)
    found: list[Span] = []
    for begin, until in sorted((row[0], row[1]) for row in rows):
        if not 0 <= begin < until or begin >= end:
            check.add(name, f"{label}的起止时间不对：结束应晚于开始，开始应在音像长度之内。")
            return ()
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], min(until, end)))
        else:
            found.append((begin, min(until, end)))
    return tuple(found)


def _areas(check: Check, value: Any, end: int) -> tuple[Area, ...]:
    areas = []
    for x, y, width, height, begin, until in _rows(check, "areas", value, "遮挡区域", 6):
        inside = min(x, y) >= 0 and x + width <= 1000 and y + height <= 1000
        if not inside or width < LEAST_SIDE or height < LEAST_SIDE:
            check.add("areas", "遮挡区域应在画面之内，宽和高不能小于画面的1.5%。")
        if not 0 <= begin < until or begin >= end:
            check.add("areas", "遮挡区域的起止时间不对：结束应晚于开始，开始应在音像长度之内。")
        areas.append(Area(x, y, width, height, begin, min(until, end)))
    return tuple(areas)


def _rows(check: Check, name: str, value: Any, label: str, length: int) -> list[list[int]]:
    right = isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= MOST_PARTS
    rows = list(value) if right else []
    if not right or not all(
        isinstance(row, list | tuple)
        and len(row) == length
        and all(isinstance(number, int) and not isinstance(number, bool) and abs(number) < 10**9 for number in row)
        for row in rows
    ):
        check.add(name, f"{label}应为不超过{MOST_PARTS}组整数。")
        return []
    return [list(row) for row in rows]


def kept(plan: Plan, duration_ms: int) -> tuple[Span, ...]:
    """The spans that stay, in order."""
    found, begin = [], 0
    for cut, until in plan.cuts:
        if cut > begin:
            found.append((begin, cut))
        begin = max(begin, until)
    if begin < duration_ms:
        found.append((begin, duration_ms))
    return tuple(found)


def told(plan: Plan) -> list[str]:
    """What is done, in words."""
    lines = []
    if plan.faces:
        lines.append(f"自动找出人脸并遮挡（{METHODS[plan.method]}）")
    lines += [
        f"遮挡区域（左{area.x / 10:g}%、上{area.y / 10:g}%、宽{area.width / 10:g}%、高{area.height / 10:g}%），"
        f"{timecode(area.begin)}—{timecode(area.end)}（{METHODS[plan.method]}）"
        for area in plan.areas
    ]
    lines += [f"静音{timecode(begin)}—{timecode(end)}" for begin, end in plan.mutes]
    lines += [f"剪去{timecode(begin)}—{timecode(end)}" for begin, end in plan.cuts]
    return [*lines, "去除原件的全部元数据"]


def timecode(ms: int) -> str:
    """0:01:02.345 as officers read it on a player."""
    seconds, rest = divmod(max(0, ms), 1000)
    hours, seconds = divmod(seconds, 3600)
    text = f"{hours}:" if hours else ""
    text += f"{seconds // 60:02d}:{seconds % 60:02d}"
    return f"{text}.{rest:03d}" if rest else text


def may_sign_off(*, made: bool, public: bool, maker: bool, already: bool) -> list[Reason]:
    """Why a derivative cannot be signed off by this person: the maker never releases the own work."""
    reasons = []
    if not public:
        reasons.append(Reason("signoff-not-needed", "查看副本不对外提供，不用核对放行。"))
    if not made:
        reasons.append(Reason("signoff-not-made", "衍生件还没有制成，或者没有通过检验，不能放行。"))
    if maker:
        reasons.append(
            Reason("signoff-own-work", "制作人不能放行自己制作的衍生件。", (), "请另一名有权查看本案的人员核对。")
        )
    if already:
        reasons.append(Reason("signoff-exists", "已经有人核对过，结论不能更改。", (), "需要更改的，请另行制作一份。"))
    return reasons
