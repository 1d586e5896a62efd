"""Credit, channels and letters of citizens over REST: each by its person, the second person's yes by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mingcha.accounts.models import Organisation
from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.decisions.models import Decision
from mingcha.disclosure import actions
from mingcha.disclosure.models import ChannelEvent, Publication, Withdrawal
from mingcha.interfaces.tests.test_api_layouts import Program
from mingcha.ledger.models import JournalEntry
from mingcha.petitions import inbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]


def refused(response: Any, status: int, code: str = "") -> bool:
    found = response.json()
    codes = [found["code"], *(row["code"] for row in found.get("reasons", ()))]
    return response.status_code == status and (not code or code in codes)


def test_credit_is_asked_approved_by_another_and_repaired(play: Callable[..., Any]) -> None:
    journey = play("publish")
    decision = Decision.objects.get(case_id=journey.id)
    place = f"/decisions/{decision.id}"
    with clock.frozen(clock.at(journey.day, 17)):
        clerk, head, outsider = Program("sutang"), Program("shenyi"), Program("heshan")
        assert {row["channel"] for row in clerk.get("/channels/owed").json()} >= {"credit"}
        assert outsider.get(f"{place}/channels").status_code in (403, 404)
        wanted = {"severity": "general", "publish": True}
        assert refused(clerk.post(f"{place}/credit", {"severity": "minor", "publish": True}), 422)
        made = clerk.post(f"{place}/credit", wanted, key="one")
        assert made.status_code == 201 and clerk.post(f"{place}/credit", wanted, key="one").json() == made.json()
        assert refused(clerk.post(f"{place}/credit", wanted), 409, "credit-request-open")
        answer = f"/credit-requests/{made.json()['id']}/answer"
        assert refused(clerk.post(answer, {"approved": True}), 403)
        assert outsider.post(answer, {"approved": True}).status_code in (403, 404)
        (row,) = clerk.get(f"{place}/channels").json()["requests"]
        assert row["approved"] is None and row["until"] > row["repair_from"] > row["due_on"]
        assert head.post(answer, {"approved": True}).status_code == 201
        today = clock.today().isoformat()
        ended = {"channel": "credit", "ground": "repaired", "arose_on": today, "happened_on": today, "note": "1号"}
        assert refused(clerk.post(f"{place}/channels/end", ended), 409, "credit-repair-too-early")
        over = {**ended, "ground": "expired"}
        assert refused(clerk.post(f"{place}/channels/end", over), 409, "channel-not-expired")
        early = {**ended, "ground": "early", "arose_on": "0001-01-01"}
        assert "arose_on" in clerk.post(f"{place}/channels/end", early).json()["fields"]
        assert not ChannelEvent.objects.exists()
    with clock.frozen(clock.at(dt.date.fromisoformat(row["repair_from"]), 9)):
        day = row["repair_from"]
        repaired = {**ended, "arose_on": day, "happened_on": day, "portal": True}
        assert refused(clerk.post(f"{place}/channels/end", {**repaired, "note": ""}), 422)
        waiting = clerk.post(f"{place}/channels/end", repaired)
        assert refused(clerk.post(f"{place}/channels/end", repaired), 409, "channel-end-open")
        (end,) = clerk.get(f"{place}/channels").json()["ends"]
        assert end["id"] == waiting.json()["id"] and end["approved"] is None and not ChannelEvent.objects.exists()
        answer = f"/channel-ends/{end['id']}/answer"
        assert refused(clerk.post(answer, {"approved": True}), 409, "publish-own-approval")
        assert outsider.post(answer, {"approved": True}).status_code in (403, 404)
        assert refused(head.post(answer, {"approved": False}), 422)
        assert head.post(answer, {"approved": True}).status_code == 201
        assert refused(head.post(answer, {"approved": True}), 409, "channel-end-answered")
        assert refused(clerk.post(f"{place}/channels/end", repaired), 409, "channel-step-recorded")
        shown = {item["channel"]: item for item in clerk.get(f"{place}/channels").json()["channels"]}
        assert shown["credit"]["ground"] == "repaired" and shown["credit"]["withdrawn_on"] == day
        assert Withdrawal.objects.filter(publication__decision=decision).exists()
    kinds = set(JournalEntry.objects.filter(case_id=journey.id).values_list("kind", flat=True))
    assert {"credit-asked", "credit-answered", "channel-end-answered", "channel-withdrawn"} <= kinds


def test_annual_figures_are_counted_signed_and_sent(play: Callable[..., Any]) -> None:
    play("publish")
    with clock.frozen(clock.at(dt.date(2027, 1, 4), 10)):
        clerk, head, supervisor, outsider = (Program(name) for name in ("sutang", "shenyi", "fangzhi", "heshan"))
        assert refused(clerk.post("/years", {"year": 1900}), 422) and clerk.get("/years").json() == []
        made = clerk.post("/years", {"year": 2026, "note": "机构没有变化。"}, key="a")
        assert made.status_code == 201 and clerk.post("/years", {"year": 2026}, key="b").status_code == 201
        place = f"/years/{made.json()['id']}"
        sent = {"receiver": "明水市综合行政执法局", "sent_on": "2027-01-04", "number": "1号"}
        assert refused(clerk.post(f"{place}/sending", sent), 409, "year-not-signed")
        assert refused(clerk.post(f"{place}/release", {}), 403)
        assert outsider.get(place).status_code in (403, 404) and Program("lince").get("/years").status_code == 403
        assert head.post(f"{place}/release", {}).status_code == 201
        assert refused(head.post(f"{place}/release", {}), 409, "year-signed")
        assert refused(clerk.post(f"{place}/sending", {**sent, "sent_on": "2027-01-05"}), 422)
        assert clerk.post(f"{place}/sending", sent).status_code == 201
        assert refused(clerk.post(f"{place}/sending", sent), 409, "year-sent")
        told = supervisor.get(place).json()
        assert told["tables"][0]["total"] == 1 and told["receiver"] == sent["receiver"] and told["signed_at"]
        assert [bool(row["sent_on"]) for row in supervisor.get("/years", year=2026).json()] == [False, True]
        assert supervisor.get("/years", year=2025).json() == []


def test_texts_for_other_media_end_with_the_publication(play: Callable[..., Any], client: Client) -> None:
    journey = play("publish")
    row = Publication.objects.get(decision__case_id=journey.id)
    place = f"/api/v1/public/decisions/{row.id}/texts"
    texts = client.get(place).json()
    assert journey.case.party_name in texts["long"] and f"/p/decisions/{row.id}/" in texts["short"]
    with clock.frozen(clock.at(journey.day, 17)):
        actions.withdraw(row.id, actor=actor_named("sutang"), reason="公示有误")
    gone = client.get(place)
    assert refused(gone, 409, "entry-withdrawn") and journey.case.party_name not in gone.content.decode()


@pytest.mark.usefixtures("district")
def test_a_letter_is_worked_by_the_supervisor_and_reported_on_without_its_sender() -> None:
    letter = {
        "kind": "conduct",
        "organisation": "明水区综合行政执法局",
        "text": "没有出示执法证。",
        "name": "江某某",
        "contact": "信箱七号",
    }
    item, _ = inbox.submit(inbox.fresh_form(), {**letter, "anonymous": False}, jurisdiction="990100")
    supervisor, clerk = Program("fangzhi"), Program("sutang")
    (row,) = supervisor.get("/petitions", state="open").json()
    assert row["receipt"] == item.receipt and row["due_on"] and not row["overdue"]
    place = f"/petitions/{row['id']}"
    told = supervisor.get(place).json()
    assert (told["name"], told["contact"], told["text"]) == ("江某某", "信箱七号", letter["text"])
    assert clerk.get("/petitions").json() == [] and clerk.get(place).status_code == 404
    assert clerk.post(f"{place}/steps", {"kind": "reported", "text": "属实。"}).status_code == 404
    assert Program("lince").get("/petitions").status_code == 403

    def step(who: Program, kind: str, **fields: Any) -> Any:
        return who.post(f"{place}/steps", {"kind": kind, "text": "内部的话。", **fields})

    assert refused(step(supervisor, "answered", outcome="upheld"), 409, "petition-not-accepted")
    assert refused(step(supervisor, "nothing"), 422)
    assert step(supervisor, "accepted").status_code == 201
    organ = supervisor.get(place).json()["organisation"]
    assert organ == letter["organisation"]
    bureau = Organisation.objects.get(name=organ)
    assert step(supervisor, "referred", organisation_id=str(bureau.id)).status_code == 201
    seen = clerk.get(place).json()
    assert seen["text"] == letter["text"] and not seen["name"] and not seen["contact"]
    assert [row["kind"] for row in seen["steps"]] == ["referred"]
    assert refused(step(clerk, "answered", outcome="upheld"), 403)
    assert step(clerk, "reported").status_code == 201
    assert step(supervisor, "answered", outcome="upheld").status_code == 201
    (row,) = supervisor.get("/petitions", state="closed").json()
    assert row["due_on"] is None and supervisor.get("/petitions", state="open").json() == []
    assert refused(step(supervisor, "answered", outcome="upheld"), 409, "petition-closed")
