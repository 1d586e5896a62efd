"""The fifteen definitions: as many stages as the source counts, everything named exists, the words are whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from mingcha.accounts.choices import Role
from mingcha.deadlines.rulebook import editions
from mingcha.documents.rendering.fields import kinds
from mingcha.procedures import guards, shipped
from mingcha.procedures.definition import Definition, Stage, parse
from mingcha.statutes.refs import find

# Rows of the source tables, the shared tail of four in each; P-TZ is P-PT with seven more.
STAGES = {
    "P-JY": 16, "P-PT": 31, "P-TZ": 38, "P-XK": 31, "P-CS": 22, "P-ZX": 23, "P-FY": 14, "P-JC": 18, "P-ZF": 18,
    "P-ZT": 15, "P-ZY": 9, "P-SF": 12, "P-QR": 12, "P-YS": 17, "P-JW": 8,
}  # fmt: skip


def every() -> Iterator[tuple[Definition, Stage]]:
    for code in shipped.codes():
        definition = parse(shipped.definition_file(code))
        for stage in definition.stages.values():
            yield definition, stage


def test_as_many_stages_as_the_source_counts() -> None:
    counted = {code: len(parse(shipped.definition_file(code)).stages) for code in shipped.codes()}
    assert counted == STAGES
    assert sum(counted.values()) == 284


def test_every_stage_carries_its_columns() -> None:
    for definition, stage in every():
        where = f"{definition.code}.{stage.id}"
        assert stage.name and not re.search(r"[a-z]", stage.name), where
        assert re.search(r"第[一二三四五六七八九十百]+条|国办发", stage.article), where
        assert stage.roles and stage.recording in ("A", "B", "N"), where
        assert stage.step in definition.steps, where
        assert stage.terminal == (stage.id == "archive"), where
        for move in stage.moves:
            assert move.label and not re.search(r"[A-Za-z]", move.label + move.when), f"{where} {move.label}"


def test_every_citation_can_be_read() -> None:
    """Articles are written so that the parser of citations finds each one again."""
    for definition, stage in every():
        for part in stage.article.split("；"):
            if not part.startswith("国办发"):
                law, article = re.match(r"(.+?)(第.+)", part).groups()  # type: ignore[union-attr]
                found = find(f"《{law}》{article}")
                assert found and found[0].end == len(law) + 2 + len(article), f"{definition.code}.{stage.id} {part}"


def test_every_period_has_a_rule_with_its_reckoning() -> None:
    rules = editions()
    used = {item for _, stage in every() for item in (*stage.starts, *stage.ends, *stage.pauses, *stage.extends)}
    assert used == set(shipped.periods())
    assert used <= set(rules), sorted(used - set(rules))


def test_every_template_may_be_named_and_no_other() -> None:
    assert shipped.documents() == set(kinds())


def test_every_role_is_acted_for_by_a_role_of_accounts() -> None:
    used = {role for _, stage in every() for role in (*stage.roles, *(r for m in stage.moves for r in m.roles))}
    assert used <= set(shipped.roles())
    for slug, row in shipped.roles().items():
        assert row["label"] and (row["account_role"] in Role.values or slug == "system"), slug
        assert shipped.account_role(slug) == row["account_role"]
    assert {role.value for role in Role} - {"admin"} <= set(shipped.roles())


def test_a_move_into_another_procedure_leads_to_a_stage_of_it() -> None:
    links = [(move, definition) for definition, stage in every() for move in stage.links]
    assert len({(definition.code, move.source, move.procedure, move.to) for move, definition in links}) == len(links)
    for move, definition in links:
        other = parse(shipped.definition_file(move.procedure))
        assert move.to in other.stages, f"{definition.code}.{move.source} -> {move.procedure}.{move.to}"
        assert (move.source, move.to) not in definition.edges() or move.to in definition.stages


def test_guards_of_rooms_are_listed_with_the_same_words() -> None:
    """The catalogue repeats what the rooms register, so that definitions can be read without them."""
    for name in guards.names():
        if name in guards.catalogue():
            registered, listed = guards.known(name), guards.catalogue()[name]
            assert registered and (registered.label, registered.article) == (listed.label, listed.article), name
    computed = {name for name, entry in guards.catalogue().items() if entry.mode == "computed"}
    assert computed <= set(guards.names())


def test_every_guard_of_the_catalogue_says_what_must_be_true() -> None:
    identifiers = {item for entry in guards.catalogue().values() for item in (entry.id, *entry.also) if item}
    wanted = {
        *(f"GP-{n:02d}" for n in range(1, 21)), *(f"GC-{n:02d}" for n in range(1, 31)),
        *(f"GL-{n:02d}" for n in range(1, 15)), *(f"GI-{n:02d}" for n in range(1, 12)),
        *(f"GE-{n:02d}" for n in range(1, 10)), *(f"GM-{n:02d}" for n in range(1, 7)),
        "GF-01", "GF-02", "GF-03", "GQ-01", "GQ-02", "GQ-03",
        *(f"G-{n:02d}" for n in (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 19, 22)),
    }  # fmt: skip
    assert wanted <= identifiers
    for entry in guards.catalogue().values():
        assert entry.label and entry.article and entry.mode in ("computed", "finding"), entry.name
        if entry.mode == "finding":
            assert entry.name == f"finding-{entry.id.lower()}@1"


def test_an_unknown_guard_refuses() -> None:
    assert [reason.code for reason in guards.ask("no-such@1", None, None).reasons] == ["guard-unknown"]


def test_every_guard_of_the_catalogue_has_somebody_to_answer() -> None:
    assert set(guards.catalogue()) <= set(guards.names())


@pytest.mark.parametrize("code", shipped.codes())
def test_guards_of_a_stage_are_asked_on_every_way_in(code: str) -> None:
    definition = parse(shipped.definition_file(code))
    for stage in definition.stages.values():
        for move in stage.own:
            asked = set(move.guards)
            assert set(move.own_guards) <= asked
            assert set(definition.stages[move.to].guards) <= asked
            if stage.id in definition.doors:
                assert set(stage.guards) <= asked
        for move in stage.links:
            assert set(move.guards) >= set(move.own_guards)


def test_what_passes_by_itself_asks_nothing_of_a_person() -> None:
    """Only where nothing is left to decide: no reason to give, no act of its own, no way out, never into a decision."""
    quiet = {
        (definition.code, move.source, move.to) for definition, stage in every() for move in stage.moves if move.passes
    }
    tail = {("served", "publish-check"), ("served", "perform-wait"), ("publish-check", "published"),
            ("published", "close"), ("close", "archive")}  # fmt: skip
    common = {("file", "investigate"), ("decision-doc", "serve"), ("announce", "served"), ("serve", "served"), *tail}
    assert quiet == {
        *(("P-PT", *pair) for pair in (*common, ("notify", "hear-statement"))),
        *(("P-TZ", *pair) for pair in (*common, ("notify", "hearing-window"))),
    }
    for definition, stage in every():
        for move in stage.moves:
            if move.passes:
                where = f"{definition.code}.{stage.id}"
                assert not (move.needs_reason or move.action or move.procedure or move.irreversible), where
                assert move.to not in ("decide", "decide-none", "legal-review", "collective", "head-examine"), where


def test_what_is_inherited_is_filled_in_and_not_shared() -> None:
    hearing = shipped.definition_file("P-TZ")
    assert "extends" not in hearing and "after" not in hearing
    assert [row["id"] for row in hearing["stages"]].count("notify") == 1
    hearing["stages"].clear()
    assert len(shipped.definition_file("P-TZ")["stages"]) == 38
    assert json.dumps(shipped.definition_file("P-PT"), ensure_ascii=False)


def test_only_what_the_law_attaches_to_the_end_of_a_period_happens_by_the_clock() -> None:
    """Force, closing for want of papers, demands and decisions wait for a person even when their day has come."""
    by_clock = {
        (definition.code, move.source, move.to)
        for definition, stage in every()
        for move in stage.own
        if move.expiry and "system" in move.roles
    }
    assert by_clock == {
        ("P-PT", "hear-statement", "review-scope"), ("P-TZ", "hear-statement", "review-scope"),
        ("P-TZ", "hearing-window", "hear-statement"), ("P-XK", "intake", "deemed-accepted"),
        ("P-XK", "hearing-notify", "examine"), ("P-XK", "renew", "deemed-renewed"),
        ("P-XK", "in-force", "deregister"), ("P-CS", "ratify", "release"), ("P-CS", "in-force", "expired"),
        ("P-CS", "in-force-ext", "expired"), ("P-FY", "demand-54", "lapsed"), ("P-SF", "fee-defer", "fee-deferred"),
    }  # fmt: skip


# What may be done before the day as well: by waiver, by another ground, or because nothing forbids to do it earlier.
_ALSO_BEFORE = {
    ("P-CS", "ratify", "release"): "the head may hold that the measure should not stand",
    ("P-FY", "remedy-watch", "demand-54"): "行政强制法 art. 54 does not say when to urge; the months of art. 53 are a finding",
    ("P-FY", "demand-54", "apply"): "a finding says that the ten days have passed",
    ("P-JC", "ratify-urgent", "close"): "the head may refuse at once",
    ("P-PT", "hear-statement", "review-scope"): "guards know the waiver",
    ("P-TZ", "hearing-window", "hear-statement"): "guards know the waiver",
    ("P-TZ", "hear-statement", "review-scope"): "guards know the waiver",
    ("P-SF", "fee-defer", "fee-deferred"): "the head may consent",
    ("P-XK", "in-force", "deregister"): "other grounds of 行政许可法 art. 70",
    ("P-XK", "renew", "deemed-renewed"): "the day is that of the licence, not of the period that the rule counts",
    ("P-ZF", "negotiate", "comp-decide"): "also when the owner is not known",
}  # fmt: skip


def test_what_follows_from_a_lapse_cannot_be_done_before_it() -> None:
    """No person ends a seizure as lapsed, or a chance to be heard as let go, while the days still run."""
    unguarded = set()
    for definition, stage in every():
        for move in stage.own:
            asked = {guards.catalogue()[name].period for name in move.guards}
            if move.expiry and not asked & {move.expiry, *move.expiries}:
                unguarded.add((definition.code, move.source, move.to))
    assert unguarded == set(_ALSO_BEFORE)
