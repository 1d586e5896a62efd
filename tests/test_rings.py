"""Every invariant is attacked in each of its three rings: the rule, the action, the database (raw SQL included)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named, officers
from mingcha.archives import actions as archives
from mingcha.archives.keeping.queries import retention
from mingcha.archives.keeping.rules import may_dispose
from mingcha.archives.lending.rules import may_read
from mingcha.archives.purging.rules import may_carry_out
from mingcha.archives.rules import may_accept
from mingcha.cases import actions as cases
from mingcha.cases.actions.duties import add_duty
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.cases.moves import advance, options
from mingcha.cases.rules import enough_handlers, limitation, may_take_duty
from mingcha.catalogues.actions import publish
from mingcha.common import clock, triggers
from mingcha.common.errors import Conflict, MingchaError, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.decisions import actions as decisions
from mingcha.disclosure import actions as disclosure
from mingcha.disclosure.guards import publication_settled
from mingcha.disclosure.models import Publication
from mingcha.disclosure.rules import may_publish
from mingcha.documents import actions as documents
from mingcha.documents import queries as document_queries
from mingcha.documents.correcting import Slip, correct, places
from mingcha.documents.numbering import may_void
from mingcha.documents.rules import as_notified, not_heavier
from mingcha.documents.sealing.rules import before_service, demands, missing, standing
from mingcha.interfaces.demo.journey import Journey
from mingcha.petitions.rules import may_step
from mingcha.recordings.choices import DeviceState
from mingcha.recordings.deriving.rules import may_sign_off
from mingcha.recordings.devices.rules import usable
from mingcha.review import actions as review
from mingcha.review.rules import may_review
from tests import raw_control, raw_keeping, raw_papers, raw_public, raw_recordings, raw_review, raw_sql, raw_visits

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


@dataclass(frozen=True)
class Attacks:
    """One attack per ring. `rule` and `action` return the codes they were refused with; `sql` gives (statement, code)."""

    name: str
    rule: Callable[[Journey], list[str]]
    action: Callable[[Journey], None]
    action_codes: set[str]
    until: str
    sql: Callable[[Journey], list[tuple[str, list[object], str]]]


def key(value: object) -> object:
    """A UUID as the raw driver wants it."""
    if isinstance(value, uuid.UUID) and connection.vendor == "sqlite":
        return value.hex
    return value


def refused_codes(call: Callable[[], object]) -> list[str]:
    try:
        call()
    except Refused as error:
        return [reason.code for reason in error.reasons]
    except MingchaError as error:
        return [error.code]
    return []


def attack_sql(statement: str, values: list[object]) -> str | None:
    """The code with which the database refuses a statement, or None when it lets it through."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [key(value) for value in values])
    except IntegrityError as error:
        return code_of_database_error(error) or "constraint"
    return None


def codes(reasons: list[object]) -> list[str]:
    return [reason.code for reason in reasons]  # type: ignore[attr-defined]


def officer(username: str) -> Officer:
    found = actor_named(username).officer_id
    return officers([found])[found]


def _decide(journey: Journey) -> None:
    decisions.issue(journey.id, actor=actor_named("shenyi"), opinion="同意")


def _change_after_review(journey: Journey) -> None:
    cases.record_evidence(
        journey.id,
        actor=actor_named("lince"),
        kind="documentary",
        name="补充书证",
        proves="审核后新增",
        origin="当事人提供",
        collected_at=clock.now(),
    )
    _decide(journey)


def _heavier(journey: Journey) -> None:
    draft = document_queries.draft(journey.case, "penalty-decision")
    assert draft is not None
    fields = {**draft.fields, "penalties": [{"kind": "fine", "amount": 9_000_000}]}
    documents.save_draft(journey.id, "penalty-decision", fields, actor=actor_named("lince"))
    review.submit(journey.id, actor=actor_named("lince"), attested=True)


def _publish(journey: Journey) -> None:
    publication = Publication.objects.get(decision__case_id=journey.id)
    disclosure.publish(publication.id, actor=actor_named("sutang"), attested=False)


def _republish(journey: Journey) -> None:
    publication = Publication.objects.get(decision__case_id=journey.id)
    decisions.revoke(publication.decision_id, actor=actor_named("shenyi"), reason="适用法律错误")  # type: ignore[arg-type]
    disclosure.publish(publication.id, actor=actor_named("sutang"), attested=True)


def _corrected(journey: Journey) -> Journey:
    """The public letter is corrected by the head; the duty to replace the text arises."""
    letter = Publication.objects.get(decision__case_id=journey.id).decision.document  # type: ignore[union-attr]
    place = next(row for row in places(letter) if row.path == "publicity")
    slip = Slip(place.path, place.text, f"{place.text}（网站）")
    correct(letter.id, [slip], reason="漏写公示的位置", actor=actor_named("shenyi"))
    return journey


