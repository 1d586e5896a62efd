"""Other channels (公示渠道): a column in another site, texts to forward, cards — live, and gone with a withdrawal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.disclosure import actions
from mingcha.disclosure.models import Publication


@pytest.mark.django_db
@pytest.mark.usefixtures("own_log")
def test_what_is_shown_elsewhere_goes_with_a_withdrawal(play: Callable[..., Any], client: Client) -> None:
    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        row = Publication.objects.get(decision__case_id=journey.id)
        assert row.decision is not None
        number = row.decision.number
        column = client.get(reverse("portal:embed"), {"rows": "5"})
        # Other sites may frame this page, and only this one.
        assert "X-Frame-Options" not in column.headers
        assert "frame-ancestors *" in column.headers["Content-Security-Policy"]
        other = client.get(reverse("portal:home"))
        assert other.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "frame-ancestors 'self'" in other.headers["Content-Security-Policy"]
        assert number in column.content.decode() and column.headers["Cache-Control"] == "no-store"
        assert number not in client.get(reverse("portal:embed"), {"q": "没有这样的词语"}).content.decode()
        post = client.get(reverse("portal:post", args=[row.id])).content.decode()
        assert number in post and f"/p/decisions/{row.id}/" in post
        for page in ("portal:channels", "portal:notice-card", "portal:site-code"):
            assert client.get(reverse(page)).status_code == 200
        actions.withdraw(row.id, actor=actor_named("sutang"), reason="公示有误")
        assert number not in client.get(reverse("portal:embed")).content.decode()
        gone = client.get(reverse("portal:post", args=[row.id]))
        assert gone.status_code == 410 and "公示有误" in gone.content.decode()
