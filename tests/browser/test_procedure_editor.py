"""The editor of procedures as a person uses it who has never read the code: a stage, a period, a document; refused in
words, put right, reviewed, published — and the chart that the public sees is the new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from mingcha.common.clock import SHANGHAI
from tests.browser.driving import Visitor
from tests.browser.server import Server

pytestmark = pytest.mark.browser
Enter = Callable[..., Visitor]
NAME = "集体会商"


def begin(admin: Visitor, code: str) -> str:
    """Open the editor on a shipped procedure; the address of the draft."""
    admin.go("/in/procedures/")
    admin.page.locator(f'main a[href$="/shipped/{code}/"]').click()
    admin.press("采用并修改")
    return admin.page.url


def settled(admin: Visitor) -> None:
    """The last step is saved and shown."""
    admin.page.locator("#pc-saved", has_text="已保存。").wait_for()


def add_stage(admin: Visitor, *, on: str) -> None:
    form = admin.page.locator("section[aria-labelledby=pc-after] form")
    form.get_by_label("新环节的名称").fill(NAME)
    form.get_by_label("新环节依据的条款").fill("本机关办案规则第八条")
    form.get_by_role("checkbox", name="机关负责人", exact=True).check()
    form.get_by_label("放在哪条路上").select_option(label=on)
    form.get_by_role("button", name="加上环节").click()


def check(admin: Visitor) -> str:
    with admin.page.expect_navigation():
        admin.page.get_by_role("link", name="核验", exact=True).click()
    return admin.page.inner_text("section[aria-labelledby=pc-verdict]")


def test_a_local_variant_is_refused_in_words_and_published_the_second_time(visit: Enter, server: Server) -> None:
    admin = visit("admin")
    draft = begin(admin, "P-CS")

    # The stage is chosen in the diagram itself.
    admin.page.locator(".fc").get_by_role("link", name="事前批准").click()
    admin.page.get_by_role("heading", name="环节：事前批准").wait_for()

    # First try: a stage that no way leads to, a period that nothing ends, a document.
    add_stage(admin, on="先不连")
    admin.page.get_by_role("heading", name=f"环节：{NAME}").wait_for()
    documents = admin.page.locator("section[aria-labelledby=pc-docs]")
    documents.get_by_label("加一份文书").fill("会商记录")
    documents.get_by_role("button", name="加上文书").click()
    admin.page.get_by_role("button", name="删除文书：会商记录").wait_for()
    periods = admin.page.locator("section[aria-labelledby=pc-periods]")
    periods.get_by_placeholder("输入几个字查找").fill("COE-15")
    periods.get_by_role("button", name="加上期限").click()
    periods.get_by_role("button", name="删除开始的期限").wait_for()
    refused = check(admin)
    assert "核验没有通过" in refused
    assert f"环节“{NAME}”走不到" in refused
    assert admin.page.locator(".fc-stage.fc-bad").count() >= 1, "the way is drawn in the diagram"
    assert admin.check() == []

    # It cannot be handed in as it is, and says why.
    admin.follow("送审")
    admin.fill(basis="局长办公会议纪要第6号")
    admin.press("送审")
    admin.sees(NAME)
    admin.go(draft)
    admin.sees("起草中")

    # Put right: the stage stands on the way from approval to the site, the period ends where the work is done.
    admin.go(f"{draft}?stage=local-1")
    admin.page.get_by_role("button", name="删除环节").click()
    admin.page.locator("dialog[open]").get_by_role("button", name="删除", exact=True).click()
    settled(admin)
    admin.page.get_by_role("button", name="撤销").click()
    settled(admin)
    assert admin.page.locator(".fc-stage[data-stage=local-1]").count() == 1, "undone"
    admin.page.keyboard.press("Escape")
    admin.page.locator(".fc").get_by_role("link", name=NAME).click()
    admin.page.get_by_role("button", name="删除环节").click()
    admin.page.locator("dialog[open]").get_by_role("button", name="删除", exact=True).click()
    settled(admin)
    admin.page.locator(".fc").get_by_role("link", name="事前批准").click()
    admin.page.get_by_role("heading", name="环节：事前批准").wait_for()
    way = admin.page.locator("#pc-add-on option", has_text="→ 现场实施").first.inner_text()
    add_stage(admin, on=way)
    admin.page.get_by_role("heading", name=f"环节：{NAME}").wait_for()
    documents.get_by_label("加一份文书").fill("会商记录")
    documents.get_by_role("button", name="加上文书").click()
    admin.page.get_by_role("button", name="删除文书：会商记录").wait_for()
    for part in ("开始的期限", "结束的期限"):
        periods.get_by_placeholder("输入几个字查找").fill("COE-15")
        periods.get_by_label("在这个环节").select_option(label=part)
        periods.get_by_role("button", name="加上期限").click()
        periods.get_by_role("button", name=f"删除{part}").wait_for()
    accepted = check(admin)
    assert "核验通过" in accepted, accepted
    assert admin.check() == []
    admin.follow("改了什么")
    admin.sees(NAME, "会商记录")

    # Handed in, reviewed by somebody else, published.
    admin.go(draft)
    admin.follow("送审")
    admin.fill(basis="局长办公会议纪要第6号")
    admin.press("送审")
    admin.sees("已经送审")
    reviewer = visit("zhouheng")
    reviewer.go(draft)
    reviewer.follow("审核")
    reviewer.fill(conclusion="agree", opinion="程序完整，同意。")
    reviewer.press("提交审核意见")
    reviewer.sees("审核通过")
    admin.go(draft)
    admin.follow("公布")
    admin.fill(effective_from=dt.datetime.now(SHANGHAI).date().isoformat())
    admin.press("公布")
    admin.sees("已经公布")

    # The public sees it, and a case would run by it.
    public = visit()
    public.go("/p/procedures/")
    row = public.page.locator("main tr", has_text="行政强制措施程序").filter(has_text="明水区综合行政执法局")
    row.get_by_role("link").click()
    public.page.wait_for_url("**/p/procedures/*-*/")
    public.page.locator("main details").evaluate_all("rows => rows.forEach(row => { row.open = true })")
    public.sees(NAME, "会商记录")
    assert public.page.locator('.fc [data-source=approve][data-target="local-1"]').count() == 1
    laid = server.rows(
        "SELECT x.source, x.target FROM procedures_edge x JOIN catalogues_edition e ON e.id = x.edition_id "
        "WHERE e.key = 'P-CS' AND x.target = 'local-1'"
    )
    assert laid == [("approve", "local-1")]
    for width in (1366, 360):
        public.page.set_viewport_size({"width": width, "height": 900})
        assert public.check() == []
        smallest = public.page.evaluate(
            """() => Math.min(...[...document.querySelectorAll('.fc text')].map(
                 t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a))"""
        )
        assert smallest >= 12, f"text of {smallest} px at {width}"


def test_two_people_edit_one_draft(visit: Enter) -> None:
    first, second = visit("admin"), visit("admin")
    draft = begin(first, "P-QR")
    for person in (first, second):
        person.go(f"{draft}?stage=accept")
    first.page.locator("#pc-party").fill("查询办理进度")
    first.page.locator("#pc-party").blur()
    settled(first)
    second.page.locator("#pc-document").fill("另一人的文书")
    second.page.get_by_role("button", name="加上文书").click()
    second.page.get_by_role("alert").wait_for()
    second.sees("没有保存", "已经在")
    # What is shown now is the other's text; the same step goes through.
    assert second.page.locator("#pc-party").input_value() == "查询办理进度"
    second.page.locator("#pc-document").fill("另一人的文书")
    second.page.get_by_role("button", name="加上文书").click()
    second.page.get_by_role("button", name="删除文书：另一人的文书").wait_for()
    first.go(f"{draft}?stage=accept")
    first.sees("另一人的文书")


def test_the_editor_by_keyboard_alone_and_without_scripts(visit: Enter) -> None:
    plain = visit("admin", java_script_enabled=False)
    draft = begin(plain, "P-SF")
    plain.page.locator("#pc-form ol a").nth(1).click()
    plain.page.locator("#pc-document").fill("核定记录")
    plain.page.locator("#pc-document").press("Enter")
    plain.page.get_by_role("button", name="删除文书：核定记录").wait_for()
    keys = visit("admin")
    keys.go(draft)
    keys.page.locator("#pc-check").focus()
    keys.page.keyboard.press("Enter")
    keys.page.get_by_role("heading", name="核验通过").wait_for()
    keys.page.locator(".fc a").first.focus()
    keys.page.keyboard.press("Enter")
    keys.page.locator("#pc-stage").wait_for()
    assert keys.check() == []
    keys.page.set_viewport_size({"width": 360, "height": 800})
    assert keys.check() == []
