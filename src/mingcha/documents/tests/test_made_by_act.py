"""Papers that an act of its own makes (由办理事项制作): no handler writes a review opinion or a hearing record by hand."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from mingcha.accounts.actions import create_token
from mingcha.accounts.actors import SYSTEM
from mingcha.accounts.queries import actor_named
from mingcha.cases import queries as cases
from mingcha.common import clock
from mingcha.common.errors import MingchaError, Refused
from mingcha.documents import actions
from mingcha.documents.approving import actions as approvals
from mingcha.documents.models import Document
from mingcha.documents.rendering import kinds
from mingcha.documents.rendering.about import about
from mingcha.interfaces.demo.journey import Journey

pytestmark = pytest.mark.django_db
BY_ACT = [kind for kind in kinds() if about(kind).made == "act"]
BY_OTHERS = ("review-opinion", "hearing-record", "hearing-report", "collective-discussion")


def code(call: Callable[[], object]) -> str:
    with pytest.raises(MingchaError) as caught, transaction.atomic():
        call()
    error = caught.value
    return error.reasons[0].code if isinstance(error, Refused) else error.code


def test_no_handler_makes_what_an_act_makes(play: Callable[..., Journey], login: Callable[[str], Client]) -> None:
    """By action, as a draft, for approval, over REST, on screen and past the program."""
    journey = play("submit")
    lince = actor_named("lince")
    assert set(BY_OTHERS) <= set(BY_ACT)
    due = [kind for kind in cases.stage(journey.case).documents if kind in BY_ACT]
    assert {"review-opinion", "review-submission"} <= set(due)
    token = create_token(
        next(row for row in cases.active_handlers(journey.case) if row.name == "林策"), label="试", by=SYSTEM
    )
    with clock.frozen(clock.at(journey.day, 15)):
        for kind in BY_ACT:
            wanted = "document-made-by-act" if kind in due else "document-not-due"
            either = {wanted, "document-made-by-act"}
            assert code(lambda k=kind: actions.issue(journey.id, k, actor=lince, fields={})) in either, kind
            assert code(lambda k=kind: actions.save_draft(journey.id, k, {"text": "x"}, actor=lince)) in either, kind
            assert code(lambda k=kind: approvals.ask(journey.id, k, actor=lince, fields={})) == "no-approval", kind
        # In a procedure with its own act for it, a change or a disagreement is no paper to be approved.
        for kind in ("decision-change", "review-disagreement"):
            assert code(lambda k=kind: approvals.ask(journey.id, k, actor=lince, fields={})) == "document-made-by-act"
            assert login("lince").get(f"/in/cases/{journey.id}/draft/{kind}/").status_code == 404
        sent = Client().post(
            f"/api/v1/cases/{journey.id}/documents",
            json.dumps({"kind": "review-opinion", "fields": {}}),
            content_type="application/json",
            headers={"authorization": f"Bearer {token}"},
        )
        assert sent.status_code == 409 and "document-made-by-act" in sent.content.decode()
        assert login("lince").get(f"/in/cases/{journey.id}/draft/review-opinion/").status_code == 404
        for kind in BY_OTHERS:
            with pytest.raises(IntegrityError, match="paper-by-handler"), transaction.atomic():
                Document.objects.create(
                    case=journey.case, kind=kind, template_version=1, title="x", fields={}, digest="x",
                    issued_by="林策", issued_at=clock.now(),
                )  # fmt: skip