def _replace_unsigned(journey: Journey) -> None:
    publication = Publication.objects.get(decision__case_id=_corrected(journey).id)
    disclosure.publish(publication.id, actor=actor_named("sutang"), attested=False)


def _edition_twice(journey: Journey) -> None:
    items = journey.case.items
    publish(
        items.organisation,
        kind="items",
        key="all",
        title=items.title,
        content=items.content,
        basis="b",
        approved_by="a",
        effective_from=items.effective_from,
        by=actor_named("admin").snapshot("admin"),
    )


def _edit_served(journey: Journey) -> None:
    document = document_queries.latest(journey.case, "penalty-notice")
    assert document is not None
    documents.serve(
        document.id,
        actor=actor_named("lince"),
        mode="direct",
        receiver="某某",
        relation="self",
        served_at=clock.now(),
        place="x",
    )


_DUTY = "INSERT INTO cases_duty (id, case_id, officer_id, duty, since) VALUES (%s, %s, %s, %s, %s)"


def _twin() -> Officer:
    """The handler entered once more, with a space in the name."""
    handler = officer("lince")
    return Officer.objects.create(
        organisation=handler.organisation, name="林 策", staff_kind="officer", created_at=clock.now()
    )


TABLE = [
    Attacks(
        "no decision without an approved legal review",
        lambda journey: [
            reason.code
            for option in options(journey.case, actor_named("lince"))
            if option.move.to == "decide"
            for reason in option.reasons
        ],
        _decide,
        {"move-not-permitted"},
        "draft",
        raw_sql.decision_sql,
    ),
    Attacks(
        "the decision is exactly the text that was reviewed",
        lambda journey: (
            ["text-changed-since-review"]
            if document_queries.frozen(journey.case).digest == "x"  # type: ignore[union-attr]
            else codes(as_notified({"facts": [{"text": "甲"}]}, {"facts": [{"text": "乙"}]}))
        ),
        _change_after_review,
        {"text-changed-since-review"},
        "approve",
        raw_sql.decision_sql,
    ),
    Attacks(
        "an approval that was voided carries no decision, even when the change was undone",
        raw_review.stands,
        raw_review.decide,
        {"text-changed-since-review"},
        "approve",
        raw_review.void_sql,
    ),
    Attacks(
        "reviewer, handlers and decider are different people",
        lambda journey: (
            codes(may_review(officer("lince"), ["handler"], "penalty"))
            + codes(may_take_duty(officer("lince"), "decider", ["handler"], clock.today()))
        ),
        lambda journey: review.give_opinion(
            journey.id, actor=actor_named("lince"), conclusion="agree", points=[], text="同意"
        ),
        {"not-permitted"},
        "submit",
        raw_sql.duty_sql,
    ),
    Attacks(
        "one person entered twice is still one person",
        lambda journey: codes(may_take_duty(officer("guyan"), "reviewer", [], clock.today(), ["handler"])),
        lambda journey: add_duty(lock(journey.id), _twin().id, "decider", actor_named("shenyi")),
        {"duty-same-name"},
        "lead",
        lambda journey: [(_DUTY, [uuid.uuid4(), journey.id, _twin().id, "decider", clock.now()], "duty-same-name")],
    ),
    Attacks(
        "a reviewer is qualified when put on the case",
        lambda journey: codes(may_take_duty(officer("sutang"), "reviewer", [], clock.today())),
        lambda journey: add_duty(lock(journey.id), actor_named("sutang").officer_id, "reviewer", actor_named("shenyi")),
        {"reviewer-unqualified"},
        "lead",
        lambda journey: [
            (
                _DUTY,
                [uuid.uuid4(), journey.id, actor_named("sutang").officer_id, "reviewer", clock.now()],
                "reviewer-unqualified",
            )
        ],
    ),
    Attacks(
        "two certified officers, auxiliary staff never",
        lambda journey: (
            codes(enough_handlers([officer("lince")], clock.today()))
            + codes(may_take_duty(officer("qiman"), "handler", [], clock.today()))
        ),
        lambda journey: cases.assign_handler(journey.id, actor_named("qiman").officer_id, actor=actor_named("lince")),
        {"auxiliary-staff"},
        "lead",
        raw_sql.duty_sql,
    ),
    Attacks(
        "a case moves only along its pinned procedure",
        lambda journey: codes(limitation(dt.date(2020, 1, 1), dt.date(2026, 1, 1))),
        lambda journey: advance(journey.id, "close", actor=actor_named("lince")),
        {"move-not-permitted"},
        "file",
        raw_sql.stage_sql,
    ),
    Attacks(
        "never heavier because of a defence",
        lambda journey: codes(not_heavier([{"kind": "fine", "amount": 100}], [{"kind": "fine", "amount": 101}])),
        _heavier,
        {"heavier-than-notified"},
        "draft",
        raw_sql.decision_sql,
    ),
    Attacks(
        "nothing public without redaction sign-off",
        lambda journey: codes(may_publish(signed_off=False, residual=1, revoked=False, released=False)),
        _publish,
        {"invalid-input"},
        "serve-decision",
        raw_sql.publication_sql,
    ),
    Attacks(
        "a withdrawn publication leaves its tombstone and does not come back",
        lambda journey: codes(may_publish(signed_off=True, residual=0, revoked=True, released=True)),
        _republish,
        {"published-already", "publish-revoked"},
        "publish",
        lambda journey: raw_sql.tombstone_sql(_revoked(journey)),
    ),
    Attacks(
        "a corrected letter replaces the public text, signed off anew and never by an older version",
        lambda journey: codes(publication_settled(_corrected(journey).case, actor_named("lince")).reasons),
        _replace_unsigned,
        {"invalid-input", "replacement-open"},
        "publish",
        lambda journey: raw_sql.replacement_sql(_corrected(journey)),
    ),
    Attacks(
        "records, journal and originals never change",
        lambda journey: refused_codes(lambda: _edit_served(journey)),
        _edit_served,
        {"document-served"},
        "publish",
        raw_sql.record_sql,
    ),
    Attacks(
        "editions are numbered without gaps and never overlap",
        lambda journey: refused_codes(lambda: _edition_twice(journey)),
        _edition_twice,
        {"edition-overlap"},
        "lead",
        raw_sql.edition_sql,
    ),
    Attacks(
        "numbers have no gap and no twin",
        lambda journey: refused_codes(
            lambda: documents.issue(journey.id, "penalty-decision", actor=actor_named("lince"))
        ),
        lambda journey: documents.issue(journey.id, "penalty-decision", actor=actor_named("lince")),
        {"decision-by-head-only"},
        "draft",
        raw_sql.number_sql,
    ),
    Attacks(
        "numbers of pads and void numbers are spent once, and what was served is not made void",
        lambda journey: codes(may_void(document_queries.latest(journey.case, "penalty-notice"))),  # type: ignore[arg-type]
        raw_papers.void_served,
        {"served-not-voided"},
        "serve-notice",
        raw_papers.pad_sql,
    ),
    Attacks(
        "no paper leaves the house before both officers have signed",
        lambda journey: codes(
            missing(before_service(standing(demands("site-record"), has_seal=False, signed=[], refused=[])))
        ),
        raw_papers.serve_unsigned,
        {"signature-missing"},
        "recording",
        raw_papers.unsigned_sql,
    ),
    Attacks(
        "a copy of a recording leaves only when it is made and a second person has watched it, and is never the original",
        lambda journey: codes(may_sign_off(made=False, public=True, maker=True, already=False)),
        raw_recordings.sign_off,
        {"signoff-not-made", "signoff-own-work"},
        "recording",
        raw_recordings.derivation_sql,
    ),
    Attacks(
        "a dossier that was sent back is not taken over before it is mended",
        lambda journey: codes(may_accept(closed=True, last="returned", why="缺证据")),
        lambda journey: _sent_back(journey) and archives.accept(journey.id, actor=actor_named("jiangmu")),
        {"dossier-returned"},
        "close",
        lambda journey: [raw_sql.acceptance_sql(_sent_back(journey).case, actor_named("jiangmu").officer_id)],
    ),
    Attacks(
        "nothing on hold, in a case or within its term is destroyed, and nothing without a list and two approvals",
        lambda journey: codes(may_dispose(retention(journey.case), clock.today())),
        raw_keeping.held,
        {"disposal-held"},
        "archive",
        raw_keeping.destroy_sql,
    ),
    Attacks(
        "a recording goes only by a list of two persons, after its term, and never one of a case",
        lambda journey: codes(may_carry_out(own=True, set_aside=False)),
        raw_keeping.purge,
        {"purge-in-a-case", "purge-not-set-aside"},
        "recording",
        raw_keeping.purge_sql,
    ),
    Attacks(
        "a dossier is read only with a request that somebody else has allowed",
        lambda journey: codes(may_read(False, False, clock.today(), clock.today())),
        raw_keeping.read_unasked,
        {"loan-not-open"},
        "archive",
        raw_keeping.read_sql,
    ),
    Attacks(
        "a recording is assigned once, and on a case stands only what was assigned to it",
        lambda journey: refused_codes(lambda: raw_recordings.link_again(journey)),
        raw_recordings.link_again,
        {"recording-exists"},
        "recording",
        raw_recordings.recording_sql,
    ),
    Attacks(
        "a device has one holder, and a scrapped one none",
        lambda journey: codes(usable(DeviceState.SCRAPPED)),  # type: ignore[arg-type]
        raw_recordings.use_scrapped,
        {"device-scrapped"},
        "lead",
        raw_recordings.device_sql,
    ),
    Attacks(
        "a hand-over is signed by another than who drew it up, and received after that",
        lambda journey: refused_codes(lambda: raw_recordings.receipt_unsigned(journey)),
        raw_recordings.receipt_unsigned,
        {"handover-unsigned"},
        "recording",
        raw_recordings.handover_sql,
    ),
    Attacks(
        "a letter is taken up before it is answered, by nobody of whom it complains, and closed once",
        lambda journey: codes(may_step("answered", done=["declined"], own_organ=True, extendable=True)),
        raw_public.answer_at_once,
        {"petition-not-accepted"},
        "lead",
        raw_public.letter_sql,
    ),
    Attacks(
        "credit publication is approved by another than who asked for it",
        raw_public.own_approval,
        raw_public.ask_twice,
        {"credit-request-open"},
        "decide",
        raw_public.credit_sql,
    ),
    Attacks(
        "what one submitted for publication, or to be withheld, another approves",
        raw_control.own_rule,
        raw_control.own_answer,
        {"publish-own-approval"},
        "serve-decision",
        raw_control.control_sql,
    ),
    Attacks(
        "a visit is confirmed once, in time, by the newest code of an inspection that its handler shows",
        raw_visits.late,
        raw_visits.show_for_a_penalty,
        {"visit-not-inspection"},
        "file",
        raw_visits.visit_sql,
    ),
]


