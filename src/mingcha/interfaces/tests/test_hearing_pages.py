"""The hearing and the discussion on screen: each person sees what is his to do, and does it there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import queries as case_queries
from mingcha.common import clock
from mingcha.decisions import queries as decisions
from mingcha.hearings import queries
from mingcha.interfaces.demo import hearing as play_hearing
from mingcha.interfaces.demo.journey import Journey, Scenario

pytestmark = pytest.mark.django_db


def test_a_hearing_is_held_on_its_page(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("serve-notice", Scenario(fine=6_000_000, procedure="P-TZ"))
    with clock.frozen(clock.at(journey.day, 14)):
        play_hearing.demand(journey)
        play_hearing.appoint(journey)
        host = login("guyan")
        here = reverse("hearing", args=[journey.id])
        assert "确定时间地点" in host.get(here).content.decode()
        form = {"place": "听证室", "clerk_id": str(actor_named("sutang").officer_id), "public": "yes", "seats": "20",
                "attend": "登记后旁听。", "disinterested": "on"}  # fmt: skip
        early = host.post(reverse("hearing-fix", args=[journey.id]), {**form, "held_at": f"{journey.day}T09:00"})
        assert early.status_code == 422 and "七个工作日" in early.content.decode()
        day = queries.calendar(journey.case).nth_workday(queries.earliest(journey.case).value, 2)
        done = host.post(reverse("hearing-fix", args=[journey.id]), {**form, "held_at": f"{day}T09:30"})
        assert done.status_code == 302
        agent = {"role": "agent", "name": "方致远", "authority": "授权委托书"}
        assert host.post(reverse("hearing-attendee", args=[journey.id]), agent).status_code == 302
        journey.serve("hearing-notice", actor_named("handu"))
        assert "听证通知书" in host.get(here).content.decode()
        board = Client().get(reverse("portal:hearings")).content.decode()
        assert "听证室" in board and "公告栏" in board
        assert "由您主持" in host.get(reverse("hearings")).content.decode()
        assert login("weiqing").get(here).status_code == 404
    journey.day = day
    with clock.frozen(clock.at(journey.day, 15)):
        told = {"start": f"{day}T09:30", "end": f"{day}T11:00", "presentation": "事实如告知书。", "defence": "请求从轻。",
                "debate": "双方各自说明。", "last_word": "没有补充。", "read_by": "self"}  # fmt: skip
        told |= {f"e-{row.id}": "没有异议。" for row in case_queries.counted_evidence(journey.case)}
        answer = host.post(reverse("hearing-record", args=[journey.id]), told)
        assert answer.status_code == 302, answer.content.decode()[:3000]
        found = queries.current(journey.case)
        assert found is not None and queries.closing(found)
        exam = documents_exam(journey)
        said = {"gist": "依法举行。", "disputes": "是否及时停工。", "opinion": "拟处罚意见适当。", "proposal": "keep"}
        for place in range(len(exam)):
            said |= {f"a-{place}": "yes", f"r-{place}": "来源合法。"}
        assert host.post(reverse("hearing-report", args=[journey.id]), said).status_code == 302
        assert "维持拟处罚意见" in host.get(here).content.decode()


def documents_exam(journey: Journey) -> list[dict[str, str]]:
    found = queries.current(journey.case)
    end = queries.closing(found) if found else None
    assert end is not None and end.record is not None
    rows: list[dict[str, str]] = end.record.fields["exam"]
    return rows


def test_the_heads_discuss_on_their_page(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 10)):
        cases.state_facts(journey.id, actor=actor_named("lince"), said={"grave": True})
        journey.opine(actor_named("zhouheng"), None)
    with clock.frozen(clock.at(journey.day, 13)):
        first, second = login("shenyi"), login("chengyuan")
        here = reverse("discussion", args=[journey.id])
        assert "本案应当集体讨论" in first.get(here).content.decode()
        call = {"ground": "major", "agenda": "拟处罚意见", "place": "会议室", "clerk": "苏棠"}
        assert first.post(reverse("discussion-convene", args=[journey.id]), call).status_code == 302
    with clock.frozen(clock.at(journey.day, 14)):
        for head, why in ((first, "证据充分。"), (second, "同意，情节已经考虑。")):
            told = {"view": "agree", "reason": why}
            assert head.post(reverse("discussion-voice", args=[journey.id]), told).status_code == 302
        end = {"outcome": "none", "text": "同意。", "report": "已汇报。", "evidence_view": "审核同意。"}
        refused = first.post(reverse("discussion-conclude", args=[journey.id]), end)
        assert refused.status_code == 422 and "过半数" in refused.content.decode()
        done = first.post(reverse("discussion-conclude", args=[journey.id]), {**end, "outcome": "agree"})
        assert done.status_code == 302 and journey.case.stage == "decide"
        assert "同意拟处罚意见" in second.get(here).content.decode()
        assert login("lince").get(here).status_code == 200
        assert login("lince").get(reverse("discussion-voice", args=[journey.id])).status_code == 403
    assert decisions.resolution(journey.case) is not None
