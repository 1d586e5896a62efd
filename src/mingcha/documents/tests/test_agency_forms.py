"""An agency's own forms (本机关文书格式): checked, put into use by a second person, filled, withdrawn; in three rings."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from docx import Document as new_document

from mingcha.accounts.actors import Actor
from mingcha.common import clock
from mingcha.common.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refused
from mingcha.documents import queries as documents
from mingcha.documents.agency import actions, queries
from mingcha.documents.agency.filling import examine, fill_form, trial
from mingcha.documents.agency.models import AgencyForm, AgencyFormDecision
from mingcha.documents.agency.shape import names, shape_of, values_of
from mingcha.documents.rendering import kinds, render
from mingcha.documents.tests.forms_docx import KIND, form, saved
from mingcha.documents.tests.golden import ALL
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.demo.journey import Journey
from mingcha.ledger.models import JournalEntry

Who = Callable[[str], Actor]


def whole(kind: str = KIND) -> bytes:
    """A form that names everything that the kind requires."""
    lines, rows = [], []
    for name, shape in names(shape_of(kind)):
        if "." in name or not shape.required:
            continue
        if shape.kind in ("text", "bool"):
            lines.append(f"{shape.label}：{{{{ {name} }}}}")
        elif shape.kind == "texts":
            lines.append(f"{shape.label}：{{{{ {name}|join('、') }}}}")
        elif shape.kind == "object":
            lines += [f"{part.label}：{{{{ {name}.{inner} }}}}" for inner, part in shape.of.items()]
        else:
            parts = [f"{{{{ x.{inner} }}}}" for inner, part in shape.of.items() if part.kind != "list"]
            rows += [[f"{{%tr for x in {name} %}}"], [" ".join(parts)], ["{%tr endfor %}"]]
    return form(*lines, rows=rows)


def read(data: bytes) -> str:
    """The text of a .docx as python-docx reads it, tables after paragraphs."""
    made = new_document(io.BytesIO(data))
    cells = [cell.text for table in made.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(row.text for row in made.paragraphs), *cells])


def put(data: bytes, actor: Actor, kind: str = KIND) -> AgencyForm:
    return actions.upload(kind, name="", incoming=receive_bytes(data), report=examine(kind, data), actor=actor)


def test_the_check_names_what_is_unknown_and_what_is_missing() -> None:
    report = examine(KIND, form("{{ place }} {{ wether }} {{ told }}", "{% for t in told %}{{ t.itme }}{% endfor %}"))
    assert report.unknown == ["wether", "t.itme"]
    assert report.misused == ["“told”包含多项，不能直接打印，请用循环逐项填写。"]
    assert "organ_name" in {row["name"] for row in report.missing}
    assert "place" not in {row["name"] for row in report.missing}
    assert not report.usable
    inner = {row["name"]: row["label"] for row in report.missing}
    assert inner["told.item"].endswith("事项")
    assert examine(KIND, whole()).usable


@pytest.mark.parametrize("kind", ["site-record", "penalty-decision", "onsite-penalty-decision", "service-receipt"])
def test_a_whole_form_prints_every_required_value(kind: str) -> None:
    data = whole(kind)
    assert examine(kind, data).usable
    text = read(fill_form(data, kind, ALL[kind]))
    values = values_of(kind, ALL[kind])
    for name, shape in names(shape_of(kind)):
        if "." not in name and shape.required and shape.kind == "text":
            assert str(values[name]) in text
    assert "{{" not in text and "{%" not in text


@pytest.mark.parametrize("kind", sorted(set(kinds()) & set(ALL)))
def test_values_of_every_kind_read_as_on_the_official_paper(kind: str) -> None:
    """No value is worded otherwise than in the PDF: each of the longer texts stands there too."""
    printed = "".join(render(kind, ALL[kind]).text.split())
    values = values_of(kind, ALL[kind])
    for name in ("remedies_text", "payment_text", "penalties_text"):
        for line in str(values.get(name, "")).split("\n"):
            if name in values and f"{name.removesuffix('_text')}" in ALL[kind] and line:
                assert "".join(line.split()) in printed or "".join(line.split()).rstrip("；。") in printed


def test_marks_cut_by_word_into_runs_are_put_together() -> None:
    made = new_document()
    paragraph = made.add_paragraph()
    for piece in ("地点{", "{ pl", "ace ", "}", "}，案由“", "{{ cause", " }}", "”。"):
        paragraph.add_run(piece).bold = piece == "ace "
    out = io.BytesIO()
    made.save(out)
    text = read(fill_form(out.getvalue(), KIND, ALL[KIND]))
    assert text == f"地点{ALL[KIND]['place']}，案由“{ALL[KIND]['cause']}”。"


def test_lists_conditions_and_line_breaks() -> None:
    data = form(
        "{% for o in observations %}",
        "{{ loop.index }}．{{ o.fact }}",
        "{% endfor %}",
        "{% if witness %}见证人{{ witness }}{% else %}没有见证人{% endif %}",
        "{{ measures|default(“无”) }}",
        rows=[
            ["事项", "做到"],
            ["{%tr for t in told %}", ""],
            ["{{ t.item }}", "{{ t.done }}"],
            ["{%tr endfor %}", ""],
        ],
    )
    values = {**ALL[KIND], "observations": [{"fact": "甲\n乙"}, {"fact": "丙"}], "measures": "", "witness": ""}
    made = new_document(io.BytesIO(fill_form(data, KIND, values)))
    assert [row.text for row in made.paragraphs] == ["1．甲\n乙", "2．丙", "没有见证人", "无"]
    assert [cell.text for cell in made.tables[0].rows[1].cells] == [values["told"][0]["item"], "是"]
    assert len(made.tables[0].rows) == 1 + len(values["told"])
    # A condition that is not met leaves a cell that Word still opens: with an empty paragraph.
    inside = new_document(io.BytesIO(form(rows=[["x"]])))
    cell = inside.tables[0].rows[0].cells[0]
    cell.text = "{% if witness %}"
    cell.add_paragraph("{{ witness }}")
    cell.add_paragraph("{% endif %}")
    bare = new_document(io.BytesIO(fill_form(saved(inside), KIND, values)))
    assert [row.text for row in bare.tables[0].rows[0].cells[0].paragraphs] == [""]


def test_the_same_document_gives_the_same_bytes() -> None:
    data = whole()
    assert fill_form(data, KIND, ALL[KIND]) == fill_form(data, KIND, ALL[KIND])
    assert "【地点】" in read(trial(data, KIND))


@pytest.fixture
def journey(play: Callable[..., Journey]) -> Journey:
    return play("notice")


@pytest.mark.django_db
def test_uploaded_used_by_another_printed_withdrawn(journey: Journey, actor: Who) -> None:
    document = documents.document(documents.latest(journey.case, KIND).id)  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        queries.printed(document)
    with clock.frozen(clock.at(journey.day, 10)):
        first = put(whole(), actor("admin"))
        assert queries.in_use(journey.case.organisation_id, KIND) is None
        actions.put_into_use(first.id, actor=actor("shenyi"))
    found, data = queries.printed(document)
    assert found.id == first.id
    assert document.fields["place"] in read(data)
    assert queries.kinds_in_use(journey.case.organisation_id) == {KIND}
    with clock.frozen(clock.at(journey.day, 11)):
        second = put(form("{{ place }}"), actor("admin"))
        assert (first.number, second.number) == (1, 2)
        assert second.report["missing"] and not second.usable
        third = put(whole(), actor("admin"))
        actions.put_into_use(third.id, actor=actor("shenyi"))
        assert queries.printed(document)[0].id == third.id
        with pytest.raises(InvalidInput):
            actions.withdraw(third.id, reason="", actor=actor("shenyi"))
        actions.withdraw(third.id, reason="改用新版式。", actor=actor("shenyi"))
    # Nothing older comes back by itself.
    assert queries.in_use(journey.case.organisation_id, KIND) is None
    kinds_ = list(JournalEntry.objects.filter(kind__startswith="agency-form").values_list("kind", flat=True))
    assert sorted(kinds_) == sorted(["agency-form-uploaded"] * 3 + ["agency-form-used"] * 2 + ["agency-form-withdrawn"])


@pytest.mark.django_db
def test_a_paper_keeps_the_version_it_was_made_by(journey: Journey, actor: Who) -> None:
    document = documents.document(documents.latest(journey.case, KIND).id)  # type: ignore[union-attr]
    with clock.frozen(document.issued_at - dt.timedelta(hours=1)):
        first = put(whole(), actor("admin"))
        actions.put_into_use(first.id, actor=actor("shenyi"))
    with clock.frozen(clock.at(journey.day, 22)):
        second = put(whole(), actor("admin"))
        actions.put_into_use(second.id, actor=actor("shenyi"))
        assert queries.in_use(journey.case.organisation_id, KIND) == second
        assert queries.printed(document)[0] == first
        actions.withdraw(second.id, reason="改用新版式。", actor=actor("shenyi"))
        assert queries.printed(document)[0] == first


@pytest.mark.django_db
def test_who_may_do_what(journey: Journey, actor: Who) -> None:
    data = whole()
    with pytest.raises(NotPermitted):
        put(data, actor("lince"))
    made = put(data, actor("admin"))
    with pytest.raises(NotPermitted) as own:
        actions.put_into_use(made.id, actor=actor("admin"))
    assert "上传的人" in own.value.message
    with pytest.raises(NotPermitted):
        actions.put_into_use(made.id, actor=actor("lince"))
    with pytest.raises(NotFound):
        queries.form(actor("luochuan"), made.id)
    with pytest.raises(Conflict):
        actions.withdraw(made.id, reason="没有启用", actor=actor("shenyi"))
    bad = put(form("{{ nothing }}"), actor("admin"))
    with pytest.raises(Refused) as refused:
        actions.put_into_use(bad.id, actor=actor("shenyi"))
    assert refused.value.reasons[0].code == "form-unusable"
    actions.put_into_use(made.id, actor=actor("shenyi"))
    with pytest.raises(Conflict):
        actions.put_into_use(made.id, actor=actor("shenyi"))


def store(**values: Any) -> None:
    with transaction.atomic():
        AgencyFormDecision.objects.create(name="甲", reason="", at=clock.now(), **values)


@pytest.mark.django_db
def test_the_database_holds_without_the_actions(journey: Journey, actor: Who) -> None:
    admin, head = actor("admin"), actor("shenyi")
    made = put(whole(), admin)
    bad = put(form("{{ nothing }}"), admin)
    for code, values in (
        ("own-form", {"form": made, "act": "use", "officer_id": admin.officer_id}),
        ("form-unusable", {"form": bad, "act": "use", "officer_id": head.officer_id}),
        ("form-not-in-use", {"form": made, "act": "withdraw", "officer_id": head.officer_id}),
    ):
        with pytest.raises(DatabaseError, match=code):
            store(**values)
    with pytest.raises(DatabaseError, match="form-version-gap"), transaction.atomic():
        AgencyForm.objects.create(
            organisation_id=made.organisation_id, kind=KIND, number=9, name="甲", file_id=made.file_id, report={},
            usable=True, uploaded_by_id=admin.officer_id, uploaded_at=clock.now(),
        )  # fmt: skip
    for change in (
        lambda: AgencyForm.objects.filter(id=bad.id).update(usable=True),
        lambda: AgencyForm.objects.filter(id=made.id).delete(),
    ):
        with pytest.raises(DatabaseError, match="record-immutable"), transaction.atomic():
            change()
