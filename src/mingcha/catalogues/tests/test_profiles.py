"""Each policy value in which the documents differ (requirements §1.12) changes what the system does on the same case."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import actions, overview, profiles, queries
from mingcha.catalogues.models import Draft, Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.deadlines import queries as deadlines
from mingcha.deadlines.models import RunningPeriod
from mingcha.disclosure.models import Publication
from mingcha.interfaces.demo.district import JURISDICTION
from mingcha.interfaces.demo.journey import Journey
from mingcha.procedures.guards import ask

DAY = dt.date(2026, 9, 14)
Play = Callable[..., Journey]
SUMS = {"fine": 500_000, "confiscate_gains": 500_000}
HERE: dict[str, Any] = {
    "hearing": {"person": SUMS, "organisation": SUMS, "source": "省里的规定", "verified": True,
                "kinds": ["lower_qualification", "revoke_permit", "stop_production", "close", "restrict_work"]},
    "organ": {"payee": "明水农商银行", "payee_address": "清源街1号", "account_name": "非税专户", "bank": "明水农商银行",
              "account_no": "6000000000000000", "enforcement": "court", "recon_organ": "明水区人民政府",
              "recon_address": "政务大厅", "lit_court": "明水区人民法院", "publicity": "公示平台",
              "contact_person": "值班室", "contact_phone": "0000-00000000", "contact_address": "清源街18号"},
}  # fmt: skip


def ready(code: str) -> dict[str, Any]:
    return profiles.compose(code, **HERE)


def with_value(content: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    row = {"value": value, "source": "本机关确定", "words": "", "verified": False, "reason": "试"}
    return profiles.flattened({**content, "values": {**content["values"], name: row}})


def begin_with(name: str, value: Any, lists: dict[str, Any] | None = None) -> None:
    """Put in force, before the case begins, the demonstration's profile with one value changed."""
    with clock.frozen(clock.at(DAY - dt.timedelta(days=10), 10)):
        running = Edition.objects.get(kind="policy-profile", organisation__name="明水区综合行政执法局")
        put("policy-profile", with_value(running.content, name, value))
        for kind, content in (lists or {}).items():
            put(kind, content)


def asked(journey: Journey, guard: str, stage: str = "") -> list[str]:
    case = journey.case
    case.stage = stage or case.stage
    answer = ask(guard, case, actor_named("lince"))
    return [reason.code for reason in answer.reasons]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("scope", "demanded"), [("all", True), ("list", False), ("list_ordinary", True), ("list_beyond_simple", True)]
)
def test_scope_of_review(play: Play, scope: str, demanded: bool) -> None:
    nothing = {"entries": [{"code": "1", "condition": {"hearing_held": True}, "plain": "经过听证"}]}
    begin_with("legal_review.scope", scope, {"review-list": nothing})
    journey = play("report")
    with clock.frozen(clock.at(journey.day, 10)):
        assert (asked(journey, "review-demanded@1") == []) is demanded
        assert (asked(journey, "review-not-demanded@1") == ["review-missing"]) is demanded


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "codes"),
    [("full", ["recording-missing"]), ("record", ["recording-missing"]), ("circumstances", []), ("rules", [])],
)
def test_recording_of_contested_steps(play: Play, mode: str, codes: list[str]) -> None:
    begin_with("av.contested_mode", mode)
    journey = play("report")
    with clock.frozen(clock.at(journey.day, 10)):
        assert asked(journey, "recordings-complete@1", "hear-statement") == codes


@pytest.mark.django_db
@pytest.mark.parametrize("days", [7, 3])
def test_publication_of_a_penalty(play: Play, days: int) -> None:
    begin_with("publish.penalty", {"from": "decision", "days": days})
    journey = play("serve-decision")
    publication = Publication.objects.get(decision__case_id=journey.id)
    assert publication.decision is not None
    reckoned = deadlines.calendar(JURISDICTION).nth_workday(publication.decision.decided_on, days)
    assert publication.due_on == reckoned


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "rule", "days"), [("legal_review.days", "PEN-16", 3), ("statement.days", "PEN-14", 8)]
)
def test_periods_without_a_statutory_length(play: Play, name: str, rule: str, days: int) -> None:
    begin_with(name, days)
    journey = play("serve-decision")
    period = RunningPeriod.objects.filter(case_id=journey.id, rule=rule).first()
    assert period is not None
    assert deadlines.calendar(JURISDICTION).workdays_between(period.starts_on, period.due_on) in (days - 1, days)


@pytest.mark.django_db
def test_hand_in_of_recordings(district: None) -> None:
    nth = deadlines.calendar(JURISDICTION).nth_workday
    day = dt.date(2026, 9, 25)
    due = {code: profiles.upload_due(ready(code), day, nth).value for code in profiles.SHIPPED}
    assert due == {"s0": dt.date(2026, 9, 29), "s1": day, "s2": None, "s3": None, "s4": dt.date(2026, 12, 31)}


@pytest.mark.django_db
def test_publication_of_other_decisions(district: None) -> None:
    nth = deadlines.calendar(JURISDICTION).nth_workday
    explained = profiles.publish_due(ready("s2"), "other", DAY, nth)
    assert explained.value == nth(DAY, 20)
    shorter = with_value(ready("s2"), "publish.other", {"from": "decision", "days": 10})
    assert profiles.publish_due(shorter, "other", DAY, nth).value == nth(DAY, 10)
    assert any("没有写天数" in step for step in profiles.publish_due(ready("s1"), "other", DAY, nth).steps)


def test_the_annual_report() -> None:
    due = {code: profiles.report_due(ready(code), 2026).value for code in profiles.SHIPPED}
    first, last = dt.date(2027, 1, 31), dt.date(2026, 12, 31)
    assert due == {"s0": first, "s1": None, "s2": None, "s3": first, "s4": last}


