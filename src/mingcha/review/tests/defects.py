"""One hundred and some defects of a file: what is wrong, how it is seeded, which point and finding must name it.

`forbidden`: the system itself does not let it come to this; it is seeded past the triggers, as an imported or a spoilt
database would hold it. The others happen through the real actions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mingcha.review.findings import DIFFERS
from mingcha.review.tests.world import World


@dataclass(frozen=True)
class Defect:
    """A defect with the finding that must name it."""

    name: str
    point: str
    code: str
    seed: Callable[[World], object]
    state: str = DIFFERS
    forbidden: bool = True
    # The world it is seeded into: fine without hearing, with hearing, a person.
    world: str = "plain"


def table() -> list[Defect]:
    """All defects; each name once."""
    from mingcha.review.tests import defects_papers, defects_people, defects_substance

    rows = [*defects_people.ROWS, *defects_papers.ROWS, *defects_substance.ROWS]
    assert len({row.name for row in rows}) == len(rows)
    return rows