def _sent_back(journey: Journey) -> Journey:
    archives.send_back(journey.id, actor=actor_named("jiangmu"), reason="现场照片没有注明拍摄人")
    return journey


def _revoked(journey: Journey) -> Journey:
    publication = Publication.objects.get(decision__case_id=journey.id)
    decisions.revoke(publication.decision_id, actor=actor_named("shenyi"), reason="适用法律错误")  # type: ignore[arg-type]
    return journey


@pytest.fixture(params=TABLE, ids=lambda row: re.sub(r"\W+", "-", row.name))
def attacks(request: pytest.FixtureRequest) -> Attacks:
    row: Attacks = request.param
    return row


def test_first_ring(attacks: Attacks, play: Play) -> None:
    journey = play(attacks.until)
    with clock.frozen(clock.at(journey.day, 15)):
        assert attacks.rule(journey), f"the rule lets pass: {attacks.name}"


def test_second_ring(attacks: Attacks, play: Play) -> None:
    journey = play(attacks.until)
    with clock.frozen(clock.at(journey.day, 15)):
        found = refused_codes(lambda: attacks.action(journey))
    assert set(found) & attacks.action_codes, f"{attacks.name}: {found}"


def test_third_ring(attacks: Attacks, play: Play) -> None:
    journey = play(attacks.until)
    with clock.frozen(clock.at(journey.day, 15)):
        statements = attacks.sql(journey)
        assert statements
        for statement, values, code in statements:
            found = attack_sql(statement, values)
            assert found is not None and code in ("*", found), f"{attacks.name}: {statement[:120]} -> {found}"


