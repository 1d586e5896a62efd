"""The whole set of documents (文书格式全集): every kind renders, every check has a case that passes and one that fails."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mingcha.documents.checking import VALIDATORS, examine
from mingcha.documents.checking.expressions import parsed
from mingcha.documents.filling import KNOWN
from mingcha.documents.rendering import kinds, template
from mingcha.documents.rendering.fields import Field
from mingcha.documents.tests.sets import codes, paper, samples

SET = samples()
KIND_NAMES = re.compile(r"(?:made|made_on|made_at|served_on|past)\('([a-z-]+)'")
# Answer in the check-up of the dossier or by the database, not at the making of one document.
ELSEWHERE = {"V5", "V6", "V11", "V14"}


@pytest.mark.parametrize("kind", sorted(SET))
def test_a_complete_document_passes_all_its_checks(kind: str) -> None:
    assert [mark.reason.message for mark in examine(paper(kind, SET[kind]))] == []


@pytest.mark.parametrize(("kind", "fault"), [(kind, fault) for kind in sorted(SET) for fault in SET[kind]["faults"]])
def test_a_fault_is_named(kind: str, fault: dict[str, Any]) -> None:
    marks = examine(paper(kind, SET[kind], fault))
    assert fault["check"] in codes(marks), codes(marks)
    named = next(mark for mark in marks if fault["check"] in (mark.reason.code, mark.check))
    assert named.reason.articles[0], "an article says why"
    assert named.consequence


@pytest.mark.parametrize("kind", sorted(SET))
def test_every_check_of_a_kind_has_a_fault(kind: str) -> None:
    about = template(kind).about
    wanted = {row["code"] for row in about.validators} - ELSEWHERE | {rule.id for rule in about.checks}
    found: set[str] = set()
    for fault in SET[kind]["faults"]:
        found |= codes(examine(paper(kind, SET[kind], fault)))
    assert wanted <= found | ELSEWHERE, f"no fault shows {sorted(wanted - found)}"


@pytest.mark.parametrize("kind", kinds())
def test_names_used_by_a_template_are_known(kind: str) -> None:
    form = template(kind)
    for field in _fields(form.fields):
        for name in field.fill.split(" or ") if field.fill else ():
            parts = name.split(".")
            assert name in KNOWN or parts[0] == "organ" or (parts[0] == "doc" and parts[1] in kinds()), name
        if field.calc:
            assert set(field.calc) & {"rule", "total", "count", "product", "remedies"}
    for rule in form.about.checks:
        for text in (rule.must, rule.when):
            if text:
                parsed(text)
                assert set(KIND_NAMES.findall(text)) <= set(kinds()), text
        assert rule.text.endswith("。")
        assert rule.article
    for params in form.about.validators:
        assert params["code"] in VALIDATORS or params["code"] in ELSEWHERE
        assert params.get("document", kind) in kinds()
    for name in form.about.phrases:
        assert form.field(name), f"phrases for an unknown field {name}"


def _fields(rows: tuple[Field, ...]) -> list[Field]:
    return [found for field in rows for found in (field, *_fields(field.of))]
