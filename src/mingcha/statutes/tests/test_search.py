"""Search over articles: exact recall against a plain scan in Python, filters, excerpts, paging."""

import datetime as dt
import random
from pathlib import Path

import pytest

from mingcha.common.errors import InvalidInput
from mingcha.common.paging import page
from mingcha.statutes import actions, queries
from mingcha.statutes.models import Article
from mingcha.statutes.queries.search import excerpt
from mingcha.statutes.tests.test_import import record, written

SIGNS = "罚款听证油烟噪声，。的A%_'"


@pytest.fixture
def articles(db: None, tmp_path: Path) -> list[Article]:
    chance = random.Random(7)
    made = ["".join(chance.choices(SIGNS, k=chance.randint(3, 30))) + "。" for _ in range(90)]
    rows = [
        record(f"明水条例{at}", f"20{10 + at}-01-01", *made[at * 9 : at * 9 + 9], cat=f"类{at % 2}") for at in range(10)
    ]
    actions.import_laws(written(tmp_path, *rows))
    return list(Article.objects.select_related("law"))


def test_recall_is_exact(articles: list[Article]) -> None:
    chance = random.Random(11)
    for _ in range(120):
        row = chance.choice([row for row in articles if row.text])
        at = chance.randrange(len(row.text))
        word = row.text[at : at + chance.randint(1, 6)].strip()
        for query in (word, f"{word} 罚"):
            if not query.strip():
                continue
            words = query.split()
            expected = {
                row.pk
                for row in articles
                if all(any(word in field for field in (row.text, row.heading, row.summary)) for word in words)
            }
            assert {row.pk for row in queries.search(query)} == expected, query


def test_wildcards_of_sql_are_plain_characters(articles: list[Article]) -> None:
    assert queries.search("%").count() == sum("%" in row.text + row.summary + row.heading for row in articles) > 0
    assert queries.search("_").count() == sum("_" in row.text + row.summary + row.heading for row in articles)
    assert queries.search("a").count() == sum("a" in row.text + row.summary + row.heading for row in articles)


def test_filters(articles: list[Article]) -> None:
    day = dt.date(2012, 6, 1)
    rows = queries.search("罚", category="类0", on=day)
    assert {row.law.name for row in rows} <= {"明水条例0", "明水条例2"} and rows.exists()
    assert {row.law.name for row in queries.search("罚", law="明水条例3")} == {"明水条例3"}


def test_pages_follow_each_other(articles: list[Article]) -> None:
    wanted = [row.pk for row in queries.search("罚").order_by(*queries.ORDER)]
    assert len(wanted) > 20
    seen, cursor = [], None
    while True:
        found = page(queries.search("罚"), order=queries.ORDER, cursor=cursor, size=7)
        seen += [row.pk for row in found.rows]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert seen == wanted


@pytest.mark.parametrize("query", ["罚" * 101, "一 二 三 四 五 六 七"])
def test_too_long_a_query_is_refused(db: None, query: str) -> None:
    with pytest.raises(InvalidInput):
        queries.search(query)


def test_an_empty_query_finds_nothing(db: None) -> None:
    assert list(queries.search("  ")) == []


def test_excerpt_marks_every_word() -> None:
    text = "甲" * 100 + "听证以后处罚款" + "乙" * 200
    cut = excerpt(text, ["罚款", "听证"])
    assert [piece for piece, marked in cut if marked] == ["听证", "罚款"]
    assert cut[0][0].startswith("…") and cut[-1][0].endswith("…")
