"""The workplace over a large file: nothing is asked once per document, and one document is opened at a time."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingcha.common.ids import uuid7
from mingcha.documents.models import Document
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.tests.test_officials_review import Login
from mingcha.review import actions, queries
from mingcha.review.tests.test_handling import OnDay, Play, Who

MANY = 200


def grow(journey: Journey, count: int) -> None:
    """Copies of the site record, as issued papers of the file."""
    row = Document.objects.filter(case=journey.case, kind="site-record").latest("issued_at")
    Document.objects.bulk_create(
        Document(
            id=uuid7(),
            case=journey.case,
            kind=row.kind,
            template_version=row.template_version,
            title=row.title,
            number="",
            fields=row.fields,
            digest=row.digest,
            issued_by=row.issued_by,
            issued_at=row.issued_at,
        )
        for _ in range(count)
    )


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
        grow(journey, MANY)
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
