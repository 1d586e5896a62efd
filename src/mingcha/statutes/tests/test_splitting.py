"""Taking statutes apart, on made-up texts with every oddity that the real ones showed."""

import datetime as dt
import json
import lzma
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingcha.statutes import dating, refs, splitting
from mingcha.statutes.splitting import paragraphs, part_of, split
from mingcha.statutes.tests.test_import import LAWS

TEXT = """# 明水区编造条例

2019年3月1日 明水区第三届人民代表大会常务委员会第二次会议通过

2020年5月6日 明水区第三届人民代表大会常务委员会第九次会议《关于修改<明水区编造条例>第三条

第五条的决定》修正

<!-- INFO END -->

## 第一章  总 则

第一条 为了编造，制定本条例。

第二条 有下列情形之一的：

(一)甲；

（二）乙，包括：

1.乙的一；

2.乙的二；

（三）丙。

前款第二项由区政府规定。

第二条第一款规定的期限另行公布。

### 第一节 细则

第三条 只有一款。 第四条 连写的一条。

第四条之一 增加的一条。

## 第二章 附则

第五 条写法不规范的一条。

第六条 本条例自2019年6月1日起施行。

附件：

第一条 附件里的不是条文。
"""


def test_articles_parts_and_what_only_looks_like_an_article() -> None:
    found = split(TEXT)
    assert [(row.number, row.sub) for row in found.articles] == [
        (1, 0), (2, 0), (3, 0), (4, 0), (4, 1), (5, 0), (6, 0),
    ]  # fmt: skip
    assert [(row.level, row.label, row.title) for row in found.divisions] == [
        (3, "第一章", "总则"), (4, "第一节", "细则"), (3, "第二章", "附则"),
    ]  # fmt: skip
    assert [row.division for row in found.articles] == [0, 0, 1, 1, 1, 2, 2]
    assert found.appendix.startswith("附件：\n第一条")
    assert len(found.oddities) == 3 and "题注" in found.oddities[0]
    assert (found.articles[3].text, found.articles[5].text) == ("连写的一条。", "写法不规范的一条。")


def test_a_heading_over_two_lines() -> None:
    found = split("# 某法\n## 第一章 甲、\n乙的管理\n第一条 丙。\n## 第二章 丁\n第二条 戊。")
    assert [part.title for part in found.divisions] == ["甲、 乙的管理", "丁"]
    assert [row.text for row in found.articles] == ["丙。", "戊。"] and len(found.oddities) == 1


def test_paragraphs_items_and_subitems() -> None:
    text = split(TEXT).articles[1].text
    rows = paragraphs(text)
    assert [row.number for row in rows] == [1, 2, 3]
    assert [item.number for item in rows[0].items] == [1, 2, 3]
    assert [number for number, _ in rows[0].items[1].subitems] == [1, 2]
    assert part_of(text, 1, 1) == "（一）甲；"
    assert part_of(text, None, 2) == "（二）乙，包括：\n1.乙的一；\n2.乙的二；"
    assert part_of(text, 1, 2, 2) == "2.乙的二；"
    assert part_of(text, 2, None) == "前款第二项由区政府规定。"
    assert (part_of(text, 4, None), part_of(text, 1, 4), part_of(text, 2, 1)) == (None, None, None)


def test_items_of_old_statutes() -> None:
    rows = paragraphs("应当提交下列材料：\n一、申请书；\n二、图纸。\n主管机关三十日内答复。")
    assert [(row.number, len(row.items)) for row in rows] == [(1, 2), (2, 0)]


@pytest.mark.parametrize("text", ["", "第一条 没有标题的。", "---\nindex\n---"])
def test_a_text_without_title_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        splitting.split(text)


