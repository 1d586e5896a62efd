"""Deciding anew (重作): only what does not stand, by others, not the same again; screen, REST and the three rings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.queries import actor_named
from mingcha.cases import actions as cases
from mingcha.cases.models import Case, Duty
from mingcha.cases.moves import advance
from mingcha.common import clock
from mingcha.common.errors import InvalidInput, NotPermitted, Refused
from mingcha.common.ids import uuid7
from mingcha.deadlines import actions as deadlines
from mingcha.deadlines.queries import open_period
from mingcha.decisions import actions, queries, rules
from mingcha.decisions.actions import issuing
from mingcha.decisions.models import Decision, Redo
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger import queries as ledger

pytestmark = pytest.mark.django_db


def codes(error: Any) -> set[str]:
    return {reason.code for reason in error.value.reasons}


def test_a_revoked_decision_is_made_anew_by_others(
    play: Callable[..., Journey], login: Callable[[str], Client]
) -> None:
    journey = play("decide")
    head, old = actor_named("shenyi"), Decision.objects.get(case_id=journey.id)
    people = {name: actor_named(name).officer_id for name in ("lince", "handu", "weiqing", "luochuan")}
    others = [people["weiqing"], actor_named("jiangmu").officer_id]
    told: dict[str, Any] = {
        "ordered_by": "court", "order_ref": "（2026）某行终1号", "fault": "facts", "reason": "判决撤销并责令重作。",
    }  # fmt: skip
    with clock.frozen(clock.at(journey.day, 15)):
        with pytest.raises(NotPermitted):
            actions.redo(old.id, actor=actor_named("lince"), handlers=others, **told)
        with pytest.raises(Refused) as stands:
            actions.redo(old.id, actor=head, handlers=[people["lince"], people["weiqing"]], **told)
        assert codes(stands) == {"redo-decision-stands", "redo-by-old-handler"}
        with pytest.raises(InvalidInput) as bad:
            actions.redo(old.id, actor=head, handlers=[people["lince"]], **told | {"order_ref": "", "fault": "x"})
        assert set(bad.value.fields) == {"handlers", "order_ref", "fault"}
        spare = Case.objects.exclude(id=journey.id).first()
        if spare is not None:
            _forged(old, spare, head.officer_id)
        screen, url = login("shenyi"), reverse("decision-redo", args=[journey.id])
        # While the decision stands the page says why not, instead of a form that nobody could send.
        page = screen.get(url)
        assert page.status_code == 409
        assert rules.may_redo(stands=True, again=False, old=(), new={}, why="")[0].message in page.content.decode()
        assert url not in screen.get(reverse("decision-case", args=[journey.id])).content.decode()
        actions.revoke(old.id, actor=head, reason="判决撤销")
        assert url in screen.get(reverse("decision-case", args=[journey.id])).content.decode()
        last = journey.day + dt.timedelta(days=60)
        fields = {**told, "until": last.isoformat(), "first": str(people["weiqing"]), "second": str(people["lince"])}
        fields["form_token"] = "a"
        refused = screen.post(url, fields)
        assert refused.status_code == 422 and "承办过原案" in refused.content.decode()
        # Nobody else is free in this organ: one of the old handlers stays, with the reason on record.
        fields |= {"same_people": "本机关持证人员只有三名。", "form_token": "b"}
        assert screen.post(url, fields).status_code == 302
        row = Redo.objects.get(decision=old)
        begun = row.other
        # The term of the order runs on the new case: on its page with its ground, among the periods, explained.
        term = open_period(begun.id, rules.REDO_TERM)
        assert term and (term.due_on, term.basis) == (last, told["order_ref"])
        assert term.length == 60 and "行政复议法第六十四条" in term.article
        shown = login("weiqing").get(reverse("case", args=[begun.id])).content.decode()
        assert "重新作出行政行为的最后一日" in shown and term.due_on.isoformat() in shown
        assert (begun.stage, begun.party_name, begun.number) == ("lead", old.case.party_name, "")
        assert {duty.officer_id for duty in Duty.objects.filter(case=begun)} == {people["weiqing"], people["lince"]}
        assert "decision-redone" in {entry.kind for entry in ledger.entries_of_case(journey.id)}
        assert {entry.kind for entry in ledger.entries_of_case(begun.id)} >= {"case-registered", "decision-redone"}
        for case, other in ((old.case, begun), (begun, old.case)):
            page = screen.get(reverse("case", args=[case.id])).content.decode()
            assert reverse("case", args=[other.id]) in page
        assert "重新办理" in screen.get(reverse("decision-case", args=[journey.id])).content.decode()
        with pytest.raises(Refused) as twice:
            actions.redo(old.id, actor=head, handlers=[people["weiqing"], people["lince"]], same_people="x", **told)
        assert codes(twice) == {"redo-already"}
        with pytest.raises(IntegrityError), transaction.atomic():
            Redo.objects.filter(id=row.id).update(same_people="")
        # Nothing is filed again: the term of the order ends with the case.
        for name in ("weiqing", "lince"):
            cases.declare_avoidance(begun.id, actor=actor_named(name), conflict=False)
        advance(begun.id, "verify-lead", actor=actor_named("weiqing"))
        advance(begun.id, "close", actor=actor_named("luming"), reason="经核查，违法事实不能成立，不予立案。")
        assert open_period(begun.id, rules.REDO_TERM) is None
        # The old decision and its letter are what they were.
        assert Decision.objects.get(id=old.id).document.digest == old.document.digest
    assert queries.redo_of(begun) == row and queries.redone(old) == row


def _forged(old: Decision, spare: Case, head_id: Any) -> None:
    """A standing decision is not decided anew, whoever writes the row."""
    row = Redo(
        id=uuid7(), decision=old, other=spare, ordered_by="self", fault="facts", reason="x", by_id=head_id,
        at=clock.now(),
    )  # fmt: skip
    with pytest.raises(IntegrityError, match="redo-unsound"), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_keeps_old_handlers_and_the_same_act_away(
    play: Callable[..., Journey], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = play("decide"), play("approve")
    head = actor_named("shenyi")
    old = Decision.objects.get(case_id=first.id)
    with clock.frozen(clock.at(max(first.day, second.day), 16)):
        actions.revoke(old.id, actor=head, reason="判决撤销")
        other = second.case
        deadlines.start(
            rules.REDO_TERM,
            case_id=other.id,
            jurisdiction=other.jurisdiction,
            start=clock.today(),
            length=30,
            basis="x",
        )
        Redo(
            decision=old, other=other, ordered_by="court", order_ref="x", fault="facts", reason="x",
            by_id=head.officer_id, at=clock.now(),
        ).save(force_insert=True)  # fmt: skip
        with pytest.raises(IntegrityError, match="redo-by-old-handler"), transaction.atomic():
            Duty.objects.create(
                case=other, officer_id=actor_named("lince").officer_id, duty="handler", since=clock.now()
            )
        # The second case was drafted exactly like the first: nothing differs but the number.
        with pytest.raises(Refused) as same:
            actions.issue(other.id, actor=head, opinion="同意")
        assert codes(same) == {"redo-same-act"}
        assert open_period(other.id, rules.REDO_TERM)
        # Past the action, the database refuses the row all the same.
        monkeypatch.setattr(issuing, "_not_again", lambda *_: None)
        with pytest.raises(IntegrityError, match="redo-same-act"), transaction.atomic():
            actions.issue(other.id, actor=head, opinion="同意")


def test_what_is_the_same_act() -> None:
    before = {
        "facts": "甲 乙", "penalties": [{"kind": "fine", "amount": 100}], "broken_articles": [{"citation": "甲法第一条"}],
        "amounts": (100, 0),
    }  # fmt: skip
    table: list[tuple[str, dict[str, Any], bool]] = [
        ("facts", {}, False),
        ("facts", {"facts": "甲\n乙"}, False),
        ("facts", {"amounts": (101, 0)}, False),
        ("procedure", {}, True),
        ("facts", {"amounts": (99, 0)}, True),
        ("facts", {"facts": "丙"}, True),
        ("law", {"broken_articles": [{"citation": "乙法第一条"}]}, True),
        ("law", {"penalties": [{"kind": "warning"}]}, True),
    ]
    for fault, differs, free in table:
        assert (rules.may_repeat(fault, before, {**before, **differs}) == []) is free, (fault, differs)
