"""The clerk's redaction editor: a span extended with a reason, a proposal that changed meanwhile, two clerks at once."""

from __future__ import annotations

from django.urls import reverse

from mingcha.disclosure.models import Publication, Release
from mingcha.interfaces.demo.journey import Scenario
from mingcha.interfaces.tests.test_officials_decide import Login, OnDay, Play
from mingcha.interfaces.workbench import redacting

FACTS = "当事人承建的工地未采取防尘措施，现场负责人王晓东的妻子在场确认，裸露土方约600平方米。"


def test_a_span_is_extended_and_only_what_was_seen_is_signed(login: Login, play: Play, on_day: OnDay) -> None:
    journey = play(until="serve-decision", scenario=Scenario(facts=FACTS))
    publication = Publication.objects.get(decision__case_id=journey.id)
    url = reverse("disclosure-item", args=[publication.id])
    with on_day(journey.day):
        client, other = login("sutang"), login("sutang")
        editor = redacting.open_editor(publication)
        assert f'name="version" value="{editor.version}"' in client.get(url).content.decode()
        posted = {
            "intent": "publish",
            "attested": "on",
            # A selection may run over the end of a line and over a span of the engine.
            "hide": "王晓东的 妻子\n防尘",
            "hide_reason": "可能识别出第三人。",
        }
        stale = client.post(url, posted | {"version": "0" * 32})
        assert stale.status_code == 422
        assert "没有签发" in stale.content.decode()
        assert editor.version in stale.content.decode()
        assert not Release.objects.exists()
        assert client.post(url, posted | {"version": editor.version}).status_code == 302
        second = other.post(url, posted | {"version": editor.version, "form_token": "other"}, follow=True)
        assert "可能识别出第三人。" in second.content.decode()
    release = Release.objects.get(publication=publication)
    # The letter was cut into clauses when it was issued: what is hidden beyond that goes by whole clauses.
    assert "（此处隐去）现场负责人（此处隐去）裸露土方约600平方米。" in release.content["text"]
    assert "妻子" not in release.content["text"]
    # The cause stands beside the text: what is hidden there must not come out here.
    assert "防尘" not in str(release.content)
    assert "（此处隐去）" in release.content["cause"]
    manual = [row for row in release.signoff.spans if row.get("rule") == "manual"]
    assert [row["reason"] for row in manual] == ["可能识别出第三人。"] * len(manual)
    assert "可能识别出第三人" not in str(release.content)
