"""The workplace over a large file: nothing is asked once per document, and one document is opened at a time."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingcha.interfaces.bench.rows import copies
from mingcha.interfaces.tests.test_officials_review import Login
from mingcha.review import actions, queries
from mingcha.review.tests.test_handling import OnDay, Play, Who

MANY = 200


def test_two_hundred_documents_cost_no_more_questions(play: Play, actor: Who, on_day: OnDay, login: Login) -> None:
    journey = play(until="submit")
    url = reverse("review-case", args=[journey.id])
    with on_day(journey.day):
        client = login("zhouheng")
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as few:
            client.get(url)
        copies(journey.case, MANY)
        handler = actor("lince")
        actions.withdraw(journey.id, actor=handler, reason="补充材料")
        actions.submit(journey.id, actor=handler, attested=True)
        found = queries.open_submission(journey.case)
        assert found is not None
        assert len(found.materials) > MANY
        with CaptureQueriesContext(connection) as many:
            page = client.get(url).content.decode()
        pane = client.get(url, {"show": "draft"}, headers={"X-Requested-With": "fetch"}).content.decode()
    assert len(many) <= len(few) + 4, [row["sql"][:90] for row in many.captured_queries]
    # The select of a point names each material once; the text of none but the shown one is on the page.
    assert page.count("<option") < (MANY + 30) * 10
    assert "行政处罚决定书" in page
    assert "<html" not in pane
