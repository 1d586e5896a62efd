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


def test_one_place_of_many_is_kept_with_its_reason(login: Login, play: Play, on_day: OnDay) -> None:
    facts = "现场负责人王晓东在场确认，送货人王晓东签字，裸露土方约600平方米。"
    journey = play(until="serve-decision", scenario=Scenario(facts=facts))
    publication = Publication.objects.get(decision__case_id=journey.id)
    url = reverse("disclosure-item", args=[publication.id])
    with on_day(journey.day):
        client = login("sutang")
        editor = redacting.open_editor(publication)
        group = next(row for row in editor.groups if row.text == "王晓东")
        assert group.count == 2 and group.places[1].before.endswith("送货人")
        field = f"places-{group.key}"
        page = client.get(url).content.decode()
        assert page.count(f'name="{field}"') == 2 and f'id="s-{group.places[1].index}"' in page
        posted = {"attested": "on", field: str(group.places[0].index), "version": editor.version}
        # Without a reason nothing stands; a place of another group is none of this one's.
        assert client.post(url, posted | {"intent": "publish"}).status_code == 422
        assert client.post(url, posted | {"intent": "check", field: "9999"}).status_code == 422
        posted |= {f"reason-{group.key}": "系被公开的项目负责人。"}
        checked = client.post(url, posted | {"intent": "check"}).content.decode()
        assert '<mark id="s-' in checked and checked.count("span-no") > 1 and "<details open>" in checked
        # The form of one profile is not signed off with another; the stricter one hides the treasury's account, too.
        assert client.post(url, posted | {"intent": "publish", "profile": "public-strict"}).status_code == 422
        strict = client.get(url, {"profile": "public-strict"}).content.decode()
        assert 'value="public-strict" selected' in strict
        editor = redacting.open_editor(publication, "public-strict")
        group = next(row for row in editor.groups if row.text == "王晓东")
        posted = {"attested": "on", f"places-{group.key}": str(group.places[0].index), "version": editor.version}
        posted |= {f"reason-{group.key}": "系被公开的项目负责人。", "profile": "public-strict", "intent": "publish"}
        assert client.post(url, posted).status_code == 302
    release = Release.objects.get(publication=publication)
    assert release.content["profile"] == "public-strict" and "600000000000000" not in release.content["text"]
    assert "现场负责人王晓东在场确认，送货人王某某签字" in release.content["text"]
    assert [row["reason"] for row in release.signoff.spans if "rejected" in row] == ["系被公开的项目负责人。"]
