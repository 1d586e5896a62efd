"""Kinds no. 48–92 from a case (文书一次录入): hearing, decision, payment, enforcement, closing, in the order of a real file.

Only what a person types is taken from the samples, moved to the days of the case that was played.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import actions as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.documents.blocks import latest
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.documents.numbering import issue_pad
from mingcha.documents.rendering import kinds, render, template
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests.sets import samples
from mingcha.documents.tests.test_from_case_e import asked, conditional, printed, squeezed
from mingcha.documents.tests.test_made_by_act import BY_OTHERS
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.signing import all_sign

SET = samples()
ISO = re.compile(r"2026-\d\d-\d\d")
# A start in spring: no long holiday moves the days of the samples apart.
START = dt.date(2026, 3, 9)
Who = Callable[[str], Actor]
# The samples rest on a notice served on the first of these days and a decision served on the second.
SAMPLE_NOTICE, SAMPLE_DECISION = dt.date(2026, 4, 1), dt.date(2026, 4, 23)
BEFORE = (
    "hearing-right-notice", "hearing-application", "hearing-notice", "hearing-announcement", "hearing-record",
    "hearing-report", "collective-discussion", "no-penalty-decision",
)  # fmt: skip
AFTER = (
    "publicity-notice", "payment-slip", "matter-approval", "service-announcement", "entrusted-service",
    "review-disagreement", "deferral-approval", "deferral-notice", "demand-notice", "additional-fine-decision",
    "enforcement-decision", "substitute-decision", "substitute-demand", "enforcement-record", "enforcement-status",
    "enforcement-agreement", "demolition-announcement", "decision-change", "goods-disposal", "court-application",
    "closure-approval", "dossier-cover", "dossier-note",
)  # fmt: skip
ON_THE_SPOT = ("onsite-penalty-decision", "onsite-collection", "onsite-filing")
SERVED = {
    "hearing-right-notice", "hearing-notice", "demand-notice", "substitute-decision", "substitute-demand", "payment-slip",
    "deferral-notice",
}  # fmt: skip
# Made by the act of another room from what that room knows; the journey and that room's tests make them.
BY_ACT = {
    "penalty-notice", "statement-record", "statement-review", "review-submission", "review-opinion", "review-resubmission",
    "decision-approval", "penalty-decision", "revocation-decision", "service-address-confirmation", "service-receipt",
    "dossier-index", "decision-correction",
}  # fmt: skip

# The samples tell of a party that paid and was not out of reach; this one has not paid yet.
UNPAID: Mapping[str, Mapping[str, Any]] = {
    "matter-approval": {"matter": "announcement", "effect_from": "2026-06-30", "effect_to": "2026-07-30"},
    "closure-approval": {"way": "enforced", "unpaid_reason": "法院已经裁定准予执行，正在执行。"},
}


def typed(kind: str, shift: dt.timedelta, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a person types of the sample, its days moved."""
    fields = {**SET[kind]["fields"], **(more or {})}
    found = {field.name: fields[field.name] for field in asked(template(kind).fields) if field.name in fields}
    text = json.dumps(found, ensure_ascii=False)
    read: dict[str, Any] = json.loads(ISO.sub(lambda day: (dt.date.fromisoformat(day[0]) + shift).isoformat(), text))
    return read


def made(case: Case, kind: str, by: Actor, shift: dt.timedelta, first: dt.date, **more: Any) -> Document:
    """The paper on its sample's day, moved, but not before `first`; checked against what was typed and carried."""
    own = dt.date.fromisoformat(str(SET[kind]["fields"][template(kind).date])[:10]) + shift
    day = max(own, first)
    words = typed(kind, shift, more)
    with clock.frozen(clock.at(day, 20)), transaction.atomic():
        document = make(lock(case.id), kind, words, by=by.snapshot(Role.HANDLER))
    if kind in SERVED:
        with clock.frozen(clock.at(day, 21)):
            all_sign(document, by, party="许山河", officers=["林策", "韩渡"])
            serve(
                document.id, actor=by, mode="direct", receiver="许山河", relation="legal_rep",
                served_at=clock.now(), place="明水区望江路66号",
            )  # fmt: skip
    look(case, document, words)
    return document


def look(case: Case, document: Document, words: Mapping[str, Any]) -> None:
    form, text = template(document.kind), printed(document)
    # A paragraph may run over a page; the text in reading order is that of the page (test_rendering).
    whole = squeezed(render(document.kind, document.fields).text)
    blocks = json.dumps(form.blocks, ensure_ascii=False)
    assert squeezed(case.organisation.name) in text
    if "{case_no" in blocks:
        assert squeezed(Case.objects.get(pk=case.pk).number) in text
    if any(word in blocks for word in ('"parties"', "{party}", "{party.")):
        assert squeezed(case.party_name) in text
    if "{base_no}" in blocks and document.fields.get("base_no"):
        assert squeezed(document.fields["base_no"]) in text
    if form.number_code:
        assert document.number
        assert squeezed(document.number) in text
    for field in asked(form.fields):
        value = words.get(field.name)
        if field.type in ("text", "long") and value and f"{{{field.name}}}" in blocks:
            assert squeezed(value) in whole or conditional(form, field.name), (document.kind, field.name)
    assert "None" not in text
    assert "{" not in text


