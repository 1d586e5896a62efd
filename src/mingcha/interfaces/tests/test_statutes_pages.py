"""Laws, own rules and re-examination through the pages; citations that open beside the work; laws on the portal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingcha.accounts.actors import Actor
from mingcha.statutes import actions, queries
from mingcha.statutes.models import Amendment, Reexamination, RuleVersion
from mingcha.statutes.tests.test_import import record, written

Login = Callable[[str], Client]
BODY = "第一章 总则\n第一条 为了公示，制定本办法。\n第二条 自印发之日起施行。"


@pytest.fixture
def bylaw(district: None, tmp_path: Path) -> None:
    body = "罚款分两种：\n\n（一）一般的；\n\n（二）从重的。\n\n前款罚款上缴国库。"
    old = record("明水处罚条例", "2019-01-01", "旧目的。")
    actions.import_laws(written(tmp_path, old, record("明水处罚条例", "2021-01-01", "目的。", body)))


def seen(client: Client, url: str, most: int) -> str:
    """The page, within a number of queries once the process has read what it keeps (procedures, names)."""
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        response = client.get(url)
    assert response.status_code == 200, url
    assert len(asked) <= most, f"{url}: {len(asked)}\n" + "\n".join(row["sql"][:150] for row in asked.captured_queries)
    return str(response.content.decode())


def test_search_finds_articles_and_names(login: Login, bylaw: None) -> None:
    client, url = login("lince"), reverse("statutes")
    found = seen(client, f"{url}?words=从重的", 20)
    assert "<mark>从重的</mark>" in found and "《明水处罚条例》第二条" in found
    assert "明水处罚条例" in seen(client, f"{url}?words=明水处罚", 20)
    assert "没有找到条文" in seen(client, f"{url}?words=从重的&on=2019-06-01", 20)
    assert "没有找到条文" in seen(client, f"{url}?words=查无此词", 20)
    assert "检索词不能超过" in seen(client, f"{url}?words={'长' * 101}", 20)
    assert "日期请写成" in seen(client, f"{url}?on=昨天", 20)
    listed = seen(client, f"{url}?category=测试", 20)
    assert listed.count("明水处罚条例") == 1, "only the version in force"
    table = client.get(reverse("statutes-export"), {"words": "从重的"})
    assert "明水处罚条例" in b"".join(table.streaming_content).decode()  # type: ignore[attr-defined]


def test_pages_work_before_the_import(login: Login) -> None:
    client = login("lince")
    assert "全文尚未导入" in seen(client, reverse("statutes"), 20)
    found = seen(client, reverse("statute-article") + "?ref=处罚法58", 20)
    assert "全文尚未导入" in found and "摘要：" in found and "法制审核" in found
    law = queries.law("处罚法")
    assert law is not None
    assert "不是法律原文" in seen(client, reverse("statute-law", args=[law.id]), 20)


def test_a_law_with_its_versions(login: Login, bylaw: None) -> None:
    client = login("lince")
    new, old = queries.versions("明水处罚条例")
    text = seen(client, reverse("statute-law", args=[new.id]), 20)
    assert 'id="a2"' in text and 'id="a2k2"' in text and "第一章 总则" in text and "现行有效" in text
    assert reverse("statute-law", args=[old.id]) in text
    assert '<a class="art" href="#a2k1">前款</a>罚款上缴国库。' in text.replace("\n", "")
    assert "失效" in seen(client, reverse("statute-law", args=[old.id]), 20)
    moved = client.get(reverse("statute-law", args=[new.id]), {"on": "2019-06-01"})
    assert moved.status_code == 302 and str(old.id) in moved.headers["Location"]
    assert "没有有效的" in seen(client, reverse("statute-law", args=[new.id]) + "?on=2010-01-01", 20)


def test_an_article_opens_beside_the_work(login: Login, bylaw: None) -> None:
    client, url = login("lince"), reverse("statute-article")
    panel = seen(client, f"{url}?ref=《明水处罚条例》第二条第一款第二项&panel=1", 12)
    assert "<mark>（二）从重的。</mark>" in panel and "<html" not in panel
    assert "没有这一条" in seen(client, f"{url}?ref=《明水处罚条例》第九条", 20)
    assert "没有所引的款、项" in seen(client, f"{url}?ref=《明水处罚条例》第二条第五款", 20)
    assert "看不懂" in seen(client, f"{url}?ref=胡写", 20)


def test_citations_on_screen_are_links() -> None:
    page = Template("{% load statutes %}{% cite '行政处罚法第五十八条' %}")
    factory = RequestFactory()
    inner = page.render(Context({"request": factory.get("/in/cases/")}))
    assert reverse("statute-article") in inner and "data-article" in inner
    assert reverse("portal:law-article") in page.render(Context({"request": factory.get("/p/")}))
    assert "<a" not in page.render(Context({}))
    bad = Template("{% load statutes %}{% cite text %}").render(Context({"text": "<script>"}))
    assert "<script>" not in bad


def test_a_rule_from_draft_to_handbook(login: Login) -> None:
    admin = login("admin")
    assert "还没有制度文件" in seen(admin, reverse("rules"), 20)
    paper = SimpleUploadedFile("办法.pdf", b"%PDF-1.7\nrule\n%%EOF\n")
    made = admin.post(
        reverse("rule-new"),
        {"kind": "disclosure", "title": "公示办法", "body": BODY, "original": paper, "form_token": "a"},
    )
    assert made.status_code == 302
    version = RuleVersion.objects.get()
    page = reverse("rule-version", args=[version.id])
    assert "修改草稿" in seen(admin, page, 20)
    assert admin.post(reverse("rule-edit", args=[version.id]), {"body": BODY + "\n第三条 新。"}).status_code == 302
    issued = {"document_number": "明综执发〔2026〕1号", "effective_from": "2026-03-01"}
    assert admin.post(reverse("rule-issue", args=[version.id]), issued).status_code == 302
    assert "尚未备案" in seen(admin, reverse("rules"), 20)
    filing = {"authority": "明水区司法局", "number": "备1", "filed_on": "2026-03-09"}
    assert admin.post(reverse("rule-filing", args=[version.id]), filing).status_code == 302
    text = seen(login("lince"), page, 20)
    assert "备1" in text and "第三条" in text and "废止</a>" not in text
    assert admin.get(reverse("rule-file", args=[RuleVersion.objects.get().file_sha256])).status_code == 200
    assert login("heshan").get(page).status_code == 404
    book = admin.get(reverse("handbook"))
    assert book.headers["Content-Type"] == "application/pdf" and book.content.startswith(b"%PDF-")
    assert admin.get(reverse("handbook")).content == book.content, "the same rules give the same bytes"
    table = b"".join(admin.get(reverse("rules-export")).streaming_content).decode()  # type: ignore[attr-defined]
    assert "公示办法" in table and "备1" in table
    assert "公示办法" in seen(admin, reverse("rules") + "?kind=disclosure&title=公示", 20)
    assert "没有符合条件的制度" in seen(admin, reverse("rules") + "?kind=review", 20)
    ended = {"last_day": "2026-12-31", "reason": "机构改革"}
    assert admin.post(reverse("rule-repeal", args=[version.id]), ended).status_code == 302
    assert "机构改革" in seen(admin, reverse("rule", args=[version.rule_id]), 20)


def test_a_handbook_with_a_character_that_no_font_has_says_which(login: Login, actor: Callable[[str], Actor]) -> None:
    admin = actor("admin")
    draft = actions.draft_rule(kind="other", title="怪字办法", body="第一条 \U0001f600。", original=None, actor=admin)
    actions.issue_rule(draft.id, document_number="1号", effective_from=dt.date(2026, 3, 1), actor=admin)
    answer = login("admin").get(reverse("handbook"))
    assert answer.status_code == 422 and "\U0001f600" in answer.content.decode()


def test_a_handbook_of_nothing_says_so(login: Login) -> None:
    assert login("admin").get(reverse("handbook")).status_code == 404


def test_an_amendment_until_its_re_examination_ends(login: Login) -> None:
    admin = login("admin")
    form = {"law": "大气法", "kind": "amended", "effective_from": "2027-03-01", "basis": "编造的决定"}
    assert admin.post(reverse("amendment-new"), {**form, "law": "没有这部法"}).status_code == 422
    assert admin.post(reverse("amendment-new"), form).status_code == 302
    amendment = Amendment.objects.get()
    page = reverse("amendment", args=[amendment.id])
    assert "待复核" in seen(admin, page, 20) and "编造的决定" in seen(admin, reverse("amendments"), 20)
    first = Reexamination.objects.first()
    assert first is not None
    url = reverse("reexamination", args=[first.id])
    assert admin.post(url, {"result": "changed", "reason": "换版"}).status_code == 422
    assert admin.post(url, {"result": "changed", "reason": "换版", "edition": "事项清单第2版"}).status_code == 302
    assert "事项清单第2版" in seen(admin, page, 20)
    assert "没有要复核的内容" in seen(admin, page + "?state=kept", 20)
    table = b"".join(admin.get(reverse("amendment-export", args=[amendment.id])).streaming_content).decode()  # type: ignore[attr-defined]
    assert ("已换新版" in table and "待复核" in table) or Reexamination.objects.count() == 1
    assert login("lince").get(url).status_code == 403


def test_laws_on_the_portal(bylaw: None, actor: Callable[[str], Actor]) -> None:
    client = Client()
    text = seen(client, reverse("portal:laws"), 8)
    assert "行政处罚法" in text and "第五十八条" in text and "大气污染防治法" in text
    assert "没有找到" in seen(client, reverse("portal:laws") + "?q=查无此法", 40)
    shown = seen(client, reverse("portal:law-article") + "?ref=《明水处罚条例》第二条第二款", 20)
    assert "<mark>前款罚款上缴国库。</mark>" in shown
    assert "<html" not in seen(client, reverse("portal:law-article") + "?ref=处罚法58&panel=1", 20)