@pytest.mark.parametrize(
    ("name", "path", "history", "last", "expected", "basis"),
    [
        ("甲法", "甲法(2021-01-22).md", [], "本法自2021年7月15日起施行。", (2021, 7, 15), "text"),
        ("甲法", "甲法(2018-10-26).md", [], "本法自1995年1月1日起施行。", (2018, 10, 26), "adopted"),
        ("甲法", "甲法(2009-12-22).md", ["2010年1月1日 施行"], "", (2010, 1, 1), "head"),
        ("甲法", "甲法.md", ["一九五一年二月三日 发布"], "自公布之日起施行", (1951, 2, 3), "adopted"),
        ("民事诉讼法", "民事诉讼法(2023-09-01).md", [], "自公布之日起施行", (2024, 1, 1), "table"),
        ("甲法", "甲法(2020-01-01).md", [], "自二〇二〇年三月一日起施行。", (2020, 3, 1), "text"),
    ],
)
def test_day_of_effect(
    name: str, path: str, history: list[str], last: str, expected: tuple[int, int, int], basis: str
) -> None:
    found = dating.dates(name, path, history, last)
    assert found is not None and (found.effective, found.basis) == (dt.date(*expected), basis)


def test_no_day_at_all() -> None:
    assert dating.dates("甲法", "甲法.md", ["没有日期"], "没有日期") is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2020年6月20日 第十三届全国人民代表大会常务委员会第十九次会议通过", "全国人民代表大会常务委员会"),
        ("2009年12月14日 国务院第92次常务会议通过", "国务院"),
        ("2012年11月29日 中华人民共和国国务院令第624号公布", "国务院"),
        ("2019年8月30日 明水市第八届人民代表大会常务委员会第六次会议通过", "明水市人民代表大会常务委员会"),
        ("1980年10月30日 发布", ""),
    ],
)
def test_who_made_it(line: str, expected: str) -> None:
    assert dating.authority([line]) == expected


def _plain(text: str) -> str:
    text = re.sub(r"<!--.*?-->|[\s\u200b\ufeff#]", "", text)
    return text.replace("(", "（").replace(")", "）")


def _together(found: splitting.Split) -> str:
    """Everything that was kept, put together again in the order of the text."""
    pieces = [found.title, found.part, *found.history, found.preamble]
    at = 0
    for row in found.articles:
        stop = at if row.division is None else row.division + 1
        pieces += [part.label + part.title for part in found.divisions[at:stop]]
        at = max(at, stop)
        pieces += [refs.ArticleRef("某", row.number, sub=row.sub or None).place(), row.text]
    pieces += [part.label + part.title for part in found.divisions[at:]]
    return _plain("".join([*pieces, found.appendix]))


def test_nothing_is_lost_and_nothing_added() -> None:
    assert _together(split(TEXT)) == _plain(TEXT)


@pytest.mark.shared
def test_nothing_of_the_real_statutes_is_lost() -> None:
    if not LAWS.exists():
        warnings.warn("statutes beside the project (laws.jsonl.xz) are absent: made-up text is used", stacklevel=1)
        assert _together(split(TEXT)) == _plain(TEXT)
        return
    lost, read = [], 0
    with lzma.open(LAWS, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["path"].endswith("_index.md"):
                continue
            read += 1
            if _together(split(record["text"])) != _plain(record["text"]):
                lost.append(record["path"])
    assert read == 1289 and lost == []


MARKS = [
    "（一）甲",
    "（二）乙",
    "（三）丙",
    "1.子",
    "2.丑",
    "一、寅",
    "二、卯",
    "普通一款。",
    "第三条规定的。",
    "（十）跳",
]


@given(st.lists(st.sampled_from(MARKS), max_size=12))
def test_paragraphs_keep_every_line_in_order(lines: list[str]) -> None:
    text = "\n".join(["首款：", *lines])
    assert "\n".join(row.whole for row in paragraphs(text)) == text


@given(st.text(alphabet="第一二三十条章款项之（）() \n#、.甲。<!-->0123", max_size=200))
def test_any_text_is_survived(text: str) -> None:
    try:
        found = split("# 某法\n" + text)
    except ValueError:
        return
    for row in found.articles:
        paragraphs(row.text)
