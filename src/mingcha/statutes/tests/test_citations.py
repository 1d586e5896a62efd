"""Citations resolved to the text in force on a date; what does not exist is told apart."""

import datetime as dt
from pathlib import Path

import pytest

from mingcha.statutes import actions, queries
from mingcha.statutes.errors import CitationNoArticle, LawUnknown
from mingcha.statutes.models import Article, Law
from mingcha.statutes.tests.test_import import record, written

ON = dt.date(2026, 11, 21)


@pytest.fixture
def bylaw(db: None, tmp_path: Path) -> Law:
    body = "罚款分两种：\n\n（一）一般的；\n\n（二）从重的。\n\n前款罚款上缴国库。"
    actions.import_laws(written(tmp_path, record("明水处罚条例", "2021-01-01", "目的。", body)))
    return Law.objects.get(name="明水处罚条例")


def test_a_citation_resolves_to_its_paragraph_and_item(bylaw: Law) -> None:
    assert queries.article("《明水处罚条例》第二条第一款第二项", ON)["part"] == "（二）从重的。"
    assert queries.article("《明水处罚条例》第二条第二项", ON)["part"] == "（二）从重的。"
    assert queries.article("《明水处罚条例》第二条第二款", ON)["part"] == "前款罚款上缴国库。"
    whole = queries.article("《明水处罚条例》第二条", ON)
    assert whole["part"] == whole["text"] and [row.number for row in whole["paragraphs"]] == [1, 2]
    assert queries.require("《明水处罚条例》第二条第一款", ON)["status"] == "ok"


@pytest.mark.parametrize("citation", ["第三条", "第二条第三款", "第二条第一款第三项", "第二条之一"])
def test_what_is_not_there_is_told(bylaw: Law, citation: str) -> None:
    with pytest.raises(CitationNoArticle) as caught:
        queries.require(f"《明水处罚条例》{citation}", ON)
    assert caught.value.code == "citation-no-article"
    assert "明水处罚条例" in caught.value.message


def test_an_unknown_law_and_a_law_not_yet_imported(bylaw: Law) -> None:
    actions.load_shipped()
    with pytest.raises(LawUnknown):
        queries.require("《没有这部条例》第一条", ON)
    with pytest.raises(LawUnknown):
        queries.require("《明水处罚条例》第一条", dt.date(2020, 12, 31))
    assert queries.require("《行政处罚法》第二条", ON)["status"] == "no-text"


def test_free_text_knows_the_names_of_imported_laws(bylaw: Law) -> None:
    text = "根据明水处罚条例第二条第二款、第九条的规定"
    ((citation, places),) = queries.citations(text, ON)
    assert citation.text == "明水处罚条例第二条第二款、第九条"
    assert [place["status"] for place in places] == ["ok", "no-article"]


def test_a_resolved_article_costs_two_queries(bylaw: Law, django_assert_num_queries: object) -> None:
    assert Article.objects.filter(law=bylaw).count() == 2
    with django_assert_num_queries(2):  # type: ignore[operator]
        queries.article("《明水处罚条例》第二条", ON)
