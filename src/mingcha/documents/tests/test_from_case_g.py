"""Kinds no. 93–122 from a case (文书一次录入): with only what a person types, the case fills the rest and the page prints.

The papers that a sample names as made before are made first, in the same case, each on its own day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
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
from mingcha.common import clock
from mingcha.common.clock import SHANGHAI
from mingcha.documents.making import make
from mingcha.documents.models import Document
from mingcha.documents.rendering import Field, render, template
from mingcha.documents.serving.actions import serve
from mingcha.documents.tests.governing import government, lead
from mingcha.documents.tests.sets import samples
from mingcha.interfaces.demo.signing import all_sign

SET = samples()
MINE = sorted(kind for kind in SET if 93 <= template(kind).about.no <= 122)
DAY = dt.date(2026, 9, 14)
# Put into an approval by the heads' own words, see documents/approving.py.
BY_OPINIONS = {"head_choice", "head_opinion", "unit_opinion"}
Who = Callable[[str], Actor]


def asked(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields that only a person knows."""
    found = []
    for field in fields:
        if field.fill or field.calc or field.source in ("s", "x", "p") or field.name in BY_OPINIONS:
            continue
        if field.of:
            inner = tuple(part for part in field.of if not (part.fill or part.calc or part.source in ("s", "x", "p")))
            field = replace(field, of=inner)
        found.append(field)
    return tuple(found)


def typed(kind: str) -> dict[str, Any]:
    fields = SET[kind]["fields"]
    return {field.name: fields[field.name] for field in asked(template(kind).fields) if field.name in fields}


def day_of(kind: str) -> dt.datetime:
    """The instant at which the sample of a kind is made: the evening of its own day."""
    fields, own = SET[kind]["fields"], template(kind).date
    return clock.at(dt.date.fromisoformat(str(fields[own])[:10]), 20)


def made(case: Case, kind: str, by: Actor) -> Document:
    with clock.frozen(day_of(kind)), transaction.atomic():
        return make(lock(case.id), kind, typed(kind), by=by.snapshot(Role.HANDLER))


def before(case: Case, kind: str, by: Actor) -> None:
    """All that a sample says was made before it, each on its own day."""
    for earlier, row in SET[kind].get("documents", {}).items():
        document = made(case, earlier, by)
        if "served_on" in row:
            with clock.frozen(day_of(earlier) + dt.timedelta(hours=1)):
                all_sign(document, by, party="许山河", officers=["林策", "韩渡"])
                serve(
                    document.id, actor=by, mode="direct", receiver="许山河", relation="legal_rep",
                    served_at=clock.now(), place="明水区望江路66号",
                )  # fmt: skip


@pytest.fixture
def case(actor: Who) -> Callable[[str], Case]:
    def begin(procedure: str) -> Case:
        # What only the government decides is handled by people of its own.
        first, second = government(DAY) if procedure in ("P-ZF", "P-ZT") else ("lince", "handu")
        found = lead(procedure, DAY, first, second)
        with clock.frozen(clock.at(DAY, 8)):
            _evidence(found, actor(first))
        return found

    return begin


def _evidence(case: Case, actor: Actor) -> None:
    cases.record_evidence(
        case.id, actor=actor, kind="documentary", name="销售台账", origin="当事人提供", proves="销售的数量和金额",
        collected_at=clock.now(),
    )  # fmt: skip


def test_all_numbers_of_the_group_have_a_kind() -> None:
    assert {template(kind).about.no for kind in MINE} == set(range(93, 123))


@pytest.mark.parametrize("kind", MINE)
def test_the_case_fills_what_nobody_types(kind: str, case: Callable[[str], Case], actor: Who) -> None:
    begun = case(template(kind).about.procedures[0])
    handler = actor("zhengyi" if begun.organisation.kind == "government" else "lince")
    before(begun, kind, handler)
    document = made(begun, kind, handler)
    begun.refresh_from_db()
    text = printed(document)
    form = template(kind)
    assert squeezed(begun.organisation.name) in text
    for name, value in (
        ("case_no", begun.number),
        ("party", begun.party_name),
        ("doc_no", document.fields.get("doc_no")),
    ):
        field = form.field(name)
        # The number of the case stands on the page where the form prints it.
        if field and any(f"{{{name}" in str(block) or name == "party" for block in form.blocks):
            assert squeezed(str(value)) in text, (name, value)
    for field in asked(form.fields):
        value = typed(kind).get(field.name)
        if field.type in ("text", "long") and value and any(f"{{{field.name}" in str(block) for block in form.blocks):
            assert squeezed(value) in text or conditional(form, field.name), field.name
    assert "None" not in text
    # A citation is one citation: taken apart, its letters would stand in a row with stops between.
    assert "、中、华、" not in text and "《、" not in text
    assert "{" not in text


def conditional(form: Any, name: str) -> bool:
    """Printed only under a condition that the sample does not meet."""
    return all(block.get("when") for block in form.blocks if f"{{{name}" in str(block))


def printed(document: Document) -> str:
    pdf = pypdfium2.PdfDocument(render(document.kind, document.fields).pdf)
    return squeezed("".join(page.get_textpage().get_text_bounded() for page in pdf))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b\ufffe]", "", text)


def test_a_day_is_in_shanghai() -> None:
    assert day_of("licence-application").astimezone(SHANGHAI).hour == 20
