"""The terms to challenge an act run from the service of its own paper, whatever the procedure (救济期限的起算)."""

from __future__ import annotations

import datetime as dt
import json
from importlib import resources

import pytest
from django.db import IntegrityError, transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import periods
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Refused, code_of_database_error
from mingcha.deadlines.models import RunningPeriod
from mingcha.documents.checking import examine
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.documents.queries import challenged_on
from mingcha.documents.rendering import kinds
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests.governing import government, lead
from mingcha.documents.tests.sets import paper, samples
from mingcha.documents.tests.test_from_case_e import Begin, Who, begin, made
from mingcha.documents.tests.test_from_case_g import made as made_on_its_day
from mingcha.interfaces.demo.signing import all_sign
from mingcha.procedures.definition import parse
from mingcha.procedures.guards import ask
from mingcha.procedures.queries import definition_file
from mingcha.procedures.shipped import codes

__all__ = ["begin"]
pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 21)


def hand_over(case: Case, kind: str, by: Actor) -> None:
    document = made(case, kind, by, DAY)
    with clock.frozen(clock.at(DAY, 21)):
        all_sign(document, by, party="许山河", officers=["林策", "韩渡"])
        serve(
            document.id, actor=by, mode="direct", receiver="许山河", relation="legal_rep", served_at=clock.now(),
            place="明水区望江路66号",
        )  # fmt: skip


@pytest.mark.parametrize(("procedure", "kind", "stage"), [("P-CS", "seizure-decision", "on-site")])
def test_the_terms_run_from_the_paper_of_the_act(
    procedure: str, kind: str, stage: str, begin: Begin, actor: Who
) -> None:
    case = begin(kind)
    place = parse(definition_file(procedure)).stage(stage)
    with clock.frozen(clock.at(DAY, 20)):
        periods.enter(case, place)
    rows = RunningPeriod.objects.filter(case_id=case.id, rule__in=("REV-01", "LIT-01"))
    assert challenged_on(case) is None and not rows.exists(), "nothing runs before the paper is served"
    hand_over(case, kind, actor("lince"))
    case = Case.objects.get(pk=case.pk)
    assert challenged_on(case) == DAY
    with clock.frozen(clock.at(DAY, 22)):
        periods.enter(case, place)
    assert {(row.rule, row.starts_on) for row in rows} == {("REV-01", DAY), ("LIT-01", DAY)}


def test_each_procedure_that_starts_the_terms_names_its_papers() -> None:
    text = resources.files("mingcha.documents").joinpath("challenged.json").read_text("utf-8")
    letters = json.loads(text)["letters"]
    assert {kind for row in letters.values() for kind in row} <= set(kinds())
    starting = {
        code
        for code in codes()
        if any({"REV-01", "LIT-01"} & set(row.starts) for row in parse(definition_file(code)).stages.values())
    }
    # P-FY carries out a decision whose own case keeps the terms.
    assert starting - set(letters) == {"P-FY"}


def test_a_levy_is_the_governments_and_its_terms_run_from_the_announcement(
    district: None, actor: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A department is refused by rule, action and database; the terms run from the announcement, served on nobody."""
    told = paper("levy-decision", samples()["levy-decision"], {"facts": {"organ_kind": "department"}})
    assert [mark.reason.code for mark in examine(told) if mark.refuses] == ["levy-by-government"]
    own = lead("P-ZF", DAY, "lince", "handu")
    with pytest.raises(Refused) as refused:
        made_on_its_day(own, "levy-decision", actor("lince"))
    assert [reason.code for reason in refused.value.reasons] == ["levy-by-government"]
    for kind in ("levy-decision", "compensation-decision", "land-levy-announcement"):
        row = Document(
            case=own, kind=kind, template_version=1, title="x", fields={}, digest="0" * 64, issued_by="甲",
            issued_at=clock.now(),
        )  # fmt: skip
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            row.save(force_insert=True)
        # The decision is refused for want of a review too; whichever trigger stands first speaks.
        assert code_of_database_error(error.value) in ("levy-not-by-government", "letter-without-review")
    first, second = government(DAY)
    case = lead("P-ZF", DAY, first, second)
    stage = parse(definition_file("P-ZF")).stage("announce")
    made_on_its_day(case, "levy-decision", actor(first))
    with clock.frozen(clock.at(DAY, 20)):
        periods.enter(case, stage)
    rows = RunningPeriod.objects.filter(case_id=case.id, rule__in=("REV-01", "LIT-01"))
    assert challenged_on(case) is None and not rows.exists()
    # The case stands at the announcement; that it was made starts the terms, and nobody has to say so.
    monkeypatch.setattr(periods, "_under_way", lambda case: stage.starts)
    letter = made_on_its_day(case, "levy-announcement", actor(first))
    day = dt.date.fromisoformat(letter.fields["issue_date"])
    assert challenged_on(case) == day
    assert {(row.rule, row.starts_on) for row in rows} == {("REV-01", day), ("LIT-01", day)}


def test_the_terms_of_a_demolition_run_from_the_decision_that_the_announcement_names(
    district: None, actor: Who
) -> None:
    """Article 44: the terms of the decision to remove; the last days printed are the days that run."""
    case = lead("P-ZX", DAY, "lince", "handu")
    stage = parse(definition_file("P-ZX")).stage("demolish-notice")
    decided, served = DAY - dt.timedelta(days=14), DAY - dt.timedelta(days=9)
    sample = samples()["demolition-announcement"]["fields"]
    typed = {name: sample[name] for name in ("target", "place", "area", "posted")} | {
        "base_title": "限期拆除决定书", "base_no": "明城管拆〔2026〕3号", "base_on": decided.isoformat(),
        "base_served_on": served.isoformat(), "remove_by": (DAY + dt.timedelta(days=15)).isoformat(),
    }  # fmt: skip
    with clock.frozen(clock.at(DAY, 20)), transaction.atomic():
        letter = make(lock(case.id), "demolition-announcement", typed, by=actor("lince").snapshot(Role.HANDLER))
    assert challenged_on(case) == served
    with clock.frozen(clock.at(DAY, 21)):
        periods.enter(case, stage)
    rows = RunningPeriod.objects.filter(case_id=case.id, rule__in=("REV-01", "LIT-01"))
    last = {row.rule: row.due_on.isoformat() for row in rows}
    assert last == {"REV-01": letter.fields["review_end"], "LIT-01": letter.fields["suit_end"]}
    with clock.frozen(clock.at(rows.get(rule="LIT-01").due_on, 12)):
        assert not ask("period-over-lit-01@1", case, None).met, "nobody is urged while he may still go to court"
    with clock.frozen(clock.at(rows.get(rule="LIT-01").due_on + dt.timedelta(days=1), 12)):
        assert ask("period-over-lit-01@1", case, None).met
