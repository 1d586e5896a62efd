"""Showing of certificates and wearing of the uniform: noted in the record, or the record is not made (R030, R031)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from mingcha.accounts.queries import actor_named
from mingcha.catalogues import profiles
from mingcha.catalogues.models import Edition
from mingcha.catalogues.tests.putting import put
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.documents import actions as documents
from mingcha.documents.showing import lacking
from mingcha.interfaces.demo.journey import Journey

Play = Callable[..., Journey]
AT = dt.datetime(2026, 9, 14, 1, tzinfo=dt.UTC)
SITE: dict[str, Any] = {"cert_shown_at": AT, "told": [{"item": "已出示执法证件并说明身份", "done": "yes"}]}
INQUIRY: dict[str, Any] = {"opening": [{"question": "这是我们的执法证件，请看清楚。", "answer": "看清楚了。"}]}


def profile(code: str, **organ: Any) -> dict[str, Any]:
    return profiles.compose(code, hearing={}, organ=organ)


def codes(kind: str, fields: dict[str, Any], content: dict[str, Any]) -> list[str]:
    return [row.code for row in lacking(kind, fields, content)]


@pytest.mark.parametrize("code", profiles.SHIPPED)
def test_every_policy_wants_the_certificate_noted(code: str) -> None:
    noted = {"uniform": "worn"}
    assert codes("site-record", {**SITE, **noted}, profile(code)) == []
    assert codes("inquiry-record", {**INQUIRY, **noted}, profile(code)) == []
    assert codes("inquiry-record", {"opening": [{"question": "这是证件", "answer": " "}], **noted}, profile(code)) == [
        "certificate-not-noted"
    ]
    unshown = {**SITE, "told": [{"item": "已出示执法证件并说明身份", "done": "no"}], **noted}
    assert codes("site-record", unshown, profile(code)) == ["certificate-not-noted"]


@pytest.mark.parametrize(
    ("code", "organ", "wanted"),
    [
        ("s0", {}, False),
        ("s3", {}, False),
        ("s3", {"uniform": True}, True),
        ("s4", {}, True),
        ("s4", {"uniform": False}, True),
    ],
)
def test_the_uniform_where_the_policy_wants_it(code: str, organ: dict[str, Any], wanted: bool) -> None:
    content = profile(code, **organ)
    assert codes("site-record", SITE, content) == (["uniform-not-noted"] if wanted else [])
    assert codes("site-record", {**SITE, "uniform": "plain"}, content) == (["uniform-not-noted"] if wanted else [])
    assert codes("site-record", {**SITE, "uniform": "worn"}, content) == []


def test_letters_are_no_records() -> None:
    assert codes("penalty-notice", {}, profile("s4")) == []


@pytest.mark.django_db
def test_the_record_is_refused_until_it_notes_the_uniform(play: Play) -> None:
    """A journey under the policy that wants it: the site record without is refused, with it is printed."""
    with clock.frozen(clock.at(dt.date(2026, 9, 4), 10)):
        running = Edition.objects.get(kind="policy-profile", organisation__name="明水区综合行政执法局")
        row = {"value": "always", "source": "本机关确定", "words": "", "verified": False, "reason": "试"}
        values = {**running.content["values"], "record.uniform": row}
        put("policy-profile", profiles.flattened({**running.content, "values": values}))
    journey = play("evidence")
    with clock.frozen(clock.at(journey.day, 15)):
        now = clock.now()
        fields: dict[str, Any] = {
            "start": now - dt.timedelta(minutes=40), "end": now - dt.timedelta(minutes=5), "place": "工地", "recorder": "林策",
            "cert_shown_at": now - dt.timedelta(minutes=41), "party_present": True, "observations": [{"fact": "未覆盖"}],
            "read_by": "self",
        }  # fmt: skip
        with pytest.raises(Refused) as caught:
            documents.issue(journey.id, "site-record", actor=actor_named("lince"), fields=fields)
        assert [reason.code for reason in caught.value.reasons] == ["uniform-not-noted"]
        made = documents.issue(
            journey.id, "site-record", actor=actor_named("lince"), fields={**fields, "uniform": "worn"}
        )
        assert made.fields["uniform"] == "worn"
