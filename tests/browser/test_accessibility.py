"""Every page that a role can reach: accessible, never wider than the window, without a fault, at two widths."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from pypdf import PdfReader

from tests.browser.driving import Visitor
from tests.browser.server import Server

pytestmark = pytest.mark.browser
Enter = Callable[..., Visitor]

WIDE, NARROW = 1366, 360
# What is no page: files to download, and signing out.
FILES = {
    "portal:public-pdf",
    "portal:proof", "portal:signed", "portal:text", "portal:code", "portal:key", "portal:log-file", "portal:edition-json",
    "portal:jsonl", "portal:feed",
    "portal:results-file", "portal:package", "portal:sitemap", "portal:month",
    "document-pdf", "document-signed-pdf", "document-strokes", "file", "cases-export",
    "sign-out", "draft-gaps", "document-data", "form-specimen", "form-schema", "register-export",
    "hearings-export", "discussions-export",
    "service-export", "statutes-dates-export",
    "portal:application", "portal:application-example",
    "portal:edition-file", "portal:procedure-svg", "portal:procedure-bpmn", "portal:procedure-json",
    "list-template", "list-draft-xlsx", "list-import-report", "list-export", "statutes-export", "rules-export",
    "review-page", "consultation-file", "review-figures-export",
    "handbook", "rule-file", "amendment-export", "procedures-export", "procedure-edition-file",
    "procedure-shipped-file", "periods-export",
    "devices-export", "recordings-watch-export", "recordings-inbox-export", "handover-package", "recording-media", "uploads", "upload",
    "recording-stream", "recording-still", "recording-saved", "derivation-stream", "derivation-sheet",
    "derivation-progress", "derivations-export", "viewings-export",
    "loans-export", "loan-page", "loan-copied", "keeping-export", "disposal-export", "purging-export", "purge-export",
    "scans-export", "scan-page",
    "archive-volume", "archive-package-tar", "archive-package-seal", "archive-packages-export", "archive-transfer-export",
    "document-docx", "document-roll", "own-form-original", "own-form-trial",
}  # fmt: skip
# What everybody reads in the same form is walked by the public, one handler and the administrator.
EVERYBODYS = ("list", "statute", "rule", "amendment", "reexamination", "procedure", "period", "policy", "form")
READERS = ("", "lince", "admin")
# Pages of one address that are looked at per role; case pages differ with the stage.
SAME = {"case": 7, "disclosure-item": 3, "portal:decision": 3, "portal:edition": 4, "review-case": 2}
# More than a hundred kinds of document have a page each, made of the same parts: so many of them are looked at.
MOST_KINDS = {"form": 5, "draft": 10, "draft-preview": 4}
# axe takes seconds: pages of one address are given to it at most so often, over all roles.
MOST_AXE = {WIDE: 2, NARROW: 1}
ROLES = ("", "lince", "luming", "zhouheng", "shenyi", "sutang", "jiangmu", "admin", "fangzhi")
# Without them the walk has missed what it is for.
EXPECTED = {
    "": {"portal:home", "portal:results", "portal:decision", "portal:verify", "portal:who", "portal:how", "portal:log"},
    "lince": {"home", "cases", "case", "case-new", "case-evidence", "draft", "profile"},
    "zhouheng": {"home", "review", "review-case"},
    "shenyi": {"home", "decisions", "decision-case", "disclosure"},
    "sutang": {"home", "disclosure", "disclosure-item"},
    "jiangmu": {"home", "archives", "archive-case"},
    "admin": {"home", "administration", "lists", "policy", "procedures", "periods", "statutes"},
    "fangzhi": {"home", "supervision"},
}


def place(path: str) -> tuple[str, str] | None:
    """Name and variant of the page behind a path, None for what is no page of ours."""
    try:
        found = resolve(path)
    except Resolver404:
        return None
    name = found.view_name
    if name in FILES or not path.startswith(("/p/", "/in/")):
        return None
    return name, str(found.kwargs.get("kind", ""))


def links(visitor: Visitor) -> list[str]:
    """Paths of the page's own links, in their order."""
    found = visitor.page.eval_on_selector_all(
        "a[href]:not([download]):not([target=_blank])",
        "nodes => nodes.map(node => new URL(node.getAttribute('href'), location).href)",
    )
    here = urlsplit(visitor.page.url).netloc
    return [parts.path for parts in map(urlsplit, found) if parts.netloc == here]