def test_a_form_with_variants_names_fields_and_choices_that_it_has() -> None:
    for kind in kinds():
        form = template(kind)
        for name, words in form.titles.items():
            field = form.field(name)
            assert field
            assert set(words) <= set(field.choices or {}), kind
    assert template("hearing-notice").title_of({"variant": "refuse"}) == "不予听证通知书"
    assert template("hearing-notice").title_of({"variant": "hold"}) == "听证通知书"


def test_all_numbers_of_the_group_have_a_kind() -> None:
    mine = {kind for kind in kinds() if 48 <= template(kind).about.no <= 92}
    assert {template(kind).about.no for kind in mine} == set(range(48, 93))
    assert mine <= {*BEFORE, *AFTER, *ON_THE_SPOT, *BY_ACT}


def test_papers_of_a_hearing_until_the_discussion(play: Callable[..., Journey], actor: Who) -> None:
    journey = play("serve-notice", start=START)
    case, lince = journey.case, actor("lince")
    notice = latest(case, "penalty-notice")
    assert notice
    shift = notice.service.effective_on - SAMPLE_NOTICE
    with clock.frozen(clock.at(journey.day, 19)):
        cases.name_host(case.id, actor("sutang").officer_id, actor=actor("shenyi"))
    for kind in BEFORE:
        # What is said of the case by others is written by others.
        made(case, kind, actor("sutang") if kind in BY_OTHERS else lince, shift, journey.day)
    right = latest(case, "hearing-right-notice")
    assert right
    assert right.fields["penalties"] == notice.fields["penalties"]
    assert latest(case, "hearing-notice").fields["host"] == actor("sutang").name  # type: ignore[union-attr]
    late = made(case, "hearing-application", lince, shift, journey.day, received_at="2026-04-30T10:00+08:00")
    assert late.fields["in_time"] is False


def test_papers_from_the_decision_to_the_archive(play: Callable[..., Journey], actor: Who) -> None:
    journey = play("serve-decision", start=START)
    case, lince = journey.case, actor("lince")
    decision = latest(case, "penalty-decision")
    assert decision
    served = decision.service.effective_on
    shift = served - SAMPLE_DECISION
    for kind in AFTER:
        made(case, kind, lince, shift, served, **UNPAID.get(kind, {}))
    demand, surcharge = latest(case, "demand-notice"), latest(case, "additional-fine-decision")
    assert demand
    assert surcharge
    assert demand.fields["base_no"] == decision.number
    assert demand.fields["total"] == demand.fields["unpaid"] + demand.fields["late_fee"]
    days = (dt.date.fromisoformat(surcharge.fields["to_on"]) - dt.date.fromisoformat(surcharge.fields["pay_due"])).days
    assert surcharge.fields["days"] == days
    assert surcharge.fields["amount"] == min(days * 3 * surcharge.fields["unpaid"] // 100, surcharge.fields["fine"])
    stage = SET["enforcement-agreement"]["fields"]["stages"][0]
    with pytest.raises(Refused) as refused:
        made(case, "enforcement-agreement", lince, shift, served, stages=[{**stage, "amount": 100}])
    assert "agreement-principal" in {reason.code for reason in refused.value.reasons}


def test_papers_of_a_decision_on_the_spot(actor: Who, district: None) -> None:
    lince, day = actor("lince"), dt.date(2026, 5, 8)
    with clock.frozen(clock.at(day, 8)):
        case = cases.register_lead(
            actor=lince, procedure="P-JY", source="inspection", cause="占用人行道经营", facts="巡查发现占道经营。",
            item_code="3.14", conduct_ended_on=day, discovered_on=day, party_kind="person", party_name="卫长河",
            id_number="110101198903070011", address="明水区望江街道听涛里9号", second_officer_id=actor("handu").officer_id,
        )  # fmt: skip
        issue_pad(actor=actor("shenyi"), kind="onsite-penalty-decision", count=5, holder_id=lince.officer_id)
    same = dt.timedelta()
    decision = made(case, "onsite-penalty-decision", lince, same, day)
    assert decision.number
    assert decision.fields["remedies"]["kind"] == "R-PRE"
    assert decision.fields["payment"]["amount"] == 10_000
    assert made(case, "onsite-collection", lince, same, day).fields["amount"] == 10_000
    assert "罚款100.00元" in made(case, "onsite-filing", lince, same, day).fields["decision_text"]
    with pytest.raises(Refused) as refused:
        made(case, "onsite-penalty-decision", lince, same, day, penalties=[{"kind": "fine", "amount": 50_000}])
    assert "onsite-person-limit" in {reason.code for reason in refused.value.reasons}
