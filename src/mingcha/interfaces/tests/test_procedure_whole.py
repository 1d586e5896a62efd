"""The editor changes who takes a move, who must be different persons, and where a case may begin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from mingcha.common.errors import InvalidInput
from mingcha.interfaces.tests.test_procedures import Editor
from mingcha.procedures import queries
from mingcha.procedures.faces import editing

pytestmark = pytest.mark.django_db
Login = Callable[[str], Client]


def test_who_takes_a_move_is_changed(login: Login) -> None:
    editor = Editor(login("admin"))
    stage = next(row for row in editor.draft.content["stages"] if row["moves"] and not row["moves"][0].get("procedure"))
    move = stage["moves"][0]
    page = editor.page(f"?stage={stage['id']}")
    assert "谁办理这个去向" in page
    fields = {"stage": stage["id"], "move": "0", "to": move["to"], "label": move["label"], "has_roles": "1"}
    assert editor.do("move-change", **fields, roles=["head", "unit_head"]).status_code == 302
    assert set(editing.stage_of(editor.draft.content, stage["id"])["moves"][0]["roles"]) == {"head", "unit_head"}
    none = editor.do("move-change", **fields)
    assert none.status_code == 422 and "请至少选择一个办理角色" in none.content.decode()


def test_roles_that_must_be_different_and_further_beginnings(login: Login) -> None:
    editor = Editor(login("admin"))
    page = editor.page()
    assert "应当由不同的人担任" in page and "起始环节" in page
    held = list(editor.draft.content.get("different", []))
    pair = {"stage": "", "first": "handler", "second": "unit_head", "basis": "本机关内部规定"}
    assert editor.do("different-add", **pair).status_code == 302
    assert editor.draft.content["different"] == [*held, ["handler", "unit_head", "本机关内部规定"]]
    assert editor.do("different-add", **pair).status_code == 422
    assert "请选择两个不同的角色" in editor.do("different-add", **{**pair, "second": "handler"}).content.decode()
    assert editor.do("different-remove", stage="", value=str(len(held))).status_code == 302
    assert editor.draft.content["different"] == held
    other = next(row["id"] for row in editor.draft.content["stages"] if row["id"] != editor.draft.content["entry"])
    assert editor.do("entry-add", stage="", value=other).status_code == 302
    assert other in editor.draft.content["entries"]
    assert editor.do("entry-add", stage="", value=other).status_code == 422
    assert editor.do("entry-remove", stage="", value=other).status_code == 302
    assert other not in editor.draft.content["entries"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op": "different-add", "first": "bank", "second": "menu", "basis": "x"}, "second"),
        ({"op": "different-add", "first": "", "second": "handler", "basis": "x"}, "first"),
        ({"op": "different-add", "first": "head", "second": "handler", "basis": ""}, "basis"),
        ({"op": "different-remove", "value": "99"}, "value"),
        ({"op": "entry-add", "value": "nowhere"}, "stage"),
        ({"op": "entry-remove", "value": "nowhere"}, "value"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        editing.apply(queries.definition_file("P-CS"), change)
    assert field in refused.value.fields
