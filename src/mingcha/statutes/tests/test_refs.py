"""Citations: reading, printing, finding in free text; numerals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingcha.statutes import refs
from mingcha.statutes.errors import CitationAmbiguous, CitationUnreadable
from mingcha.statutes.naming import Names
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


HERE = ArticleRef("明水条例", 10, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("依照本条第一款处理", ["《明水条例》第十条第一款"]),
        ("前款第二项所列", ["《明水条例》第十条第二款第二项"]),
        ("前两款规定的", ["《明水条例》第十条第一款", "《明水条例》第十条第二款"]),
        ("本款第（三）项", ["《明水条例》第十条第三款第三项"]),
        ("前条第二款", ["《明水条例》第九条第二款"]),
        ("违反第五条、第七条第一款的", ["《明水条例》第五条", "《明水条例》第七条第一款"]),
        ("第一款规定的", ["《明水条例》第十条第一款"]),
        ("本条例第二条和《行政处罚法》第五条", ["《明水条例》第二条", "《行政处罚法》第五条"]),
        ("依照某某法第五条", []),
    ],
)
def test_relative_forms_inside_a_statute(text: str, expected: list[str]) -> None:
    assert [str(ref) for one in refs.find(text, here=HERE) for ref in one.refs] == expected
    if "行政处罚法" not in text:
        assert refs.find(text) == [], "without a statute around it the form means nothing"


def test_previous_paragraph_of_the_first_is_nothing() -> None:
    assert refs.find("前款规定的", here=ArticleRef("明水条例", 10, 1)) == []
    assert refs.find("前款规定的", here=ArticleRef("明水条例", 10)) == []


def test_subitems() -> None:
    (one,) = refs.find("依照行政处罚法第三十二条第一款第一项第二目、第三目")
    assert [(ref.paragraph, ref.item, ref.subitem) for ref in one.refs] == [(1, 1, 2), (1, 1, 3)]
    assert refs.parse(str(one.refs[0])) == one.refs[0]


def test_lines_of_a_printed_page_are_read_through() -> None:
    text = "违反了《中华人民共和国行政处\n  罚法》第五十\n八条第一\n款，依据行政处\n罚法第九条"
    found = refs.find(text)
    assert [str(ref) for one in found for ref in one.refs] == ["《行政处罚法》第五十八条第一款", "《行政处罚法》第九条"]
    assert [text[one.start : one.end] for one in found] == [one.text for one in found]
    assert found[1].text == "行政处\n罚法第九条"


KNOWN = Names.of(
    [
        ("明水条例", ["水条例"]),
        ("食品安全条例", ["食安条例"]),
        ("食品安全法", ["食安法"]),
        ("食用农产品安全法", ["食安法"]),
    ]
)


def test_names_of_imported_laws() -> None:
    assert str(refs.parse("水条例3", KNOWN)) == "《明水条例》第三条"
    (one,) = refs.find("依据明水条例第三条", names=KNOWN)
    assert one.refs == (ArticleRef("明水条例", 3),)
    assert refs.find("依据明水条例第三条") == [], "unknown before the import"


def test_a_place_before_the_name_makes_it_another_regulation() -> None:
    assert refs.find("依据明水市食品安全条例第三条", names=KNOWN) == []
    assert len(refs.find("依据食品安全条例第三条", names=KNOWN)) == 1


def test_an_abbreviation_of_two_laws_is_refused() -> None:
    assert KNOWN.ambiguous == {"食安法": ("食品安全法", "食用农产品安全法")}
    assert refs.find("依据食安法第三条", names=KNOWN) == []
    with pytest.raises(CitationAmbiguous) as caught:
        refs.parse("食安法第三条", KNOWN)
    assert "食用农产品安全法" in caught.value.message and caught.value.code == "citation-ambiguous"


def test_other_papers_with_a_number_are_no_citations() -> None:
    assert refs.find("有《询问笔录》2 、《现场笔录》 1为证") == []
