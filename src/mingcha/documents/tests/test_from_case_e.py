"""Kinds no. 1–47 from a case (文书一次录入): with only what a person types, the case fills the rest and the page prints.

The papers that a sample names as made before are made first, in the same case, each on its own day.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
from django.db import transaction

from mingcha.accounts.actors import Actor
from mingcha.accounts.choices import Role
from mingcha.cases import actions as cases
from mingcha.cases.locks import lock
from mingcha.cases.models import Case
from mingcha.catalogues import queries as catalogues
from mingcha.common import clock
from mingcha.common.errors import Refused
from mingcha.documents.blocks import latest
from mingcha.documents.composers.inspecting import done_this_year, others_pending
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.documents.rendering import Field, kinds, render, template
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests.samples import ORGAN
from mingcha.documents.tests.sets import samples
from mingcha.interfaces.demo.journey import Journey
from mingcha.interfaces.demo.signing import all_sign

SET = samples()
# Filled by composers of their own and made on the way of every journey.
PLAYED = {"case-filing-approval", "site-record", "inquiry-record", "evidence-list", "investigation-report"}
MINE = sorted(kind for kind in SET if 1 <= template(kind).about.no <= 47 and kind not in PLAYED)
DAY = dt.date(2026, 9, 14)
ITEM = "3.14"
# Put into an approval by the words of the heads, see documents/approving.
BY_OPINIONS = {"head_choice", "head_opinion", "unit_opinion"}
# Made while the case is only a lead.
OF_LEADS = {"case-source-register", "not-filing-notice"}
Who = Callable[[str], Actor]
Begin = Callable[[str], Case]


def asked(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that only a person knows."""
    found = []
    for field in fields:
        if field.fill or field.calc or field.source in ("s", "x", "p") or field.name in BY_OPINIONS:
            continue
        if field.of:
            inner = tuple(part for part in field.of if not (part.fill or part.calc or part.source in ("s", "x", "p")))
            if not inner:
                continue
            field = replace(field, of=inner)
        found.append(field)
    return tuple(found)


