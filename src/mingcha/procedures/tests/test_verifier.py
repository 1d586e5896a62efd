"""The verifier is proved by mutants: those of the field by hand, and hundreds in rows against a brute-force oracle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from mingcha.procedures import shipped
from mingcha.procedures.definition import parse
from mingcha.procedures.tests import oracle
from mingcha.procedures.tests.mutants import (
    Content,
    add_move,
    drop_guards,
    drop_move,
    drop_pair,
    drop_stops,
    row,
    systematic,
    whole,
)
from mingcha.procedures.verifier import Report, properties, verify

LEAST_PER_DEFINITION = 20


def report(content: Content) -> Report:
    return verify(parse(content))


@pytest.mark.parametrize("code", shipped.codes())
def test_every_shipped_definition_holds(code: str) -> None:
    found = report(whole(code))
    assert found.refuted == ()
    concerned = [item.no for item in properties() if item.of(code)]
    assert list(found.proved) == concerned


def test_thirty_properties_of_the_field_and_each_has_a_procedure() -> None:
    numbers = [item.no for item in properties()]
    assert numbers[:30] == [*(f"S{n:02d}" for n in range(1, 29)), "L01", "D01"]
    assert len(set(numbers)) == len(numbers)
    for item in properties():
        assert any(item.of(code) for code in shipped.codes()), item.no
        assert item.statement and item.article, item.no


def _add(code: str, source: str, to: str) -> Callable[[], Content]:
    return lambda: add_move(whole(code), source, to)


def _unguard(code: str, stage: str, *names: str) -> Callable[[], Content]:
    return lambda: drop_guards(whole(code), stage, names)


def _unstop(code: str, period: str) -> Callable[[], Content]:
    return lambda: drop_stops(whole(code), period)


# Number of the property, what is changed, the mutant: the last column of the table of properties.
FIELD: list[tuple[str, str, Callable[[], Content]]] = [
    ("S01", "+P-PT:head-examine->decide", _add("P-PT", "head-examine", "decide")),
    ("S02", "+P-TZ:notify->review-scope", _add("P-TZ", "notify", "review-scope")),
    ("S03", "+P-JY:eligibility->decide-spot", _add("P-JY", "eligibility", "decide-spot")),
    ("S04", "-guard P-JY.decide-spot G-04", _unguard("P-JY", "decide-spot", "finding-g-04@1")),
    ("S05", "+P-JY:hand-over->publish-check", _add("P-JY", "hand-over", "publish-check")),
    ("S06", "-guard P-PT.decide G-09", _unguard("P-PT", "decide", "review-stands@1")),
    ("S07", "+P-PT:review-return->decide", _add("P-PT", "review-return", "decide")),
    ("S08", "-guard P-PT.decide GP-08", _unguard("P-PT", "decide", "not-heavier@1")),
    ("S09", "+P-PT:lead->conclude", _add("P-PT", "lead", "conclude")),
    ("S10", "-guard P-PT.decide G-01", _unguard("P-PT", "decide", "handlers-qualified@1")),
    ("S11", "+P-PT:transfer-crime->decide", _add("P-PT", "transfer-crime", "decide")),
    ("S12", "+P-YS:team->send", _add("P-YS", "team", "send")),
    ("S13", "-stop P-PT:PEN-02", _unstop("P-PT", "PEN-02")),
    ("S14", "+P-CS:emergency-act->in-force", _add("P-CS", "emergency-act", "in-force")),
    ("S15", "-stop P-CS:COE-01", _unstop("P-CS", "COE-01")),
    ("S16", "+P-CS:in-force-ext->extend", _add("P-CS", "in-force-ext", "extend")),
    ("S17", "+P-CS:release->close", _add("P-CS", "release", "close")),
    ("S18", "-guard P-CS.on-site GC-03", _unguard("P-CS", "on-site", "finding-gc-03@1")),
    ("S19", "+P-ZX:overdue->enforce", _add("P-ZX", "overdue", "enforce")),
    ("S20", "-guard P-ZX.enforce GC-15", _unguard("P-ZX", "enforce", "finding-gc-15@1")),
    ("S21", "+P-ZX:substitute-decide->substitute-do", _add("P-ZX", "substitute-decide", "substitute-do")),
    ("S22", "-guard P-ZX.enforce-decide GC-25", _unguard("P-ZX", "enforce-decide", "finding-gc-25@1")),
    ("S23", "+P-FY:remedy-watch->apply", _add("P-FY", "remedy-watch", "apply")),
    ("S24", "+P-XK:intake->decide-refuse", _add("P-XK", "intake", "decide-refuse")),
    ("S25", "-stop P-XK:LIC-07", _unstop("P-XK", "LIC-07")),
    ("S26", "+P-JC:freq-check->scan-in", _add("P-JC", "freq-check", "scan-in")),
    ("S27", "+P-ZF:comp-decide->moved", _add("P-ZF", "comp-decide", "moved")),
    ("S28", "+P-ZT:plan->funds", _add("P-ZT", "plan", "funds")),
    ("L01", "-P-CS:returned->close", lambda: drop_move(whole("P-CS"), "returned", "close")),
    ("D01", "-diff 听证主持,调查人员", lambda: drop_pair(whole("P-TZ"), "hearing_host", "handler")),
]


@pytest.mark.parametrize(("number", "said", "make"), FIELD, ids=[said for _, said, _ in FIELD])
def test_each_mutant_of_the_field_breaks_its_own_property(number: str, said: str, make: Callable[[], Content]) -> None:
    found = [item for item in report(make()).refuted if item.property == number]
    assert found, f"{said} is not caught by {number}"
    for item in found:
        assert item.message and item.article and item.fix, item
        assert not set("abcdefghijklmnopqrstuvwxyz") & set(item.message), f"not in words: {item.message}"


def _through(code: str, source: str, to: str) -> Callable[[], Content]:
    """A way round by a stage that the law does not know."""

    def make() -> Content:
        content = whole(code)
        stage = {**row(content, source), "id": "local", "name": "会商", "guards": [], "starts": [], "ends": []}
        content["stages"].append({**stage, "moves": []})
        return add_move(add_move(content, source, "local"), "local", to)

    return make


def _bare(code: str, source: str, to: str, name: str) -> Callable[[], Content]:
    """A guard is gone from one move."""

    def make() -> Content:
        content = whole(code)
        for move in row(content, source)["moves"]:
            if move["to"] == to:
                move["guards"] = [item for item in move["guards"] if item != name]
        return content

    return make


def _changed(code: str, stage: str, **more: object) -> Callable[[], Content]:
    def make() -> Content:
        content = whole(code)
        row(content, stage).update(more)
        return content

    return make


# The properties that were added to those of the field, each with what must break it.
ADDED: list[tuple[str, str, Callable[[], Content]]] = [
    ("T01", "-P-XK:examine->extend", lambda: drop_move(whole("P-XK"), "examine", "extend")),
    ("T02", "+guard P-ZF.moved nobody-knows", _changed("P-ZF", "moved", guards=["nobody-knows@1"])),
    ("T03", "+P-XK:accept->legal-review", _add("P-XK", "accept", "legal-review")),
    ("T04", "-document P-CS.on-site", _changed("P-CS", "on-site", documents=["现场笔录"])),
    ("T04", "-recording P-CS.on-site", _changed("P-CS", "on-site", recording="N")),
    ("T05", "P-TZ.hearing-held by handler", _changed("P-TZ", "hearing-held", roles=["handler"])),
    ("T06", "+P-CS:emergency-act->close", _add("P-CS", "emergency-act", "close")),
    ("T06", "+P-CS:expired->x->close", _through("P-CS", "expired", "close")),
    ("T07", "+P-CS:expired->x->dispose", _through("P-CS", "expired", "dispose")),
    ("T07", "+P-CS:in-force-ext->x->extend", _through("P-CS", "in-force-ext", "extend")),
    ("T08", "+P-PT:review-return->x->decide", _through("P-PT", "review-return", "decide")),
    ("S07", "+P-PT:review-return->x->decide", _through("P-PT", "review-return", "decide")),
    ("T09", "-guard P-CS.emergency-act GC-03", _unguard("P-CS", "emergency-act", "finding-gc-03@1")),
    ("T09", "-guard P-CS.freeze-notice G-01", _unguard("P-CS", "freeze-notice", "handlers-qualified@1")),
    ("T10", "-guard P-PT:decide->decision-doc", _bare("P-PT", "decide", "decision-doc", "review-stands@1")),
    ("T11", "-guard P-TZ.decide G-08", _unguard("P-TZ", "decide", "finding-g-08@1")),
    ("T11", "-guard P-PT.decision-doc G-07", _bare("P-PT", "decide", "decision-doc", "hearing-window-over@1")),
    ("T12", "-stop P-TZ.hear-statement PEN-14", _changed("P-TZ", "hear-statement", ends=["PEN-04"])),
    ("T13", "-stop P-CS:COE-01", _unstop("P-CS", "COE-01")),
    ("T14", "-guard P-JC:record->result", _bare("P-JC", "record", "result", "period-closed-ins-02@1")),
    ("T15", "+P-XK:intake->decide-grant", _add("P-XK", "intake", "decide-grant")),
    ("T16", "+P-FY:apply->court-order", _add("P-FY", "apply", "court-order")),
    ("T17", "-guard P-JW.published GX-01", _unguard("P-JW", "published", "finding-gx-01@1")),
    ("T18", "+P-PT:served->archive", _add("P-PT", "served", "archive")),
    ("T19", "-guard P-CS.disposed GX-05", _unguard("P-CS", "disposed", "finding-gx-05@1")),
    ("T20", "-guard P-PT:review-scope->decide", _bare("P-PT", "review-scope", "decide", "review-not-demanded@1")),
]


@pytest.mark.parametrize(("number", "said", "make"), ADDED, ids=[f"{no} {said}" for no, said, _ in ADDED])
def test_each_added_property_is_broken_by_its_mutant(number: str, said: str, make: Callable[[], Content]) -> None:
    assert number in {item.property for item in report(make()).refuted}, f"{said} is not caught by {number}"


def test_no_property_is_without_a_mutant() -> None:
    assert {item.no for item in properties()} == {number for number, *_ in (*FIELD, *ADDED)}


def test_a_period_without_a_rule_is_caught() -> None:
    """-row COE-15"""
    listed = {name: row for name, row in shipped.periods().items() if name != "COE-15"}
    refuted = verify(parse(whole("P-CS")), listed=listed).refuted
    assert {item.property for item in refuted} >= {"L01", "T02"}
    assert verify(parse(whole("P-CS")), listed=listed, periods=["COE-15"]).holds


def test_a_refuted_property_shows_its_path_and_what_to_change() -> None:
    found = next(item for item in report(add_move(whole("P-PT"), "head-examine", "decide")).refuted)
    assert found.property == "S01"
    assert found.path == (
        "lead", "verify-lead", "file", "investigate", "conclude", "head-examine", "decide",
    )  # fmt: skip
    assert "“负责人审查” —直接转入→ “决定”" in found.message
    assert "请删去“负责人审查”到“决定”的“直接转入”" in found.fix
    assert found.article.startswith("行政处罚法第四十四条")


@pytest.mark.parametrize("code", shipped.codes())
def test_every_harmful_mutant_is_caught(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = systematic(code)
    assert len(made) >= LEAST_PER_DEFINITION
    missed, harmless = [], []
    kinds, count = Counter[str](), Counter[str]()
    for mutant in made:
        kind, why = oracle.harm(code, mutant.content)
        refuted = {item.property for item in report(mutant.content).refuted}
        by_kind = refuted & ANSWERS[kind] if kind in ANSWERS else refuted
        kinds[kind] += 1
        if kind and not by_kind:
            missed.append((mutant.kind, mutant.said, kind, why, sorted(refuted)))
        if kind and refuted - BY_COMPARISON:
            count["by paths"] += 1
        if not kind:
            harmless.append((mutant.kind, mutant.said, REASONS[mutant.kind], bool(refuted)))
    harmful = sum(kinds.values()) - kinds[""]
    with capsys.disabled():
        print(
            f"\n{code}: {len(made)} mutants, {harmful} harmful, {harmful - len(missed)} caught "
            f"({count['by paths']} without comparing with the lawful definition); {kinds['']} equivalent, "
            f"{sum(refused for *_, refused in harmless)} of them refused all the same"
        )
        for changed, said, reason, refused in harmless:
            print(f"    {changed} {said}: {reason}{'; refused' if refused else ''}")
    assert missed == []
    assert harmful >= LEAST_PER_DEFINITION


# Stages in the middle of a procedure into which another one leads: the case goes on where it stood, or as one of money.
FOREIGN = {("P-PT", "head-examine"), ("P-PT", "investigate"), ("P-ZX", "surcharge")}
# What a return from the police must not undermine; that the case was filed stands in the condition and guards of the move.
AFTER_RETURN = {"S01", "S06", "S07", "S08", "S10", "S11", "S13", "L01"}


def test_ways_in_from_other_procedures_undermine_nothing() -> None:
    links = {
        (move.procedure, move.to)
        for code in shipped.codes()
        for stage in parse(whole(code)).stages.values()
        for move in stage.links
        if move.to not in parse(whole(move.procedure)).doors
    }
    assert links == FOREIGN
    for code, stage in links:
        content = whole(code)
        content["entries"] = [*content.get("entries", ()), stage]
        broken = {item.property for item in report(content).refuted} - BY_COMPARISON
        if code == "P-ZX":
            assert broken == set(), (code, stage, broken)
        else:
            assert broken & AFTER_RETURN == set(), (code, stage, broken)


def test_a_return_to_the_head_asks_whether_the_investigation_was_concluded() -> None:
    for stage in parse(whole("P-YS")).stages.values():
        for move in stage.links:
            if move.to == "head-examine":
                assert "finding-gx-02@1" in move.guards


def test_the_oracle_finds_no_harm_in_what_ships() -> None:
    assert {code: oracle.harm(code, whole(code)) for code in shipped.codes()} == dict.fromkeys(
        shipped.codes(), ("", "")
    )


# What has to answer for a kind of harm: broken orders and clocks are found on the paths, not by comparison alone.
_LAW = {f"S{n:02d}" for n in range(1, 29)}
ANSWERS = {"order": _LAW, "structure": {"L01", "T01", "T02"}, "period": _LAW | {"L01"}}
BY_COMPARISON = {"T03", "T04", "T05"}
# Why a mutant of a kind can be without harm. The verifier may refuse it all the same: a variant keeps what is lawful.
REASONS = {
    "remove": "the stage asks nothing, keeps no clock, hears nobody, and every other stage is still reached",
    "remove-and-join": "the stage asks nothing, keeps no clock and hears nobody; what follows it is still reached in order",
    "by-pass": "the target could be reached without the stage before, by another lawful way",
    "swap-role": "no statute names the actor, and the new one need not be somebody else than the old",
    "drop-guard": "the guard is asked by every move into the stage as well",
    "drop-stop": "the period is ended later on every path all the same",
    "drop-move": "source and target are still reached and left by other moves, in the same order",
}
