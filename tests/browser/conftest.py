"""Fixtures of the browser tests: the demonstration district behind a real server, Chromium, accessibility checks."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from mingcha.interfaces.demo.paper import paper_decision
from tests.browser.driving import Visitor
from tests.browser.server import Server, set_up

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("district")
    set_up(data)
    started = Server.start(data)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "没有找到 Chromium：请先运行 ./test，或者安装 chromium 软件包"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def visit(server: Server, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """`visit()`: somebody from the public; `visit("lince")`: a signed-in person. Each has a browser of their own."""
    opened: list[Visitor] = []

    def enter(username: str = "", *, width: int = 1366, height: int = 900, **options: object) -> Visitor:
        visitor = Visitor(chromium, server.url, width=width, height=height, **options)
        opened.append(visitor)
        if username:
            visitor.sign_in(username)
        return visitor

    yield enter
    for visitor in opened:
        visitor.close()


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up paper to upload; tests may put more into it."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "paper.pdf").write_bytes(paper_decision("澄江园林工程有限公司声明", dt.date(2026, 1, 5)))
    return folder
