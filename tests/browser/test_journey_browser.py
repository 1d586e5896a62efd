"""One case through the real browser, as each kind of user: from the lead to the archive and to anyone's verification."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from mingcha.interfaces.demo.paper import recording
from tests.browser.casework import PARTY, PERSON, Casework, Enter, dashed, today
from tests.browser.driving import Visitor
from tests.browser.server import Server, command

pytestmark = pytest.mark.browser


def test_a_case_from_the_lead_to_anyones_verification(
    visit: Enter, server: Server, papers: Path, tmp_path: Path
) -> None:
    (papers / "recording.wav").write_bytes(recording(mark=999))
    case = Casework(visit, server, papers)
    case.register()
    case.file()
    case.investigate()
    case.propose()
    case.notify()
    case.defend()
    case.review()
    case.decide()
    publication = case.publish()
    anyone_finds_and_verifies(visit(), publication, tmp_path)
    case.finish()


def anyone_finds_and_verifies(public: Visitor, publication: str, folder: Path) -> None:
    """Search, open, wait for the proof (≤ 10 s), download, verify offline; one altered character is found."""
    public.go("/p/")
    public.page.fill("main input[name=q]", PARTY)
    with public.page.expect_navigation():
        public.page.keyboard.press("Enter")
    public.page.locator(f'main a[href="/p/decisions/{publication}/"]').first.click()
    public.page.wait_for_url("**/p/decisions/*/")
    until = time.monotonic() + 10
    while "已核验" not in public.text() and time.monotonic() < until:
        time.sleep(0.5)
        public.page.reload()
    public.sees("已核验", PARTY, "有效")
    assert PERSON not in public.text(), "the representative's name is hidden"
    files = {}
    for name, label in (("bundle.json", "证明包（"), ("log.key", "公钥（")):
        with public.page.expect_download() as download:
            public.page.locator("#proof").get_by_role("link", name=label).first.click()
        files[name] = folder / name
        download.value.save_as(files[name])
    empty = folder / "stranger"
    empty.mkdir()
    genuine = command(empty, "verify", str(files["bundle.json"]), "--key", str(files["log.key"]))
    assert genuine.returncode == 0, genuine.stdout + genuine.stderr
    text = files["bundle.json"].read_text("utf-8")
    assert "20000" in json.dumps(json.loads(text), ensure_ascii=False) or PARTY in text
    altered = folder / "altered.json"
    altered.write_text(text.replace("澄江园林", "澄江园休", 1), "utf-8")
    assert altered.read_text("utf-8") != text
    forged = command(empty, "verify", str(altered), "--key", str(files["log.key"]))
    assert forged.returncode == 1, forged.stdout + forged.stderr


def test_without_scripts_a_double_press_makes_one_act(visit: Enter, server: Server) -> None:
    """With scripts off the browser really sends the form twice; the second gets the first one's answer."""
    officer = visit("lince", java_script_enabled=False)
    officer.go("/in/cases/new/")
    officer.fill(source="report", cause="涉嫌夜间施工噪声扰民", facts="夜间施工，群众反映。", item_code="3.27")
    officer.fill(
        discovered_on=today(), conduct_ended_on=today(), party_kind="organisation", party_name="双击建筑有限公司"
    )
    officer.fill(uscc="91990100MA1QH0998A", legal_representative="石双", address="明水区双桥路1号")
    officer.button("登记，进入核查").dblclick()
    officer.page.wait_for_url("**/in/cases/*-*/")
    time.sleep(1)
    assert server.value("select count(*) from cases_case where cause = ?", ["涉嫌夜间施工噪声扰民"]) == 1


def test_two_heads_decide_at_once(visit: Enter, server: Server) -> None:
    """Both press at the same moment: one decision, one number, and the other reads what happened."""
    case = dashed(server.value("select id from cases_case where stage = 'decide' and party_name like '北辰%'"))
    heads = [visit("shenyi"), visit("chengyuan")]
    for head in heads:
        head.go(f"/in/decisions/{case}/")
        head.fill(opinion="同意，依法作出处罚。")
        head.button("作出决定").click()
        head.page.locator("dialog[open]").wait_for()
    for head in heads:
        head.page.evaluate("setTimeout(() => document.querySelector('dialog[open] button[value=yes]').click(), 800)")
    for head in heads:
        head.page.locator("dialog[open]").wait_for(state="detached")
        head.page.locator("main form[aria-busy]").wait_for(state="detached")
        head.page.wait_for_load_state()
    assert server.value("select count(*) from decisions_decision where case_id = ?", [case.replace("-", "")]) == 1
    shown = [head.text() for head in heads]
    assert sum("本案已经作出决定" in text for text in shown) <= 1, shown
    assert all("本案已经作出决定" in text or "处罚决定 明综执罚" in text for text in shown), shown
    assert any("处罚决定 明综执罚" in text for text in shown), shown


def test_the_archivist_reads_a_closed_dossier(visit: Enter, server: Server) -> None:
    archivist = visit("jiangmu")
    archivist.go("/in/archives/")
    archivist.sees("清和建筑工程有限公司", "云栖园林绿化有限公司")
    archivist.page.locator("main a", has_text="明综执立〔2026〕1号").first.click()
    archivist.page.wait_for_url("**/in/archives/*/")
    archivist.sees("正卷", "副卷", "行政处罚决定书", "立案")


def test_a_stranger_to_the_case_gets_a_clear_refusal(visit: Enter, server: Server) -> None:
    case = dashed(server.value("select id from cases_case where party_name like '立方钢构%'"))
    stranger = visit("yuanye")
    answer = stranger.go(f"/in/cases/{case}/")
    assert answer is not None and answer.status in (403, 404)
    assert "立方钢构" not in stranger.text("body")
    assert stranger.check() == []