@pytest.mark.parametrize(
    ("code", "reviewers", "enough"), [("s0", 2, False), ("s0", 3, True), ("s1", 0, True), ("s4", 0, True)]
)
def test_the_ratio_of_reviewers(code: str, reviewers: int, enough: bool) -> None:
    answer = profiles.ratio(ready(code), reviewers, 41)
    assert answer.value is enough
    assert ("还差1名" in answer.steps[-1]) is (not enough)


@pytest.mark.django_db
def test_quarterly_plans_of_inspection(district: None) -> None:
    with clock.frozen(clock.at(DAY, 10)):
        organ = actor_named("admin").organ_id
        year = (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
        assert overview.plans_due(organ, *year, DAY) == []
        running = queries.profile(organ, DAY)
        put("policy-profile", with_value(running.content, "inspection_plan", "quarterly"))
        plan = {"code": "1", "object": "工地", "item": "扬尘", "plain": "查工地", "basis": "b", "mode": "site", "count": 12,
                "begins": "2026-10-08", "ends": "2026-12-31", "unit": "执法一大队"}  # fmt: skip
        put("inspection-plan", {"entries": [plan]}, key="2026Q3")
        states = [(item.term.key, item.state) for item in overview.plans_due(organ, *year, DAY)]
    assert states == [("2026Q1", "published"), ("2026Q2", "late"), ("2026Q3", "published"), ("2026Q4", "due")]


@pytest.mark.django_db
def test_running_cases_keep_their_profile(play: Play) -> None:
    journey = play("report")
    before = journey.case.profile_id
    with clock.frozen(clock.at(journey.day, 10)):
        put("policy-profile", with_value(journey.case.profile.content, "legal_review.scope", "all"))
    assert journey.case.profile_id == before
    assert profiles.value(journey.case.profile.content, "legal_review.scope") == "list"


def test_every_key_stands_in_every_ready_profile_with_its_source() -> None:
    for code, row in profiles.shipped().items():
        assert list(row["values"]) == list(profiles.keys()), code
        content = ready(code)
        assert profiles.check(content) == []
        for name, value in content["values"].items():
            assert value["source"] and profiles.words(name, value["value"])
            assert not value["verified"] or (row["values"][name]["place"] and value["words"]), (code, name)


# The keys in which the five documents differ (requirements §1.12), each with a test here that plays two values of it.
DIFFERING = (
    "legal_review.scope", "av.contested_mode", "av.upload_deadline", "annual_report.deadline", "publish.penalty",
    "publish.other", "reviewer_ratio", "inspection_plan",
)  # fmt: skip
# What only tells the reader something: its own words say so, and the code does not pretend to read it.
TELLING = {"review.points", "av.contested_steps", "publish.fields", "service.days"}


def test_every_key_is_read_by_the_product_or_says_that_it_only_tells() -> None:
    root = Path(profiles.__file__).parents[1]
    sources = [path for path in root.rglob("*.py") if "tests" not in path.parts and path.name != "lists.py"]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    code += "\n".join(path.read_text("utf-8") for path in (root / "deadlines" / "data" / "rules").glob("*.json"))
    # A family of keys is read by its stem: publish_due(content, kind) reads publish.penalty and publish.other.
    read = {
        name
        for name, key in profiles.keys().items()
        if f'"{name}"' in code or (key.flat and f'"{key.flat}"' in code.replace("needed = (", "", 1))
    }
    assert 'f"publish.{kind}"' in code
    read |= {"publish.penalty", "publish.other"}
    assert set(profiles.keys()) - read == TELLING
    assert all(profiles.keys()[name].decides.startswith("说明") for name in TELLING)
    assert not any(key.decides.startswith("说明") for name, key in profiles.keys().items() if name not in TELLING)
    assert set(DIFFERING) <= read


def test_the_ready_profiles_differ_as_the_documents_do() -> None:
    table = {
        "legal_review.scope": ["all", "list", "list", "list_ordinary", "list_beyond_simple"],
        "av.contested_mode": ["rules", "record", "circumstances", "circumstances", "full"],
        "annual_report.deadline": ["01-31", "none", "none", "01-31", "12-31"],
        "reviewer_ratio": [5, 0, 5, 5, 0],
        "inspection_plan": ["quarterly", "none", "none", "none", "none"],
    }
    for name, values in table.items():
        assert [profiles.value(ready(code), name) for code in profiles.SHIPPED] == values
    days = [profiles.value(ready(code), "publish.penalty").get("days") for code in ("s2", "s3", "s4")]
    assert days == [7, 7, 7] and profiles.value(ready("s1"), "publish.penalty") == {"from": "prompt"}


_DAYLESS = {"publish.penalty": {"value": {"from": "decision"}, "source": "x"}}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            lambda content: content["values"].update(_DAYLESS),
            "profile-value-wrong",
        ),
    ],
)
def test_a_wrong_profile_is_refused(change: Callable[[dict[str, Any]], Any], code: str) -> None:
    content = ready("s3")
    change(content)
    assert profiles.check(content)[0].code == code


@pytest.mark.django_db
def test_a_wrong_profile_cannot_be_submitted(district: None) -> None:
    with clock.frozen(clock.at(DAY, 10)):
        content = {**ready("s3"), "publish_days": 30}
        draft = actions.begin("policy-profile", "all", title="政策参数", actor=actor_named("admin"), content=content)
        with pytest.raises(Refused):
            actions.submit(draft.id, actor=actor_named("admin"), basis="x")
        assert Draft.objects.get(id=draft.id).state == "open"
