"""Pure: how well a received recording fits a case, in points and words; gaps between files; what a reason must say."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mingcha.common import clock
from mingcha.common.errors import Reason
from mingcha.common.explained import Explained

ARTICLE = "国办发〔2018〕118号；行政处罚法第四十七条"
_LEAST_WORDS = 10
YES, NO, UNKNOWN = "yes", "no", "unknown"


@cache
def settings() -> dict[str, Any]:
    """Points, tolerances and the longest gap, as data with source."""
    text = resources.files("mingcha.recordings").joinpath("data", "matching.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def too_thin(reason: str) -> list[Reason]:
    """A reason that says nothing is none."""
    if 0 < len(reason) < _LEAST_WORDS:
        return [Reason("reason-thin", f"请具体说明原因（不少于{_LEAST_WORDS}个字），审核人员和监督机关会看到。")]
    return []


@dataclass(frozen=True)
class Seen:
    """What is known of a received recording. `start` is free of the clock's error where `drift` was measured."""

    start: dt.datetime | None
    duration_ms: int | None
    drift: int | None
    weak: bool
    officer: str
    device_no: str
    registered: bool
    holder: str
    holder_ids: frozenset[Any]
    unit_ids: frozenset[Any]
    officer_id: Any
    place: str
    room: str


@dataclass(frozen=True)
class Span:
    """A stretch of time in which a case stood at a stage, with the entries of the recording list for it."""

    stage: str
    name: str
    since: dt.datetime
    until: dt.datetime | None
    matters: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """A case that a recording may belong to."""

    case_id: Any
    label: str
    handlers: dict[Any, str]
    units: frozenset[Any]
    spans: tuple[Span, ...]
    collected: tuple[dt.datetime, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """One fact compared: yes, no or unknown, and the sentence that says why."""

    name: str
    answer: str
    text: str


@dataclass(frozen=True)
class Fit:
    """A case with its points, the stage and matter proposed, and the facts."""

    case_id: Any
    label: str
    points: int
    stage: str
    matter: str
    facts: tuple[Fact, ...]

    @property
    def agrees(self) -> bool:
        """Officer, device and time agree, and nothing speaks against it."""
        answers = {fact.name: fact.answer for fact in self.facts}
        return all(answers[name] == YES for name in ("officer", "device", "time")) and NO not in answers.values()

    @property
    def doubts(self) -> tuple[str, ...]:
        return tuple(fact.text for fact in self.facts if fact.answer != YES)


def fit(seen: Seen, case: Candidate) -> Fit:
    """Compare officer, device, time and place of a recording with a case."""
    span, time = _time(seen, case)
    facts = (_officer(seen, case), _device(seen, case), time, _place(seen, case, span))
    points = settings()["points"]
    total = sum(points[fact.name] for fact in facts if fact.answer == YES)
    matter = span.matters[0] if span and len(span.matters) == 1 else ""
    return Fit(case.case_id, case.label, total, span.stage if span else "", matter, facts)


def match(seen: Seen, cases: Iterable[Candidate]) -> Explained[tuple[Fit, ...]]:
    """The cases a recording may belong to, best first. `facts["certain"]`: exactly one agrees in all, and proposes itself.

    The steps say in words what was compared, and where nothing is certain, why not.
    """
    found = sorted((fit(seen, case) for case in cases), key=lambda row: (-row.points, row.label))
    # Whose officer has nothing to do with it is not a candidate.
    found = [row for row in found if row.facts[0].answer != NO]
    agreeing = [row for row in found if row.agrees]
    certain = len(agreeing) == 1 and bool(agreeing[0].matter)
    steps = [*_known(seen)]
    if certain:
        steps.append(f"只有一件案件全部相符：{agreeing[0].label}。")
        steps += [fact.text for fact in agreeing[0].facts]
    else:
        steps.append(_why_not(found, agreeing))
        steps += [f"{row.label}（{row.points}分）：{''.join(row.doubts) or '全部相符。'}" for row in found[:5]]
    facts = {"certain": certain, "candidates": len(found)}
    best = tuple(agreeing + [row for row in found if not row.agrees])
    return Explained(best, "recording-match@1", ARTICLE, facts, tuple(steps))


def grounds(found: Explained[tuple[Fit, ...]]) -> dict[str, Any]:
    """What is kept with an assignment: the rule, what it was certain of, the steps that were shown."""
    return {"rule": found.rule, "article": found.article, "facts": dict(found.facts), "steps": list(found.steps)}


def _why_not(found: Sequence[Fit], agreeing: Sequence[Fit]) -> str:
    if len(agreeing) > 1:
        return f"有{len(agreeing)}件案件同样相符，机器不能替您选择。"
    if agreeing:
        return "案件已经确定，但清单中有几项或者没有记录事项，请选择一项。"
    return "没有一件案件全部相符，请核对后选择。" if found else "没有找到录制时由录制人承办的案件。"


def _known(seen: Seen) -> list[str]:
    if seen.start is None:
        return ["文件里没有录制时间，需要人工填写。"]
    shown = seen.start.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    if seen.weak:
        return [f"录制时间{shown}取自文件的修改时间，不可靠。"]
    if seen.drift is None:
        return [f"录制时间{shown}，设备时钟没有在近期测量过，按前后{tolerance(seen) // 60}分钟宽限。"]
    if seen.drift == 0:
        return [f"录制时间{shown}，设备时钟准确。"]
    turn = "快" if seen.drift > 0 else "慢"
    return [f"设备时钟{turn}{abs(seen.drift)}秒，换算后录制时间{shown}。"]


def tolerance(seen: Seen) -> int:
    """Seconds by which a time may be off."""
    return int(settings()["tolerance_unmeasured_seconds" if seen.drift is None else "tolerance_measured_seconds"])


def _officer(seen: Seen, case: Candidate) -> Fact:
    # The number in the file is the person who wore it; else who held the device then.
    known = {seen.officer_id} if seen.officer_id else seen.holder_ids
    if not known:
        return Fact("officer", UNKNOWN, "不知道是谁录制的。")
    names = [case.handlers[key] for key in known if key in case.handlers]
    if names:
        return Fact("officer", YES, f"录制人{'、'.join(names)}是承办人员。")
    return Fact("officer", NO, f"录制人{seen.officer or seen.holder}不是承办人员。")


def _device(seen: Seen, case: Candidate) -> Fact:
    if not seen.device_no:
        return Fact("device", UNKNOWN, "文件里没有设备编号。")
    if not seen.registered:
        return Fact("device", UNKNOWN, f"设备{seen.device_no}没有登记在台账里。")
    if seen.room:
        return Fact("device", YES, f"设备{seen.device_no}固定安装在{seen.room}。")
    if not seen.holder:
        return Fact("device", UNKNOWN, f"设备{seen.device_no}当时没有发放给任何人。")
    if seen.holder_ids & set(case.handlers) or seen.unit_ids & case.units:
        return Fact("device", YES, f"设备{seen.device_no}当时由{seen.holder}领用。")
    return Fact("device", NO, f"设备{seen.device_no}当时由{seen.holder}领用，与本案人员不符。")


def _time(seen: Seen, case: Candidate) -> tuple[Span | None, Fact]:
    if seen.start is None:
        return None, Fact("time", UNKNOWN, "没有录制时间。")
    if seen.weak:
        return None, Fact("time", UNKNOWN, "录制时间不可靠。")
    slack = dt.timedelta(seconds=tolerance(seen))
    end = seen.start + dt.timedelta(milliseconds=seen.duration_ms or 0)
    inside = [row for row in case.spans if row.since <= end and (row.until is None or seen.start < row.until)]
    sure = [
        row for row in inside if row.since + slack <= seen.start and (row.until is None or end + slack <= row.until)
    ]
    listed = [row for row in sure if row.matters]
    if listed:
        near = dt.timedelta(minutes=settings()["near_evidence_minutes"])
        also = "，前后有收集证据的记录" if any(abs(at - seen.start) <= near for at in case.collected) else ""
        return listed[0], Fact("time", YES, f"录制时案件在{listed[0].name}环节{also}。")
    if sure:
        return sure[0], Fact("time", UNKNOWN, f"录制时案件在{sure[0].name}环节，清单没有要求音像记录。")
    if inside:
        text = f"录制时间离{inside[0].name}环节的起止太近，设备时钟的误差可能改变结果。"
        return inside[0], Fact("time", UNKNOWN, text)
    return None, Fact("time", NO, "录制时案件还没有登记或者已经结案。")


def _place(seen: Seen, case: Candidate, span: Span | None) -> Fact:
    if seen.room:
        return Fact("place", YES, f"地点：{seen.room}。")
    if not seen.place:
        return Fact("place", UNKNOWN, "文件里没有地点。")
    if not case.places:
        return Fact("place", UNKNOWN, "案件没有登记地点。")
    if any(place in seen.place or seen.place in place for place in case.places):
        return Fact("place", YES, f"地点{seen.place}与案件登记的相符。")
    if seen.place[:1] in "+-0123456789":
        return Fact("place", UNKNOWN, f"文件里只有坐标（{seen.place}），案件登记的是地址，机器不能比较。")
    return Fact("place", NO, f"地点{seen.place}与案件登记的{'、'.join(case.places)}不符。")
