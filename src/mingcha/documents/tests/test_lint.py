"""Check of finished decisions (成稿检查): each fault is named, our own papers have none, real decisions agree with a count."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mingcha.documents.checking.commands import documents
from mingcha.documents.checking.lint import clause, lint
from mingcha.documents.rendering import render, template, wording
from mingcha.documents.tests.golden import ALL

DAY = dt.date(2026, 4, 21)
HEAD = (
    "明水区综合行政执法局行政处罚决定书。当事人：清和公司。住所：明水区安澜路88号。经查明，当事人夜间施工，有现场笔录为证，证明上述事实。"
    "依照《中华人民共和国噪声污染防治法》第七十七条，罚款二万元。当事人应当自收到本决定书之日起十五日内缴至指定银行。"
)
FREE = (
    "如不服本决定，可以自收到本决定书之日起六十日内向明水区人民政府申请行政复议；"
    "也可以自收到本决定书之日起六个月内直接向明水区人民法院提起行政诉讼。"
)
FIRST = (
    "如不服本决定，应当先自收到本决定书之日起60日内向明水区人民政府申请行政复议；"
    "对行政复议决定不服的，可以自收到行政复议决定书之日起15日内向明水区人民法院提起行政诉讼。"
)
TAIL = "行政复议或者行政诉讼期间，本决定不停止执行。明水区综合行政执法局（印章）2026年4月21日"


def found(text: str, on: dt.date = DAY) -> set[str]:
    return {mark.reason.code for mark in lint(text, on)}


@pytest.mark.parametrize(("paragraph", "kind"), [(FREE, "free"), (FIRST, "first"), ("", "none")])
def test_kinds_of_the_paragraph(paragraph: str, kind: str) -> None:
    assert clause(HEAD + paragraph + TAIL).kind == kind


def test_a_right_decision_has_no_mark() -> None:
    assert found(HEAD + FREE + TAIL) == set()
    assert found(HEAD + FIRST + TAIL) == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD + TAIL, "remedy-none"),
        (HEAD + FREE.partition("；")[0] + "。" + TAIL, "remedy-reconsideration-only"),
        (HEAD + FREE.replace("六十日", "十五日") + TAIL, "remedy-days"),
        (HEAD + FIRST.replace("15日", "六个月") + TAIL, "remedy-after-months"),
        (HEAD + FREE + "[复议前置案件：" + FIRST + "]" + TAIL, "remedy-both-variants"),
        (HEAD + FREE.replace("明水区人民政府", "市场监督管理局或者明水区人民政府") + TAIL, "remedy-organ-dead"),
        (HEAD + FREE.replace("明水区人民政府", "上一级主管部门") + TAIL, "remedy-organ-dead"),
        (HEAD + FREE.replace("明水区人民政府", "") + TAIL, "remedy-organ-blank"),
        (HEAD + FREE.replace("明水区人民政府", "人民政府") + TAIL, "remedy-organ-blank"),
        (HEAD + FREE.replace("之日起六十日内", "之日起日内") + TAIL, "remedy-blank-period"),
        (HEAD + FREE.replace("明水区人民法院", "人民法院") + TAIL, "remedy-court"),
        (HEAD + FREE + TAIL.replace("（印章）", "（sealdwy）"), "left-over"),
        (HEAD + FREE + TAIL.replace("2026年4月21日", "年月日"), "left-over"),
        (HEAD + "（此处填入具体内容）" + FREE + TAIL, "left-over"),
        (HEAD + FREE + TAIL + "本文书一式份，份送达，一份归档，/。", "left-over"),
        (HEAD.replace("住所：明水区安澜路88号。", "") + FREE + TAIL, "item-party"),
        (HEAD.replace("有现场笔录为证，证明上述事实", "属实") + FREE + TAIL, "item-facts"),
        (HEAD.replace("依照《中华人民共和国噪声污染防治法》第七十七条，", "") + FREE + TAIL, "item-basis"),
        (HEAD.partition("当事人应当")[0] + FREE + TAIL, "item-performance"),
        (HEAD + FREE + TAIL.partition("明水区")[0], "item-organ-date"),
    ],
)  # fmt: skip
def test_each_fault_is_named(text: str, code: str) -> None:
    assert code in found(text)


def test_the_choice_of_a_department_was_good_law_before_2024() -> None:
    text = HEAD + FREE.replace("明水区人民政府", "明州市城市管理局或者明水区人民政府") + TAIL
    assert "remedy-organ-dead" not in found(text, dt.date(2023, 12, 31))
    assert "remedy-organ-dead" in found(text, dt.date(2024, 1, 1))


def test_history_of_an_earlier_review_is_no_remedies_paragraph() -> None:
    history = "当事人不服该处罚决定，2025年8月11日向明水区人民政府提出复议申请，该决定被撤销。"
    assert clause(HEAD + history + TAIL).kind == "none"
    assert clause(HEAD + history + FREE + TAIL).kind == "free"


OWN = sorted(kind for kind in ALL if template(kind).field("remedies") and ALL[kind].get("remedies"))


@pytest.mark.parametrize("kind", OWN)
def test_our_own_papers_have_right_remedies(kind: str) -> None:
    text = render(kind, ALL[kind]).text
    assert {mark.reason.code for mark in lint(text, DAY) if mark.reason.code.startswith(("remedy", "left"))} == set()


NAMES = st.text(st.sampled_from("明水云桥安澜望江清源州县区市"), min_size=2, max_size=8)


@given(
    kind=st.sampled_from(["R-STD", "R-PRE", "R-LAW"]),
    organ=NAMES,
    court=NAMES,
    paper=st.sampled_from(["本决定书", "本通知书"]),
    address=st.sampled_from(["", "明水区安澜路18号"]),
    online=st.sampled_from(["", "https://fuyi.mingshui.example"]),
)
def test_every_paragraph_that_is_composed_passes(
    kind: str, organ: str, court: str, paper: str, address: str, online: str
) -> None:
    block = {
        "kind": kind, "recon_organ": f"{organ}人民政府", "lit_court": f"{court}人民法院", "paper": paper,
        "act": paper.removesuffix("书"), "recon_address": address, "recon_online": online, "lit_days": 15,
        "basis": "《中华人民共和国行政复议法》第二十三条第一款第一项",
    }  # fmt: skip
    text = HEAD + "".join(wording.remedies(block, DAY)) + TAIL[-25:]
    read = clause(text)
    assert read.kind == ("first" if kind == "R-PRE" else "free")
    assert read.days == 60
    assert read.online == bool(online)
    assert found(text) == set()


@pytest.mark.shared
def test_real_decisions_agree_with_a_count_by_hand(shared: Path | None) -> None:
    """191 published price decisions; documents that differ from the first count were read one by one."""
    if shared is None:
        print("test_real_decisions_agree_with_a_count_by_hand: the shared decisions are not here, made-up ones instead")
        assert clause(HEAD + FREE + TAIL).kind == "free"
        return
    kinds: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    with gzip.open(shared / "decisions" / "samr_company_decisions.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            year, month, day = map(int, re.findall(r"\d+", row["index"]["处罚日期"])[:3])
            kinds[clause(row["text"]).kind] += 1
            codes.update(found(row["text"], dt.date(year, month, day)))
    assert kinds == COUNTED
    for code, number in MARKED.items():
        assert codes[code] == number, code


COUNTED = {"free": 114, "sequence": 36, "reconsideration-only": 18, "first": 12, "none": 11}
MARKED = {
    "remedy-organ-dead": 19,
    "remedy-after-months": 7,
    "remedy-both-variants": 4,
    "remedy-days": 1,
    "remedy-reconsideration-only": 18,
    "remedy-none": 11,
}


def test_command(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_text(HEAD + FREE + TAIL, encoding="utf-8")
    bad.write_text(HEAD + TAIL, encoding="utf-8")
    run = CliRunner().invoke
    done = run(documents, ["lint", str(good), "--date", "2026-04-21"])
    assert (done.exit_code, "没有发现问题" in done.output) == (0, True)
    done = run(documents, ["lint", str(bad), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.output)["marks"][0]["code"] == "remedy-none"
    lines = "\n".join(json.dumps({"id": n, "text": HEAD + p + TAIL}) for n, p in (("a", FREE), ("b", "")))
    done = run(documents, ["lint", "-", "--jsonl"], input=lines)
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert [(row["id"], bool(row["marks"])) for row in rows] == [("a", False), ("b", True)]
    assert run(documents, ["lint", "-", "--jsonl"], input="{}").exception is not None
