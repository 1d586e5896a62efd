"""The pictures of the README. UPDATE_SCREENSHOTS=1 takes them anew from the made-up district."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.driving import Visitor
from tests.browser.server import Server

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "screenshots"
# Name → person, page on which the link stands, and the link; without a link the page itself.
SHOWN = {
    "portal-home": ("", "/p/", ""),
    "decision": ("", "/p/decisions/", ".results h3 a"),
    "case": ("lince", "/in/cases/?q=恒岳", "main tbody a"),
    "review": ("zhouheng", "/in/review/", "main tbody a"),
    "redaction": ("sutang", "/in/publications/", "main tbody a"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_picture_shows_a_page_that_is_there(visit: Callable[..., Visitor], server: Server, name: str) -> None:
    username, path, link = SHOWN[name]
    visitor = visit(username)
    visitor.go(path)
    if link:
        visitor.go(str(visitor.page.locator(link).first.get_attribute("href")))
    visitor.page.locator("h1").first.wait_for()
    picture = PICTURES / f"{name}.png"
    if os.environ.get("UPDATE_SCREENSHOTS") == "1":
        PICTURES.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=picture)
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert int.from_bytes(head[16:20]) == 1366, "as wide as the window"
    for readme in ("README.md", "README.zh.md"):
        assert f"docs/screenshots/{name}.png" in (ROOT / readme).read_text("utf-8")
