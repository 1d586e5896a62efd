"""The template vocabulary and every shipped partial: what people read, and what the security policy forbids."""

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from django.http import HttpRequest, QueryDict
from django.template.loader import get_template

from mingcha.common.errors import Reason, Refused
from mingcha.interfaces.templatetags import mc

ROOT = Path(mc.__file__).parent.parent
SAMPLE = json.loads((ROOT / "templates/mc/styleguide.json").read_text())


def request(query: str = "", **cookies: str) -> HttpRequest:
    made = HttpRequest()
    made.GET = QueryDict(query)
    made.COOKIES = cookies
    return made


def test_money_and_dates() -> None:
    assert mc.yuan(2000000) == "¥20,000.00"
    assert mc.yuan(None) == "—"
    assert mc.capitals(2000000) == "贰万元整"
    assert mc.cn_date(dt.date(2026, 11, 1)) == "2026年11月1日"
    assert mc.iso_date("") == "—"


def test_an_instant_is_shown_on_its_shanghai_day() -> None:
    late = dt.datetime(2026, 11, 20, 16, 30, tzinfo=dt.UTC)
    assert mc.cn_date(late) == "2026年11月21日"
    assert mc.iso_minute(late) == "2026-11-21 00:30"
    assert mc.iso_minute("2026-11-20T16:30:00Z") == "2026-11-21 00:30"


@pytest.mark.parametrize(("left", "text"), [(3, "还剩 3 个工作日"), (0, "今天到期"), (-2, "逾期 2 个工作日")])
def test_due_label(left: int, text: str) -> None:
    assert mc.due_label(left) == text


def test_article_and_icon_escape_what_they_are_given() -> None:
    assert "<script>" not in mc.article('"><script>')
    assert "<b>" not in mc.icon("x", "<b>")


def test_preference_ignores_what_is_not_offered() -> None:
    assert mc.preference({"request": request("mc_theme=dark", mc_theme="light")}, "theme") == "dark"
    assert mc.preference({"request": request('mc_theme="><x', mc_theme="light")}, "theme") == "light"
    assert mc.preference({}, "size") == "normal"


def test_query_replace_keeps_the_other_parameters() -> None:
    assert mc.query_replace({"request": request("kind=doc&cursor=a")}, cursor="") == "?kind=doc"


@pytest.mark.parametrize("frame", ["workbench/shell.html", "portal/shell.html"])
def test_styleguide_renders_without_inline_style_or_script(frame: str) -> None:
    page = get_template("mc/styleguide.html").render({**SAMPLE, "frame": frame}, request())
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|<script(?![^>]*\ssrc=)", page)
    assert "清和建筑工程有限公司" in page
    assert "{{" not in page
    assert "{%" not in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/mc/icons.svg").read_text()))
    assert set(re.findall(r"icons\.svg#([a-z]+)", page)) <= sprite


@pytest.mark.parametrize("code", ["400", "403", "404", "409", "500"])
def test_error_pages_need_no_context(code: str) -> None:
    assert "<h1>" in get_template(f"{code}.html").render({})


def test_refusal_page_lists_reasons_with_articles() -> None:
    error = Refused([Reason("review-missing", "没有法制审核意见。", ("行政处罚法第五十八条",), "请提交法制审核。")])
    page = get_template("409.html").render({"error": error})
    assert "行政处罚法第五十八条" in page
    assert "请提交法制审核。" in page
    assert "review-missing" in page


def test_dark_values_stand_equal_in_both_places() -> None:
    tokens = (ROOT / "static/mc/css/tokens.css").read_text()
    blocks = re.findall(r'(?:\[data-theme="dark"\]|:not\(\[data-theme="light"\]\)) \{(.*?)\}', tokens, re.S)
    assert len(blocks) == 2
    assert blocks[0].split() == blocks[1].split()
