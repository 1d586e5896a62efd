"""A person at the browser: signs in, reads, fills in, presses; notices every fault of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Response

from mingcha.interfaces.demo.district import PASSWORD

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")
# Only what is wrong comes back: a long page has thousands of nodes that pass, and naming each costs as much as the rules.
AXE = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"], "reporter": "no-passes"}


class Visitor:
    """One person with a browser context of their own. `faults` gathers what no page may do."""

    def __init__(self, browser: Browser, base: str, *, width: int, height: int, **options: Any) -> None:
        self.context = browser.new_context(
            base_url=base, viewport={"width": width, "height": height}, locale="zh-CN", **options
        )
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium reports the answers 403 and 422 of a page in the same words as a missing file; `_response` sorts them.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _response(self, response: Response) -> None:
        # A form may answer 403, 409 or 422; what a page is made of must be there.
        part = response.request.resource_type not in ("document", "fetch", "xhr")
        if response.status >= 500 or (response.status >= 400 and part):
            self.faults.append(f"{response.url}: {response.status}")

    def close(self) -> None:
        faults = list(self.faults)
        self.context.close()
        assert not faults, faults

    # --- moving about ---

    def sign_in(self, username: str) -> None:
        self.go("/in/sign-in/")
        self.page.fill("#id_username", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main button.btn")
        self.page.wait_for_url("**/in/")

    def go(self, path: str) -> Response | None:
        return self.page.goto(path)

    def text(self, selector: str = "main") -> str:
        return self.page.inner_text(selector)

    # --- filling in and pressing ---

    def fill(self, **values: str | Path) -> None:
        """Fill in fields by name (`__` stands for `-`): text, choice, radio button, tick box or file."""
        for key, value in values.items():
            name = key.replace("__", "-")
            fields = self.page.locator(f'main [name="{name}"]:not([type=hidden])')
            kind = fields.first.evaluate("field => field.type")
            if kind == "radio":
                self.page.locator(f'main [name="{name}"][value="{value}"]').check()
            elif kind == "checkbox":
                fields.first.check()
            elif kind == "file":
                fields.first.set_input_files(value)
            elif kind == "select-one":
                fields.first.select_option(str(value))
            else:
                fields.first.fill(str(value))

    def value(self, name: str) -> str:
        return self.page.locator(f'main [name="{name}"]:not([type=hidden])').first.input_value()

    def button(self, label: str) -> Locator:
        return self.page.locator("main").get_by_role("button", name=label, exact=True)

    def press(self, label: str, *, confirm: str = "") -> None:
        """Press a button and wait for the page that follows. `confirm`: what the dialog's button says."""
        pressed = self.button(label).first
        if confirm:
            pressed.click()
            pressed = self.page.locator("dialog[open]").get_by_role("button", name=confirm, exact=True)
        with self.page.expect_navigation():
            pressed.click()

    def follow(self, label: str) -> None:
        """Follow the first link of the page with this name."""
        with self.page.expect_navigation():
            self.page.locator("main").get_by_role("link", name=label, exact=True).first.click()

    def sees(self, *texts: str) -> None:
        shown = self.text()
        missing = [text for text in texts if text not in shown]
        assert not missing, f"{missing} not on {self.page.url}:\n{shown}"

    # --- what must hold on every page ---

    def check(self, *, axe: bool = True) -> list[str]:
        """What is wrong with the page as it stands: accessibility, overflow, language, title, errors so far."""
        wrong = [*(self.axe() if axe else []), *self.overflow()]
        if not self.page.evaluate("document.documentElement.lang"):
            wrong.append("no language")
        if self.page.title() in ("", "明察"):
            wrong.append("no title of its own")
        wrong += self.faults
        self.faults = []
        return wrong

    def axe(self) -> list[str]:
        # At the second width of a page the script is already there.
        if self.page.evaluate("typeof axe === 'undefined'"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("options => axe.run(options).then(result => result.violations)", AXE)
        return [f"{row['id']}: {node['target']} {node['html'][:160]}" for row in found for node in row["nodes"][:3]]

    def overflow(self) -> list[str]:
        wide = self.page.evaluate(
            """() => {
              const most = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= most) return null;
              const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > most + 1);
              return out.slice(-3).map(e => e.outerHTML.slice(0, 120)).join(' | ') || 'page';
            }"""
        )
        return [f"wider than the window: {wide}"] if wide else []