def typed(kind: str, case: Case, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a person would type of the sample; matters inspected bear the name of the published item."""
    fields = {**SET[kind]["fields"], **(more or {})}
    found = {field.name: fields[field.name] for field in asked(template(kind).fields) if field.name in fields}
    entry = catalogues.entry(case.items, case.item_code)
    assert entry
    text = json.dumps(found, ensure_ascii=False).replace("建筑施工噪声防治情况的检查", entry["name"])
    read: dict[str, Any] = json.loads(text)
    return read


def day_of(kind: str) -> dt.date:
    return dt.date.fromisoformat(str(SET[kind]["fields"][template(kind).date])[:10])


def before(case: Case, kind: str, by: Actor) -> None:
    """All that a sample says was made before it and is not there yet."""
    for earlier, row in SET[kind].get("documents", {}).items():
        if earlier not in MINE or latest(Case.objects.get(pk=case.pk), earlier):
            continue
        document = made(case, earlier, by, dt.date.fromisoformat(row["on"][:10]), row.get("fields"))
        if "served_on" in row:
            with clock.frozen(clock.at(dt.date.fromisoformat(row["served_on"]), 21)):
                all_sign(document, by, party="许山河", officers=["林策", "韩渡"])
                serve(
                    document.id, actor=by, mode="direct", receiver="许山河", relation="legal_rep",
                    served_at=clock.now(), place="明水区望江路66号",
                )  # fmt: skip


def made(case: Case, kind: str, by: Actor, on: dt.date, more: Mapping[str, Any] | None = None) -> Document:
    """The paper, after all that its sample says was made before it."""
    before(case, kind, by)
    with clock.frozen(clock.at(on, 20)), transaction.atomic():
        locked = lock(case.id)
        return make(locked, kind, typed(kind, locked, more), by=by.snapshot(Role.HANDLER))


@pytest.fixture
def begin(actor: Who, play: Callable[..., Journey]) -> Begin:
    def lead(procedure: str) -> Case:
        with clock.frozen(clock.at(DAY, 8)):
            return cases.register_lead(
                actor=actor("lince"), procedure=procedure, source="report", cause="涉嫌夜间违规施工",
                facts="群众反映工地夜间施工。", item_code=ITEM, conduct_ended_on=DAY, discovered_on=DAY,
                party_kind="organisation", party_name="清和建筑工程有限公司", uscc="91990100MA1QH00018",
                legal_representative="许山河", address="明水区望江路66号", second_officer_id=actor("handu").officer_id,
            )  # fmt: skip

    def start(kind: str) -> Case:
        procedure = template(kind).about.procedures[0]
        if procedure == "P-PT" and kind not in OF_LEADS:
            return play("file").case
        return lead(procedure)

    return start


def test_all_numbers_of_the_group_have_a_kind() -> None:
    assert {template(kind).about.no for kind in kinds()} & set(range(1, 48)) == set(range(1, 48))


@pytest.mark.parametrize("kind", MINE)
def test_the_case_fills_what_nobody_types(kind: str, begin: Begin, actor: Who) -> None:
    case = begin(kind)
    document = made(case, kind, actor("lince"), day_of(kind))
    text = printed(document)
    form = template(kind)
    case = Case.objects.get(pk=case.pk)
    blocks = json.dumps(form.blocks, ensure_ascii=False)
    assert squeezed(case.organisation.name) in text
    assert case.organisation.name == ORGAN
    if "{case_no" in blocks and case.number:
        assert squeezed(case.number) in text
    if form.field("party") and ("{party" in blocks or '"party"' in blocks):
        assert squeezed(case.party_name) in text
    if form.field("officers") and "{officers" in blocks:
        assert "韩笃" in text or len(re.findall("执法证号", text)) >= 2
    if form.number_code:
        assert document.number
        assert squeezed(document.number) in text
    words = typed(kind, case)
    for field in asked(form.fields):
        value = document.fields.get(field.name)
        assert kind == "item-list" or value == words.get(field.name) or field.type not in ("text", "long")
        if field.type in ("text", "long") and value and f"{{{field.name}}}" in blocks:
            assert squeezed(value) in text or conditional(form, field.name), field.name
    assert "None" not in text
    # A citation is one citation: taken apart, its letters would stand in a row with stops between.
    assert "、中、华、" not in text and "《、" not in text
    assert "{" not in text


def test_visits_of_the_year_and_approved_ones_of_other_cases_are_counted(begin: Begin, actor: Who) -> None:
    first, second = begin("inspection-record"), begin("inspection-record")
    made(first, "inspection-approval", actor("lince"), dt.date(2026, 3, 9))
    with clock.frozen(clock.at(dt.date(2026, 3, 20), 9)):
        assert (done_this_year(second), len(others_pending(second))) == (0, 1)
    made(first, "inspection-record", actor("lince"), dt.date(2026, 3, 10))
    with clock.frozen(clock.at(dt.date(2026, 3, 20), 9)):
        assert (done_this_year(second), others_pending(second)) == (1, [])
        assert done_this_year(first) == 0, "the visit in hand is not an earlier one"
    with clock.frozen(clock.at(dt.date(2027, 1, 4), 9)):
        assert done_this_year(second) == 0
    # Another visit without the words of merging is refused while one is approved and not yet made.
    third = begin("inspection-record")
    made(second, "inspection-approval", actor("lince"), dt.date(2026, 3, 11))
    with pytest.raises(Refused) as refused:
        made(third, "inspection-approval", actor("lince"), dt.date(2026, 3, 12), {"merge_note": ""})
    assert "merge" in {reason.code for reason in refused.value.reasons}


def test_a_measure_still_in_force_stops_the_withdrawal_of_a_filing(begin: Begin, actor: Who) -> None:
    case = begin("preserve-notice")
    made(case, "preserve-notice", actor("lince"), dt.date(2026, 3, 10))
    with pytest.raises(Refused) as refused:
        made(case, "case-withdrawal-approval", actor("lince"), dt.date(2026, 3, 18))
    assert {reason.code for reason in refused.value.reasons} == {"cleared"}
    made(case, "preserve-disposal", actor("lince"), dt.date(2026, 3, 17))
    assert made(case, "case-withdrawal-approval", actor("lince"), dt.date(2026, 3, 18)).fields["cleared"] is True


def test_a_list_repeats_the_goods_of_its_parent(begin: Begin, actor: Who) -> None:
    case = begin("item-list")
    wrong = [{"name": "另一件", "unit": "台", "quantity": 9}]
    found = made(case, "item-list", actor("lince"), dt.date(2026, 3, 10), {"items": wrong})
    parent = latest(case, "seizure-decision")
    assert parent
    assert [row["name"] for row in found.fields["items"]] == [row["name"] for row in parent.fields["items"]]
    assert found.fields["total"] == sum(row["quantity"] for row in parent.fields["items"])
    assert found.fields["parent_ref"] == parent.number


def conditional(form: Any, name: str) -> bool:
    """Printed only under a condition that the sample does not meet."""
    return all(block.get("when") for block in form.blocks if f"{{{name}}}" in json.dumps(block, ensure_ascii=False))


def printed(document: Document) -> str:
    pdf = pypdfium2.PdfDocument(render(document.kind, document.fields).pdf)
    return squeezed("".join(page.get_textpage().get_text_bounded() for page in pdf))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\ufffe]", "", text)
