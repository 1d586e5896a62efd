"""Every invariant of review, hearing, discussion and separation is attacked in its three rings; a played file is reused."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM, Actor
from mingcha.accounts.choices import Role
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.accounts.rules import may_preside
from mingcha.cases import actions as cases
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.locks import lock
from mingcha.cases.moves import advance
from mingcha.cases.rules import may_approve, may_decide_avoidance, may_join, may_take_duty
from mingcha.catalogues import profiles
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.decisions import actions as decisions
from mingcha.decisions import queries as decided
from mingcha.decisions.rules import as_concluded, may_conclude, may_discuss
from mingcha.hearings import actions as hearings
from mingcha.hearings import queries as heard
from mingcha.hearings.rules import may_host
from mingcha.interfaces.demo import discussion
from mingcha.interfaces.demo import hearing as play_hearing
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.procedures.guards import ask
from mingcha.review import actions as review
from mingcha.review import queries
from mingcha.review.models import Disagreement
from mingcha.review.rules import may_allocate, may_answer, may_be_called, may_opine, may_settle, may_study
from tests import raw_sql
from tests.test_rings import attack_sql, codes, refused_codes

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
Statement = tuple[str, list[object], str]
START = dt.date(2026, 9, 14)
HEAD, REVIEWER, HANDLER = "shenyi", "zhouheng", "lince"


@dataclass(frozen=True)
class Attacks:
    """One attack per ring; `action` gives the codes with which each call was refused."""

    name: str
    rule: Callable[[Journey], list[str]]
    action: Callable[[Journey], list[str]]
    expected: set[str]
    sql: Callable[[Journey], list[Statement]]


def row(table: str, code: str, **values: object) -> Statement:
    """An INSERT past the program, and the code that must refuse it; `a|b` where two do, in the order of the database."""
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s"] * len(values))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()), code


def who(name: str) -> uuid.UUID:
    return actor_named(name).officer_id


def latest(journey: Journey) -> Any:
    found = queries.latest(journey.case)
    assert found is not None
    return found


def opine(journey: Journey, name: str = REVIEWER) -> list[str]:
    return refused_codes(lambda: journey.opine(actor_named(name), None))


def opinion(journey: Journey, code: str, name: str = REVIEWER) -> Statement:
    with transaction.atomic():
        place = lock(journey.id)
        if "reviewer" not in [item.duty for item in place.duties.filter(officer_id=who(name))]:
            add_duty(place, who(name), "reviewer", actor_named(HEAD))
    return row(
        "review_opinion", code, submission_id=latest(journey).id, reviewer_id=who(name), conclusion="agree",
        points="[]", text="同意", document_id=uuid.uuid4(), given_at=clock.now(),
    )  # fmt: skip


def withdrawn(journey: Journey) -> Journey:
    review.withdraw(journey.id, actor=actor_named(HANDLER), reason="补充材料")
    return journey


def asked(journey: Journey) -> Journey:
    review.ask_supplement(journey.id, actor=actor_named(REVIEWER), text="补充现场照片原件")
    return journey


def conflicted(journey: Journey) -> Journey:
    """The other reviewer hosts the hearing of this case."""
    cases.name_host(journey.id, who("guyan"), actor=actor_named(HEAD))
    return journey


def counsel(journey: Journey, name: str = "guyan") -> Any:
    return review.admit_counsel(actor=actor_named(REVIEWER), officer_id=who(name), kind="adviser", field="行政处罚")


def ask_counsel(journey: Journey, found: Any) -> Any:
    question, day = "裁量是否适当", clock.today()
    who_asks = actor_named(REVIEWER)
    return review.call_counsel(journey.id, found.id, actor=who_asks, question=question, materials=["draft"], until=day)


def call(journey: Journey, name: str) -> list[str]:
    found = counsel(journey, name)
    return refused_codes(lambda: ask_counsel(journey, found))


def consulted(journey: Journey) -> Any:
    return ask_counsel(journey, counsel(journey))


def answer_late(journey: Journey) -> list[str]:
    found = consulted(journey)
    withdrawn(journey)
    return refused_codes(lambda: review.answer_consultation(found.id, actor=actor_named("guyan"), text="适当"))


def answer_sql(journey: Journey) -> list[Statement]:
    found = consulted(journey)
    review.end_counsel(found.counsel_id, actor=actor_named(REVIEWER), reason="解聘")
    late = row(
        "review_consultationanswer", "counsel-left", consultation_id=found.id, kind="opinion", text="x", at=clock.now()
    )
    return [late]


def closed_sql(journey: Journey) -> list[Statement]:
    found = consulted(journey)
    withdrawn(journey)
    return [
        row("review_consultationanswer", "review-not-open", consultation_id=found.id, kind="opinion", text="x", at=clock.now()),
    ]  # fmt: skip


def approving(journey: Journey) -> Actor:
    """A handler who is also head of the unit."""
    person = Officer.objects.get(id=who(HANDLER))
    accounts.grant_role(person, Role.UNIT_HEAD, since=dt.date(2026, 1, 5), by=SYSTEM)
    return actor_named(HANDLER)


def approve_own(journey: Journey) -> list[str]:
    colleague = {"granted": False, "ground": "不成立"}
    return refused_codes(
        lambda: cases.decide_avoidance(journey.id, who("handu"), actor=approving(journey), **colleague)
    )


def approval_sql(journey: Journey) -> list[Statement]:
    unit = Officer.objects.get(id=who("luming"))
    accounts.record_qualification(unit, number="A20999901000066", obtained_on=dt.date(2020, 1, 1), by=SYSTEM)
    duty = {"case_id": journey.id, "officer_id": unit.id, "since": clock.now()}
    return [
        row("cases_duty", "approver-handles", id=uuid.uuid4(), duty="handler", **duty),
        row("cases_duty", "approver-reviews", id=uuid.uuid4(), duty="reviewer", **duty),
    ]


def avoidance_sql(journey: Journey) -> list[Statement]:
    base = {"case_id": journey.id, "officer_id": who(HANDLER), "ground": "", "applicant": "甲", "at": clock.now()}
    return [
        row("cases_avoidance", "avoidance-own", id=uuid.uuid4(), conflict=True, state=state, decided_by_id=by, **base)
        for state, by in (("granted", None), ("granted", who(HANDLER)), ("rejected", who(HANDLER)))
    ]


def exemption_sql(journey: Journey) -> list[Statement]:
    place = journey.case
    base = {"case_id": place.id, "condition": "x", "at": clock.now()}
    return [
        row("review_exemption", "exemption-without-list|exemption-after-review", id=uuid.uuid4(), edition_id=place.items_id, **base),
        row("review_exemption", "exemption-after-review", id=uuid.uuid4(), edition_id=queries.list_in_force(place).id, **base),
    ]  # fmt: skip


SUBMITTED = [
    Attacks(
        "a submission that was withdrawn carries no opinion",
        lambda journey: codes(list(ask("review-approved@1", withdrawn(journey).case, actor_named(HEAD)).reasons)),
        lambda journey: refused_codes(
            lambda: review.give_opinion(
                withdrawn(journey).id, actor=actor_named(REVIEWER), conclusion="agree", points=[], text="同意"
            )
        ),
        {"review-not-open", "submission-withdrawn"},
        lambda journey: [opinion(withdrawn(journey), "submission-withdrawn")],
    ),
    Attacks(
        "an opinion waits for what was asked for",
        lambda journey: codes(may_opine("agree", True, [], "penalty")),
        lambda journey: opine(asked(journey)),
        {"supplement-open"},
        lambda journey: [opinion(asked(journey), "supplement-open")],
    ),
    Attacks(
        "a submission goes to nobody with another part in the case, and only who has it gives the opinion",
        lambda journey: codes(may_allocate("林策", ["承办本案"], "penalty")),
        lambda journey: refused_codes(
            lambda: review.reallocate(
                conflicted(journey).id, who("guyan"), actor=actor_named(HEAD), reason="人手不够"
            )
        ),
        {"allocation-conflict"},
        lambda journey: [
            row(
                "review_allocation", "allocation-conflict", id=uuid.uuid4(), submission_id=latest(journey).id, seq=9,
                reviewer_id=who(HANDLER), steps="[]", reason="", by_id=None, at=clock.now(),
            ),
            opinion(journey, "reviewer-not-allocated", "guyan" if queries.allocated(latest(journey)).reviewer.name == "周衡" else REVIEWER),  # type: ignore[union-attr]
        ],
    ),
    Attacks(
        "counsel has no part in the case",
        lambda journey: codes(may_be_called("甲", ["handler"], False)) + codes(may_be_called("甲", [], True)),
        lambda journey: call(conflicted(journey), "guyan"),
        {"counsel-involved"},
        lambda journey: [
            row(
                "review_consultation", "counsel-involved", id=uuid.uuid4(), submission_id=latest(journey).id,
                counsel_id=counsel(conflicted(journey)).id, question="x", materials="[]", until=clock.today(),
                by_id=who(REVIEWER), at=clock.now(),
            )
        ],
    ),
    Attacks(
        "who left the pool has no word any more",
        lambda journey: codes(may_answer(clock.today(), clock.today(), True, True)),
        answer_late,
        {"review-not-open"},
        answer_sql,
    ),
    Attacks(
        "counsel speaks while the review waits",
        lambda journey: codes(may_answer(clock.today(), clock.today(), False, False)),
        answer_late,
        {"review-not-open"},
        closed_sql,
    ),
    Attacks(
        "who handles or reviews a case approves nothing in it",
        lambda journey: codes(may_approve("林策", Role.HEAD, ["handler"])) + codes(may_approve("甲", Role.HEAD, ["reviewer"])),
        approve_own,
        {"approver-handles"},
        approval_sql,
    ),
    Attacks(
        "nobody decides on his own avoidance",
        lambda journey: codes(may_decide_avoidance(1, 1)),
        lambda journey: refused_codes(
            lambda: cases.decide_avoidance(
                journey.id, who(HEAD), actor=actor_named(HEAD), granted=False, ground="不成立"
            )
        ),
        {"avoidance-own"},
        avoidance_sql,
    ),
    Attacks(
        "an exemption names the published list, and there is none for what was handed over",
        lambda journey: codes(list(ask("review-not-demanded@1", journey.case, actor_named(HEAD)).reasons)),
        lambda journey: refused_codes(lambda: review.exempt(journey.case, actor=actor_named(HEAD))),
        {"review-missing"},
        exemption_sql,
    ),
]  # fmt: skip


def disputed(journey: Journey) -> Journey:
    review.dispute(journey.id, actor=actor_named(HANDLER), points=["discretion"], view="一般情节已有规定。")
    return journey


def both(journey: Journey) -> Actor:
    """The handler, who became head of the organ."""
    person = Officer.objects.get(id=who(HANDLER))
    accounts.grant_role(person, Role.HEAD, since=dt.date(2026, 1, 5), by=SYSTEM)
    return actor_named(HANDLER)


def settle(journey: Journey) -> list[str]:
    head = both(journey)
    return refused_codes(lambda: review.settle(journey.id, actor=head, outcome="upheld", reasons="应当补充理由"))


def resubmit(journey: Journey) -> list[str]:
    answers = [{"code": "discretion", "text": "已经补充。"}]
    return refused_codes(lambda: review.submit(journey.id, actor=actor_named(HANDLER), attested=True, answers=answers))


def disagreement_sql(journey: Journey) -> list[Statement]:
    found = latest(journey)
    Disagreement.objects.create(
        opinion=found.opinion, points=["discretion"], view="x", mechanism="meeting", by_id=who(HANDLER), at=clock.now()
    )
    ruling = {"disagreement_id": found.id, "outcome": "upheld", "reasons": "x", "document_id": uuid.uuid4()}
    return [
        row(
            "review_submission", "disagreement-open", id=uuid.uuid4(), case_id=journey.id, round=found.round + 1,
            content="{}", digest="x", materials="[]", answers="[]", scope="{}", submitted_by_id=who(HANDLER),
            submitted_at=clock.now(),
        ),
        row("review_ruling", "meeting-missing", **ruling, by_id=who(HEAD), at=clock.now()),
        row("review_ruling", "*", **ruling, by_id=who(HANDLER), at=clock.now()),
    ]  # fmt: skip


RETURNED = [
    Attacks(
        "a disagreement is settled by a head without a part in the case, after the meeting",
        lambda journey: codes(may_settle("甲", ["handler"], "meeting", 0, "penalty")),
        lambda journey: settle(disputed(journey)),
        {"ruling-by-party"},
        disagreement_sql,
    ),
    Attacks(
        "no new round while a disagreement is open",
        lambda journey: resubmit(disputed(journey)),
        lambda journey: resubmit(disputed(journey)),
        {"disagreement-open"},
        disagreement_sql,
    ),
]


def study_sql(journey: Journey) -> list[Statement]:
    return [
        row(
            "review_study", "superior-before-pass", id=uuid.uuid4(), submission_id=latest(journey).id, superior="市局",
            question="x", by_id=who(HEAD), at=clock.now(),
        )
    ]  # fmt: skip


FIRST_PASS = [
    Attacks(
        "nothing goes to the superior before the own review has passed",
        lambda journey: codes(may_study("after_pass", False, "penalty")),
        lambda journey: refused_codes(
            lambda: review.ask_superior(journey.id, actor=actor_named(HEAD), superior="市局", question="如何处理")
        ),
        {"superior-before-pass"},
        study_sql,
    )
]


def hearing_sql(journey: Journey) -> list[Statement]:
    found = heard.current(journey.case)
    assert found is not None
    session = {
        "hearing_id": found.id, "seq": 9, "held_on": clock.today(), "host_id": who(HANDLER), "clerk_id": who("sutang"),
    }  # fmt: skip
    names = {field.column for field in heard.session(found)._meta.local_fields}  # type: ignore[union-attr]
    filled = {name: session.get(name, getattr(heard.session(found), name, "")) for name in names} | {"id": uuid.uuid4()}
    return [
        row("hearings_session", "hearing-host-unfit", **filled),
        row("hearings_hearing", "*", id=uuid.uuid4(), case_id=journey.id, request_id=uuid.uuid4()),
    ]


HEARD = [
    Attacks(
        "who investigated hosts no hearing",
        lambda journey: codes(may_host("林策", ["handler"], avoiding=False, disinterested=True)),
        lambda journey: refused_codes(
            lambda: hearings.fix(journey.id, actor=actor_named(HANDLER), **play_hearing.fixture(journey))
        ),
        {"hearing-host-missing", "hearing-host-investigated"},
        hearing_sql,
    ),
    Attacks(
        "a hearing ends on its day and not before",
        lambda journey: refused_codes(lambda: play_hearing.hold(journey)),
        lambda journey: refused_codes(lambda: play_hearing.hold(journey)),
        {"hearing-before-its-day"},
        lambda journey: [
            row(
                "hearings_closing",
                "hearing-before-its-day",
                hearing_id=heard.current(journey.case).id,  # type: ignore[union-attr]
                session_id=heard.session(heard.current(journey.case)).id,
                held_on=clock.today(),
                record_id=None,  # type: ignore[union-attr, arg-type]
                ending="held",
                reason="",
                at=clock.now(),
            )
        ],
    ),
]


def voice_sql(journey: Journey) -> list[Statement]:
    discussion.convene(journey)
    found = decided.open_discussion(journey.case)
    assert found is not None
    voice = {"discussion_id": found.id, "view": "agree", "reason": "x", "at": clock.now()}
    alone = {"discussion_id": found.id, "outcome": "agree", "text": "x", "content_digest": "x", "at": clock.now()}
    duty = {"case_id": journey.id, "officer_id": who(HEAD), "duty": "hearing_host", "since": clock.now()}
    discussion.speak(journey, ("agree",))
    return [
        row("decisions_voice", "discussion-by-handler", id=uuid.uuid4(), officer_id=who(HANDLER), **voice),
        row(
            "decisions_resolution",
            "discussion-without-quorum|discussion-minutes-mismatch",
            minutes_id=uuid.uuid4(),
            **alone,
        ),
        row("cases_duty", "discussion-by-handler", id=uuid.uuid4(), **duty),
    ]


def undiscussed_sql(journey: Journey) -> list[Statement]:
    statement, values, _ = raw_sql.decision_sql(journey)[1]
    return [(statement.replace("another text", latest(journey).digest), values, "decision-not-discussed")]


GRAVE = [
    Attacks(
        "handlers have no voice in the discussion of the heads, and none ends without quorum",
        lambda journey: codes(may_discuss("林策", ["handler"], head=True)) + codes(may_conclude("agree", ["agree"], 2, "majority")),
        lambda journey: refused_codes(
            lambda: decisions.convene(
                journey.id, actor=actor_named(HANDLER), ground="major", agenda="议题", place="会议室", clerk="苏棠"
            )
        ),
        {"discussion-by-handler"},
        voice_sql,
    ),
    Attacks(
        "what the heads must discuss is not decided by one",
        lambda journey: codes(as_concluded("lighter", "x", "x")) + codes(as_concluded("agree", "x", "y")),
        lambda journey: [
            *refused_codes(lambda: advance(journey.id, "decide", actor=actor_named(HEAD))),
            *refused_codes(lambda: decisions.issue(journey.id, actor=actor_named(HEAD), opinion="同意")),
        ],
        {"finding-contradicted", "move-not-permitted"},
        undiscussed_sql,
    ),
]  # fmt: skip


def replaced(journey: Journey) -> Statement:
    """A duty overwritten under its own key: SQLite says REPLACE, PostgreSQL updates on conflict."""
    own = journey.case.duties.get(officer_id=who(HANDLER))
    text, values, _ = row(
        "cases_duty", "", id=own.id, case_id=journey.id, officer_id=who("guyan"), duty="handler", since=own.since
    )
    if connection.vendor == "sqlite":
        return text.replace("INSERT", "INSERT OR REPLACE", 1), values, "record-immutable"
    return f"{text} ON CONFLICT (id) DO UPDATE SET officer_id = EXCLUDED.officer_id", values, "*"


def waived(journey: Journey) -> list[str]:
    told = {"ground": "no_fault", "facts": "x", "reason": "x", "education": "x"}
    return refused_codes(lambda: decisions.decide_none(journey.id, actor=actor_named(HEAD), **told))


def outcome(journey: Journey, code: str, **more: object) -> Statement:
    told = {"result": "none", "ground": "no_fault", "entry": "", "reason": "x", "decided_by_id": who(HEAD), **more}
    return row(
        "decisions_outcome", code, case_id=journey.id, decided_on=clock.today(), decided_at=clock.now(), **told
    )  # fmt: skip


DECIDED = [
    Attacks(
        "a case that was decided is decided once, and a transfer is the presiding head's",
        lambda journey: codes(may_preside("程远", [Role.HEAD])),
        lambda journey: [
            *waived(journey),
            *refused_codes(lambda: decisions.decide_transfer(journey.id, actor=actor_named("chengyuan"), reason="x")),
        ],
        {"decided-already"},
        lambda journey: [
            outcome(journey, "outcome-twice"),
            outcome(journey, "outcome-twice|approver-not-presiding", result="transfer", decided_by_id=who("chengyuan")),
        ],
    ),
    Attacks(
        "what was decided is neither joined nor parted",
        lambda journey: codes(may_join(journey.case, journey.case)),
        lambda journey: refused_codes(lambda: cases.join(journey.id, journey.id, actor=actor_named(HANDLER), reason="x")),
        {"joint-case-decided", "joint-other-organ"},
        lambda journey: [
            row(
                "cases_joining", "joint-case-decided|joint-other-organ", id=uuid.uuid4(), case_id=journey.id,
                other_id=journey.id, reason="x", received="[]", at=clock.now(),
            )
        ],
    ),
    Attacks(
        "who did what on a case is never overwritten",
        lambda journey: codes(may_take_duty(Officer.objects.get(id=who("guyan")), "handler", ["reviewer"], clock.today())),
        lambda journey: refused_codes(lambda: cases.assign_handler(journey.id, who("zhouheng"), actor=actor_named("luming"))),
        {"duty-incompatible"},
        lambda journey: [replaced(journey)],
    ),
]  # fmt: skip


def attack(table: list[Attacks], journey: Journey) -> None:
    """Each ring of each row, taken back before the next."""
    wrong: list[str] = []
    for found in table:
        for ring in ("rule", "action", "sql"):
            with transaction.atomic():
                if ring == "rule" and not found.rule(journey):
                    wrong.append(f"the rule lets pass: {found.name}")
                if ring == "action":
                    said = found.action(journey)
                    if not set(said) & found.expected:
                        wrong.append(f"the action lets pass: {found.name}: {said}")
                if ring == "sql":
                    statements = found.sql(journey)
                    assert statements, found.name
                    for text, values, code in statements:
                        told = attack_sql(text, values)
                        if told is None or (code != "*" and told not in code.split("|")):
                            wrong.append(f"the database: {found.name}: {text[:60]} -> {told}, not {code}")
                transaction.set_rollback(True)
    assert wrong == [], "\n".join(wrong)


def test_invariants_of_the_review(play: Play) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        attack(SUBMITTED, journey)
        with transaction.atomic():
            journey.opine(actor_named(REVIEWER), "discretion")
            attack(RETURNED, journey)


def test_nothing_to_the_superior_where_the_profile_says_so(play: Play) -> None:
    with clock.frozen(clock.at(START, 8)):
        here = catalogues.profile(actor_named(HEAD).organ_id, START).content
        put("policy-profile", profiles.compose("s0", hearing=here["hearing"], organ=here["organ"]))
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 15)):
        attack(FIRST_PASS, journey)


def test_invariants_of_the_hearing(play: Play) -> None:
    journey = play("serve-notice", Scenario(fine=6_000_000, procedure="P-TZ"))
    with clock.frozen(clock.at(journey.day, 14)):
        play_hearing.demand(journey)
        play_hearing.appoint(journey)
    journey.later(1)
    with clock.frozen(clock.at(journey.day, 9)):
        play_hearing.fix(journey)
        attack(HEARD, journey)


def test_invariants_of_the_discussion(play: Play) -> None:
    journey = play("submit")
    with clock.frozen(clock.at(journey.day, 10)):
        cases.state_facts(journey.id, actor=actor_named(HANDLER), said={"grave": True})
        journey.opine(actor_named(REVIEWER), None)
    with clock.frozen(clock.at(journey.day, 13)):
        attack(GRAVE, journey)


def test_invariants_of_what_is_decided(play: Play) -> None:
    journey = play("serve-decision")
    with clock.frozen(clock.at(journey.day, 17)):
        attack(DECIDED, journey)
