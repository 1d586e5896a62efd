"""Two people at once on one case, each with a connection of his own, over the REST interface: one acts, the other is told.

Run as a program over an empty database (SQLite or PostgreSQL, as the environment says); the last line is JSON.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import Any

import django


def main() -> None:
    django.setup()
    from mingcha.interfaces.commands.setting_up import run_migrations

    run_migrations()
    from django.db import connections
    from django.test import Client

    from mingcha.accounts.actions import create_token
    from mingcha.accounts.actors import SYSTEM
    from mingcha.accounts.models import Officer
    from mingcha.common import clock
    from mingcha.decisions.models import Decision
    from mingcha.interfaces.demo import district
    from mingcha.interfaces.demo.journey import Journey
    from mingcha.ledger.models import JournalEntry
    from mingcha.review.models import Opinion
    from mingcha.review.queries import latest
    from mingcha.review.tests.test_handling import marks

    district.create()
    journey = Journey(start=clock.today() - dt.timedelta(days=60))
    journey.run(until="submit")
    names = ("zhouheng", "guyan", "shenyi", "chengyuan")
    tokens = {
        name: create_token(Officer.objects.get(user__username=name), label="race", days=400, by=SYSTEM)
        for name in names
    }

    def race(who: tuple[str, str], path: str, body: dict[str, Any], hour: int) -> list[tuple[int, str]]:
        """Both send at the same moment; what each was answered."""
        gate, answers = threading.Barrier(2), []

        def send(name: str) -> None:
            try:
                with clock.frozen(clock.at(journey.day, hour)):
                    gate.wait(30)
                    answer = Client(raise_request_exception=False, SERVER_NAME="localhost").post(
                        f"/api/v1/cases/{journey.id}/{path}",
                        json.dumps(body),
                        content_type="application/json",
                        headers={"authorization": f"Bearer {tokens[name]}"},
                    )
                    answers.append((answer.status_code, str(answer.json().get("code", ""))))
            finally:
                connections.close_all()

        hands = [threading.Thread(target=send, args=(name,)) for name in who]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join(60)
        return sorted(answers)

    def refusals() -> list[str]:
        rows = JournalEntry.objects.filter(kind="act-refused").select_related("content").order_by("id")
        return [json.loads(row.content.payload or "{}")["act"] for row in rows]

    found = latest(journey.case)
    assert found is not None
    opinion = {"conclusion": "agree", "points": marks(found), "text": "同意"}
    told: dict[str, Any] = {"opinions": race(("zhouheng", "guyan"), "reviews/opinion", opinion, 15)}
    told["stored_opinions"] = Opinion.objects.filter(submission__case_id=journey.id).count()
    told["decisions"] = race(("shenyi", "chengyuan"), "decision", {"opinion": "同意"}, 16)
    told["stored_decisions"] = Decision.objects.filter(case_id=journey.id).count()
    told["refused"] = refusals()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
