"""Bad input as an administrator meets it on the screen (issue 3): a clear message each time, and nothing changed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from mingcha.catalogues.models import Edition, Superior
from mingcha.deadlines.models import WorkCalendarYear
from mingcha.interfaces.tests.test_procedures import Editor
from mingcha.interfaces.tests.test_workbench_lists import DAY, Login, begun, text, today

__all__ = ["today"]
pytestmark = pytest.mark.django_db


def approved(login: Login, kind: str) -> tuple[Client, str]:
    admin = login("admin")
    draft = begun(admin, kind)
    assert admin.post(reverse("list-submit", args=[draft.id]), {"basis": "明综执办〔2026〕8号"}).status_code == 302
    opinion = {"conclusion": "agree", "opinion": "同意公布"}
    assert login("zhouheng").post(reverse("list-review", args=[draft.id]), opinion).status_code == 302
    return admin, reverse("list-publish", args=[draft.id])


def test_editions_do_not_overlap(login: Login) -> None:
    head = login("shenyi")
    admin, place = approved(login, "recording-list")
    assert admin.post(place, {"effective_from": (DAY + dt.timedelta(days=7)).isoformat()}).status_code == 302
    _, place = approved(login, "recording-list")
    count = Edition.objects.count()
    answer = head.post(place, {"effective_from": (DAY + dt.timedelta(days=3)).isoformat()})
    assert answer.status_code == 422
    assert "第2版自2026-09-21起施行，新版的施行日必须晚于这一天" in text(answer)
    assert Edition.objects.count() == count


def test_lists_do_not_follow_each_other_in_a_ring(login: Login) -> None:
    admin, street = login("admin"), login("heshan")
    place = reverse("list-superior", args=["items"])

    def option(client: Client, name: str) -> str:
        page = client.get(place).content.decode()
        return page.split(f">{name}</option>")[0].rsplit('value="', 1)[1].split('"')[0]

    assert admin.post(place, {"superior": option(admin, "清源街道办事处")}).status_code == 302
    count = Superior.objects.count()
    answer = street.post(place, {"superior": option(street, "明水区综合行政执法局")})
    assert answer.status_code in (409, 422) and "不能反过来作它的上级" in text(answer)
    assert Superior.objects.count() == count


def test_a_day_is_not_both_holiday_and_workday(login: Login) -> None:
    known = set(WorkCalendarYear.objects.values_list("id", flat=True))
    typed = {
        "year": "2027",
        "source": "国务院办公厅关于2027年部分节假日安排的通知",
        "days": "2027-01-01至2027-01-03 放假 元旦\n2027-01-02 上班 元旦",
        "announced": "on",
    }
    answer = login("admin").post(reverse("periods-year"), typed)
    assert answer.status_code == 422 and "2027-01-02（元旦）既列为放假又列为上班" in text(answer)
    assert set(WorkCalendarYear.objects.values_list("id", flat=True)) == known


def test_a_procedure_takes_no_guard_that_nobody_knows(login: Login) -> None:
    editor = Editor(login("admin"), "P-QR")
    before = editor.draft.content
    answer = editor.do("guard-add", stage="serve", value="no-such-guard@9")
    assert answer.status_code in (409, 422) and "没有登记名为“no-such-guard@9”的条件" in text(answer)
    assert editor.draft.content == before


def test_an_article_that_does_not_exist_is_not_cited(login: Login) -> None:
    admin = login("admin")
    said = "《行政处罚法》第九百条不存在：2026-09-14有效的《行政处罚法》全文到第86条。"
    editor = Editor(admin, "P-QR")
    before = editor.draft.content
    stage = next(row for row in before["stages"] if row["id"] == "serve")
    answer = editor.do("stage-change", stage="serve", name=stage["name"], article="行政处罚法第九百条")
    assert answer.status_code == 422 and said in text(answer)
    assert editor.draft.content == before
    draft = begun(admin, "items")
    count = draft.entries.count()
    row = {"code": "9.99", "name": "试", "basis": "《行政处罚法》第九百条", "version": "0"}
    answer = admin.post(reverse("list-entry-new", args=[draft.id]), row)
    assert answer.status_code == 422 and said in text(answer)
    assert draft.entries.count() == count
    # Typed into the search, the same citation is told to be wrong and a right one leads to its article.
    page = text(admin.get(reverse("statutes"), {"words": "《行政处罚法》第九百条"}))
    assert "没有这一处" in page and "全文到第86条" in page
    page = admin.get(reverse("statutes"), {"words": "处罚法第五十八条第一款"}).content.decode()
    assert "按条号找到的条文" in page and "没有这一处" not in page
