"""Five policy profiles, made-up cases of every act type: the scopes are those of a table worked out by hand (scopes.json)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases import facts
from mingcha.cases.models import Case
from mingcha.catalogues import profiles
from mingcha.catalogues import queries as catalogues
from mingcha.catalogues.models import Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.deadlines import queries as deadlines
from mingcha.documents import actions as documents
from mingcha.documents.blocks import hearing
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.district import JURISDICTION
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import paper_decision
from mingcha.procedures.guards import ask
from mingcha.procedures.shipped import codes, definition_file
from mingcha.review.tests.world import identity

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]
TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("scopes.json").read_text("utf-8"))
DAY = dt.date(2026, 9, 14)
PERSON = {"party_kind": "person", "party_name": "许山河", "id_number": "110101199003070011", "address": "望江路66号"}
FIRM = {
    "party_kind": "organisation", "party_name": "清和建筑工程有限公司", "uscc": "91990100MA1QH00018",
    "legal_representative": "许山河", "address": "望江路66号",
}  # fmt: skip


class World:
    """Cases as far as the scopes need them, each played once through the real actions."""

    def __init__(self, play: Play) -> None:
        with clock.frozen(clock.at(DAY, 8)):
            put("review-list", {"entries": TABLE["list"]})
        ways = (("conclude", "P-PT"), ("serve-notice", "P-PT"), ("serve-notice", "P-TZ"))
        self.played = {
            way: play(way[0], Scenario(fine=6_000_000, procedure=way[1], mark=mark), DAY)
            for mark, way in enumerate(ways, 1)
        }

    def begun(self, what: dict[str, Any]) -> tuple[Case, list[dict[str, Any]]]:
        """The case of a row, with the penalties it proposes; whoever calls rolls it back."""
        party = PERSON if what["party"] == "person" else FIRM
        if "born" in what:
            party = party | {"id_number": identity(what["born"])}
        procedure = what.get("procedure", "P-PT")
        if procedure not in ("P-PT", "P-TZ"):
            with clock.frozen(clock.at(DAY, 9)):
                case = cases.register_lead(
                    actor=actor_named("lince"), procedure=procedure, source="report", cause="试办一件",
                    facts="按程序试办。", item_code="3.14", conduct_ended_on=DAY, discovered_on=DAY, **party,
                    second_officer_id=actor_named("handu").officer_id,
                )  # fmt: skip
                _state(case, what)
            return case, []
        if what.get("asked"):
            journey = self.played["serve-notice", procedure]
            _ask_for_hearing(journey, what)
        else:
            journey = self.played["conclude", procedure]
        if what.get("joint"):
            _second_party(journey)
        return journey.case, _propose(journey, what, party)


def _second_party(journey: Journey) -> None:
    """Another firm of the same matter: a case of its own, joined to this one."""
    other = FIRM | {"party_name": "远岫土石方工程有限公司", "uscc": "91990100MA1QH00026"}
    with clock.frozen(clock.at(journey.day, 17)):
        second = cases.add_party(journey.id, actor=actor_named("lince"), reason="共同施工，共同违法", **other)
    assert second.id != journey.id and second.joined_by.exists() | second.joinings.exists()


def _ask_for_hearing(journey: Journey, what: dict[str, Any]) -> None:
    for place, said in enumerate(dict.fromkeys(("hearing_requested", what["asked"]))):
        with clock.frozen(clock.at(journey.day, 15 + place)):
            scan = receive_bytes(paper_decision("撤回听证要求", journey.day))
            cases.record_statement(
                journey.id, actor=actor_named("lince"), kind=said, speaker="许山河", text="听证",
                received_at=clock.now(), file=scan if said != "hearing_requested" else None,
            )  # fmt: skip


def _propose(journey: Journey, what: dict[str, Any], party: dict[str, str]) -> list[dict[str, Any]]:
    kind, fine = what.get("kind", "fine"), what.get("fine", 0)
    penalties = [{"kind": kind, "amount": fine} if fine else {"kind": kind, "text": "吊销"}] if kind != "none" else []
    officer = actor_named("lince")
    with clock.frozen(clock.at(journey.day, 18)):
        if what["party"] == "person":
            cases.correct_party(journey.id, actor=officer, **party)
        if not what.get("asked"):
            fields = {**journey.proposal(), "penalties": penalties}
            documents.save_draft(journey.id, "investigation-report", fields, actor=officer)
        _state(journey.case, what)
    return penalties


def _state(case: Case, what: dict[str, Any]) -> None:
    said = {row.name: row.name in what.get("facts", ()) for row in facts.questions() if row.required}
    cases.state_facts(case.id, actor=actor_named("lince"), said=said)


def under(case: Case, code: str) -> Case:
    """The same case read with another ready profile; thresholds and addresses are the place's own."""
    here = catalogues.profile(case.organisation_id, DAY).content
    content = profiles.compose(code, hearing=here["hearing"], organ=here["organ"])
    found = Case.objects.select_related("organisation", "items").get(id=case.id)
    found.profile = Edition(kind="policy-profile", content=content)
    return found


