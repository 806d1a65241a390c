"""What WebKit does otherwise than Chromium, seen in WebKit itself. Left out where Debian's webkit2gtk-driver is not there."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchFrameException
from selenium.webdriver import WebKitGTK
from urllib3.exceptions import ReadTimeoutError

from tests.browser.conftest import cookie
from tests.browser.test_slow_and_failing import SEEN
from tests.browser.webkit import DRIVER, webkit
from tests.conftest import Person
from tests.stand_in import Sandbox

pytestmark = [
    pytest.mark.skipif(not DRIVER.exists(), reason="webkit2gtk-driver is not installed"),
    pytest.mark.usefixtures("signed_in"),
    pytest.mark.xdist_group("webkit"),
]
LOADS = {0: 16, 300: 16, 2000: 8} if os.environ.get("SOAK") else {0: 3, 300: 3}
"""Latency of the API in milliseconds -> how often a list is loaded with it."""
LISTS = ("investments", "investors", "offerings", "users")
Open = Callable[[Person | None, str], WebKitGTK]


@pytest.fixture(scope="session")
def engine(live_server: Any) -> Iterator[WebKitGTK]:
    """Ended before the server is, which its open connections would outlive."""
    with webkit() as driver:
        yield driver


@pytest.fixture
def open_webkit(engine: WebKitGTK, live_server: Any) -> Iterator[Open]:
    """open_webkit(person, path): that page in WebKit, signed in."""

    yield lambda who, path: opened(engine, live_server, who, path)
    load(engine, "about:blank")


def opened(engine: WebKitGTK, live_server: Any, who: Person | None, path: str) -> WebKitGTK:
    load(engine, f"{live_server.url}/accounts/login/")
    engine.delete_all_cookies()
    if who:
        session = cookie(who.client, live_server.url)
        engine.add_cookie({"name": session["name"], "value": session["value"], "path": "/"})
    load(engine, live_server.url + path)
    return engine


def until(is_so: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.05)


def load(page: WebKitGTK, url: str) -> None:
    """Until the page is there whole; the driver itself does not wait."""
    page.execute_script("window.former = true")
    page.get(url)
    until(lambda: is_whole(page), 30)


def is_whole(page: WebKitGTK) -> bool:
    return bool(asked(page, "!window.former && document.readyState === 'complete'"))


def asked(page: WebKitGTK, expression: str) -> Any:
    """What the page answers; None where it was just being left."""
    try:
        return page.execute_script(f"return {expression}")
    except (NoSuchFrameException, ReadTimeoutError):
        return None


def rows(page: WebKitGTK) -> int:
    return int(asked(page, "document.querySelectorAll('[data-rows] .row-link').length") or 0)


def seen(page: WebKitGTK) -> list[str]:
    return list(asked(page, SEEN) or [])


@pytest.mark.parametrize("name", LISTS)
def test_no_note_of_waiting_stands_beside_rows(open_webkit: Open, ana: Person, sandbox: Sandbox, name: str) -> None:
    page = open_webkit(ana, f"/acme/{name}/")
    stale = []
    for latency, times in LOADS.items():
        sandbox.state(latency_ms=latency)
        for _ in range(times):
            load(page, page.current_url)
            assert rows(page)
            stale.append(seen(page))
    assert [each for each in stale if each] == []


def test_of_several_lines_of_waiting_one_is_seen(open_webkit: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_webkit(ana, "/accounts/password/change/")
    sandbox.state(latency_ms=4500)
    page.execute_script("setTimeout(() => location.assign('/acme/investments/'))")
    for words in ("Loading from Issuance…", "(2 seconds so far)", "(3 seconds so far)"):
        until(lambda words=words: words in str(seen(page)))
        assert len(seen(page)) == 1
    until(lambda: rows(page))
    assert seen(page) == []


def test_signed_out_back_shows_nobodys_rows(open_webkit: Open, ana: Person, live_server: Any) -> None:
    page = open_webkit(ana, "/acme/investors/")
    assert rows(page)
    # by hand: WebKit's Back passes over pages that were left without a click
    page.find_element("css selector", "[popovertarget=account]").click()
    page.execute_script("window.former = true")
    page.find_element("css selector", "form[action$='/logout/'] button").click()
    until(lambda: "/accounts/login/" in page.current_url and is_whole(page))
    page.execute_script("window.left = true")
    page.execute_script("setTimeout(() => history.back())")  # the driver's own Back is at times not heeded
    until(lambda: asked(page, "!window.left && document.readyState === 'complete'"))
    time.sleep(0.5)  # kept whole by the browser, it is loaded again
    until(lambda: asked(page, "!window.left && document.readyState === 'complete'"))
    assert "/accounts/login/" in page.current_url
    assert not rows(page)
