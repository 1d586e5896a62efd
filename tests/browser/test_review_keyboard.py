"""A reviewer handles a whole file by keyboard alone: from the sign-in to the signed opinion letter, without a mouse."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from playwright.sync_api import Page

from mingcha.interfaces.demo.district import PASSWORD
from tests.browser.casework import Enter
from tests.browser.server import Server, environment

pytestmark = pytest.mark.browser
# A file of twelve papers and two recordings, handed over a second time, so that there is something to compare.
_FILE = """
import datetime as dt
import django
django.setup()
from mingcha.accounts.queries import actor_named
from mingcha.common import clock
from mingcha.files.actions import receive_bytes
from mingcha.interfaces.bench.rows import copies
from mingcha.interfaces.demo.journey import Journey, Scenario
from mingcha.interfaces.demo.paper import recording
from mingcha.recordings import actions as recordings
from mingcha.review import actions as review
from mingcha.review import queries
journey = Journey(clock.today() - dt.timedelta(days=34), Scenario(party="键盘试办建筑有限公司", mark=771))
journey.run("submit")
with clock.frozen(clock.at(journey.day, 16)):
    handler = actor_named("lince")
    copies(journey.case, 5)
    recordings.add(journey.id, actor=handler, stage="investigate", matter="1", title="复查现场音像",
        file=receive_bytes(recording(mark=772)), started_at=clock.now() - dt.timedelta(hours=1), device="A1027")
    review.withdraw(journey.id, actor=handler, reason="补充音像")
    review.submit(journey.id, actor=handler, attested=True)
    kinds = [row["key"].partition(":")[0] for row in queries.open_submission(journey.case).materials]
print(journey.id, kinds.count("document"), kinds.count("recording"))
"""


class Keys:
    """Hands on the keyboard: every key is pressed, nothing is clicked, and the focus must be seen wherever it stands."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def at(self, selector: str) -> bool:
        return bool(self.page.evaluate("what => document.activeElement.matches(what)", selector))

    def seen(self) -> None:
        """The focused element shows it: an outline or a ring."""
        style = self.page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement);"
            " return [s.outlineStyle, s.outlineWidth, s.boxShadow, document.activeElement.outerHTML.slice(0, 120)] }"
        )
        assert (style[0] != "none" and style[1] != "0px") or style[2] != "none", style

    def tab_to(self, selector: str, *, back: bool = False, most: int = 90) -> None:
        for _ in range(most):
            if self.at(selector):
                self.seen()
                return
            self.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{selector} is not reached by {most} tabs on {self.page.url}")

    def until(self, script: str) -> None:
        """Wait until an expression holds; asked from outside, since the pages allow no evaluation of their own."""
        end = time.monotonic() + 20
        while not self.page.evaluate(script):
            assert time.monotonic() < end, script
            time.sleep(0.05)

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.press("Enter")


def made(server: Server) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _FILE], env=environment(server.data), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    case, documents, recordings = done.stdout.split()[-3:]
    assert (int(documents), int(recordings)) == (12, 2), done.stdout
    return case


def test_a_reviewer_works_by_keyboard_alone(visit: Enter, server: Server) -> None:
    case = made(server)
    visitor = visit()
    page = visitor.page
    keys = Keys(page)
    visitor.go("/in/sign-in/")
    keys.tab_to("#id_username")
    keys.type("zhouheng")
    keys.tab_to("#id_password")
    keys.type(PASSWORD)
    keys.enter()
    keys.tab_to('a[href="/in/review/"]')
    keys.enter()
    for _ in range(60):
        keys.press("j")
        if keys.at(f'a[href="/in/review/{case}/"]'):
            break
    keys.seen()
    keys.enter()
    assert case in page.url

    keys.press("?")
    keys.until("document.querySelector('#keys[open]')")
    assert "下一个、上一个审核要点" in page.inner_text("#keys")
    keys.press("Escape")
    keys.until("!document.querySelector('#keys[open]')")

    keys.press("c")
    assert keys.at("#changes") and "新增音像" in page.inner_text("#changes")

    # Every material in its turn; on the first paper a remark, in the recordings the player.
    shown = page.evaluate("[...document.querySelectorAll('.material [data-show]')].map(item => item.dataset.show)")
    assert len(shown) >= 15
    heard = 0
    for place, key in enumerate(shown[1:], 1):
        keys.press("]")
        keys.until(f"document.querySelector('#material').dataset.key === '{key}'")
        assert keys.at("#material")
        if place == 1:
            keys.seen()
            remark(keys)
        if key.startswith("recording:"):
            listen(keys)
            heard += 1
    assert heard == 2
    mark_points(keys)
    opine(keys)
    sign(keys)


