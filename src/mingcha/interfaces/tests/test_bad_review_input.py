"""Bad input of review and hearing, each over screen and REST: refused with the reason, nothing stored but what is on record."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, RoleGrant, User
from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.moves import advance
from mingcha.cases.queries import joinings
from mingcha.common import clock
from mingcha.decisions import actions as decisions
from mingcha.decisions.queries import decided
from mingcha.hearings import queries as hearings
from mingcha.interfaces import refusals
from mingcha.interfaces.api.urls import _routes as api_routes
from mingcha.interfaces.demo import hearing as play_hearing
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.workbench.review_acts import ACTS
from mingcha.ledger.models import JournalEntry
from mingcha.procedures.guards import ask
from mingcha.review import actions as review
from mingcha.review import queries
from mingcha.review.tests.test_handling import marks

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
REFUSED = (403, 404, 409, 422)
KEPT = ("review.Submission", "review.Opinion", "hearings.Session", "cases.StageChange", "documents.Document")


def kept() -> dict[str, int]:
    return {name: apps.get_model(name).objects.count() for name in KEPT}


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def entered(user: str) -> list[JournalEntry]:
    rows = JournalEntry.objects.filter(kind="act-refused").order_by("id").select_related("content")
    person = str(Officer.objects.get(user__username=user).id)
    return [row for row in rows if row.actor["officer_id"] == person]


def on_record(user: str, before: int, said: str) -> None:
    """One entry more: of this person, on the case, with codes and articles and nothing of what was typed."""
    rows = entered(user)
    assert len(rows) == before + 1, (said, len(rows), before)
    told = json.loads(rows[-1].content.payload or "{}")
    assert set(told) == {"act", "label", "reasons"} and told["act"] in refusals.listed().labels, told
    assert all(set(row) == {"code", "articles"} for row in told["reasons"]), told
    assert all(row["code"] in refusals.listed().reasons for row in told["reasons"]), told
    assert rows[-1].case_id is not None and rows[-1].subject_id == str(rows[-1].case_id)


def refused(user: str, screen: tuple[str, dict[str, Any]], rest: tuple[str, dict[str, Any]], said: str) -> None:
    """Both doors refuse, REST with `said` in its answer; nothing is stored but that it was tried."""
    before, told = kept(), len(entered(user))
    client = Client()
    client.force_login(User.objects.get(username=user))
    token = accounts.create_token(Officer.objects.get(user__username=user), label="试", by=SYSTEM)
    # The same refusal within a minute is told once, so each door has a time of its own.
    with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
        page = client.post(*screen)
        assert page.status_code in REFUSED, (said, page.status_code)
        on_record(user, told, said)
    with clock.frozen(clock.now() + dt.timedelta(minutes=4)):
        for _ in range(2):
            answer = Client().post(
                f"/api/v1/{rest[0]}", json.dumps(rest[1]), content_type="application/json",
                headers={"authorization": f"Bearer {token}"},
            )  # fmt: skip
            text = answer.content.decode()
            assert answer.status_code in REFUSED and any(item in text for item in said.split("|")), (
                said,
                answer.status_code,
                text,
            )
            on_record(user, told + 1, said)
    assert "没有这个地址" not in text, rest[0]
    assert kept() == before, said


def submission(journey: Journey, user: str = "lince") -> tuple[str, tuple[str, Any], tuple[str, Any]]:
    return (
        user,
        (reverse("review-submit", args=[journey.id]), {"attested": "on"}),
        (f"cases/{journey.id}/reviews", {"attested": True}),
    )


def opinion(journey: Journey, user: str) -> tuple[str, tuple[str, Any], tuple[str, Any]]:
    found = queries.latest(journey.case)
    assert found is not None
    points = marks(found)
    form = {"conclusion": "agree", "text": "同意"}
    for row in points:
        form |= {f"mark-{row['code']}": "met", f"link-{row['code']}": row["link"]}
    return (
        user,
        (reverse("review-case", args=[journey.id]), form),
        (f"cases/{journey.id}/reviews/opinion", {"conclusion": "agree", "points": points, "text": "同意"}),
    )


def test_an_empty_file_is_not_handed_over(play: Play) -> None:
    journey = play("file")
    with clock.frozen(clock.at(journey.day, 15)):
        refused(*submission(journey), "decision-draft-missing")


def test_a_decided_file_is_not_handed_over_again(play: Play) -> None:
    journey = play("serve-decision")
    with clock.frozen(clock.at(journey.day, 17)):
        refused(*submission(journey), "move-not-permitted")


def test_opinions_that_come_wrong(play: Play) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        head = actor_named("shenyi")
        with taken_back():
            review.withdraw(journey.id, actor=actor_named("lince"), reason="补充材料")
            refused(*opinion(journey, "zhouheng"), "submission-withdrawn")
        with taken_back():
            # A second opinion on what has one: the screen of the other reviewer was open all the time.
            journey.opine(actor_named("zhouheng"), "discretion")
            refused(*opinion(journey, "zhouheng"), "review-not-open|opinion-given")
            refused(*opinion(journey, "guyan"), "review-not-open|opinion-given")
        with taken_back():
            # The reviewer is no reviewer any more: refused at both doors, handed to another, who gives the opinion.
            grant = RoleGrant.objects.get(officer__user__username="zhouheng", role=Role.REVIEWER, until=None)
            accounts.end_role(grant, reason="调离", by=SYSTEM)
            refused(*opinion(journey, "zhouheng"), "not-permitted")
            review.reallocate(journey.id, actor_named("guyan").officer_id, actor=head, reason="原审核人员调离")
            journey.opine(actor_named("guyan"), None)
        with taken_back():
            # The handler was made reviewer, under another organisation's word.
            person = Officer.objects.get(user__username="lince")
            accounts.record_qualification(person, number="A20999901000123", obtained_on=dt.date(2020, 1, 1), by=SYSTEM)
            accounts.grant_role(person, Role.REVIEWER, by=SYSTEM)
            refused(*opinion(journey, "lince"), "承办")
            place = reverse("review-act", args=[journey.id, "reallocate"])
            body = {"officer_id": str(person.id), "reason": "人手不够"}
            refused("shenyi", (place, body), (f"cases/{journey.id}/reviews/allocation", body), "allocation-conflict")


def test_evidence_replaced_during_review_is_not_agreed_to(play: Play) -> None:
    """Refused with what differs; put right by a further round, which is on record."""
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        handler = actor_named("lince")
        cases.record_evidence(
            journey.id, actor=handler, kind="documentary", name="补充书证", proves="x", origin="当事人提供",
            collected_at=clock.now(),
        )  # fmt: skip
        refused(*opinion(journey, "zhouheng"), "text-changed-since-review")
        # What can be said is that the file has changed: it goes back, and the next round shows what is new.
        journey.opine(actor_named("zhouheng"), "discretion")
        assert ask("review-approved@1", journey.case, actor_named("shenyi")).reasons


def test_a_hearing_on_a_holiday_is_refused(play: Play) -> None:
    journey = play("serve-notice", Scenario(fine=6_000_000, procedure="P-TZ"))
    with clock.frozen(clock.at(journey.day, 14)):
        play_hearing.demand(journey)
        play_hearing.appoint(journey)
        clerk = str(actor_named("sutang").officer_id)
        for day, code in (
            (dt.date(2026, 10, 5), "hearing-on-day-off"),
            (dt.date(2027, 2, 1), "hearing-year-unannounced"),
        ):
            form = {"held_at": f"{day}T09:30", "place": "听证室", "clerk_id": clerk, "public": "yes", "seats": "20",
                    "attend": "登记后旁听。", "disinterested": "on"}  # fmt: skip
            body = {**form, "held_at": f"{day}T09:30:00+08:00", "public": True, "seats": 20, "disinterested": True}
            screen = (reverse("hearing-fix", args=[journey.id]), form)
            refused("guyan", screen, (f"cases/{journey.id}/hearing/session", body), code)
        assert hearings.current(journey.case) is not None


def test_later_acts_on_a_decision_that_come_wrong(play: Play) -> None:
    """The door names a decision, not a case; what was refused stands in the journal of its case all the same."""
    journey = play("serve-decision")
    with clock.frozen(clock.at(journey.day, 17)):
        found = decided(journey.id)[0]
        people = {"first": str(actor_named("lince").officer_id), "second": str(actor_named("handu").officer_id)}
        form = {"ordered_by": "self", "fault": "facts", "reason": "事实不清"}
        redo = (f"decisions/{found}/redo", form | {"handlers": list(people.values())})
        refused("shenyi", (reverse("decision-redo", args=[journey.id]), form | people), redo, "redo-decision-stands")
        with taken_back():
            decisions.revoke(found, actor=actor_named("shenyi"), reason="适用法律错误")
            body = {"reason": "再次撤销"}
            screen = (reverse("decision-revoke", args=[journey.id]), body)
            refused("shenyi", screen, (f"decisions/{found}/revocation", body), "revoked-already")
        # Who is no head is told so, and that it was tried is on record.
        screen = (reverse("decision-revoke", args=[journey.id]), {"reason": "x"})
        refused("lince", screen, (f"decisions/{found}/revocation", {"reason": "x"}), "not-permitted")


def test_answers_to_statements_and_consultations_that_come_wrong(play: Play) -> None:
    journey = play("serve-notice")
    with clock.frozen(clock.at(journey.day, 15)):
        said = cases.record_statement(
            journey.id, actor=actor_named("lince"), kind="written", speaker="甲", text="请求从轻。",
            received_at=clock.now(),
        )  # fmt: skip
        cases.name_rechecker(journey.id, actor_named("guyan").officer_id, actor=actor_named("shenyi"))
        screen = (reverse("case-answer", args=[journey.id, said.id]), {"adopted": "no", "reasons": "不成立"})
        rest = (f"cases/statements/{said.id}/answer", {"adopted": False, "reasons": "不成立"})
        refused("lince", screen, rest, "recheck-not-named")
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 10)):
        admin, counsel = actor_named("admin"), actor_named("fangzhi")
        member = review.admit_counsel(counsel.officer_id, actor=admin, kind="lawyer", field="处罚")
        asked = review.call_counsel(
            journey.id, member.id, actor=actor_named("zhouheng"), question="定性？", materials=["draft"],
            until=clock.today(),
        )  # fmt: skip
        review.end_counsel(member.id, actor=admin, reason="合同期满")
        body = {"text": "定性准确"}
        screen = (reverse("consultation", args=[asked.id]), body | {"kind": "opinion"})
        refused("fangzhi", screen, (f"consultations/{asked.id}/answer", body), "counsel-left")


def test_every_door_of_the_list_exists_and_no_stranger_writes(play: Play) -> None:
    """Each address of the list is a route with the case in it; who may not see the case leaves no entry."""
    screens = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    paths = {f"{pattern.pattern}".replace("<uuidstr:", "<uuid:") for pattern in api_routes()}
    for door, (act, label) in refusals.listed().doors.items():
        known = door.partition(":")[0] in screens if "/" not in door else door in paths
        assert known, (act, door)
        assert label
    acts = {door.partition(":")[2] for door in refusals.listed().doors if door.startswith("review-act:")}
    assert acts == set(ACTS) - {"note"}
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        before = JournalEntry.objects.filter(case_id=journey.id).count()
        stranger = Officer.objects.get(user__username="luochuan")
        token = accounts.create_token(stranger, label="试", by=SYSTEM)
        answer = Client().post(
            f"/api/v1/cases/{journey.id}/reviews", '{"attested": true}', content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.status_code == 404
        assert JournalEntry.objects.filter(case_id=journey.id).count() == before


def test_joining_parting_and_custody_that_come_wrong(play: Play) -> None:
    decided, fresh = play("decide"), play("evidence", Scenario(mark=2))
    with clock.frozen(clock.at(decided.day, 17)):
        body = {"other_id": str(fresh.id), "reason": "同一违法行为"}
        screen = (reverse("case-joint-join", args=[decided.id]), body)
        refused("lince", screen, (f"cases/{decided.id}/joint-cases", body), "joint-case-decided")
        lince, unit = actor_named("lince"), actor_named("luming")
        other = cases.add_party(
            fresh.id, actor=lince, reason="共同违法", party_kind="person", party_name="何远帆",
            id_number="110101199003070011", address="望江路8号",
        )  # fmt: skip
        for name in ("lince", "handu"):
            cases.declare_avoidance(other.id, actor=actor_named(name), conflict=False)
        advance(other.id, "verify-lead", actor=lince)
        advance(other.id, "close", actor=unit, reason="不是当事人")
        found = joinings(fresh.case)[0]
        screen = (reverse("case-joint-part", args=[fresh.id, found.id]), {"reason": "分别办理"})
        refused("lince", screen, (f"joinings/{found.id}/parting", {"reason": "分别办理"}), "case-closed")
    journey = play("close")
    with clock.frozen(clock.at(journey.day, 16)):
        accounts.grant_role(Officer.objects.get(user__username="lince"), Role.ARCHIVIST, by=SYSTEM)
        body = {"retention": "thirty"}
        screen = (reverse("archive-accept", args=[journey.id]), body)
        refused("lince", screen, (f"cases/{journey.id}/acceptance", body), "custody-by-handler")
