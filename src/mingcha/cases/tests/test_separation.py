"""Who must be different persons (职责分离), each pair at assignment, by the interface and by raw SQL — procedures.md §5."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer, Organisation, RoleGrant, User
from mingcha.accounts.queries import actor_named, officers
from mingcha.accounts.rules import may_preside
from mingcha.cases import actions as cases
from mingcha.cases import periods
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.choices import DutyKind
from mingcha.cases.locks import lock
from mingcha.cases.models import APPROVALS, Avoidance, Duty, Statement
from mingcha.cases.moves import advance
from mingcha.cases.rules import (
    advice,
    apart,
    doubled,
    ground,
    grounded,
    may_approve,
    may_be_rechecker,
    may_take_duty,
    pairs,
)
from mingcha.common import clock
from mingcha.common.errors import Conflict, MingchaError, NotFound, Refused, code_of_database_error
from mingcha.deadlines.models import RunningPeriod
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.workbench.tasks import waiting_for
from mingcha.ledger.actions import append
from mingcha.procedures.queries import codes as codes_of_procedures
from mingcha.procedures.queries import definition_file
from mingcha.review import actions as review

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
SINCE = dt.date(2026, 1, 5)
# Certificate, qualification and every role: nothing but the separation stands in the way.
WHO, NAME = "weiqing", "卫青禾"


def able() -> Officer:
    person = Officer.objects.get(name=NAME)
    accounts.record_qualification(person, number="A20999901000077", obtained_on=dt.date(2020, 1, 1), by=SYSTEM)
    for role in (Role.REVIEWER, Role.HEAD, Role.UNIT_HEAD):
        accounts.grant_role(person, role, since=SINCE, by=SYSTEM)
    return officers([person.id])[person.id]


@pytest.fixture
def journey(play: Play) -> Iterator[Journey]:
    """A case handed over for review, on its next day."""
    found = play("submit")
    with clock.frozen(clock.at(found.day, 15)):
        yield found


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def codes(call: Callable[[], object]) -> set[str]:
    try:
        with transaction.atomic():
            call()
    except Refused as error:
        return {reason.code for reason in error.reasons}
    except MingchaError as error:
        return {error.code}
    return set()


def raw(case_id: uuid.UUID, officer_id: uuid.UUID, duty: str) -> str | None:
    """The code with which the database refuses a duty written past the program."""
    keys = [key.hex if connection.vendor == "sqlite" else key for key in (uuid.uuid4(), case_id, officer_id)]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO cases_duty (id, case_id, officer_id, duty, since) VALUES (%s, %s, %s, %s, %s)",
                [*keys, duty, clock.now()],
            )
    except IntegrityError as error:
        return code_of_database_error(error) or "constraint"
    return None


def through_the_interface(journey: Journey, person: Officer, duty: str) -> tuple[int, str]:
    """The duty asked for where people and programs ask for it."""
    if duty == DutyKind.HEARING_HOST:
        client = Client()
        client.force_login(User.objects.get(username="shenyi"))
        answer = client.post(reverse("case-host", args=[journey.id]), {"officer_id": str(person.id)})
        return answer.status_code, answer.content.decode()
    paths = {
        DutyKind.RECHECKER: ("luming", "rechecks", {"officer_id": str(person.id)}),
        DutyKind.HANDLER: ("luming", "duties", {"officer_id": str(person.id)}),
        DutyKind.REVIEWER: (WHO, "reviews/opinion", {"conclusion": "agree", "points": [], "text": "同意"}),
        DutyKind.DECIDER: (WHO, "decision", {"opinion": "同意"}),
    }
    user, path, body = paths[DutyKind(duty)]
    token = accounts.create_token(Officer.objects.get(user__username=user), label="试", by=SYSTEM)
    answer = Client().post(
        f"/api/v1/cases/{journey.id}/{path}",
        json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )
    return answer.status_code, answer.content.decode()


def test_every_pair_of_duties_is_kept_apart_in_all_rings(journey: Journey) -> None:
    """Each ordered pair: by the rule, at assignment, through the interface, by raw SQL."""
    person = able()
    kinds = [DutyKind(kind) for kind in DutyKind.values]
    asked = [(DutyKind(a), DutyKind(b)) for row in pairs() for a, b in permutations((row["one"], row["other"]))]
    # Whoever looks at statements again may hold any other duty but that of a handler: the law says no more.
    free = {frozenset((DutyKind.RECHECKER, kind)) for kind in kinds if kind != DutyKind.HANDLER}
    assert {frozenset(pair) for pair in asked} == {frozenset(p) for p in permutations(kinds, 2)} - free
    for held, wanted in asked:
        row = apart(held, wanted)
        assert row is not None and row["article"]
        reasons = may_take_duty(person, wanted, [held], clock.today())
        assert [reason.code for reason in reasons] == ["duty-incompatible"], (held, wanted)
        assert row["text"] in reasons[0].message and reasons[0].articles == (row["article"],)
        assert [reason.code for reason in doubled([(1, NAME, held), (1, NAME, wanted)])] == ["duty-incompatible"]
        with taken_back():
            add_duty(lock(journey.id), person.id, held, actor_named("shenyi"))
            place = lock(journey.id)
            assert codes(lambda p=place, w=wanted: add_duty(p, person.id, w, actor_named("shenyi"))) == {
                "duty-incompatible"
            }
            status, body = through_the_interface(journey, person, wanted)
            assert status in (403, 404, 409, 422), (held, wanted)
            if wanted in (DutyKind.HANDLER, DutyKind.RECHECKER):
                assert "duty-incompatible" in body, (held, wanted)
            assert not Duty.objects.filter(case_id=journey.id, officer=person, duty=wanted).exists(), (held, wanted)
            assert raw(journey.id, person.id, wanted) == "duty-incompatible", (held, wanted)


def test_two_handlers_are_two_people(journey: Journey) -> None:
    """The same officer twice, or one person entered twice in two organisations, is one."""
    first = actor_named("lince")
    assert codes(lambda: cases.assign_handler(journey.id, first.officer_id, actor=actor_named("luming"))) == {
        "duty-held"
    }
    assert raw(journey.id, first.officer_id, "handler") == "constraint"
    unit = Officer.objects.get(id=first.officer_id).organisation
    for name in ("林策", "林 策", "林\u3000策"):
        twin = accounts.enrol_officer(organisation=unit, name=name, staff_kind="officer", by=SYSTEM)
        accounts.issue_certificate(
            twin, number=f"990100-7{twin.id.hex[-6:]}", issuer="明水区人民政府", area="明水区", valid_from=SINCE,
            valid_to=dt.date(2030, 12, 31), by=SYSTEM,
        )  # fmt: skip
        accounts.record_qualification(twin, number=f"A{twin.id.hex[-9:]}", obtained_on=SINCE, by=SYSTEM)
        for duty in DutyKind.values:
            with transaction.atomic():
                place = lock(journey.id)
                assert codes(lambda p=place, d=duty, t=twin: add_duty(p, t.id, d, first)) == {"duty-same-name"}
            assert raw(journey.id, twin.id, duty) == "duty-same-name"


def test_through_another_organisation_and_after_a_transfer_it_is_the_same_person(journey: Journey) -> None:
    handler, head = actor_named("lince"), actor_named("shenyi")
    person = Officer.objects.get(id=handler.officer_id)
    street = Organisation.objects.get(name="清源街道办事处")
    # Roles given for a time, or by another organ, open no second duty.
    accounts.record_qualification(person, number="A20999901000088", obtained_on=SINCE, by=SYSTEM)
    for role in (Role.REVIEWER, Role.HEAD):
        accounts.grant_role(person, role, since=SINCE, by=SYSTEM)
    assert codes(
        lambda: review.give_opinion(journey.id, actor=actor_named("lince"), conclusion="agree", points=[], text="同意")
    ) & {"reviewer-handled", "duty-incompatible"}
    # Moved to another organ the person belongs to this one no more, and moved back is still who handled the case.
    home = person.organisation_id
    Officer.objects.filter(id=person.id).update(organisation=street)
    with pytest.raises(NotFound), transaction.atomic():
        add_duty(lock(journey.id), person.id, "reviewer", head)
    assert raw(journey.id, person.id, "reviewer") == "duty-incompatible"
    Officer.objects.filter(id=person.id).update(organisation_id=home)
    with transaction.atomic():
        place = lock(journey.id)
        assert codes(lambda: add_duty(place, person.id, "reviewer", head)) == {"duty-incompatible"}


def test_a_reviewer_is_qualified_at_assignment_and_in_the_database(journey: Journey) -> None:
    clerk = actor_named("sutang").officer_id
    assert [reason.code for reason in may_take_duty(officers([clerk])[clerk], "reviewer", [], clock.today())] == [
        "reviewer-unqualified"
    ]
    with transaction.atomic():
        place = lock(journey.id)
        assert codes(lambda: add_duty(place, clerk, "reviewer", actor_named("shenyi"))) == {"reviewer-unqualified"}
    assert raw(journey.id, clerk, "reviewer") == "reviewer-unqualified"
    assert raw(journey.id, actor_named("zhouheng").officer_id, "reviewer") is None


def test_nobody_approves_what_he_handles_nor_decides_on_his_own_avoidance(play: Play) -> None:
    journey = play("request-filing")
    person = able()
    with clock.frozen(clock.at(journey.day, 15)):
        cases.assign_handler(journey.id, person.id, actor=actor_named("luming"))
        assert [r.code for r in may_approve(NAME, Role.UNIT_HEAD, ["handler"])] == ["approver-handles"]
        assert [r.code for r in may_approve(NAME, Role.HEAD, ["reviewer"])] == ["approver-reviews"]
        assert not may_approve(NAME, Role.HANDLER, ["handler"]) and not may_approve(NAME, Role.HEAD, ["decider"])
        assert codes(lambda: advance(journey.id, "file", actor=actor_named(WHO))) == {"approver-handles"}
        assert journey.case.stage == "verify-lead"
        cases.declare_avoidance(journey.id, actor=actor_named(WHO), conflict=True, ground="近亲属")
        own = {"officer_id": person.id, "actor": actor_named(WHO), "granted": False, "ground": "不成立"}
        assert codes(lambda: cases.decide_avoidance(journey.id, **own)) == {"avoidance-own"}
        # Nor does who handles the case decide on a colleague, nor extend its period.
        colleague = {
            "officer_id": actor_named("lince").officer_id,
            "actor": actor_named(WHO),
            "granted": True,
            "ground": "无",
        }
        assert codes(lambda: cases.decide_avoidance(journey.id, **colleague)) == {"approver-handles"}
        # Another head decides; who must stay away then takes no duty any more.
        cases.decide_avoidance(journey.id, person.id, actor=actor_named("shenyi"), granted=True, ground="属实")
        with pytest.raises((Refused, Conflict)), transaction.atomic():
            add_duty(lock(journey.id), person.id, "reviewer", actor_named("shenyi"))


def test_each_type_of_act_rests_on_its_own_law(district: None) -> None:
    """The law on penalties binds penalties: what holds in every act names the law of this one, or the policy."""
    types = {definition_file(code)["act_type"] for code in codes_of_procedures()}
    person = officers([actor_named("sutang").officer_id])[actor_named("sutang").officer_id]
    for act_type in types:
        told = [
            *may_take_duty(person, "reviewer", ["handler", "decider", "hearing_host"], clock.today(), ["handler"]),
            *may_take_duty(person, "decider", ["handler"], clock.today()),
            *may_take_duty(person, "hearing_host", ["handler"], clock.today()),
            *may_approve(NAME, Role.HEAD, ["handler", "reviewer"]),
        ]
        cited = {article for reason in grounded(told, act_type) for article in reason.articles}
        assert len(cited) >= 3 or act_type != "penalty"
        assert any(name.startswith("行政处罚法") for name in cited) == (act_type == "penalty"), (act_type, cited)
    assert ground("行政处罚法第五十七条", "licence") == "行政许可法第三十四条"
    assert ground("档案法第十三条", "licence") == "档案法第十三条"


def test_the_database_keeps_approving_and_handling_apart(play: Play) -> None:
    """Approvals are told by the journal: none in the name of a head who handles, no handling by who has approved."""
    journey = play("file")
    person, place = able(), journey.case
    unit = actor_named("luming")
    with clock.frozen(clock.at(journey.day, 15)):
        qualified = Officer.objects.get(id=unit.officer_id)
        accounts.record_qualification(qualified, number="A20999901000099", obtained_on=SINCE, by=SYSTEM)
        # The head of the unit approved the filing: to handle or to review the case is closed to him, in all rings.
        for duty, code in (("handler", "approver-handles"), ("reviewer", "approver-reviews")):
            head = officers([unit.officer_id])[unit.officer_id]
            assert code in {reason.code for reason in may_take_duty(head, duty, [], clock.today(), acted=[Role.HEAD])}
            with transaction.atomic():
                locked = lock(journey.id)
                assert code in codes(lambda c=locked, d=duty: add_duty(c, unit.officer_id, d, actor_named("shenyi")))
            assert raw(journey.id, unit.officer_id, duty) == code
        assert raw(journey.id, actor_named("guyan").officer_id, "reviewer") is None
        # And who handles writes no approval, whatever the kind.
        cases.assign_handler(journey.id, person.id, actor=unit)
        for kind in APPROVALS:
            with pytest.raises(IntegrityError) as refused, transaction.atomic():
                append(
                    kind, log=place.jurisdiction, subject=("case", str(place.id)), case_id=place.id,
                    actor=actor_named(WHO).snapshot(Role.HEAD), payload={},
                )  # fmt: skip
            assert code_of_database_error(refused.value) == "approver-handles", kind
        period = RunningPeriod.objects.filter(case_id=place.id).first()
        assert period is not None
        extend = {"actor": actor_named(WHO), "length": 5, "reason": "案情复杂"}
        assert codes(lambda: periods.extend(place.id, period.id, **extend)) == {"approver-handles"}


def test_a_decision_on_avoidance_names_another_than_the_person_concerned(play: Play) -> None:
    journey = play("request-filing")
    handler, head = actor_named("lince").officer_id, actor_named("shenyi").officer_id
    with clock.frozen(clock.at(journey.day, 15)):
        for conflict, state, by, code in (
            (True, "granted", None, "avoidance-own"), (True, "rejected", handler, "avoidance-own"),
            (False, "granted", handler, "avoidance-own"), (False, "rejected", None, "avoidance-own"),
            (True, "granted", head, None),
        ):  # fmt: skip
            row = Avoidance(
                case_id=journey.id, officer_id=handler, conflict=conflict, applicant="甲", state=state,
                decided_by_id=by, at=clock.now(),
            )  # fmt: skip
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
                found = None
            except IntegrityError as error:
                found = code_of_database_error(error)
            assert found == code, (conflict, state, by)
        assert Avoidance.objects.filter(case_id=journey.id, state="granted").get().decided_by_id == head


def test_a_reviewer_of_the_handlers_unit_is_advised_against_by_the_profile(journey: Journey) -> None:
    handlers = [Officer.objects.get(name="林策")]
    reviewer = Officer(organisation_id=handlers[0].organisation_id, name="甲")
    assert "应当分开" in advice(reviewer, "reviewer", handlers, "required")[0]
    assert "有条件的" in advice(reviewer, "reviewer", handlers, "possible")[0]
    assert not advice(reviewer, "reviewer", handlers, "none")
    assert not advice(reviewer, "decider", handlers, "required")
    assert not advice(Officer.objects.get(name="周衡"), "reviewer", handlers, "required")


def test_who_presided_is_asked_of_the_day_of_the_act(play: Play) -> None:
    """A grant with an end counts while it runs; one that has ended, or that begins later, does not — in every ring."""
    journey = play("file")
    deputy = Officer.objects.get(name="程远")
    today = journey.day
    earlier, later = today - dt.timedelta(days=30), today + dt.timedelta(days=1)
    accounts.end_role(RoleGrant.objects.get(role=Role.CHIEF, until=None), reason="离任", by=SYSTEM)
    table = [(earlier, later, True), (today, later, True), (earlier, today, False), (later, None, False)]
    # The moment is stored as UTC: before eight in the morning it bears the date of the day before.
    for (since, until, holds), hour in itertools.product(table, (0, 7, 9, 23)):
        with transaction.atomic(), clock.frozen(clock.at(today, hour)):
            RoleGrant.objects.create(
                officer=deputy, organisation=journey.case.organisation, role=Role.CHIEF, since=since, until=until
            )
            actor = actor_named("chengyuan")
            assert (may_preside(actor.name, actor.roles) == []) is holds, (since, until)
            told = "" if holds else "approver-not-presiding"
            entry = {
                "log": journey.case.jurisdiction, "subject": ("case", str(journey.id)), "case_id": journey.id,
                "actor": actor.snapshot(Role.CHIEF), "payload": {"from": "lead", "to": "investigate"},
            }  # fmt: skip
            try:
                with transaction.atomic():
                    append("case-moved", **entry)
                said = ""
            except IntegrityError as error:
                said = str(code_of_database_error(error))
            assert said == told, (since, until, hour)
            transaction.set_rollback(True)


def test_statements_are_looked_at_again_by_staff_who_may_judge(play: Play) -> None:
    """Neither auxiliary staff nor who only runs the system, and nobody before the party has spoken; offered to the others."""
    journey = play("serve-notice")
    head = actor_named("shenyi")
    people = {name: Officer.objects.get(user__username=name) for name in ("qiman", "admin", "guyan")}
    client = Client()
    client.force_login(User.objects.get(username="shenyi"))
    page = reverse("case-rechecker", args=[journey.id])
    with clock.frozen(clock.at(journey.day, 15)):
        assert codes(lambda: cases.name_rechecker(journey.id, people["guyan"].id, actor=head)) == {"statement-missing"}
        assert client.get(page).status_code == 409
        cases.record_statement(
            journey.id, actor=actor_named("lince"), kind="written", speaker="甲", text="请求从轻。", received_at=clock.now()
        )  # fmt: skip
        offered = client.get(page).content.decode()
        for name in ("qiman", "admin"):
            person = people[name]
            roles = actor_named(name).roles
            assert {reason.code for reason in may_be_rechecker(person, roles, 1)} == {"rechecker-unsuitable"}
            assert codes(lambda p=person: cases.name_rechecker(journey.id, p.id, actor=head)) == {
                "rechecker-unsuitable"
            }
            assert str(person.id) not in offered
        assert raw(journey.id, people["qiman"].id, "rechecker") == "rechecker-unsuitable"
        assert str(people["guyan"].id) in offered
        assert client.post(page, {"officer_id": str(people["guyan"].id)}).status_code == 302
        told = {row.what for row in waiting_for(actor_named("guyan"))}
        assert "复核陈述申辩" in told
        answer = Statement.objects.get(case_id=journey.id)
        cases.answer_statement(answer.id, actor=actor_named("guyan"), adopted=False, reasons="没有依据。")
        assert "复核陈述申辩" not in {row.what for row in waiting_for(actor_named("guyan"))}
