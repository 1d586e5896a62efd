"""Who enters answers, another approves (双人公示); the superior approves; channels, their ends, the end of the term."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts import actions as accounts
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.choices import Role, StaffKind
from mingcha.accounts.queries import actor_named
from mingcha.catalogues.tests.test_profiles import begin_with
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused, code_of_database_error
from mingcha.decisions import actions as decisions
from mingcha.decisions.models import Decision
from mingcha.disclosure import actions, approving, channels, controls, credit, ending, preparing, queries
from mingcha.disclosure.choices import PublicState
from mingcha.disclosure.models import (
    ChannelEndAnswer,
    ChannelEndRequest,
    ChannelEvent,
    CreditAnswer,
    CreditRequest,
    Publication,
    PublicEntry,
    Release,
    Signoff,
    Submission,
    SubmissionAnswer,
)
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.actions import append

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
Play = Callable[..., Journey]


def database_code(act: Callable[[], Any]) -> str | None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return code_of_database_error(caught.value)


def codes(act: Callable[[], Any]) -> list[str]:
    with pytest.raises(Refused) as caught:
        act()
    return [reason.code for reason in caught.value.reasons]


def test_one_submits_and_another_publishes(
    play: Play, login: Callable[[str], Client], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_with("publish.approval", "another")
    journey = play("serve-decision")
    row = Publication.objects.get(decision__case_id=journey.id)
    clerk, head = actor_named("sutang"), actor_named("shenyi")
    with clock.frozen(clock.at(journey.day, 17)):
        first = actions.publish(row.id, actor=clerk, attested=True)
        assert isinstance(first, Submission) and not Release.objects.filter(publication=row).exists()
        assert client.get(reverse("portal:decision", args=[row.id])).status_code == 404
        with pytest.raises(Conflict):
            actions.publish(row.id, actor=clerk, attested=True)
        # The three rings: the rule, the action, the trigger; neither the asker nor a release without answer gets by.
        assert codes(lambda: approving.answer(first.id, actor=clerk, approved=True)) == ["publish-own-approval"]
        with pytest.raises(NotPermitted):
            approving.answer(first.id, actor=actor_named("lince"), approved=True)
        own = {"submission": first, "approved": True, "entry_id": 999_999, "at": clock.now(), "by_id": clerk.officer_id}
        assert database_code(lambda: SubmissionAnswer.objects.create(**own)) == "publish-own-approval"
        assert database_code(lambda: forged_release(row, first.content)) == "publish-without-approval"
        with pytest.raises(InvalidInput):
            approving.answer(first.id, actor=head, approved=False)
        # The other sees it, sends it back with a reason; the clerk submits once more.
        seen = login("shenyi")
        assert "待审核" in seen.get(reverse("disclosure")).content.decode()
        shown = seen.get(reverse("disclosure-item", args=[row.id]))
        page = shown.content.decode()
        assert reverse("disclosure-answer", args=[first.id]) in page and "苏棠" in page
        # Side by side: what was signed on the left, what the public would read on the right, the same places marked.
        left, right = ("".join(piece.text for piece in side) for side in shown.context["sides"])
        assert left == preparing.original(row) != right == first.content["text"]
        assert page.count('<mark class="span-auto">') > 2 and "原文" in page
        with monkeypatch.context() as changed:
            changed.setattr(preparing, "original", lambda _: "补正后的文本")
            assert "送审以后决定书补正过" in seen.get(reverse("disclosure-item", args=[row.id])).content.decode()
        place = reverse("disclosure-answer", args=[first.id])
        # Nothing is preset: who chooses nothing has answered nothing.
        assert seen.post(place, {"reason": "案由写全"}).status_code == 422
        sent = seen.post(place, {"approved": "no", "reason": "案由写全"}, follow=True)
        assert sent.status_code == 200
        assert "案由写全" in login("sutang").get(reverse("disclosure-item", args=[row.id])).content.decode()
        second = actions.publish(row.id, actor=clerk, attested=True)
        done = seen.post(reverse("disclosure-answer", args=[second.pk]), {"approved": "yes"}, follow=True)
        assert "公示中" in done.content.decode()
        entry = PublicEntry.objects.get(id=row.id)
        assert entry.state == PublicState.VALID and entry.content == second.content
        release = Release.objects.get(publication=row)
        assert (release.signoff.signed_by_id, release.content_digest) == (clerk.officer_id, second.content_digest)
        assert queries.bundle(row.id) is None or queries.bundle(row.id)
        with pytest.raises(Conflict):
            approving.answer(second.pk, actor=actor_named("chengyuan"), approved=True)


def forged_release(row: Publication, content: Any) -> None:
    entry = append(
        "decision-published", log=row.jurisdiction, subject=("publication", str(row.id)), actor=SYSTEM, payload={}
    )
    signed = {"original_digest": "0" * 64, "spans": [], "text": "x", "residual": 0}
    signoff = Signoff.objects.create(
        publication=row, signed_by_id=actor_named("sutang").officer_id, signed_at=clock.now(), **signed
    )
    Release.objects.create(
        publication=row, signoff=signoff, content=content, content_digest="1" * 64, entry_id=entry.pk,
        released_at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("scope", ["all", "impact"])
def test_not_of_social_impact_is_a_ground_only_where_the_profile_says_so(play: Play, scope: str) -> None:
    begin_with("publish.scope", scope)
    journey = play("serve-decision")
    row = Publication.objects.get(decision__case_id=journey.id)
    clerk = actor_named("sutang")
    with clock.frozen(clock.at(journey.day, 17)):
        assert ("no-impact" in controls.grounds_for(row)) is (scope == "impact")
        if scope == "all":
            with pytest.raises(InvalidInput):
                controls.withhold(row.id, actor=clerk, ground="no-impact", reason="案情轻微。")
            return
        asked = controls.withhold(row.id, actor=clerk, ground="no-impact", reason="案情轻微。")
        # Nothing leaves the queue with the request alone, nor by a row that nobody else approved.
        assert row in queries.waiting(Publication.objects.all())
        approving.answer(asked.id, actor=actor_named("shenyi"), approved=True)
        assert row not in queries.waiting(Publication.objects.all())


def test_the_superior_approves_where_the_profile_says_so(play: Play, login: Callable[[str], Client]) -> None:
    begin_with("publish.credit", "superior")
    journey = play("publish")
    with clock.frozen(clock.at(journey.day, 17)):
        decision = Decision.objects.get(case_id=journey.id)
        above = decision.case.organisation.parent
        assert above is not None
        person = accounts.enrol_officer(
            organisation=above, name="卜闻", staff_kind=StaffKind.OFFICER, title="科长", by=SYSTEM
        )
        accounts.create_user(person, username="buwen", password="mingcha-demo-2026", by=SYSTEM)
        accounts.grant_role(person, Role.HEAD, by=SYSTEM)
        row = credit.ask(decision.id, actor=actor_named("sutang"), severity="general", publish=True)
        assert row.referral.organisation_id == above.id
        with pytest.raises(NotFound):
            credit.answer(row.id, actor=actor_named("shenyi"), approved=True)
        forged = {"request": row, "approved": True, "entry_id": 999_999, "at": clock.now()}
        head = actor_named("shenyi").officer_id
        assert database_code(lambda: CreditAnswer.objects.create(**forged, by_id=head)) == "credit-not-the-superior"
        board = login("sutang").get(reverse("credit")).content.decode()
        assert "已报上级，待批准" in board
        credit.answer(row.id, actor=actor_named("buwen"), approved=False, reason="程度应当是轻微")
        again = credit.ask(decision.id, actor=actor_named("sutang"), severity="general", publish=True)
        assert credit.answer(again.id, actor=actor_named("buwen"), approved=True).approved


def test_channels_are_owed_reported_and_withdrawn_in_time(play: Play, login: Callable[[str], Client]) -> None:
    begin_with("publish.market", "yes")
    journey = play("publish")
    clerk, head = actor_named("sutang"), actor_named("shenyi")
    with clock.frozen(clock.at(journey.day, 17)):
        decision = Decision.objects.get(case_id=journey.id)
        duty = channels.market(decision)
        assert duty.applies and duty.due is not None and duty.until is not None and duty.due.steps
        owed = {(item.channel, item.what): item.due for item in channels.owed(Decision.objects.all())}
        assert owed == {("credit", "待申请"): credit.due(decision), ("market", "待公示"): duty.due.value}
        assert credit.due(decision) < duty.due.value
        screen = login("sutang")
        told = screen.get(reverse("credit-one", args=[decision.id])).content.decode()
        assert "企业信用信息公示系统" in told and duty.due.value.isoformat() in told
        place = reverse("channel-report", args=[decision.id])
        assert screen.post(place, {"happened_on": clock.today().isoformat()}, follow=True).status_code == 200
        assert ChannelEvent.objects.get().due_on == duty.due.value
        asked = credit.ask(decision.id, actor=clerk, severity="general", publish=True)
        credit.answer(asked.id, actor=head, approved=True)
        assert channels.owed(Decision.objects.all()) == []
        today = clock.today()
        common: dict[str, Any] = {"actor": clerk, "channel": "credit", "arose_on": today, "happened_on": today}
        early = codes(lambda: channels.end(decision.id, **common, ground="repaired", note="义务已经履行"))
        assert early == ["credit-repair-too-early"]
        assert codes(lambda: channels.end(decision.id, **common, ground="revoked")) == ["channel-not-revoked"]
        # Revoked: three working days on each channel, seen by the supervisor when they are over.
        decisions.revoke(decision.id, actor=head, reason="适用法律错误")
        owed = {(item.channel, item.what): item.due for item in channels.owed(Decision.objects.all())}
        assert set(owed) == {("credit", "应当撤回"), ("market", "应当撤回")}
    with clock.frozen(clock.at(max(owed.values()) + dt.timedelta(days=1), 9)):
        table = login("fangzhi").get(reverse("supervision") + "?kind=channel").content.decode()
        assert table.count("应当撤回") == 2
        channels.end(decision.id, **common | {"happened_on": clock.today()}, ground="revoked")
        row = ChannelEvent.objects.get(channel="credit")
        assert row.due_on == owed["credit", "应当撤回"] and row.happened_on > row.due_on
        assert [item.channel for item in channels.owed(Decision.objects.all())] == ["market"]
        again = {name: getattr(row, name) for name in ("happened_on", "arose_on", "due_on", "by_id", "at")}
        bad = {**again, "decision": decision, "channel": "market", "entry_id": 999_998}
        assert database_code(lambda: ChannelEvent.objects.create(**bad, step="reported")) == "channel-revoked"


def repaired(decision: Decision, facts: dict[str, Any], login: Callable[[str], Client]) -> None:
    """Repaired, recorded by the clerk, sent back once, recorded again and approved by the head: all three rings."""
    clerk = facts["actor"]
    form = {name: str(value) for name, value in facts.items() if name != "actor"} | {
        "note": "罚款已经缴清",
        "portal": "on",
    }
    place = reverse("channel-end", args=[decision.id])
    for approved, told in (("no", "没有附审批文号"), ("yes", "已撤回")):
        assert "已送审" in login("sutang").post(place, form, follow=True).content.decode()
        (asked,) = channels.to_be_checked(Decision.objects.all())
        assert ("credit", "撤回待审核") in {(item.channel, item.what) for item in channels.owed(Decision.objects.all())}
        copied = {
            name: getattr(asked, name) for name in ("channel", "ground", "note", "arose_on", "happened_on", "portal")
        }
        copied |= {"decision": decision, "asked_by_id": clerk.officer_id, "asked_at": clock.now()}
        assert database_code(lambda row=copied: ChannelEndRequest.objects.create(**row)) == "channel-end-open"
        answered = {
            "request": asked,
            "approved": True,
            "entry_id": 999_995,
            "by_id": clerk.officer_id,
            "at": clock.now(),
        }
        own = database_code(lambda row=answered: ChannelEndAnswer.objects.create(**row))
        assert own == "channel-end-own-approval"
        event = {name: copied[name] for name in ("decision", "channel", "ground", "arose_on", "happened_on")}
        event |= {"step": "withdrawn", "due_on": asked.arose_on, "entry_id": 999_994, "by_id": clerk.officer_id}
        unapproved = database_code(lambda row=event: ChannelEvent.objects.create(**row, at=clock.now()))
        assert unapproved == "channel-end-unapproved"
        assert codes(lambda row=asked: channels.answer_end(row.id, actor=clerk, approved=True)) == [
            "publish-own-approval"
        ]
        board = [login(who).get(reverse("credit")).content.decode() for who in ("sutang", "shenyi")]
        answer = reverse("channel-end-answer", args=[asked.id])
        assert [answer in page for page in board] == [False, True]
        page = login("shenyi").post(answer, {"approved": approved, "reason": "没有附审批文号"}, follow=True)
        assert told in page.content.decode() and login("shenyi").get(answer).status_code == 404
    assert ChannelEvent.objects.get(channel="credit").ground == "repaired"
    with pytest.raises(Conflict, match="已经登记过"):
        channels.end(decision.id, **facts, note="再次")


def test_repair_takes_the_portal_down_and_the_term_ends_by_itself(
    play: Play, client: Client, login: Callable[[str], Client]
) -> None:
    journey = play("publish")
    clerk = actor_named("sutang")
    with clock.frozen(clock.at(journey.day, 17)):
        decision = Decision.objects.get(case_id=journey.id)
        row = Publication.objects.get(decision=decision)
        bad = {
            "step": "withdrawn",
            "ground": "revoked",
            "entry_id": 999_997,
            "by_id": clerk.officer_id,
            "at": clock.now(),
        }
        bad |= {name: clock.today() for name in ("happened_on", "arose_on", "due_on")}
        assert (
            database_code(lambda: ChannelEvent.objects.create(**bad, decision=decision, channel="credit"))
            == "channel-not-reported"
        )
        asked = credit.ask(decision.id, actor=clerk, severity="general", publish=True)
        credit.answer(asked.id, actor=actor_named("shenyi"), approved=True)
        last = ending.until(Publication.objects.select_related("release", "decision__case").get(id=row.id))
        assert last is not None and list(ending.expired(last)) == []
    with transaction.atomic(), clock.frozen(clock.at(asked.repair_from or journey.day, 10)):
        day = clock.today()
        more: dict[str, Any] = {
            "actor": clerk,
            "channel": "credit",
            "ground": "repaired",
            "arose_on": day,
            "happened_on": day,
        }
        repaired(decision, more, login)
        assert client.get(reverse("portal:decision", args=[row.id])).status_code == 410
        assert credit.state(CreditRequest.objects.get(), revoked=False, today=day, withdrawn=True)[0] == "已撤回"
        transaction.set_rollback(True)
    with clock.frozen(clock.at(last, 23, 50)):
        assert ending.end_expired() == 0
    with clock.frozen(clock.at(last + dt.timedelta(days=1), 1)):
        assert ending.end_expired() == 1 and ending.end_expired() == 0
        answer = client.get(reverse("portal:decision", args=[row.id]))
        assert answer.status_code == 410 and "公示期满" in answer.content.decode()


def test_a_term_that_still_runs_is_not_over(play: Play, login: Callable[[str], Client]) -> None:
    begin_with("publish.market", "yes")
    journey = play("publish")
    clerk = actor_named("sutang")
    with clock.frozen(clock.at(journey.day, 17)):
        decision = Decision.objects.get(case_id=journey.id)
        channels.report(decision.id, actor=clerk, happened_on=clock.today())
        asked = credit.ask(decision.id, actor=clerk, severity="general", publish=True)
        credit.answer(asked.id, actor=actor_named("shenyi"), approved=True)
        shown = channels.market(decision, clock.today()).until
    assert asked.until and shown
    firsts = {"credit": asked.until + dt.timedelta(days=1), "market": shown.value}
    for channel, first in firsts.items():
        still_runs(decision, channel, first, login)


def still_runs(decision: Decision, channel: str, first: dt.date, login: Callable[[str], Client]) -> None:
    clerk = actor_named("sutang")
    common: dict[str, Any] = {"actor": clerk, "channel": channel, "ground": "expired"}
    days = {"arose_on": first - dt.timedelta(days=1), "happened_on": first}
    with clock.frozen(clock.at(first, 9)):
        assert codes(lambda: channels.end(decision.id, **common, **days)) == ["channel-not-expired"]
        form = {"channel": channel, "ground": "expired", **{name: day.isoformat() for name, day in days.items()}}
        page = login("sutang").post(reverse("channel-end", args=[decision.id]), form)
        assert f"{first.isoformat()}起才是期满" in page.content.decode()
        assert not ChannelEvent.objects.filter(channel=channel, step="withdrawn").exists()
        if channel == "credit":
            bad = {**days, "decision": decision, "channel": channel, "step": "withdrawn", "ground": "expired"}
            bad |= {"due_on": first, "entry_id": 999_996, "by_id": clerk.officer_id, "at": clock.now()}
            assert database_code(lambda: ChannelEvent.objects.create(**bad)) == "channel-not-expired"
        channels.end(decision.id, **common, arose_on=first, happened_on=first)