def remark(keys: Keys) -> None:
    """What is marked before a remark is still marked after it."""
    keys.press("j", "x")
    keys.press("m")
    assert keys.at("#note-text")
    keys.seen()
    keys.type("第二段的时间与音像不一致，请核对。")
    keys.tab_to('[data-note] button[type="submit"]')
    keys.press("Enter")
    keys.until("document.querySelector('#notes .plain-list')?.textContent.includes('与音像不一致')")
    assert keys.page.evaluate("document.querySelectorAll('[data-point] input[value=na]:checked').length") == 1
    assert keys.at("#material")


def listen(keys: Keys) -> None:
    with keys.page.context.expect_page() as opened:
        keys.press("b")
    player = Keys(opened.value)
    player.page.wait_for_load_state()
    player.page.wait_for_selector("main")
    if not player.page.query_selector("[data-player]"):
        # What the recording is looked at for is said first.
        player.tab_to("main form select, main form input:not([type=hidden]), main form textarea")
        give_purpose(player)
    player.page.wait_for_selector("[data-player] video, [data-player] audio")
    player.tab_to('[data-do="play"]')
    player.press("Space")
    player.until("document.querySelector('[data-player] video, [data-player] audio').currentTime > 0")
    player.page.close()
    keys.page.bring_to_front()


def give_purpose(player: Keys) -> None:
    if player.at("select"):
        player.press("ArrowDown")
    elif player.at("[type=radio], [type=checkbox]"):
        player.press("Space")
    else:
        player.type("法制审核")
    player.tab_to('main form button.btn, main form button[type="submit"]')
    player.enter()


def mark_points(keys: Keys) -> None:
    count = keys.page.evaluate("document.querySelectorAll('[data-point]').length")
    for _ in range(count):
        keys.press("k")
    for place in range(count):
        if place:
            keys.press("j")
        assert (
            keys.page.evaluate(
                "[...document.querySelectorAll('[data-point]')].findIndex(p => p.classList.contains('cur'))"
            )
            == place
        )
        keys.seen()
        if keys.page.evaluate("document.querySelector('[data-point].cur').id") == "point-discretion":
            keys.press("n")
            assert keys.at("textarea")
            keys.type("没有写明认定一般情节的理由。")
            keys.press("Escape")
            continue
        if keys.page.evaluate("!!document.querySelector('[data-point].cur .found [data-show]')"):
            keys.press("v")
            keys.until("document.activeElement.id === 'material'")
        keys.press("y")
        if keys.at("select"):
            # Nothing that the machine rests on: the reviewer names the material.
            keys.press("ArrowDown", "Escape")
    marked = "document.querySelectorAll('[data-point] input[value={}]:checked').length"
    assert keys.page.evaluate(marked.format("met")) == count - 1
    assert keys.page.evaluate(marked.format("problem")) == 1
    assert f"符合 {count - 1} · 有问题 1" in keys.page.inner_text("[data-tally]")


def opine(keys: Keys) -> None:
    keys.press("r")
    for _ in range(8):
        if keys.page.evaluate("document.activeElement.value === 'problems' && document.activeElement.checked"):
            break
        keys.press("ArrowDown")
    keys.seen()
    keys.press("o")
    assert keys.at("#id_text")
    keys.type("裁量理由不足，请补充。")
    keys.press("Escape", "p")
    keys.until("document.querySelector('#letter-preview')?.textContent.includes('裁量理由不足')")
    keys.seen()
    keys.press("o")
    keys.tab_to("#opinion button.btn:not([name])")
    keys.press("Enter")
    keys.until("document.querySelector('dialog[open]')")
    keys.tab_to('dialog[open] button[value="yes"]', most=5)
    keys.enter()
    assert "没有写明认定一般情节的理由" in keys.page.inner_text("main")


def sign(keys: Keys) -> None:
    keys.tab_to('a[href*="/signatures/"]')
    keys.enter()
    keys.tab_to("main form button.btn")
    keys.press("Enter")
    end = time.monotonic() + 20
    while "周衡" not in keys.page.inner_text("main") or "电子签名" not in keys.page.inner_text("main"):
        if keys.page.query_selector("dialog[open]"):
            keys.tab_to('dialog[open] button[value="yes"]', most=5)
            keys.press("Enter")
        assert time.monotonic() < end, keys.page.inner_text("main")
        time.sleep(0.3)
