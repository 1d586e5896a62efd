"""The collective discussion of a played case (演示集体讨论), through the real actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.decisions import actions
from mingcha.decisions.models import Discussion, Resolution
from mingcha.interfaces.demo.journey import Journey

HEADS = ("shenyi", "chengyuan")
_WHY = (
    "事实清楚，证据充分，裸露面积较大，拟处罚意见与情节相当。",
    "当事人事后整改已经在幅度内考虑，同意按告知的内容处理。",
    "程序合法，法制审核已经通过，没有不同意见。",
)


def convene(journey: Journey, chair: str = "shenyi") -> Discussion:
    return actions.convene(
        journey.id,
        actor=actor_named(chair),
        ground="major",
        agenda="讨论拟处罚意见是否适当。",
        place="三楼会议室",
        clerk="苏棠",
    )


def speak(journey: Journey, views: Sequence[str] = ("agree", "agree")) -> None:
    """Each head in his own name."""
    for who, view, why in zip(HEADS, views, _WHY, strict=False):
        actions.voice(journey.id, actor=actor_named(who), view=view, reason=why)


def conclude(journey: Journey, outcome: str = "agree", chair: str = "shenyi") -> Resolution:
    return actions.conclude(
        journey.id,
        actor=actor_named(chair),
        outcome=outcome,
        text="经讨论，同意拟处罚意见。" if outcome == "agree" else "经讨论，改变拟处罚意见。",
        report="承办人员汇报了案件事实、证据、依据和拟处罚意见。",
        evidence_view="证据经查证属实，法制审核同意。",
    )


def play(journey: Journey) -> None:
    """An hour of discussion on the day of the journey that ends in agreement."""
    moment = clock.at(journey.day, 14)
    with clock.frozen(moment):
        convene(journey)
    with clock.frozen(moment + dt.timedelta(minutes=40)):
        speak(journey)
    with clock.frozen(moment + dt.timedelta(minutes=60)):
        conclude(journey)
