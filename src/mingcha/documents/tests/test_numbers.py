"""Numbers: series by kind or by case, void numbers, pads, a clock set back. Real district, real actions."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.models import Officer
from mingcha.accounts.queries import actor_named
from mingcha.cases import numbers, pads
from mingcha.cases.locks import lock
from mingcha.cases.models import IssuedNumber, Pad, PadUse, VoidedNumber
from mingcha.catalogues import profiles
from mingcha.catalogues.models import Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.documents import numbering, queries
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
DAY = dt.date(2026, 9, 14)
ONSITE = "onsite-penalty-decision"
SET = Path(__file__).parent / "set"
CITED = "《中华人民共和国行政处罚法》第五十一条"


@pytest.fixture(autouse=True)
def same_day() -> Iterator[None]:
    with clock.frozen(clock.at(DAY, 10)):
        yield


def codes(call: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as caught:
        call()
    return [reason.code for reason in caught.value.reasons]


def database_code(statement: str, values: list[object]) -> str | None:
    """The code with which the third ring refuses a statement."""
    plain: list[Any] = [
        value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, plain)
    return code_of_database_error(caught.value)


def pad(holder: str = "lince", count: int = 3) -> Pad:
    return pads.issue(
        actor=actor_named("luming"), kind=ONSITE, code="当罚", count=count, holder_id=actor_named(holder).officer_id
    )


def test_each_kind_has_its_own_series(play: Play) -> None:
    organ = play("file").case.organisation
    with transaction.atomic():
        given = [numbers.allocate(organ, code) for code in ("甲", "乙", "甲")]
    assert given == ["明综执甲〔2026〕1号", "明综执乙〔2026〕1号", "明综执甲〔2026〕2号"]


def test_one_serial_through_a_case(play: Play) -> None:
    play("file")
    journey = play("file")
    case = journey.case
    serial = IssuedNumber.objects.get(text=case.number).n
    assert serial == 2
    with transaction.atomic():
        given = [numbers.allocate(case.organisation, code, case=case) for code in ("罚告", "罚决", "罚告")]
    assert given == ["明综执罚告〔2026〕2号", "明综执罚决〔2026〕2号", "明综执罚告〔2026〕2-2号"]


def test_one_serial_wants_the_case_number_first(play: Play) -> None:
    case = play("lead").case
    with transaction.atomic():
        assert codes(lambda: numbers.allocate(case.organisation, "罚告", case=case)) == ["case-without-number"]


def test_a_change_of_custom_within_the_year_gives_no_twin(play: Play) -> None:
    case = play("file").case
    with transaction.atomic():
        numbers.allocate(case.organisation, "罚告", case=case)
        assert codes(lambda: numbers.allocate(case.organisation, "罚告")) == ["number-given-already"]


def test_a_clock_set_back_stops_numbering(play: Play) -> None:
    organ = play("file").case.organisation
    with clock.frozen(dt.datetime.now(dt.UTC) + dt.timedelta(days=400)), transaction.atomic():
        numbers.allocate(organ, "甲")
    with clock.frozen(dt.datetime.now(dt.UTC)), transaction.atomic():
        assert codes(lambda: numbers.allocate(organ, "甲")) == ["clock-set-back"]
        assert numbers.allocate(organ, "乙").endswith("1号"), "another series goes on"


def test_a_case_number_is_never_made_void(play: Play) -> None:
    case = play("file").case
    row = numbers.find(case.organisation_id, case.number)
    assert row is not None
    statement = "INSERT INTO cases_voidednumber (number_id, reason, voided_by_id, at) VALUES (%s, 'x', %s, %s)"
    assert database_code(statement, [row.pk, actor_named("lince").officer_id, clock.now()]) == "number-in-use"


def test_the_serial_of_another_case_is_refused_by_the_database(play: Play) -> None:
    case, other = play("file").case, play("file").case
    n = IssuedNumber.objects.get(text=other.number).n
    statement = (
        "INSERT INTO cases_issuednumber (organisation_id, code, year, n, scope, case_id, part, text, at) "
        "VALUES (%s, '罚告', 2026, %s, 'case', %s, %s, %s, %s)"
    )
    twin: list[object] = [case.organisation_id, n, case.id, 0, "甲", clock.now()]
    assert database_code(statement, twin) == "number-not-of-case"
    late: list[object] = [case.organisation_id, n, other.id, 3, "乙", clock.now()]
    assert database_code(statement, late) == "number-not-of-case"


def test_a_pad_is_rows_from_the_moment_it_is_given_out(district: None) -> None:
    given = pad()
    assert [line.text for line in pads.lines(given)] == [f"明综执当罚〔2026〕{n}号" for n in (1, 2, 3)]
    assert pad("handu").first == 4
    assert pads.gaps(actor_named("luming"), 2026) == [f"明综执当罚〔2026〕{n}号" for n in range(1, 7)]


def test_only_the_keeper_gives_out_pads_and_only_to_certified_officers(actor: Callable[[str], Actor]) -> None:
    for who, holder, error in (
        ("lince", "lince", NotPermitted),
        ("luming", "qiman", InvalidInput),
        ("luming", "luochuan", InvalidInput),
    ):
        with pytest.raises(error):
            pads.issue(actor=actor(who), kind=ONSITE, code="当罚", count=2, holder_id=actor(holder).officer_id)
    with pytest.raises(InvalidInput):
        pads.issue(actor=actor("luming"), kind=ONSITE, code="当罚", count=0, holder_id=actor("lince").officer_id)


def test_a_number_is_used_once_by_its_holder_for_its_kind(play: Play) -> None:
    case = play("file").case
    pad()
    lince, handu = actor_named("lince").officer_id, actor_named("handu").officer_id
    with transaction.atomic():
        locked = lock(case.id)
        assert codes(lambda: pads.use(locked, ONSITE, officer_id=handu)) == ["pad-empty"]
        first = pads.use(locked, ONSITE, officer_id=lince)
        assert first.endswith("1号")
        chosen = "明综执当罚〔2026〕3号"
        assert pads.use(locked, ONSITE, officer_id=lince, text=chosen) == chosen
        assert codes(lambda: pads.use(locked, ONSITE, officer_id=lince, text=chosen)) == ["number-used"]
        assert codes(lambda: pads.use(locked, ONSITE, officer_id=handu, text="明综执当罚〔2026〕2号")) == [
            "pad-other-holder"
        ]
        assert codes(lambda: pads.use(locked, "penalty-notice", officer_id=lince, text="明综执当罚〔2026〕2号")) == [
            "pad-other-kind"
        ]
        early = clock.now() - dt.timedelta(hours=1)
        assert codes(
            lambda: pads.use(locked, ONSITE, officer_id=lince, text="明综执当罚〔2026〕2号", used_at=early)
        ) == ["pad-outside-time"]


def test_the_database_holds_each_rule_of_a_pad(play: Play) -> None:
    case = play("file").case
    given = pad()
    rows = {row.n: row for row in IssuedNumber.objects.filter(code="当罚")}
    lince, handu = actor_named("lince").officer_id, actor_named("handu").officer_id
    use = (
        "INSERT INTO cases_paduse (number_id, case_id, kind, officer_id, used_at, recorded_at) "
        "VALUES (%s, %s, %s, %s, %s, %s)"
    )
    now = clock.now()
    pads.void_unused(rows[1].text, actor=actor_named("lince"), reason="书写错误")
    assert database_code(use, [rows[2].pk, case.id, ONSITE, handu, now, now]) == "pad-other-holder"
    assert database_code(use, [rows[2].pk, case.id, "penalty-notice", lince, now, now]) == "pad-other-kind"
    assert database_code(use, [rows[1].pk, case.id, ONSITE, lince, now, now]) == "number-voided"
    other = IssuedNumber.objects.get(text=case.number)
    assert database_code(use, [other.pk, case.id, ONSITE, lince, now, now]) == "number-not-on-pad"
    close = "INSERT INTO cases_padclosing (pad_id, closed_by_id, at) VALUES (%s, %s, %s)"
    assert database_code(close, [given.id, lince, now]) == "pad-numbers-open"
    with transaction.atomic():
        pads.use(lock(case.id), ONSITE, officer_id=lince)
    void = "INSERT INTO cases_voidednumber (number_id, reason, voided_by_id, at) VALUES (%s, 'x', %s, %s)"
    assert database_code(void, [rows[2].pk, lince, now]) == "number-in-use"
    pads.void_unused(rows[3].text, actor=actor_named("luming"), reason="遗失")
    pads.close(given.id, actor=actor_named("luming"))
    again = "INSERT INTO cases_padnumber (number_id, pad_id) VALUES (%s, %s)"
    assert database_code(again, [other.pk, given.id]) == "pad-other-series"
    for table in ("cases_pad", "cases_padnumber", "cases_paduse", "cases_padclosing", "cases_voidednumber"):
        assert database_code(f"DELETE FROM {table}", []) == "record-immutable"


def test_a_pad_returns_when_every_number_has_ended(play: Play) -> None:
    case = play("file").case
    given = pad(count=2)
    keeper, lince = actor_named("luming"), actor_named("lince")
    assert codes(lambda: pads.close(given.id, actor=keeper)) == ["pad-numbers-open"]
    with transaction.atomic():
        pads.use(lock(case.id), ONSITE, officer_id=lince.officer_id)
    second = "明综执当罚〔2026〕2号"
    with pytest.raises(InvalidInput):
        pads.void_unused(second, actor=lince, reason=" ")
    with pytest.raises(NotPermitted):
        pads.void_unused(second, actor=actor_named("handu"), reason="损毁")
    with pytest.raises(NotFound):
        pads.void_unused(second, actor=actor_named("heshan"), reason="损毁")
    pads.void_unused(second, actor=lince, reason="打印卡纸，损毁")
    with pytest.raises(Conflict):
        pads.void_unused(second, actor=lince, reason="再次作废")
    with pytest.raises(NotPermitted):
        pads.close(given.id, actor=lince)
    pads.close(given.id, actor=keeper)
    with pytest.raises(Conflict):
        pads.close(given.id, actor=keeper)
    assert pads.gaps(keeper, 2026) == []
    states = [line.state for line in pads.lines(given)]
    assert states == ["used", "void"]
    shown = pads.of_organ(keeper).get(id=given.id)
    assert (shown.used, shown.voided) == (1, 1)  # type: ignore[attr-defined]
    with transaction.atomic():
        assert codes(lambda: pads.use(lock(case.id), ONSITE, officer_id=lince.officer_id)) == ["pad-empty"]
    assert (PadUse.objects.count(), VoidedNumber.objects.count()) == (1, 1)


def test_officers_see_their_own_pads(district: None) -> None:
    pad("lince")
    pad("handu")
    seen = {who: pads.of_organ(actor_named(who)).count() for who in ("lince", "handu", "luming", "luochuan")}
    assert seen == {"lince": 1, "handu": 1, "luming": 2, "luochuan": 0}
    assert Officer.objects.get(name="林策").pads.count() == 1


def in_force(**more: Any) -> None:
    """Put the demonstration's profile in force with other values of numbering."""
    with clock.frozen(clock.at(dt.date(2026, 9, 4), 10)):
        content = Edition.objects.get(kind="policy-profile", organisation__name="明水区综合行政执法局").content
        row = {"value": more["scope"], "source": "本机关确定", "words": "", "verified": False, "reason": "市监习惯"}
        values = {**content["values"], "numbers.serial_scope": row}
        organ = {**content["organ"], "numbering": {"codes": more["codes"]}}
        put("policy-profile", profiles.flattened({**content, "values": values, "organ": organ}))


