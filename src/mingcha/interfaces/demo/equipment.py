"""Recording equipment of the demonstration (执法记录设备): cameras in somebody's hand, rooms with fixed installations."""

from __future__ import annotations

import datetime as dt

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.recordings.choices import DeviceKind
from mingcha.recordings.devices import actions, rules

_CAMERAS = (("A1027", "lince"), ("A1028", "handu"))
_ROOMS = (
    ("X01", DeviceKind.INQUIRY_ROOM, "综合行政执法大队一楼询问室"),
    ("T01", DeviceKind.HEARING_ROOM, "区综合行政执法局三楼听证室"),
)


def issue(founded: dt.date) -> None:
    """Register the devices and hand them out on the day of founding; today each camera has passed its check."""
    keeper = actor_named("luming")
    with clock.frozen(clock.at(founded, 10)):
        for number, kind, place in _ROOMS:
            actions.register(actor=keeper, number=number, kind=kind, place=place)
        cameras = [
            actions.register(actor=keeper, number=number, kind=DeviceKind.CAMERA, make="演示厂商", firmware="1.0")
            for number, _ in _CAMERAS
        ]
        for camera, (_, holder) in zip(cameras, _CAMERAS, strict=True):
            actions.allocate(camera.id, actor=keeper, officer_id=actor_named(holder).officer_id)
    passed = {item["code"]: True for item in rules.checklist()["items"]}
    for camera, (_, holder) in zip(cameras, _CAMERAS, strict=True):
        actions.check_before_shift(camera.id, actor=actor_named(holder), results=passed, drift=2)