def cell(code: str) -> bool:
    """A cell of the table; its reason must be one that the table explains."""
    assert code[1:] in TABLE["reasons"], code
    return code[0] == "+"


def test_scopes_are_those_worked_out_by_hand(play: Play) -> None:
    world = World(play)
    for row in TABLE["cases"]:
        with transaction.atomic():
            _compare(row, *world.begun(row["case"]))
            transaction.set_rollback(True)


def _compare(row: dict[str, Any], case: Case, penalties: list[dict[str, Any]]) -> None:
    officer, workdays = actor_named("lince"), deadlines.calendar(JURISDICTION).nth_workday
    name = row["name"]
    for code in profiles.SHIPPED:
        found = under(case, code)
        review = ask("review-demanded@1", found, officer)
        assert review.met is cell(row["review"][code]), (name, code, review.inputs.get("steps"))
        assert ask("review-not-demanded@1", found, officer).met is not review.met, (name, code)
        assert hearing(found, penalties).value is cell(row["hearing"]), (name, code)
        assert facts.together(found).value is cell(row["collective"]), (name, code)
        recorded = []
        for stage in ("investigate", "serve"):
            found.stage = stage
            recorded += ask("recordings-complete@1", found, officer).inputs["demanded"]
        contested = ["2"] if code in ("s1", "s4") else []
        assert recorded == ([] if row["recording"] == "r-no" else ["1", *contested]), (name, code)
        penal = row["publication"] == "p-pen"
        due = profiles.publish_due(found.profile.content, "penalty" if penal else "other", DAY, workdays)
        assert due.facts["days"] == (7 if penal else 20), (name, code)
        assert profiles.waits_for_effect(found.profile.content) is (code == "s0"), (name, code)


def test_the_table_is_whole() -> None:
    assert len(TABLE["cases"]) == 28 and len({row["name"] for row in TABLE["cases"]}) == 28
    # Each act type that ships has its row, with and without public interest.
    played = {row["case"].get("procedure", "P-PT") for row in TABLE["cases"]}
    assert {definition_file(code)["act_type"] for code in codes()} == {
        definition_file(code)["act_type"] for code in played
    }
    assert {"public_interest" in row["case"].get("facts", ()) for row in TABLE["cases"]} == {True, False}
    said = [row[name] for row in TABLE["cases"] for name in ("hearing", "collective")]
    said += [value for row in TABLE["cases"] for value in row["review"].values()]
    assert {code[1:] for code in said} <= set(TABLE["reasons"])
    # The five documents differ: no two profiles answer alike throughout but those with the same scope.
    answers = {code: [row["review"][code][0] for row in TABLE["cases"]] for code in profiles.SHIPPED}
    assert len({tuple(found) for found in answers.values()}) == 4
