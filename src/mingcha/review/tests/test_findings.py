"""What the machine says is measured: every seeded defect is found and named, nothing is invented on clean files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mingcha.common import clock
from mingcha.interfaces.demo.journey import Scenario
from mingcha.review.findings import DIFFERS, findings
from mingcha.review.tests.defects import Defect, table
from mingcha.review.tests.world import World, build, open_the_database, spoilt

pytestmark = pytest.mark.django_db
START = dt.date(2026, 9, 14)


def worlds(names: Iterable[str]) -> dict[str, World]:
    made = {
        "plain": lambda: build(START),
        "hearing": lambda: build(START, Scenario(fine=6_000_000, mark=2), effect="heavier", age=1),
        "person": lambda: build(START, Scenario(fine=1_000_000, mark=3), person=True, age=2),
    }
    return {name: make() for name, make in made.items() if name in names}


def seed(rows: list[Defect]) -> tuple[list[str], list[str]]:
    """Lines of the table, and the defects that were not named."""
    made = worlds({row.world for row in rows})
    clean = {}
    for name, world in made.items():
        with clock.frozen(world.now):
            clean[name] = world.found()
        assert not [row for row in clean[name] if row[2] == DIFFERS], f"invented on the clean file: {name}"
    open_the_database()
    lines, missed = [], []
    for row in rows:
        found: set[tuple[str, str, str]] = set()
        try:
            with spoilt(made[row.world]) as world:
                row.seed(world)
                found = world.found() - clean[row.world]
        except Exception as error:
            found = {("error", repr(error)[:200], "")}
        named = (row.point, row.code, row.state) in found
        how = "越过触发器" if row.forbidden else "经正常操作"
        lines.append(f"{'✓' if named else '✗'}\t{row.point}\t{row.code}\t{row.name}\t{how}")
        if not named:
            missed.append(f"{row.name}: {row.point}/{row.code}/{row.state} not in {sorted(found)}")
    return lines, missed


def test_there_are_a_hundred_defects() -> None:
    rows = table()
    assert len(rows) >= 100
    assert {row.point for row in rows} == set(POINTS)
    assert sum(not row.forbidden for row in rows) >= 5


POINTS = ("subject", "facts", "evidence", "procedure", "law", "discretion", "power", "documents", "crime")


def test_seeded_defects_are_named(district: None) -> None:
    """A quarter of the table, each through the database; the whole of it is behind `--long`."""
    _, missed = seed([row for row in table() if row.world == "plain"][::4])
    assert not missed, "\n".join(missed)


@pytest.mark.slow
def test_every_seeded_defect_is_named(district: None) -> None:
    lines, missed = seed(table())
    print("\n".join(lines))
    print(f"{len(lines) - len(missed)} of {len(lines)} found")
    assert not missed, "\n".join(missed)


# Days on which something begins: plain, before a weekend, before the autumn holidays, across the spring festival.
_STARTS = (dt.date(2026, 9, 14), dt.date(2026, 9, 24), dt.date(2026, 4, 30), dt.date(2026, 2, 9), dt.date(2026, 6, 5))
_FINES = (
    (1_000_000, "ordinary"),
    (2_000_000, "ordinary"),
    (4_000_000, "ordinary"),
    (4_500_000, "heavier"),
    (9_900_000, "heavier"),
)


def clean_variation(n: int) -> World:
    """The nth clean file: another party, conduct, amount, day, number of proofs; hearing offered where it must be."""
    fine, effect = _FINES[n % 5]
    person = n % 4 == 3
    item = ("3.14", "3.14", "3.27", "3.21")[n // 5 % 4]
    scenario = Scenario(
        party=f"清和建筑第{n}工程有限公司", mark=100 + n, item=item, fine=fine,
        handlers=("lince", "handu") if n % 3 else ("handu", "weiqing"),
    )  # fmt: skip
    start = _STARTS[n % len(_STARTS)] + dt.timedelta(days=n // 10)
    more = {
        "person": person,
        "proofs": 3 + n % 6,
        "age": (n * 7) % 200,
        "effect": effect,
        "born": f"19{60 + n % 40}0115",
    }
    return build(start, scenario, **more)


def invented(n: int) -> list[str]:
    world = clean_variation(n)
    with clock.frozen(world.now):
        rows = findings(world.file())
    return [
        f"{n}: {point}/{row.code}: {row.text}" for point, said in rows.items() for row in said if row.state == DIFFERS
    ]


def test_nothing_is_invented_on_clean_files(district: None) -> None:
    assert [line for n in (0, 3) for line in invented(n)] == []


@pytest.mark.slow
def test_nothing_is_invented_on_a_hundred_clean_files(district: None) -> None:
    assert [line for n in range(100) for line in invented(n)] == []


def test_the_reads_do_not_grow_with_the_file(district: None) -> None:
    """Sixty papers more cost no query more."""
    world = build(START)
    open_the_database()

    def count(papers: int) -> int:
        with spoilt(world):
            for n in range(papers):
                world.copy("inquiry-record", -10, **world.paper("inquiry-record").fields | {"sitting": n + 2})
            with CaptureQueriesContext(connection) as seen:
                world.file()
        return len(seen)

    assert count(60) <= count(1)
