"""The shipped articles: loading, reading by date, agreement with the statutes where these stand beside the project."""

import datetime as dt
import json
import lzma
import re
import warnings
from pathlib import Path

import pytest

from mingcha.statutes import actions, queries, refs
from mingcha.statutes.errors import CitationUnreadable
from mingcha.statutes.models import Article, Law
from mingcha.statutes.numerals import to_chinese
from mingcha.statutes.refs import ArticleRef

ROOT = Path(__file__).resolve().parents[4]
LAWS = ROOT.parent / "shared" / "data" / "laws" / "laws.jsonl.xz"
SHIPPED = json.loads((ROOT / "src/mingcha/statutes/data/articles.json").read_text(encoding="utf-8"))["laws"]
ON = dt.date(2026, 11, 21)
DEMANDED = [5, 7, 9, 17, 20, 22, *range(28, 35), *range(36, 41), *range(42, 51), *range(53, 67), *range(70, 77), 85]


@pytest.mark.django_db
def test_load_is_idempotent_and_keeps_imported_texts() -> None:
    total = sum(1 + len(law["articles"]) for law in SHIPPED)
    Article.objects.all().delete()  # the district of the session has loaded them already
    Law.objects.all().delete()
    assert actions.load_shipped() == total
    assert actions.load_shipped() == 0
    row = Article.objects.get(law__name="行政处罚法", number=58)
    Article.objects.filter(pk=row.pk).update(text="导入的全文", summary="旧摘要")
    assert actions.load_shipped() == 1
    row.refresh_from_db()
    assert row.text == "导入的全文" and row.summary.startswith("涉及重大公共利益")
    assert (Law.objects.count(), Law.objects.count() + Article.objects.count()) == (len(SHIPPED), total)


@pytest.mark.django_db
def test_article_by_reference_and_date(django_assert_num_queries: object) -> None:
    actions.load_shipped()
    found = queries.article("《行政处罚法》第五十八条第一款第一项", on=ON)
    assert found["title"] == "《行政处罚法》第五十八条第一款第一项"
    assert (found["heading"], found["text"], found["found"]) == ("法制审核", "", True)
    assert found["effective"] == dt.date(2021, 7, 15)
    assert queries.article("处罚法58", on=dt.date(2021, 7, 14))["found"] is False
    absent = queries.article(ArticleRef("明水区户外广告管理办法", 9), on=ON)
    assert (absent["found"], absent["title"], absent["summary"]) == (False, "《明水区户外广告管理办法》第九条", "")
    with pytest.raises(CitationUnreadable):
        queries.article("随便写写")
    with django_assert_num_queries(2):  # type: ignore[operator]
        many = queries.articles([refs.parse("处罚法44"), refs.parse("复议法20"), refs.parse("刑法1")], on=ON)
    assert [row["found"] for row in many.values()] == [True, True, False]


@pytest.mark.django_db
def test_law_by_any_usual_name() -> None:
    actions.load_shipped()
    for name in ("处罚法", "行政处罚法", "《中华人民共和国行政处罚法》"):
        found = queries.law(name, ON)
        assert found is not None and found.name == "行政处罚法"
    assert queries.law("处罚法", dt.date(2020, 1, 1)) is None


def test_every_demanded_article_has_a_heading_and_a_summary() -> None:
    by_law = {law["name"]: {row["number"]: row for row in law["articles"]} for law in SHIPPED}
    assert set(DEMANDED) <= set(by_law["行政处罚法"])
    for law, numbers in {
        "行政复议法": (20, 22, 23, 24),
        "行政诉讼法": (44, 45, 46),
        "民事诉讼法": (85, *range(88, 96)),
        "行政强制法": (45,),
        "政府信息公开条例": (15,),
        "个人信息保护法": (28, 34),
    }.items():
        assert set(numbers) <= set(by_law[law])
    for rows in by_law.values():
        for row in rows.values():
            assert row["heading"] and 15 <= len(row["summary"]) <= 200, row["number"]


def test_abbreviations_of_shipped_laws_are_known_to_the_parser() -> None:
    for law in SHIPPED:
        for short in law["short_names"]:
            assert refs.law_name(short) == law["name"]


@pytest.mark.shared
def test_shipped_articles_agree_with_the_statutes() -> None:
    """Each shipped article exists there with that many paragraphs, its own numbers stand in it, and none is copied."""
    if not LAWS.exists():
        warnings.warn("statutes beside the project (laws.jsonl.xz) are absent: made-up text is used", stacklevel=1)
    checked = 0
    for law, row, body in real_articles() if LAWS.exists() else made_up():
        lines = [line.strip() for line in body.split("\n") if line.strip("\u200b \t")]
        paragraphs = [line for line in lines if not re.match(r"[（(][一二三四五六七八九十]+[)）]", line)]
        assert len(paragraphs) == row["paragraph_count"], (law, row["number"])
        flat = re.sub(r"\s", "", body)
        summary = row["summary"]
        figures = re.findall(r"[零一二三四五六七八九十百千]+(?=日|个工作日|年|个月|元|岁|人|至)", summary)
        assert all(figure in flat for figure in figures if len(figure) > 1), (law, row["number"], figures)
        longest = max((size for size in range(len(summary)) if copied(summary, flat, size)), default=0)
        assert longest <= 22, (law, row["number"], longest)
        checked += 1
    assert checked >= 1


def copied(summary: str, text: str, size: int) -> bool:
    return any(summary[at : at + size] in text for at in range(len(summary) - size + 1))


def made_up() -> list[tuple[str, dict, str]]:
    row = {"number": 1, "paragraph_count": 2, "summary": "三十日内报送，逾期的说明原因。"}
    return [("编造法", row, "第一条 应当在三十日内完成下列报送：\n（一）甲；\n（二）乙。\n未按时报送的，书面说明。")]


def real_articles() -> list[tuple[str, dict, str]]:
    wanted = {law["name"]: law for law in SHIPPED}
    found = []
    with lzma.open(LAWS, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            name = record["text"].split("\n", 1)[0].lstrip("# ").strip().removeprefix("中华人民共和国")
            law = wanted.get(name)
            if law is None or (name == "民法典" and "总则" not in record["path"]):
                continue
            if name in ("行政复议法", "民事诉讼法") and "2023" not in record["path"]:
                continue
            articles = re.split(r"\n(?=第[零一二三四五六七八九十百]+条[ 　\s])", record["text"])[1:]
            bodies = {body.split("条")[0] + "条": re.split(r"\n#+ ", body)[0] for body in articles}
            found += [(name, row, bodies[f"第{to_chinese(row['number'])}条"]) for row in law["articles"]]
    assert len(found) == sum(len(law["articles"]) for law in SHIPPED)
    return found
