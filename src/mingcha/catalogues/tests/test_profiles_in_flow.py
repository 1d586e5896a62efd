"""Values of the profile that act on a case as it goes: the same case, two profiles, two outcomes (requirements §1.12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.cases import periods
from mingcha.catalogues import local, profiles, queries
from mingcha.catalogues.tests.putting import put
from mingcha.catalogues.tests.test_profiles import DAY, begin_with, ready
from mingcha.common import clock
from mingcha.common.errors import InvalidInput
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.models import RunningPeriod
from mingcha.disclosure.models import Publication
from mingcha.disclosure.queries import waiting
from mingcha.documents import queries as documents
from mingcha.interfaces.demo.district import JURISDICTION
from mingcha.interfaces.demo.journey import Journey
from mingcha.procedures.definition import parse
from mingcha.procedures.queries import definition_file

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def put_part(name: str, day: dt.date = DAY - dt.timedelta(days=10), **changes: Any) -> None:
    """Put in force, before the case begins, the demonstration's profile with other thresholds or addresses."""
    with clock.frozen(clock.at(day, 10)):
        running = queries.profile(actor_named("admin").organ_id, day)
        stored = {**local.values(running.content, name), **changes}
        put("policy-profile", local.put(running.content, name, stored, source="试", verified=False, reason="试"))


@pytest.mark.parametrize("since", ["decision", "effective"])
def test_publication_runs_from_the_decision_or_from_its_taking_effect(play: Play, since: str) -> None:
    begin_with("publish.penalty", {"from": since, "days": 7})
    journey = play("decide")
    decided = Publication.objects.filter(decision__case_id=journey.id)
    assert decided.exists() is (since == "decision")
    journey.later(3)
    with clock.frozen(clock.at(journey.day, 15)):
        journey.serve("penalty-decision", actor_named("handu"))
    row = Publication.objects.get(decision__case_id=journey.id)
    assert row.decision is not None
    served = row.decision.document.service.effective_on
    assert served > row.decision.decided_on
    begins = served if since == "effective" else row.decision.decided_on
    assert row.due_on == deadlines.calendar(JURISDICTION).nth_workday(begins, 7)
    assert RunningPeriod.objects.get(case_id=journey.id, rule="PUB-01").starts_on == begins
    assert row in waiting(Publication.objects.all())


def entered(play: Play, procedure: str, stage: str, rule: str) -> RunningPeriod:
    """The period that the case of the journey starts on entering a stage of another shipped procedure."""
    journey = play("report")
    with clock.frozen(clock.at(journey.day, 10)):
        periods.enter(journey.case, parse(definition_file(procedure)).stage(stage))
    return RunningPeriod.objects.get(case_id=journey.id, rule=rule)


@pytest.mark.parametrize(("way", "gap"), [("strict", 1), ("lenient", 0)])
def test_seven_days_before_a_hearing(play: Play, way: str, gap: int) -> None:
    begin_with("hearing.notice", way)
    period = entered(play, "P-TZ", "hearing-notice", "PEN-05")
    seventh = deadlines.calendar(JURISDICTION).nth_workday(period.starts_on, 7)
    assert period.due_on == seventh + dt.timedelta(days=gap)


@pytest.mark.parametrize("days", [20, 10])
def test_publication_of_other_decisions_on_a_case(play: Play, days: int) -> None:
    begin_with("publish.other", {"from": "decision", "days": days})
    period = entered(play, "P-JC", "publish-check", "PUB-02")
    assert period.due_on == deadlines.calendar(JURISDICTION).nth_workday(period.starts_on, days)


@pytest.mark.parametrize(("limit", "offered"), [(2_000_000, True), (2_000_100, False)])
def test_the_threshold_decides_whether_a_hearing_is_offered(play: Play, limit: int, offered: bool) -> None:
    put_part("hearing", **{"organisation.fine": limit})
    journey = play("serve-notice")
    notice = documents.latest(journey.case, "penalty-notice")
    assert notice is not None and notice.fields["hearing"] is offered


