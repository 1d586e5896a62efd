"""The hearing of a played case (演示听证), through the real actions: demanded, fixed, served, held, reported."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.hearings import actions, queries
from mingcha.hearings.actions import presented
from mingcha.interfaces.demo import signing
from mingcha.interfaces.demo.journey import Journey

HOST, CLERK = "guyan", "sutang"


def demand(journey: Journey) -> None:
    """The party demands a hearing; in the procedure with a hearing the case goes on to the naming of its host."""
    officer = actor_named(journey.scenario.handlers[0])
    cases.record_statement(
        journey.id,
        actor=officer,
        kind="hearing_requested",
        speaker=journey.scenario.representative,
        text="对拟处罚的数额有异议，要求举行听证。",
        received_at=clock.now(),
    )
    if journey.case.stage == "hearing-window":
        advance(journey.id, "hearing-appoint", actor=officer)


def appoint(journey: Journey, host: str = HOST) -> None:
    """The head names a host who did not investigate."""
    head = actor_named("shenyi")
    cases.name_host(journey.id, actor_named(host).officer_id, actor=head)
    if journey.case.stage == "hearing-appoint":
        advance(journey.id, "hearing-notice", actor=head)


def fixture(journey: Journey, **more: Any) -> dict[str, Any]:
    """What the host says when fixing the date: two working days after the first possible one."""
    first = queries.earliest(journey.case).value
    day = queries.calendar(journey.case).nth_workday(first, 2)
    return {
        "held_at": clock.at(day, 9, 30),
        "place": "明水区综合行政执法局三楼听证室",
        "clerk_id": actor_named(CLERK).officer_id,
        "disinterested": True,
        "attend": "凭有效身份证件到本机关登记，额满为止。",
        "seats": 20,
        "unannounced": not queries.calendar(journey.case).is_announced(day),
        **more,
    }


def fix(journey: Journey, host: str = HOST, **more: Any) -> None:
    """The host fixes the date, a handler serves the notice."""
    actions.fix(journey.id, actor=actor_named(host), **fixture(journey, **more))
    journey.serve("hearing-notice", actor_named(journey.scenario.handlers[1]))


def attend(journey: Journey, host: str = HOST) -> None:
    actor = actor_named(host)
    for role, name, authority in (
        ("party", journey.scenario.representative, "法定代表人身份证明"),
        ("agent", "方致远", "授权委托书：代为陈述、质证"),
    ):
        actions.register_attendee(journey.id, actor=actor, role=role, name=name, authority=authority)


def said(journey: Journey) -> dict[str, Any]:
    """The record of a hearing that took an hour and a half, up to now."""
    now = clock.now()
    return {
        "start": now - dt.timedelta(minutes=95),
        "end": now - dt.timedelta(minutes=5),
        "presentation": "\n".join(presented(journey.case)) + "\n建议按告知的内容处罚。",
        "defence": "当事人认为设备故障系意外，事后已经修复，请求从轻处罚。",
        "debate": "调查人员认为故障以后没有停止作业；当事人认为已经尽力补救。",
        "last_word": "请求从轻处罚。",
        "recordings": "全程录音录像。",
        "read_by": "self",
        "examined": [
            {"evidence_id": row.id, "opinion": "对真实性没有异议。", "shown_by": "officers"}
            for row in case_queries.counted_evidence(journey.case)
        ],
    }


def hold(journey: Journey, host: str = HOST) -> None:
    """Held on its day, the record signed by all whom it demands."""
    actor = actor_named(host)
    closing = actions.record(journey.id, actor=actor, **said(journey))
    if closing.record is not None:
        signing.hearing_signed(
            closing.record,
            actor_named(journey.scenario.handlers[1]),
            party=journey.scenario.representative,
            officers=[actor_named(who).name for who in journey.scenario.handlers],
        )


def report(journey: Journey, host: str = HOST) -> None:
    found = queries.current(journey.case)
    end = queries.closing(found) if found else None
    rows = end.record.fields["exam"] if end and end.record else []
    actions.report(
        journey.id,
        actor=actor_named(host),
        gist="听证公开举行，双方充分发表意见。",
        disputes="设备故障以后是否及时停止作业。",
        evidence=[{"name": row["evidence"], "accepted": "yes", "reason": "来源合法，内容真实。"} for row in rows],
        opinion="事实清楚，证据经质证，拟处罚意见适当。",
        proposal="keep",
    )


def play(journey: Journey) -> None:
    """The whole hearing from the demand to the report; the clock stands on the day of the hearing afterwards."""
    with clock.frozen(clock.at(journey.day, 14)):
        demand(journey)
        appoint(journey)
    journey.later(1)
    with clock.frozen(clock.at(journey.day, 9)):
        fix(journey)
        attend(journey)
    found = queries.current(journey.case)
    session = queries.session(found) if found else None
    if session is None:
        raise RuntimeError("no hearing was fixed")
    journey.day = session.held_on
    with clock.frozen(clock.at(journey.day, 15)):
        hold(journey)
        report(journey)
