"""Recordings go up in a real browser: over a slow line, through a reload, once only."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mingcha.interfaces.demo.paper import recording
from tests.browser.casework import Enter
from tests.browser.driving import Visitor
from tests.browser.server import Server

pytestmark = pytest.mark.browser
PAGE = "/in/recordings/upload/"
SLOW = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 3 << 20}
FREE = {**SLOW, "latency": 0, "uploadThroughput": -1}


def until(met: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def test_an_upload_survives_pause_and_reload(visit: Enter, server: Server, papers: Path, tmp_path: Path) -> None:
    film = tmp_path / "7000001_000231_20260914093000_0099.wav"
    film.write_bytes(recording(seconds=1) + os.urandom(12 << 20))
    officer: Visitor = visit("lince", width=360, height=800)
    page = officer.page
    page.on("dialog", lambda dialog: dialog.accept())
    line = officer.context.new_cdp_session(page)
    line.send("Network.emulateNetworkConditions", SLOW)
    last = page.locator("#upload-list > li").last

    def progress() -> int:
        return int(last.locator("progress").evaluate("bar => bar.value"))

    officer.go(PAGE)
    page.set_input_files("#files", film)
    until(lambda: last.count() > 0 and progress() > 10)
    last.get_by_role("button", name="暂停").click()
    until(lambda: "已暂停" in last.inner_text())
    stood = progress()
    time.sleep(1)
    assert progress() == stood, "nothing goes on while it is paused"
    last.get_by_role("button", name="暂停").click()
    until(lambda: progress() > stood)
    page.reload()
    officer.sees("没有传完的文件", film.name)

    line.send("Network.emulateNetworkConditions", FREE)
    page.set_input_files("#files", film)
    until(lambda: "已入库" in last.inner_text() or "接着上次的位置" in last.inner_text())
    until(lambda: "已入库" in last.inner_text())
    assert page.locator("[data-give-up]").count() == 0
    page.set_input_files("#files", [film, papers / "paper.pdf"])
    until(lambda: "只接受" in last.inner_text())
    assert "没有重复保存" in officer.text("#upload-list")
    assert officer.check() == []
    rows = server.rows("select origin, device_no from recordings_intake where name = ?", [film.name])
    assert rows == [("browser", "7000001")]
    page.reload()
    officer.sees(film.name, "7000001", "2026-09-14 09:30")
