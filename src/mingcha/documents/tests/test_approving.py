"""Approval of internal papers (审批): asked, answered once per level, taken back; in all three rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotPermitted, Refused
from mingcha.common.ids import uuid7
from mingcha.documents import actions as documents
from mingcha.documents.approving import actions, queries
from mingcha.documents.approving.models import ApprovalOpinion
from mingcha.documents.errors import Incomplete
from mingcha.documents.models import Document
from mingcha.documents.tests.sets import samples
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.workbench.draftfields import asked
from mingcha.ledger import queries as ledger

KIND = "matter-approval"
Who = Callable[[str], Actor]


def typed() -> dict[str, Any]:
    sample = {**samples()[KIND]["fields"], "effect_from": "2026-12-01", "effect_to": "2026-12-31"}
    return {field.name: sample[field.name] for field in asked(KIND) if field.name in sample}


@pytest.fixture
def journey(play: Callable[..., Journey]) -> Journey:
    return play("notice")


def ask(journey: Journey, actor: Who) -> Any:
    return actions.ask(journey.case.id, KIND, actor=actor("lince"), fields=typed())


def test_the_last_consent_makes_the_paper_at_its_own_time(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)):
        found = ask(journey, actor)
        assert [row.id for row in queries.waiting(actor("shenyi"))] == [found.id]
        assert not queries.waiting(actor("lince"))
        unit = {"step": "unit_head", "choice": "agree", "text": "拟同意。", "digest_seen": found.digest}
        assert actions.answer(found.id, actor=actor("luming"), **unit) is None
        assert not queries.waiting(actor("luming"))
    with clock.frozen(clock.at(journey.day, 15)):
        made = actions.answer(
            found.id, actor=actor("shenyi"), step="head", choice="agree", text="同意。", digest_seen=found.digest
        )
    assert made is not None
    assert made.issued_at == clock.at(journey.day, 15)
    assert made.fields["head"] == actor("shenyi").name
    assert made.fields["unit_head"] == actor("luming").name
    assert made.fields["unit_opinion"] == "拟同意。"
    assert made.fields["head_opinion"] == "同意。"
    assert made.fields["handler_at"] == journey.day.isoformat()
    assert not queries.waiting(actor("shenyi"))
    kinds = [row.kind for row in ledger.entries_of_case(journey.case.id)]
    assert [kinds.count("approval-asked"), kinds.count("approval-answered")] == [1, 2]


def test_an_approved_kind_is_never_issued_by_the_handler(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)), pytest.raises(Refused) as refused:
        documents.issue(journey.case.id, KIND, actor=actor("lince"), fields=typed())
    assert refused.value.reasons[0].code == "approval-needed"


def test_opinions_cannot_be_typed_by_the_handler(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)):
        fields = {**typed(), "head": "冒名", "head_opinion": "同意", "head_choice": "agree"}
        found = actions.ask(journey.case.id, KIND, actor=actor("lince"), fields=fields)
    assert not {"head", "head_opinion", "head_choice"} & set(found.fields)


def test_who_asked_and_who_has_no_such_role_cannot_answer(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)):
        found = ask(journey, actor)
        for name in ("lince", "handu"):
            with pytest.raises(NotPermitted):
                actions.answer(found.id, actor=actor(name), step="head", choice="agree", digest_seen=found.digest)
        with pytest.raises(InvalidInput):
            actions.answer(
                found.id, actor=actor("shenyi"), step="head", choice="refuse", text="", digest_seen=found.digest
            )
        with pytest.raises(Conflict) as changed:
            actions.answer(found.id, actor=actor("shenyi"), step="head", choice="agree", digest_seen="0" * 64)
    assert changed.value.code == "approval-changed"


def test_an_answer_is_given_once(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)):
        found = ask(journey, actor)
        with pytest.raises(Conflict) as twice:
            ask(journey, actor)
        assert twice.value.code == "approval-waiting"
        actions.answer(
            found.id, actor=actor("shenyi"), step="head", choice="return", text="理由不足。", digest_seen=found.digest
        )
        with pytest.raises(Conflict) as ended:
            actions.answer(found.id, actor=actor("shenyi"), step="head", choice="agree", digest_seen=found.digest)
        assert ended.value.code == "approval-ended"
        with pytest.raises(Conflict):
            actions.withdraw(found.id, actor=actor("lince"))
        again = ask(journey, actor)
        actions.withdraw(again.id, actor=actor("lince"))
        assert queries.open_for(journey.case, KIND) is None
    assert not Document.objects.filter(case=journey.case, kind=KIND).exists()


def test_what_is_incomplete_is_not_laid_before_anybody(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)), pytest.raises(Incomplete):
        actions.ask(journey.case.id, KIND, actor=actor("lince"), fields={})


def test_the_database_refuses_ones_own_consent_and_a_second_end(journey: Journey, actor: Who) -> None:
    with clock.frozen(clock.at(journey.day, 10)):
        found = ask(journey, actor)
        row = {"approval": found, "choice": "agree", "name": "某人", "at": clock.now()}
        with pytest.raises(DatabaseError, match="own-approval"), transaction.atomic():
            ApprovalOpinion.objects.create(**row, step="head", officer_id=actor("lince").officer_id)
        actions.withdraw(found.id, actor=actor("lince"))
        with pytest.raises(DatabaseError, match="approval-ended"), transaction.atomic():
            ApprovalOpinion.objects.create(**row, step="head", officer_id=actor("shenyi").officer_id)
        with pytest.raises(DatabaseError), transaction.atomic():
            ApprovalOpinion.objects.filter(approval=found).update(choice="agree")


def test_the_pages_carry_an_approval_from_draft_to_paper(
    journey: Journey, actor: Who, login: Callable[[str], Client]
) -> None:
    case = journey.case
    with clock.frozen(clock.at(journey.day, 10)):
        documents.save_draft(case.id, KIND, typed(), actor=actor("lince"))
        papers = login("lince").get(reverse("case-papers", args=[case.id])).content.decode()
        assert "行政处罚案件有关事项审批表" in papers
        found = actions.ask(case.id, KIND, actor=actor("lince"))
        head = login("shenyi")
        listed = head.get(reverse("approvals")).content.decode()
        assert reverse("approval", args=[found.id]) in listed
        page = head.get(reverse("approval", args=[found.id]))
        token = page.context["form"]["form_token"].value()
        sent = {"choice": "agree", "text": "", "digest": found.digest, "form_token": token}
        for _ in range(2):
            done = head.post(reverse("approval", args=[found.id]), sent)
            assert done.status_code == 302
        assert Document.objects.filter(case=case, kind=KIND).count() == 1
        made = Document.objects.get(case=case, kind=KIND)
        twin = login("lince").get(reverse("document-data", args=[made.id])).json()
    assert twin["digest"] == made.digest
    assert next(row for row in twin["fields"] if row["name"] == "case_no")["value"] == case.number
    for route in ("document-data", "approval"):
        assert login("lince").get(reverse(route, args=[uuid7()])).status_code == 404
    assert login("heshan").get(reverse("approval", args=[found.id])).status_code in (403, 404)
