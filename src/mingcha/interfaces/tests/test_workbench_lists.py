"""清单与政策 on the screen: drafting, importing, reviewing, publishing, comparing, trying; the profile with its reasons."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mingcha.accounts.models import Organisation
from mingcha.catalogues import actions, queries, sheets
from mingcha.catalogues.models import Draft, Edition
from mingcha.catalogues.schemas import schema
from mingcha.common import clock
from mingcha.interfaces.demo.district import ORGAN

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 9, 14)
Login = Callable[[str], Client]


@pytest.fixture(autouse=True)
def today(district: None, settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.FILES_ROOT = tmp_path / "files"
    with clock.frozen(clock.at(DAY, 10)):
        yield


def organ() -> Organisation:
    return Organisation.objects.get(name=ORGAN)


def text(response: Any) -> str:
    return re.sub(r"<[^>]+>", "", response.content.decode())


def begun(client: Client, kind: str) -> Draft:
    response = client.post(reverse("list-begin", args=[kind]), {"title": schema(kind).label, "key": "all"})
    assert response.status_code == 302, text(response)
    return Draft.objects.get(kind=kind, state="open")


def test_the_overview_names_what_is_missing_and_what_it_prevents(login: Login) -> None:
    page = text(login("lince").get(reverse("lists")))
    assert "行政执法事项清单" in page and "第1版" in page
    justice = Organisation.objects.get(name="明水区司法局")
    page = text(login("lince").get(reverse("lists"), {"organ": str(justice.id)}))
    assert "随机抽查事项清单：不能安排随机抽查" in page and "没有公布" in page


def test_a_list_from_draft_to_publication(login: Login) -> None:
    admin = login("admin")
    draft = begun(admin, "recording-list")
    new = reverse("list-entry-new", args=[draft.id])
    assert '<option value="hear-statement">' in admin.get(new).content.decode()
    typed = {
        "code": "99",
        "stage": "decide",
        "plain": "集体讨论，全程录音",
        "mode": "full",
        "act_types": ["penalty"],
        "version": "0",
    }
    assert admin.post(new, typed).status_code == 302
    assert "集体讨论，全程录音" in text(admin.get(reverse("list-draft", args=[draft.id])))
    assert admin.post(reverse("list-submit", args=[draft.id]), {"basis": "明综执办〔2026〕8号"}).status_code == 302
    assert admin.get(reverse("list-review", args=[draft.id])).status_code == 403
    review = {"conclusion": "agree", "opinion": "同意公布"}
    assert login("zhouheng").post(reverse("list-review", args=[draft.id]), review).status_code == 302
    head = login("shenyi")
    late = head.post(reverse("list-publish", args=[draft.id]), {"effective_from": "2026-09-01"})
    assert late.status_code == 422 and "早于今天" in text(late)
    assert head.post(reverse("list-publish", args=[draft.id]), {"effective_from": "2026-09-15"}).status_code == 302
    edition = queries.in_force(organ().id, "recording-list", DAY + dt.timedelta(days=1))
    assert edition is not None and edition.number == 2
    before = queries.in_force(organ().id, "recording-list", DAY)
    assert before is not None
    diff = text(head.get(reverse("list-diff", args=[before.id, edition.id])))
    assert "新增 1 条，删去 0 条，修改 0 条" in diff and "集体讨论，全程录音" in diff
    for form in ("xlsx", "csv", "json"):
        assert head.get(reverse("list-export", args=[edition.id, form])).status_code == 200
    assert head.get(reverse("list-export", args=[edition.id, "pdf"])).status_code == 404


def test_a_condition_is_filled_in_and_said_in_words(login: Login) -> None:
    admin = login("admin")
    draft = begun(admin, "review-list")
    typed = {
        "code": "9", "plain": "影响大的案件", "version": "0",
        "c0-fine_at_least-person": "5000", "c0-fine_at_least-organisation": "5万",
    }  # fmt: skip
    new = reverse("list-entry-new", args=[draft.id])
    wrong = admin.post(new, typed)
    assert wrong.status_code == 422 and "应为金额" in text(wrong)
    typed["c0-fine_at_least-organisation"] = "50,000"
    assert admin.post(new, typed).status_code == 302
    row = queries.draft_entries(draft).get(code="9")
    assert row.data["condition"] == {"fine_at_least": {"person": 500000, "organisation": 5000000}}
    page = admin.get(reverse("list-entry", args=[draft.id, row.id]))
    assert "罚款数额达到对公民5,000元、对单位5万元以上" in text(page)
    both = {**typed, "version": "1", "c1-hearing_held": "yes"}
    assert admin.post(reverse("list-entry", args=[draft.id, row.id]), both).status_code == 302
    row.refresh_from_db()
    assert row.data["condition"]["any"][1] == {"hearing_held": True}
    tried = {"party_kind": "person", "fine": "6000", "which": "draft"}
    answer = text(admin.get(reverse("list-try"), tried))
    assert "应当法制审核" in answer and "影响大的案件" in answer


def test_a_case_is_tried_against_the_list(login: Login, play: Callable[..., Any]) -> None:
    case = play("report").case
    page = text(login("lince").get(reverse("list-try"), {"case": str(case.id)}))
    assert "适用普通程序的行政处罚" in page and "应当法制审核" in page and "要看：" not in page


def test_two_people_on_one_entry_see_both_texts(login: Login) -> None:
    admin, clerk = login("admin"), login("sutang")
    draft = begun(admin, "recording-list")
    row = queries.draft_entries(draft).get(code="1")
    base = {"code": "1", "stage": "investigate", "mode": "full", "version": "1"}
    save = reverse("list-entry-save", args=[draft.id, row.id])
    for word in ("管理员写的话", "管理员接着写的话"):
        assert admin.post(save, {**base, "plain": word}).status_code == 200
    stale = clerk.post(save, {**base, "plain": "公示员写的话"})
    assert stale.status_code == 409 and stale.json()["code"] == "entry-changed"
    page = clerk.post(reverse("list-entry", args=[draft.id, row.id]), {**base, "plain": "公示员写的话"})
    assert page.status_code == 409
    assert "管理员接着写的话" in text(page) and "公示员写的话" in page.content.decode()
    again = {**base, "plain": "公示员写的话", "version": "3"}
    assert clerk.post(reverse("list-entry", args=[draft.id, row.id]), again).status_code == 302


def test_a_workbook_is_checked_in_the_background_and_imported_only_on_demand(login: Login) -> None:
    admin = login("admin")
    draft = begun(admin, "items")
    found = schema("items")
    rows = [{"code": f"A{n}", "name": "甲", "plain": "乙", "basis": "丙"} for n in range(3)]
    rows.append({"code": "A0", "name": "重复", "plain": "乙", "basis": "丙"})
    sheet = sheets.write(found.label, found.columns, rows)
    address = reverse("list-import", args=[draft.id])

    def sent(name: str, data: bytes) -> str:
        return str(admin.post(address, {"sheet": SimpleUploadedFile(name, data)}).headers["Location"])

    def press(job: str, **fields: str) -> None:
        token = re.search(r'name="form_token" value="([^"]+)"', admin.get(job).content.decode())
        assert token and admin.post(job, {"form_token": token[1], **fields}).status_code == 302

    job = sent("清单.xlsx", sheet)
    page = admin.get(job).content.decode()
    assert "正在打开文件" in page and 'hx-trigger="load delay:1s"' in page and "刷新进度" in page
    again = admin.post(address, {"sheet": SimpleUploadedFile("b.xlsx", sheet)})
    assert again.status_code == 422 and "list-import-running" in text(again)
    assert actions.work_imports() == 1
    page = admin.get(job)
    assert "合格 3 行，有问题 1 行" in text(page) and queries.draft_entries(draft).count() == 5
    assert "只导入合格的 3 行" in text(page) and "hx-get" not in page.content.decode()
    report = admin.get(job + "report.csv")
    assert "编码“A0”与第2行重复" in report.content.decode()
    press(job, act="take", way="add")
    assert "正在写入草稿" in text(admin.get(job)) and actions.work_imports() == 1
    assert "3 条已经写入草稿" in text(admin.get(job)) and queries.draft_entries(draft).count() == 8
    job = sent("清单.csv", sheets.export_csv(found.columns, rows[:3]).encode())
    actions.work_imports()
    press(job, act="take", way="replace")
    actions.work_imports()
    assert [row.code for row in queries.draft_entries(draft)] == ["A0", "A1", "A2"]
    job = sent("清单.xlsx", sheet)
    press(job, act="cancel")
    assert actions.work_imports() == 0 and "没有写入草稿" in text(admin.get(job))
    wrong = sent("x.json", b"{")
    actions.work_imports()
    assert "sheet-unreadable" in text(admin.get(wrong)) and queries.draft_entries(draft).count() == 3
    bad = admin.post(address, {"sheet": SimpleUploadedFile("x.xlsx", b"not a sheet")})
    assert bad.status_code == 422 and "sheet-not-xlsx" in text(bad)
    assert admin.get(reverse("list-template", args=["items"])).status_code == 200
    assert text(admin.get(address)).count("清单.xlsx") == 2


def test_a_profile_is_made_from_a_template_and_changed_with_a_reason(login: Login) -> None:
    admin = login("admin")
    assert "与五份政策文件比较" in text(admin.get(reverse("policy")))
    assert admin.post(reverse("policy-begin"), {"template": "s4"}).status_code == 302
    assert "应当全程音像记录" in text(admin.get(reverse("policy-edit")))
    value = reverse("policy-value", args=["publish--penalty"])
    seen = Draft.objects.get(kind="policy-profile").version
    without = admin.post(value, {"from": "decision", "days": "5", "reason": "", "seen": seen})
    assert without.status_code == 422
    assert admin.post(value, {"from": "decision", "days": "5", "reason": "公开更快", "seen": seen}).status_code == 302
    stale = admin.post(value, {"from": "decision", "days": "6", "reason": "再改", "seen": seen})
    assert stale.status_code == 422 and "已经" in text(stale)
    draft = Draft.objects.get(kind="policy-profile")
    assert draft.content["publish_days"] == 5 and draft.content["based_on"] == "s4"
    assert admin.post(reverse("list-submit", args=[draft.id]), {"basis": "局务会议"}).status_code == 302
    login("zhouheng").post(reverse("list-review", args=[draft.id]), {"conclusion": "agree", "opinion": "同意"})
    login("shenyi").post(reverse("list-publish", args=[draft.id]), {"effective_from": "2026-09-14"})
    assert queries.profile(organ().id, DAY).content["publish_days"] == 5
    assert "公开更快" in text(admin.get(reverse("policy")))


def test_thresholds_and_addresses_have_a_form_with_reason(login: Login) -> None:
    admin = login("admin")
    assert "明水区人民法院" in text(admin.get(reverse("policy")))
    admin.post(reverse("policy-begin"), {"template": ""})
    draft = Draft.objects.get(kind="policy-profile")
    page = admin.get(reverse("policy-part", args=["organ"]))
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields if name not in ("form_token", "verified")}
    assert typed["account_no"] == "6000000000000000"
    typed |= {"lit_court": "明水铁路运输法院", "source": "指定管辖的通知", "reason": "改由铁路法院管辖"}
    assert admin.post(page.request["PATH_INFO"], {**typed, "reason": ""}).status_code == 422
    wrong = admin.post(page.request["PATH_INFO"], {**typed, "account_no": "12"})
    assert wrong.status_code == 422 and "应为8至30位数字" in text(wrong)
    assert admin.post(page.request["PATH_INFO"], typed).status_code == 302
    stale = admin.post(page.request["PATH_INFO"], typed)
    assert stale.status_code == 422 and "已经" in text(stale)
    assert "改由铁路法院管辖" in text(admin.get(reverse("policy-edit")))
    sums = admin.get(reverse("policy-part", args=["hearing"]))
    form = sums.context["form"]
    typed = {name: form[name].value() for name in form.fields if name not in ("form_token", "verified")}
    assert typed["organisation.fine"] == "50000.00"
    typed |= {"source": "省令", "reason": "省里提高了数额", "kinds": ["close"]}
    refused = admin.post(sums.request["PATH_INFO"], typed)
    assert refused.status_code == 422 and "法律写明的种类不能去掉" in text(refused)
    assert "明水铁路运输法院" in text(admin.get(reverse("list-draft", args=[draft.id])))
    assert admin.get(reverse("policy-part", args=["menu"])).status_code == 404
    assert login("lince").get(reverse("policy-part", args=["organ"])).status_code == 403


def test_withdrawing_asks_for_the_reason(login: Login) -> None:
    edition = queries.require(organ().id, "recording-list", DAY)
    head = login("shenyi")
    address = reverse("list-withdraw", args=[edition.id])
    assert "系统不知道哪些环节应当音像记录" in text(head.get(address))
    assert head.post(address, {"reason": ""}).status_code == 422
    assert head.post(address, {"reason": "全面修订"}).status_code == 302
    assert "全面修订" in text(head.get(reverse("list-edition", args=[edition.id])))
    assert queries.in_force(organ().id, "recording-list", DAY + dt.timedelta(days=1)) is None


def test_a_long_list_is_searched_sorted_and_cut(login: Login, actor: Callable[[str], Any]) -> None:
    draft = begun(login("admin"), "items")
    rows = [{"code": f"B{n:04}", "name": f"事项{n}", "plain": "乙", "basis": "丙"} for n in range(1200)]
    actions.import_entries(draft.id, rows, actor=actor("admin"), replace=True)
    proposal = actions.submit(draft.id, actor=actor("admin"), basis="x")
    actions.review(proposal.id, actor=actor("zhouheng"), conclusion="agree", opinion="y")
    edition = actions.put_in_force(draft.id, actor=actor("shenyi"), effective_from=DAY)
    client, address = login("lince"), reverse("list-edition", args=[edition.id])
    with CaptureQueriesContext(connection) as asked:
        page = text(client.get(address, {"page": "24", "sort": "-code"}))
    assert "第 24 / 24 页，共 1200 条" in page and "B0000" in page
    assert len(asked) <= 40
    assert "共 1 条" in text(client.get(address, {"q": "B0777"}))


def test_names_of_things_that_are_not_there_are_answered(login: Login) -> None:
    admin = login("admin")
    for address in (reverse("list-begin", args=["menu"]), reverse("policy-value", args=["menu"]), "/in/lists/?organ=1"):
        assert admin.get(address).status_code in (400, 404)


def test_every_edition_of_the_demonstration_opens_inside_and_outside(login: Login) -> None:
    inside, outside = login("lince"), Client()
    for row in Edition.objects.filter(organisation=organ()):
        for client, name in ((inside, "list-edition"), (outside, "portal:edition")):
            response = client.get(reverse(name, args=[row.id]), follow=True)
            assert response.status_code == 200, (name, row.kind, row.key)
            assert row.digest in response.content.decode() or row.kind == "procedure", (name, row.kind)


def test_entries_are_put_at_any_place_and_removed_together(login: Login, actor: Callable[[str], Any]) -> None:
    admin = login("admin")
    draft = begun(admin, "items")
    rows = [{"code": f"C{n}", "name": f"事项{n}", "plain": "乙", "basis": "丙"} for n in range(1, 6)]
    actions.import_entries(draft.id, rows, actor=actor("admin"), replace=True)
    move, remove = reverse("list-entries-move", args=[draft.id]), reverse("list-entries-remove", args=[draft.id])
    assert admin.post(move, {"entry": "C5", "to": "2"}).status_code == 302
    assert [row.code for row in queries.draft_entries(draft)] == ["C1", "C5", "C2", "C3", "C4"]
    assert admin.post(move, {"entry": "1", "to": "5"}).status_code == 302
    assert [row.code for row in queries.draft_entries(draft)] == ["C5", "C2", "C3", "C4", "C1"]
    assert admin.post(move, {"entry": "没有", "to": "1"}).status_code == 422
    assert admin.post(move, {"entry": "C1", "to": "-1"}).status_code == 422
    seen = {row.code: f"{row.id}:{row.version}" for row in queries.draft_entries(draft)}
    page = admin.get(reverse("list-draft", args=[draft.id])).content.decode()
    assert seen["C2"] in page and "删除选中的条目" in page
    stale = [seen["C2"], seen["C3"].rpartition(":")[0] + ":99"]
    assert admin.post(remove, {"chosen": stale}).status_code == 409
    assert queries.draft_entries(draft).count() == 5
    assert admin.post(remove, {"chosen": [seen["C2"], seen["C4"]]}).status_code == 302
    left = list(queries.draft_entries(draft))
    assert [(row.position, row.code) for row in left] == [(1, "C5"), (2, "C3"), (3, "C1")]
    assert admin.post(remove, {"chosen": ["menu"]}).status_code == 422
    assert login("lince").post(remove, {"chosen": [seen["C1"]]}).status_code == 403
