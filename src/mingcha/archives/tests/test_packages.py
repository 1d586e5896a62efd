"""A dossier is sealed, its package checked by itself, and every attack on it is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mingcha.archives import sealing
from mingcha.archives.models import PropertyCheck
from mingcha.archives.packing import checking
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import keys
from mingcha.ledger.core.bundle import Outcome

pytestmark = pytest.mark.django_db
Play = Callable[..., Journey]


def test_a_sealed_dossier_checks_by_itself(play: Play) -> None:
    journey = play(until="archive")
    row = sealing.seal(journey.id, sequence=True)
    report = checking.check(sealing.folder(row.name), [keys.verifier(row.case.jurisdiction)])
    assert report.outcome == Outcome.GENUINE, report.message
    assert PropertyCheck.objects.get().failed == 0
