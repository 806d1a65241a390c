"""A real Chromium against a real server. Every page is watched: a policy violation or an error in the console fails the test."""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.browser.door import Door
from tests.conftest import Person

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WATCH = "window.violations = []; addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample));"
EXPECTED = (
    "Failed to load resource: net::ERR_",  # a request that a test cuts off or sends nowhere
    "Response Status Error Code 404 from /gadget",
    "Failed to load resource: the server responded with a status of 40",  # the 400, 403 and 404 that some tests ask for
    "htmx:afterRequest",  # htmx's words for a request that a newer one took the place of
    "htmx:sendAbort",
)


FIREFOX = os.environ.get("FIREFOX", "/usr/bin/firefox-esr")
IS_FIREFOX = os.environ.get("BROWSER") == "firefox"
"""The same tests in the other engine that Playwright drives; WebKit has tests of its own (webkit.py)."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        if IS_FIREFOX:
            if not Path(FIREFOX).exists():
                pytest.skip("Firefox is missing. On Debian, as root: apt-get install firefox-esr")
            launched = playwright.firefox.launch(
                channel="moz-firefox",
                executable_path=FIREFOX,
                firefox_user_prefs={"ui.useOverlayScrollbars": 1},
            )
        else:
            launched = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGUMENTS
            )
        yield launched
        launched.close()


door = Door()
"""One for the server of this process: a page that closes does not end what it asked for."""


@pytest.fixture(scope="session")
def live_server(live_server: Any) -> Any:
    httpd = live_server.thread.httpd
    door.application = httpd.get_app()
    httpd.set_app(door)
    return live_server


@pytest.fixture(autouse=True)
def served(_live_server_helper: None) -> Iterator[None]:
    """Ended after the pages are closed and before the database is emptied."""
    with door:
        yield


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: Any) -> Iterator[Open]:
    """open_page(person, path, **context options): a page of that person, signed in; watched until the test ends."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def open_page(who: Person | None, path: str, **options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, **{"viewport": {"width": 1280, "height": 860}, **options}
        )
        contexts.append(context)
        if who:
            context.add_cookies([cookie(who.client, live_server.url)])
        context.add_init_script(WATCH)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    violations = [
        page.evaluate("window.violations || []")
        for context in contexts
        for page in context.pages
        if page.url.startswith("http")
    ]
    for context in contexts:
        context.close()
    assert [line for line in said if not line.startswith(EXPECTED)] == []
    assert [each for each in violations if each] == []


def cookie(client: Client, url: str) -> Any:
    return {"name": "session", "value": client.cookies["session"].value, "url": url}


STILL = """async () => {
  const open = document.querySelector(".bar :popover-open");
  await Promise.allSettled(open.getAnimations().map((each) => each.finished));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def open_filter(page: Page, label: str) -> None:
    """Opens the filter's popover and waits until it stands still: a click beside it would close it."""
    page.locator(".bar > button, .answer > button").filter(has_text=re.compile(rf"^\s*{label}\b")).click()
    page.locator(".bar :popover-open").wait_for()
    if page.evaluate("typeof htmx !== 'undefined'"):
        page.evaluate(STILL)


def ask_amount(page: Page, least: str) -> None:
    open_filter(page, "Amount")
    page.get_by_label("Amount at least").fill(least)
    page.keyboard.press("Enter")


AXE = Axe()
IN_THE_DARK = ["color-contrast", "link-in-text-block"]
"""The rules that colors alone can break."""
RUN_AXE = """async ([within, rules]) => {
  const { violations } = await axe.run(within, {
    resultTypes: ["violations"],
    preload: false,
    ...(rules.length && { runOnly: rules }),
  });
  return { violations };
}"""


Accessible = Callable[..., None]


@pytest.fixture
def accessible() -> Accessible:
    """accessible(page, rules): no violation of these rules, of all where none are named; `within`: a selector."""

    def check(page: Page, rules: Sequence[str] = (), within: str = "html") -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE.axe_script)
        found = page.evaluate(RUN_AXE, [within, list(rules)])["violations"]
        assert found == [], f"{page.url}\n" + "\n".join(
            f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']]}" for each in found
        )

    return check


IS_QUIET = """() => document.readyState === "complete"
  && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")"""


def settle(page: Page, seconds: float = 10) -> None:
    """Until nothing is under way at the server or in the page, and nothing starts again."""
    quiet, until = 0, time.monotonic() + seconds
    while quiet < 3 and time.monotonic() < until:
        quiet = quiet + 1 if not door.inside and evaluated(page, IS_QUIET) else 0
        time.sleep(0.04)


def evaluated(page: Page, script: str, given: Any = None) -> Any:
    """What a script of the page tells; a page that is just being left is asked again."""
    for _ in range(20):
        try:
            return page.evaluate(script, given)
        except Error as error:
            if "context" not in str(error):
                raise
            time.sleep(0.02)
    return None
