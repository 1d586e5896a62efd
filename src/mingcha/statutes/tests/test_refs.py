"""Citations: reading, printing, finding in free text; numerals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingcha.statutes import refs
from mingcha.statutes.errors import CitationUnreadable
from mingcha.statutes.numerals import from_chinese, to_chinese
from mingcha.statutes.refs import ArticleRef

LAW = "行政处罚法"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《行政处罚法》第五十八条第一款第一项", ArticleRef(LAW, 58, 1, 1)),
        ("《中华人民共和国行政处罚法》第五十八条", ArticleRef(LAW, 58)),
        ("中华人民共和国行政处罚法第五十八条第一款第（一）项", ArticleRef(LAW, 58, 1, 1)),
        ("行政处罚法58", ArticleRef(LAW, 58)),
        ("处罚法58(1)", ArticleRef(LAW, 58, None, 1)),
        ("处罚法57¶2", ArticleRef(LAW, 57, 2)),
        ("处罚法76¶1(3)", ArticleRef(LAW, 76, 1, 3)),
        ("行政处罚法第58条第1款", ArticleRef(LAW, 58, 1)),
        ("《行政处罚法》（2021年修订）第七十二条第二款", ArticleRef(LAW, 72, 2)),
        ("复议法20", ArticleRef("行政复议法", 20)),
        ("《刑法》第一百二十条之一第二款", ArticleRef("刑法", 120, 2, None, 1)),
        ("《明水区户外广告管理办法》第九条", ArticleRef("明水区户外广告管理办法", 9)),
        ("治安管理处罚法第二十二条", ArticleRef("治安管理处罚法", 22)),
        ("刑法1", ArticleRef("刑法", 1)),
        ("安全生产法第一百条第二款", ArticleRef("安全生产法", 100, 2)),
        ("民诉法85", ArticleRef("民事诉讼法", 85)),
    ],
)
def test_parse(text: str, expected: ArticleRef) -> None:
    assert refs.parse(text) == expected
    assert refs.parse(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "行政处罚法",
        "第五十八条",
        "《行政处罚法》第五十八条和",
        "行政处罚法第零条",
        "行政处罚法第十十条",
        "行政处罚法99999",
        "58",
    ],
)
def test_unreadable(text: str) -> None:
    with pytest.raises(CitationUnreadable):
        refs.parse(text)


def test_format() -> None:
    assert str(ArticleRef(LAW, 58, 1, 1)) == "《行政处罚法》第五十八条第一款第一项"
    assert ArticleRef("刑法", 133, sub=1).place() == "第一百三十三条之一"


@given(
    st.sampled_from(sorted(set(refs.names().values()))),
    st.integers(1, 1300),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(1, 20),
    st.none() | st.integers(1, 9),
)
def test_printed_citations_are_read_back(
    law: str, article: int, paragraph: int | None, item: int | None, sub: int | None
) -> None:
    ref = ArticleRef(law, article, paragraph, item, sub)
    assert refs.parse(str(ref)) == ref


@given(st.integers(1, 9999))
def test_numerals_round_trip(value: int) -> None:
    assert from_chinese(to_chinese(value)) == value == from_chinese(str(value))


def test_numerals_known() -> None:
    for value, text in ((10, "十"), (58, "五十八"), (101, "一百零一"), (110, "一百一十"), (1260, "一千二百六十")):
        assert to_chinese(value) == text
    assert from_chinese("二〇") == 20
    for bad in ("", "甲", "十百", "五八十", "一二十"):
        with pytest.raises(ValueError):
            from_chinese(bad)


def test_find_in_free_text() -> None:
    text = (
        "当事人的行为违反了《中华人民共和国行政处罚法》第四十四条、第四十五条第二款，依据处罚法第六十七条至第六十九条，"
        "参照《行政复议法》第二十条第一款、第三款和本法第五条的规定，处罚款3000元。详见《处罚办法》。"
    )
    found = refs.find(text, this_law=LAW)
    assert [[str(ref) for ref in one.refs] for one in found] == [
        ["《行政处罚法》第四十四条", "《行政处罚法》第四十五条第二款"],
        ["《行政处罚法》第六十七条", "《行政处罚法》第六十八条", "《行政处罚法》第六十九条"],
        ["《行政复议法》第二十条第一款", "《行政复议法》第二十条第三款"],
        ["《行政处罚法》第五条"],
    ]
    for one in found:
        assert text[one.start : one.end] == one.text
    assert found[0].text == "《中华人民共和国行政处罚法》第四十四条、第四十五条第二款"
    assert len(refs.find(text)) == 3


def test_items_and_item_ranges() -> None:
    (one,) = refs.find("依照行政处罚法第三十二条第一项至第三项、第五项从轻。")
    assert [ref.item for ref in one.refs] == [1, 2, 3, 5]
    assert {ref.article for ref in one.refs} == {32}


def test_a_longer_name_is_not_read_as_a_shorter_one() -> None:
    (one,) = refs.find("根据治安管理处罚法第十条")
    assert one.refs == (ArticleRef("治安管理处罚法", 10),)
    assert refs.find("行政处罚法规定应当公正") == []


@given(st.text(alphabet="行政处罚法《》第一二十百条款项之至、和58¶()（）本法零", max_size=60))
def test_any_text_is_survived(text: str) -> None:
    for one in refs.find(text, this_law=LAW):
        assert text[one.start : one.end] == one.text and one.refs