def test_every_append_only_table_is_attacked_somewhere() -> None:
    """Each table with a DELETE trigger refuses UPDATE of its content or states its own rule, and existing keys."""
    by_table: dict[str, set[str]] = {}
    for trigger in triggers.registered():
        by_table.setdefault(trigger.table, set()).add(trigger.event)
    naked = {table for table, events in by_table.items() if "DELETE" in events and "UPDATE" not in events}
    assert naked == set()


def test_start_up_refuses_a_database_that_lost_a_trigger(district: None) -> None:
    name = next(trigger.name for trigger in triggers.registered() if trigger.table == "decisions_decision")
    with transaction.atomic():
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(f'DROP TRIGGER "{name}"')
            else:
                cursor.execute(f'DROP TRIGGER "{name}" ON decisions_decision')
        assert name in triggers.missing()
        with pytest.raises(triggers.TriggersMissing):
            triggers.require()
        transaction.set_rollback(True)


def test_foreign_officer_sees_nothing(play: Play) -> None:
    journey = play("archive")
    stranger = actor_named("luochuan")
    for call in (
        lambda: advance(journey.id, "close", actor=stranger),
        lambda: cases.assign_handler(journey.id, stranger.officer_id, actor=stranger),
        lambda: decisions.issue(journey.id, actor=actor_named("heshan"), opinion="同意"),
    ):
        with pytest.raises((NotFound, NotPermitted, Conflict)):
            call()
    assert Case.objects.filter(id=journey.id, stage="archive").exists()
