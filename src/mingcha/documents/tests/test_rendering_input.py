"""Bad and hostile input to documents: it comes out as text, or is refused in Chinese with a stable code."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pypdfium2
import pytest

from mingcha.common.errors import InvalidInput
from mingcha.documents.rendering import (
    UnknownTemplate,
    Unprintable,
    check_fields,
    field_table,
    missing_fields,
    render,
    wording,
)
from mingcha.documents.tests.golden import ALL
from mingcha.documents.tests.test_rendering import POINTS_PER_MM, decision, read, squeezed

HOSTILE = [
    '#panic() #eval("1") #read("/etc/passwd")',
    "*粗体* _斜体_ $x^2$ [内容] <标签> @引用 `代码` = 标题 - 项 + 项 / 术语",
    "\\u{41} \\ // 注释 /* 注释 */ ~ --- ...",
    "{organ_name} {amount|full} %s {{0}} ${jndi:x}",
    '"]) #set page(fill: red) (["',
    "https://zhifa.mingshui.example/a/b?c=d#e",
    "'单引号' \"双引号\" <script>alert(1)</script>",
    "生僻字：𠮷、𡌶、㛃、龘",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["penalty-decision", "statement-record", "review-opinion"])
def test_markup_is_literal(kind: str, text: str) -> None:
    fields = copy.deepcopy(ALL[kind])
    match kind:
        case "penalty-decision":
            fields["facts"] = [{"text": text}]
            fields["parties"][0]["name"] = text
        case "statement-record":
            fields["points"] = [{"point": text}]
        case _:
            fields["checklist"][0]["note"] = text
            fields["text"] = text
    layout = {"penalty-decision": "letter", "statement-record": "record", "review-opinion": "form"}[kind]
    made = render(kind, fields)
    assert text in made.text
    assert squeezed(read(made.pdf, layout)) == squeezed(made.text)


@pytest.mark.parametrize("run", ["A" * 10_000, "明" * 10_000, "1234567890" * 1_000, "。" * 10_000])
def test_ten_thousand_characters_without_a_space_stay_on_the_page(run: str) -> None:
    made = render("penalty-decision", decision(nature=run))
    assert run in made.text
    assert squeezed(read(made.pdf, "letter")) == squeezed(made.text)
    right = (210 - 26) * POINTS_PER_MM
    for page in pypdfium2.PdfDocument(made.pdf):
        text = page.get_textpage()
        boxes = [text.get_charbox(i) for i in range(text.count_chars())]
        # Hanging punctuation and zero-width marks may stand out by less than a character.
        assert max(box[2] for box in boxes) < right + 16


def test_long_text_in_a_cell_breaks_over_pages() -> None:
    fields = {**ALL["review-opinion"], "text": "审核意见" * 1500}
    made = render("review-opinion", fields)
    assert squeezed(read(made.pdf, "form")) == squeezed(made.text)


@pytest.mark.parametrize("character", ["😀", "\x00", "\x07", "\u202e", "\u200b", "\ue000", "\u2066", "ก"])
def test_unprintable_characters_are_named(character: str) -> None:
    with pytest.raises(Unprintable) as caught:
        render("penalty-decision", decision(nature=f"前{character}后"))
    assert caught.value.code == "document-unprintable"
    assert caught.value.data["characters"] == [f"U+{ord(character):04X}"]
    assert f"U+{ord(character):04X}" in caught.value.message


def test_all_characters_that_no_font_has_are_named_at_once_and_before_rendering() -> None:
    with pytest.raises(Unprintable) as caught:
        check_fields("penalty-decision", decision(nature="𠮷😀", cause="ก\u202e"))
    assert caught.value.data["characters"] == ["U+0E01", "U+202E", "U+1F600"]


def test_rare_characters_have_a_font() -> None:
    assert "𠮷野建材店" in render("penalty-decision", decision(cause="𠮷野建材店占道")).text


@pytest.mark.parametrize("kind", sorted(ALL))
def test_each_required_field_is_missed(kind: str) -> None:
    assert missing_fields(kind, ALL[kind]) == []
    required = [field for field in field_table(kind) if field.required]
    assert required
    for field in required:
        fields = {name: value for name, value in ALL[kind].items() if name != field.name}
        missing = missing_fields(kind, fields)
        assert (field.name, field.label_zh) in missing
    with pytest.raises(InvalidInput) as caught:
        render(kind, {})
    assert {field.name for field in required} <= set(caught.value.fields)


def test_missing_inside_lists_and_under_conditions() -> None:
    fields = copy.deepcopy(ALL["penalty-decision"])
    del fields["evidence"][1]["proves"]
    fields["hearing"] = "held"
    fields["remedies"]["served_online"] = True
    fields["penalties"][1].pop("amount")
    assert missing_fields("penalty-decision", fields) == [
        ("evidence[1].proves", "证据第2项的证明事项"),
        ("hearing_note", "听证说明"),
        ("penalties[1].amount", "处罚种类和内容第2项的金额"),
        ("remedies.recon_online", "救济途径的线上申请复议渠道"),
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("decision_date", "2026-02-30"),
        ("decision_date", dt.datetime(2026, 4, 21, 9, 0)),
        ("doc_no", 12),
        ("doc_no", "长" * 501),
        ("response", "maybe"),
        ("parties", "清和建筑工程有限公司"),
        ("parties", [["清和"]]),
        ("payment", {**ALL["penalty-decision"]["payment"], "amount": 20_000.0}),
        ("payment", {**ALL["penalty-decision"]["payment"], "amount": -1}),
        ("payment", {**ALL["penalty-decision"]["payment"], "amount": True}),
        ("surprise", "没有这一项"),
    ],
)
def test_wrong_types_are_refused(path: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        render("penalty-decision", decision(**{path: value}))
    assert any(name.startswith(path) for name in caught.value.fields)


def test_fine_in_figures_words_and_payment_agree() -> None:
    text = render("penalty-decision", ALL["penalty-decision"]).text
    assert text.count("20,000.00元（大写：贰万元整）") == 2
    other = {**ALL["penalty-decision"]["payment"], "amount": 2_000_001}
    with pytest.raises(InvalidInput) as caught:
        render("penalty-decision", decision(payment=other))
    assert list(caught.value.fields) == ["payment.amount"]
    without = decision(performance="自收到本决定书之日起履行。")
    del without["payment"]
    with pytest.raises(InvalidInput):
        render("penalty-decision", without)


@pytest.mark.parametrize("kind", ["../penalty-decision", "no-such-kind", "look", "", "penalty-decision/v1"])
def test_unknown_kinds(kind: str) -> None:
    with pytest.raises(UnknownTemplate):
        render(kind, {})
    with pytest.raises(UnknownTemplate):
        render("penalty-decision", {}, version=2)


REMEDY = ALL["penalty-decision"]["remedies"]
ON = dt.date(2026, 4, 21)


def test_free_choice_of_remedies() -> None:
    first, stay = wording.remedies(REMEDY, ON)
    assert "60日内，向明水区人民政府申请行政复议；也可以" in first
    assert "6个月内，直接向明水区人民法院提起行政诉讼" in first
    assert "明水区行政复议中心" in first
    assert "不停止执行" in stay


def test_reconsideration_first_gives_fifteen_days_and_no_six_months() -> None:
    first, _ = wording.remedies({**REMEDY, "kind": "R-PRE", "basis": "《价格违法行为行政处罚规定》第二十条"}, ON)
    assert "应当先" in first
    assert "15日内" in first
    assert "个月" not in first


def test_period_of_a_special_law() -> None:
    remedy = {**REMEDY, "kind": "R-LAW", "basis": "《中华人民共和国土地管理法》第八十三条", "lit_days": 15}
    assert "自收到本决定书之日起15日内，直接向明水区人民法院" in wording.remedies(remedy, ON)[0]
    with pytest.raises(InvalidInput) as caught:
        incomplete = {name: value for name, value in remedy.items() if name != "lit_days"}
        render("penalty-decision", decision(remedies=incomplete))
    assert list(caught.value.fields) == ["remedies.lit_days"]


def test_reconsideration_may_be_longer_never_shorter() -> None:
    assert "90日内" in wording.remedies({**REMEDY, "recon_days": 90}, ON)[0]
    with pytest.raises(InvalidInput):
        wording.remedies({**REMEDY, "recon_days": 15}, ON)


def test_a_notice_of_procedure_has_no_remedies() -> None:
    assert all(field.name != "remedies" for field in field_table("penalty-notice"))
    assert "行政复议" not in render("penalty-notice", ALL["penalty-notice"]).text


def test_hearing_is_offered_only_when_due() -> None:
    fields = {**ALL["penalty-notice"], "hearing": False}
    del fields["hearing_matter"], fields["hearing_days"]
    assert "听证" not in render("penalty-notice", fields).text
    assert "5个工作日内" in render("penalty-notice", ALL["penalty-notice"]).text


def test_payment_paragraph() -> None:
    paragraphs = wording.payment(ALL["penalty-decision"]["payment"], ON)
    assert "自收到本决定书之日起15日内" in paragraphs[0]
    assert "明水区安澜路1号" in paragraphs[0]
    assert "百分之三加处罚款，加处罚款的总数不超过罚款数额" in paragraphs[1]
    assert "申请人民法院强制执行" in paragraphs[2]


def test_wording_is_dated() -> None:
    assert wording.edition(dt.date(2023, 12, 31))["id"] == "penalty-2021"
    assert wording.edition(dt.date(2024, 1, 1))["id"] == "penalty-2024"
    with pytest.raises(InvalidInput):
        wording.edition(dt.date(2021, 7, 14))


def test_numerals_and_dates() -> None:
    assert [wording.chinese(n) for n in (1, 10, 11, 20, 21, 99)] == ["一", "十", "十一", "二十", "二十一", "九十九"]
    assert wording.instant(dt.datetime(2026, 3, 2, 16, 5, tzinfo=dt.UTC)) == "2026年3月3日0时05分"