def test_the_profile_chooses_serial_and_codes(play: Play) -> None:
    in_force(scope="case", codes={"penalty-notice": "听告"})
    play("file")
    journey = play("notice")
    notice = queries.latest(journey.case, "penalty-notice")
    assert notice is not None
    assert (journey.case.number, notice.number) == ("明综执立〔2026〕2号", "明综执听告〔2026〕2号")


def onsite(case_id: uuid.UUID, **more: Any) -> Document:
    """A decision on the spot as the officer writes it, in the transaction of its case."""
    sample = json.loads((SET / "onsite-penalty-decision.json").read_text("utf-8"))["fields"]
    typed = {
        name: value for name, value in sample.items() if name not in ("doc_no", "officers", "verify_url", "parties")
    }
    typed |= {"decided_at": clock.now(), "acted_at": clock.now() - dt.timedelta(minutes=20)}
    articles = {"broken_articles": [{"citation": CITED}], "penalty_articles": [{"citation": CITED}]}
    with transaction.atomic():
        by = actor_named("lince").snapshot("handler")
        return make(lock(case_id), ONSITE, {**typed, **articles}, by=by, **more)


def test_a_decision_on_the_spot_spends_a_number_of_the_pad(play: Play) -> None:
    case = play("file").case
    with pytest.raises(Refused):
        onsite(case.id)
    assert Document.objects.filter(kind=ONSITE).count() == 0
    given = numbering.issue_pad(
        actor=actor_named("luming"), kind=ONSITE, count=3, holder_id=actor_named("lince").officer_id, device="T-07"
    )
    early = clock.now()
    with clock.frozen(clock.at(DAY, 12)):
        first = onsite(case.id)
        offline = onsite(case.id, pad_number="明综执当罚〔2026〕3号", made_at=early + dt.timedelta(minutes=30))
        assert [line.state for line in pads.lines(given)] == ["used", "open", "used"]
        assert (first.number, first.fields["doc_no"]) == ("明综执当罚〔2026〕1号", "明综执当罚〔2026〕1号")
        assert offline.number == "明综执当罚〔2026〕3号"
        statement = (
            "INSERT INTO documents_document (id, case_id, kind, template_version, title, number, fields, digest, "
            "issued_by, issued_at) VALUES (%s, %s, %s, 1, 't', '明综执当罚〔2026〕2号', '{}', 'd', 'b', %s)"
        )
        values: list[object] = [uuid.uuid4(), case.id, ONSITE, clock.now()]
        assert database_code(statement, values) == "pad-number-not-used"


def test_a_kind_that_is_not_made_on_the_spot_has_no_pad(actor: Callable[[str], Actor]) -> None:
    with pytest.raises(InvalidInput):
        numbering.issue_pad(actor=actor("luming"), kind="penalty-notice", count=3, holder_id=actor("lince").officer_id)