def is_turn(given: Path, width: int, key: str) -> bool:
    """Whether the page is to be given to axe at a width. The tally is kept in files: all workers share it."""
    given.mkdir(exist_ok=True)
    for n in range(MOST_AXE[width]):
        with suppress(FileExistsError):
            (given / f"{key.replace('/', ' ')} {width} {n}").touch(exist_ok=False)
            return True
    return False


def look(visitor: Visitor, key: str, given: Path) -> list[str]:
    """What is wrong with the present page at both widths."""
    wrong = []
    for width in (WIDE, NARROW):
        visitor.page.set_viewport_size({"width": width, "height": 900})
        found = visitor.check(axe=is_turn(given, width, key))
        wrong += [f"{visitor.page.url} at {width}: {text}" for text in found]
    visitor.page.set_viewport_size({"width": WIDE, "height": 900})
    return wrong


@pytest.mark.parametrize("username", ROLES)
def test_every_reachable_page(visit: Enter, together: Path, username: str) -> None:
    visitor = visit(username)
    waiting = deque(["/in/" if username else "/p/"])
    queued = set(waiting)
    seen: Counter[tuple[str, str]] = Counter()
    of_name: Counter[str] = Counter()
    wrong: list[str] = []
    if not username:
        waiting.append("/in/sign-in/")
    while waiting:
        path = waiting.popleft()
        kind = place(path)
        if kind is None or seen[kind] >= SAME.get(kind[0], 1):
            continue
        if username not in READERS and kind[0].startswith(EVERYBODYS):
            continue
        if of_name[kind[0]] >= MOST_KINDS.get(kind[0], 1000):
            continue
        of_name[kind[0]] += 1
        seen[kind] += 1
        answer = visitor.go(path)
        assert answer is not None
        # What was withdrawn keeps its page and says so with 410.
        if answer.status != 200 and not (answer.status == 410 and kind[0] == "portal:decision"):
            wrong.append(f"{path}: a link leads to {answer.status}")
            continue
        wrong += look(visitor, "/".join(kind), together / "given-to-axe")
        for found in links(visitor):
            # A signed-in person's walk stays inside; the public one has its own.
            if found not in queued and found.startswith("/in/" if username else "/p/"):
                queued.add(found)
                waiting.append(found)
    assert wrong == []
    missed = EXPECTED.get(username, set()) - {name for name, _ in seen}
    assert not missed, f"{missed} not reached, only {sorted(seen)}"


def test_the_dark_theme(visit: Enter, server: Server) -> None:
    """Contrast holds in the dark: the portal, and a page of each kind of work."""
    wrong = []
    public = visit("", color_scheme="dark")
    published = _published(public)
    for path in ("/p/", published):
        public.go(path)
        wrong += [f"{path}: {text}" for text in public.check()]
    for username, path in (("lince", "/in/"), ("zhouheng", "/in/review/"), ("sutang", "/in/publications/")):
        visitor = visit(username, color_scheme="dark")
        visitor.go(path)
        inner = visitor.page.locator("main tbody a").first.get_attribute("href")
        for at in (path, str(inner)):
            visitor.go(at)
            background = visitor.page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert max(map(int, background.strip("rgba()").split(",")[:3])) < 100, background
            wrong += [f"{at}: {text}" for text in visitor.check()]
    assert wrong == []


def _published(public: Visitor) -> str:
    public.go("/p/decisions/")
    return str(public.page.locator(".results h3 a").first.get_attribute("href"))


def test_large_print_and_narrow_do_not_overflow(visit: Enter) -> None:
    """长者模式 on a small telephone."""
    public = visit("", width=360)
    published = _published(public)
    for path in ("/p/", "/p/decisions/", published):
        public.go(f"{path}?mc_size=large")
        assert public.page.evaluate("document.documentElement.dataset.size") == "large"
        assert public.overflow() == []


def test_a_decision_prints(visit: Enter) -> None:
    """On paper: the letter and its code, without navigation and buttons."""
    public = visit()
    public.go(_published(public))
    number = public.text("h1").split()[0]
    public.page.emulate_media(media="print")
    assert public.page.locator("article.letter").is_visible()
    assert public.page.locator(".portal-code img").is_visible()
    assert not public.page.locator("header nav").first.is_visible()
    assert len(public.page.screenshot()) > 20_000
    paper = PdfReader(BytesIO(public.page.pdf()))
    text = "".join(page.extract_text() for page in paper.pages)
    assert number in text.replace(" ", "")
    assert 1 <= len(paper.pages) <= 8
