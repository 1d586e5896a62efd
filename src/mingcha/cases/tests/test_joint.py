"""Several parties, joining and parting: each party keeps its own case, nothing is lost, both journals tell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions, queries
from mingcha.cases.models import Joining, Parting
from mingcha.common import clock
from mingcha.common.errors import Conflict, NotFound, Refused
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.ledger import queries as ledger

pytestmark = pytest.mark.django_db
PARTY = {"party_kind": "person", "party_name": "何远帆", "id_number": "110101199003070011", "address": "望江路8号"}


def test_a_further_party_has_a_case_of_its_own(play: Callable[..., Journey]) -> None:
    journey = play("evidence")
    officer = actor_named("lince")
    with clock.frozen(clock.at(journey.day, 15)):
        other = actions.add_party(journey.id, actor=officer, reason="共同实施同一违法行为", **PARTY)
        case = journey.case
        ours, theirs = queries.counted_evidence(case), queries.counted_evidence(other)
        assert len(ours) == len(theirs) == 3
        assert [row.file_id for row in theirs] == [row.file_id for row in ours]
        assert all("并案移入" in row.origin for row in theirs)
        assert queries.party(other).name == "何远帆" and queries.party(case).name == journey.scenario.party
        for row in (case, other):
            assert "cases-joined" in [entry.kind for entry in ledger.entries_of_case(row.id)]
        with pytest.raises(Conflict, match="并案"):
            actions.join(other.id, case.id, actor=officer, reason="再次")
        with pytest.raises(Refused):
            actions.join(case.id, case.id, actor=officer, reason="自己")
        found = queries.joinings(other)
        actions.part(found[0].id, actor=officer, reason="一方需要补充调查")
        with pytest.raises(NotFound):
            actions.part(found[0].id, actor=officer, reason="再次")
        assert queries.joinings(case) == [] and len(queries.counted_evidence(other)) == 3
        assert "cases-parted" in [entry.kind for entry in ledger.entries_of_case(case.id)]
        # Parted is not forever: what belongs together again is joined again, and nothing is taken over twice.
        actions.join(case.id, other.id, actor=officer, reason="补充调查完毕")
        assert len(queries.counted_evidence(case)) == len(queries.counted_evidence(other)) == 3


def test_acts_of_different_types_are_not_joined(play: Callable[..., Journey]) -> None:
    journey, officer = play("evidence"), actor_named("lince")
    with clock.frozen(clock.at(journey.day, 15)):
        said = {**PARTY, "cause": "检查", "facts": "按计划检查。", "item_code": "3.14", "source": "report"}
        visit = actions.register_lead(
            actor=officer, procedure="P-JC", entry="plan", conduct_ended_on=clock.today(), discovered_on=clock.today(),
            second_officer_id=actor_named("handu").officer_id, **said,
        )  # fmt: skip
        with pytest.raises(Refused) as refused:
            actions.join(journey.id, visit.id, actor=officer, reason="并案")
        assert {row.code for row in refused.value.reasons} == {"joint-other-act"}
        with pytest.raises(IntegrityError, match="joint-other-act"), transaction.atomic():
            Joining.objects.create(case_id=journey.id, other_id=visit.id, reason="x", received=[[], []], at=clock.now())


def test_a_decided_case_is_neither_joined_nor_parted(play: Callable[..., Journey]) -> None:
    decided, fresh = play("decide"), play("evidence", Scenario(mark=2))
    officer = actor_named("lince")
    with clock.frozen(clock.at(decided.day, 16)):
        with pytest.raises(Refused) as refused:
            actions.join(fresh.id, decided.id, actor=officer, reason="并案")
        assert {row.code for row in refused.value.reasons} == {"joint-case-decided"}
        values = {"case_id": fresh.id, "other_id": decided.id, "reason": "x", "received": [[], []], "at": clock.now()}
        for change, code in (({}, "joint-case-decided"), ({"other_id": fresh.id}, "joint-other-organ")):
            with pytest.raises(IntegrityError, match=code), transaction.atomic():
                Joining.objects.create(**{**values, **change})
        other = actions.add_party(fresh.id, actor=officer, reason="共同违法", **PARTY)
        row = queries.joinings(other)[0]
        with pytest.raises(IntegrityError, match="joint-twice"), transaction.atomic():
            Joining.objects.create(**{**values, "other_id": other.id})
        for sql in ("UPDATE cases_joining SET reason = 'x'", "DELETE FROM cases_joining"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
        Parting.objects.create(joining=row, reason="x", at=clock.now())
        for sql in ("UPDATE cases_parting SET reason = 'x'", "DELETE FROM cases_parting"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)
