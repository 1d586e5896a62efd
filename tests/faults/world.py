"""One penalty case, played, printed, sealed and in the log, in a data directory of its own: `python -m tests.faults.world`."""

from __future__ import annotations

import datetime as dt

import django


def build() -> None:
    """Into the data directory of the settings, as an installation would hold it; founded first where it is empty."""
    from mingcha.accounts.models import Organisation
    from mingcha.archives import sealing
    from mingcha.common import clock
    from mingcha.interfaces.commands.setting_up import run_migrations
    from mingcha.interfaces.demo import district
    from mingcha.interfaces.demo.journey import Journey
    from mingcha.ledger import checks, seals, sequencer

    run_migrations()
    if not Organisation.objects.exists():
        district.create()
    journey = Journey(dt.date(2026, 9, 14))
    case = journey.run("archive")
    with clock.frozen(clock.at(journey.day, 16)):
        sealing.seal(case.id, sequence=True)
        for _ in range(2):
            for log in sequencer.known_logs():
                sequencer.sequence(log)
            seals.seal()
    found = checks.check(first_only=False).findings
    assert found == [], found


if __name__ == "__main__":
    django.setup()
    build()
