"""What publication asks: a local variant with additions passes, a harmful or broken one is told why in words."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingcha.catalogues.schemas import schema
from mingcha.procedures.rules import check
from mingcha.procedures.tests.mutants import Content, add_move, drop_move, row, whole

SHORT = Path(__file__).resolve().parents[4] / "tests" / "data" / "P-PT.edition-1.json"


def codes(content: dict[str, Any]) -> set[str]:
    return {reason.code for reason in check(content)}


def with_local_stage() -> Content:
    """Between the end of the investigation and the head, the unit discusses the file: a stage, a period, a document."""
    content = whole("P-PT")
    row(content, "conclude")["moves"][0] |= {"to": "unit-talk", "label": "提交机构会商"}
    stage = row(content, "conclude")
    content["stages"].insert(
        content["stages"].index(stage) + 1,
        {
            "id": "unit-talk", "name": "机构会商", "step": "investigate", "article": "行政处罚法第五十七条",
            "roles": ["unit_head"], "recording": "N", "documents": ["机构会商记录"], "guards": [],
            "starts": ["PEN-16"], "ends": ["PEN-16"],
            "moves": [{"to": "head-examine", "label": "会商同意，报送审查", "roles": ["handler"], "guards": []}],
        },
    )  # fmt: skip
    return content


def test_a_local_stage_with_a_period_and_a_document_passes() -> None:
    content = with_local_stage()
    assert check(content) == []
    assert schema("procedure").check(content) == []


def test_the_first_try_of_somebody_new_is_refused_in_words() -> None:
    """A period that nothing ends on the path that needs no review; then a stage that leads nowhere."""
    content = with_local_stage()
    row(content, "unit-talk")["ends"] = []
    reasons = check(content)
    assert [reason.code for reason in reasons] == ["property-l01"]
    assert "“机构会商”起算的期限“法制审核”（PEN-16）到结束仍没有了结" in reasons[0].message
    assert "—会商同意，报送审查→" in reasons[0].message
    assert "现在停止它的环节是：法制审核" in reasons[0].fix
    del row(content, "unit-talk")["moves"][0]
    assert {"property-l01", "property-t04"} <= codes(content)


def test_guards_of_a_lawful_move_may_be_asked_at_the_new_stage_but_not_lost() -> None:
    content = with_local_stage()
    asked = row(content, "conclude")["moves"][0]["guards"]
    row(content, "conclude")["moves"][0]["guards"] = []
    reasons = check(content)
    assert {reason.code for reason in reasons} == {"property-t04"}
    assert any("调查终结报告已制作" in reason.message for reason in reasons)
    row(content, "unit-talk")["moves"][0]["guards"] = asked
    assert check(content) == []


def test_a_stricter_guard_recording_and_document_may_be_added() -> None:
    content = whole("P-CS")
    row(content, "in-force")["recording"] = "A"
    row(content, "in-force")["documents"].append("每日巡查记录")
    row(content, "dispose")["guards"].append("finding-gc-10@1")
    assert check(content) == []
    row(content, "on-site")["recording"] = "B"
    assert codes(content) == {"property-t04"}


def test_nothing_more_may_pass_by_itself() -> None:
    """A variant may put a person where the law needs none, and never the other way round."""
    content = whole("P-PT")
    for move in row(content, "file")["moves"]:
        del move["passes"]
    assert check(content) == []
    row(content, "head-examine")["moves"][0]["passes"] = True
    reasons = check(content)
    assert [reason.code for reason in reasons] == ["property-t04"]
    assert "“负责人审查—同意拟处罚意见”要由人办理" in reasons[0].message
    content = with_local_stage()
    row(content, "unit-talk")["moves"][0]["passes"] = True
    assert codes(content) == {"property-t04"}


def test_the_first_edition_of_the_pilot_cannot_be_published_again() -> None:
    """The short form of the ordinary procedure, on which old cases still run, is no lawful edition for new ones."""
    short = json.loads(SHORT.read_text("utf-8"))
    assert {reason.code for reason in check(short)} >= {"property-t04"}


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (lambda content: content.pop("stages"), "procedure-malformed", "缺少必要的部分"),
        (lambda content: content["stages"].append(row(content, "notify")), "procedure-malformed", "环节编号重复：notify"),
        (lambda content: content.update(code="P-MINE"), "procedure-unknown", "沿用法定程序的编号"),
        (lambda content: content.update(act_type="fee"), "procedure-act-type", "执法类别"),
        (lambda content: row(content, "decide")["guards"].append("all-is-well@1"), "property-t02", "没有登记的条件"),
        (lambda content: row(content, "decide")["guards"].append("finding-gp-08@1"), "property-t02", "不适用于本程序"),
        (lambda content: row(content, "notify").update(roles=["king"]), "property-t02", "角色“king”不存在"),
        (lambda content: row(content, "notify").update(roles=[]), "property-t02", "没有办理人"),
        (lambda content: row(content, "notify")["starts"].append("PEN-99"), "property-t02", "没有登记"),
        (lambda content: row(content, "notify")["documents"].append("no-such-template"), "property-t02", "没有登记"),
        (lambda content: row(content, "notify").update(article=" "), "property-t02", "依据的条文"),
        (lambda content: content.update(entry="nowhere"), "property-t02", "开始环节“nowhere”不存在"),
        (lambda content: content.update(entry="notify"), "property-t03", "不能从“事先告知”开始办理"),
        (lambda content: add_move(content, "investigate", "nowhere"), "property-t02", "不存在的环节“nowhere”"),
        (lambda content: row(content, "notify").update(terminal=True), "property-t03", "不能是结束环节"),
        (lambda content: row(content, "notify")["pauses"].append("PEN-01"), "property-t04", "没有法律依据地中止"),
        (lambda content: row(content, "legal-review").update(roles=["handler"]), "property-t05", "不得是同一人"),
        (lambda content: row(content, "review-scope")["moves"][0].pop("action"), "property-t04", "review-submit"),
    ],
)  # fmt: skip
def test_a_broken_definition_is_told_in_words(change: Any, code: str, said: str) -> None:
    content = whole("P-PT")
    for stage in content["stages"]:
        stage.setdefault("pauses", [])
    change(content)
    found = [reason for reason in check(content) if reason.code == code]
    assert any(said in reason.message for reason in found), [reason.message for reason in check(content)]
    assert all(reason.fix or reason.code == "procedure-act-type" for reason in found)


@settings(deadline=None)
@given(st.data())
def test_whatever_is_typed_is_answered_in_words(data: st.DataObject) -> None:
    """One leaf anywhere becomes something else: reasons come back, never a crash."""
    content: Any = whole("P-JW")
    at: Any = content
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], (dict, list)) or not at[key] or data.draw(st.integers(0, 4)) == 0:
            break
        at = at[key]
    at[key] = data.draw(st.sampled_from([None, 7, "", " ", "x", [], {}, [None], ["x"], [["a", "b", "c"]], {"to": 1}]))
    for reason in check(content):
        assert reason.message and reason.code


def test_too_many_branches_are_refused_not_half_verified() -> None:
    content = whole("P-PT")
    for number in range(12):
        branch = copy.deepcopy(row(content, "order-correct")) | {"id": f"branch-{number}", "name": "并行办理"}
        row(content, "investigate")["moves"].append({**row(content, "investigate")["moves"][0], "to": branch["id"]})
        content["stages"].append(branch)
    assert any("无法逐一核验" in reason.message for reason in check(content))


def test_a_link_to_an_unknown_procedure_is_refused() -> None:
    content = whole("P-JC")
    row(content, "feedback")["moves"][2]["to"] = "nowhere"
    reasons = check(content)
    assert any("转入的“P-PT.nowhere”不存在" in reason.message for reason in reasons)


def test_another_procedure_may_be_opened_beside_but_only_at_its_beginning() -> None:
    content = whole("P-JC")
    link = {
        "to": "clue",
        "procedure": "P-JW",
        "label": "移送线索",
        "roles": ["handler"],
        "guards": [],
        "parallel": True,
    }
    row(content, "feedback")["moves"].append(link)
    assert check(content) == []
    link |= {"procedure": "P-PT", "to": "decide"}
    assert codes(content) == {"property-t03"}
    link |= {"procedure": "P-JW", "to": "clue", "parallel": False}
    assert codes(content) == {"property-t03"}


def test_reasons_carry_property_statement_and_path() -> None:
    reason = check(drop_move(whole("P-CS"), "returned", "close"))[0]
    assert reason.code == "property-l01"
    assert reason.data["property"] == "L01" and reason.data["path"][-1] == "returned"
    assert reason.articles and reason.fix
    assert "退还" in reason.message
