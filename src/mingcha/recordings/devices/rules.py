"""Pure: the list of the check, the standard of equipment, the state of a device."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from mingcha.common.errors import Reason
from mingcha.common.explained import Explained
from mingcha.recordings.choices import DeviceKind, DeviceNoteKind, DeviceState


@cache
def _data(name: str) -> dict[str, Any]:
    text = resources.files("mingcha.recordings").joinpath("data", name).read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def checklist() -> dict[str, Any]:
    """The check before a shift as data, with source and whether somebody checked it."""
    return _data("checklist.json")


def equipment() -> dict[str, Any]:
    """The shipped standard of equipment."""
    return _data("equipment.json")


def state_of(newest: str | None) -> DeviceState:
    """State after the newest note that is a fault, a repair or the scrapping."""
    states = {DeviceNoteKind.FAULT: DeviceState.FAULTY, DeviceNoteKind.SCRAPPED: DeviceState.SCRAPPED}
    return states.get(DeviceNoteKind(newest), DeviceState.USABLE) if newest else DeviceState.USABLE


def usable(state: DeviceState) -> list[Reason]:
    """Why a device cannot be given out."""
    if state == DeviceState.SCRAPPED:
        return [Reason("device-scrapped", "这台设备已经报废，不能再使用。", (), "请改用其他设备。")]
    if state == DeviceState.FAULTY:
        return [Reason("device-faulty", "这台设备有故障，没有修复。", (), "修复并登记后再发放。")]
    return []


def failed(results: Mapping[str, bool]) -> list[str]:
    """Labels of the points that were not met."""
    return [item["label"] for item in checklist()["items"] if not results.get(item["code"])]


def drift_words(seconds: int | None) -> str:
    """A measured error of the clock as people say it."""
    if seconds is None:
        return "没有测量"
    return "准确" if seconds == 0 else f"{'快' if seconds > 0 else '慢'}{abs(seconds)}秒"


def ratio(people: int, devices: int, each: int, source: str, verified: bool) -> Explained[bool]:
    """Whether there are enough devices: one for at most `each` officers (R065)."""
    least = -(-people // each)
    steps = (
        f"执法人员{people}名，可用的执法记录仪{devices}台。",
        f"每{each}名执法人员至少一台，应有{least}台。"
        + ("达到标准。" if devices >= least else f"还差{least - devices}台。"),
        f"标准来源：{source}{'' if verified else '（未核实）'}。",
    )
    facts = {"people": people, "devices": devices, "each": each, "least": least, "verified": verified}
    return Explained(devices >= least, "equipment.camera", "国办发〔2018〕118号", facts, steps)


def rooms(counts: Mapping[str, int]) -> list[Explained[bool]]:
    """Whether the rooms that policy asks for have their equipment (询问室、听证室)."""
    found = []
    for row in equipment()["rooms"]:
        label, have = DeviceKind(row["kind"]).label, counts.get(row["kind"], 0)
        said = f"{label}{have}套，应有{row['least']}套。" + ("达到标准。" if have >= row["least"] else "没有达到标准。")
        steps = (said, f"标准来源：{row['source']}{'' if row['verified'] else '（未核实）'}。")
        found.append(Explained(have >= row["least"], f"equipment.{row['kind']}", "国办发〔2018〕118号", {}, steps))
    return found


def count_by_kind(kinds: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind in kinds:
        found[kind] = found.get(kind, 0) + 1
    return found
