"""Fixtures of the browser tests: the demonstration district behind a real server, Chromium, accessibility checks."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from mingcha.interfaces.demo.paper import paper_decision
from tests.browser.driving import Visitor
from tests.browser.server import Server, found

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
# The engine without the windows of a browser takes a fifth less time; not every distribution has it apart.
_ENGINES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share, and nobody else."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def founded(together: Path) -> Path:
    """The district, founded once: by `./test` while other tests run, or by whichever worker comes first."""
    data = Path(os.environ.get("FOUNDED_DISTRICT") or together / "founded")
    with (together / "founding.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.with_suffix(".done").exists():
            shutil.rmtree(data, ignore_errors=True)
            found(data)
    return data


@pytest.fixture(scope="session")
def server(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this worker's own over a copy of the district."""
    data = tmp_path_factory.mktemp("district")
    shutil.copytree(founded, data, dirs_exist_ok=True, symlinks=True)
    started = Server.start(data)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, _ENGINES)), None)
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