def test_addresses_stand_in_the_documents_of_cases_begun_later(play: Play) -> None:
    put_part("organ", lit_court="明水铁路运输法院", contact_phone="0000-11111111")
    journey = play("decide")
    assert journey.case.profile.content["organ"]["reason"] == "试"
    decision = documents.latest(journey.case, "penalty-decision")
    assert decision is not None and decision.fields["remedies"]["lit_court"] == "明水铁路运输法院"
    put_part("organ", journey.day, lit_court="明水区人民法院")
    assert local.values(journey.case.profile.content, "organ")["lit_court"] == "明水铁路运输法院"


@pytest.mark.parametrize(
    ("part", "typed", "field"),
    [
        ("hearing", {"person.fine": "0"}, "person.fine"),
        ("hearing", {"person.fine": "五千"}, "person.fine"),
        ("hearing", {"kinds": ["close"]}, "kinds"),
        ("organ", {"account_no": "12"}, "account_no"),
        ("organ", {"contact_phone": "找张三"}, "contact_phone"),
        ("organ", {"lit_court": "明水区人民政府"}, "lit_court"),
        ("organ", {"recon_organ": " "}, "recon_organ"),
        ("organ", {"enforcement": "none"}, "enforcement"),
        ("organ", {"inspection_cap": "两次"}, "inspection_cap"),
        ("organ", {"inspection_cap": "0"}, "inspection_cap"),
        ("terms", {"filing_days": "及时"}, "filing_days"),
        ("terms", {"feedback_days": "-1"}, "feedback_days"),
    ],
)
def test_wrong_thresholds_and_addresses_are_refused_by_field(part: str, typed: dict[str, Any], field: str) -> None:
    stored = local.values(ready("s3"), part)
    good = {
        name: str(value // 100) if isinstance(value, int) else value
        for name, value in stored.items()
        if value is not None
    }
    assert local.cleaned(part, good).items() >= {k: v for k, v in stored.items() if v is not None}.items()
    with pytest.raises(InvalidInput) as refused:
        local.cleaned(part, {**good, **typed})
    assert list(refused.value.fields) == [field]


def test_terms_that_the_law_leaves_open_run_from_the_profile(play: Play) -> None:
    """PEN-13 and INS-03: no days in the law, so none run until the place fixes them; then they start and end with stages."""
    without = play("lead")
    assert not RunningPeriod.objects.filter(case_id=without.id, rule="PEN-13").exists()
    put_part("terms", filing_days=7, feedback_days=5)
    journey = play("lead")
    period = RunningPeriod.objects.get(case_id=journey.id, rule="PEN-13")
    calendar = deadlines.calendar(JURISDICTION)
    assert period.due_on == calendar.nth_workday(period.starts_on, 7)
    # Filing ends it; a profile of before keeps its silence for cases begun under it.
    journey.run("file")
    assert deadlines.open_period(journey.id, "PEN-13") is None
    case = journey.case
    inspection = parse(definition_file("P-JC"))
    with clock.frozen(clock.at(journey.day, 10)):
        periods.enter(case, inspection.stage("result"))
        told = RunningPeriod.objects.get(case_id=journey.id, rule="INS-03")
        assert told.due_on == calendar.nth_workday(told.starts_on, 5)
        periods.leave(case, inspection.stage("feedback"))
    assert deadlines.open_period(journey.id, "INS-03") is None


def test_the_terms_stand_at_the_top_and_are_checked() -> None:
    content = local.put(ready("s3"), "terms", {"filing_days": 7}, source="试", verified=False, reason="试")
    assert content["filing_days"] == 7 and profiles.check(content) == []
    assert {row.code for row in profiles.check({**content, "filing_days": 8})} == {"profile-value-differs"}
    again = profiles.compose("s1", hearing=content["hearing"], organ=content["organ"], terms=content["terms"])
    assert again["filing_days"] == 7
    gone = local.put(content, "terms", {}, source="试", verified=False, reason="不再规定")
    assert gone["filing_days"] is None and profiles.check(gone) == []


def test_a_profile_without_addresses_cannot_be_published() -> None:
    content = profiles.compose("s3", hearing=ready("s3")["hearing"], organ={})
    found = profiles.check(content)
    assert {reason.code for reason in found} == {"profile-part-wrong"}
    assert "行政诉讼管辖法院" in "".join(reason.message for reason in found)
