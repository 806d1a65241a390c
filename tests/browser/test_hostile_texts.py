"""Texts that try to run, in a real browser, with our Content-Security-Policy and without it: none runs, nothing leaves.

12 of 360 in `make test`, all in `make soak`. Two controls prove that the harness sees what fires.
"""

import os
import random

import pytest
from playwright.sync_api import Page

from apps.disclaimers import drafting
from apps.disclaimers.models import Disclaimer, Drift
from apps.tenants.models import Tenant
from tests.browser.conftest import IS_FIREFOX, Open
from tests.conftest import Person
from tests.disclaimers.conftest import member, written
from tests.disclaimers.payloads import GADGETS, PAYLOADS

EVERY = [*PAYLOADS, *GADGETS]
TEXTS = EVERY if os.environ.get("SOAK") else random.Random(6).sample(EVERY, 5)
FIRED = "window.fired = (...a) => { window.hasFired = true; };"
POKE = """() => {
  const kinds = ["mouseover", "mouseenter", "pointerenter", "pointerover", "focus", "toggle", "animationstart", "load", "error", "begin"];
  for (const element of document.querySelectorAll(".rendered *, .redline *, #preview *"))
    for (const kind of kinds) element.dispatchEvent(new Event(kind, { bubbles: true }));
  for (const element of document.querySelectorAll(".rendered *:not(a), #preview *:not(a)")) element.click?.();
}"""


def watched(page: Page) -> list[str]:
    """Addresses asked for that are not this page's business."""
    asked: list[str] = []
    home = page.url.split("/acme/")[0]

    def note(url: str) -> None:
        if not url.startswith((home, "data:", "blob:")) or "/gadget" in url:
            asked.append(url)

    page.on("request", lambda request: note(request.url))
    return asked


def has_fired(page: Page) -> bool:
    return bool(page.evaluate("window.hasFired || false"))


def places(made: Disclaimer) -> tuple[str, ...]:
    """Wherever a text is shown: editor and preview, version with redline in both views, drift."""
    here = f"/acme/disclaimers/{made.pk}/"
    return f"{here}edit/", f"{here}versions/1/?view=plain", f"{here}versions/1/?view=tokeny", here


@pytest.mark.parametrize("bypass", [False, True], ids=["csp", "no-csp"])
@pytest.mark.parametrize("part", range(4))
def test_no_text_runs_and_no_request_leaves(
    open_page: Open, ana: Person, acme: Tenant, bypass: bool, part: int
) -> None:
    page = open_page(ana, "/acme/disclaimers/", bypass_csp=bypass)
    page.add_init_script(FIRED)
    asked = watched(page)
    for text in TEXTS[part::4]:
        made = written(acme, ana, text.replace("\x00", "\ufffd"), "A text")
        version = drafting.make_version(made, text, member(ana), [])
        Disclaimer.objects.filter(pk=made.pk).update(live=version, drift=Drift.CHANGED, drift_text=f"{text} {text}")
        for path in places(made):
            page.goto(path)
            page.evaluate(POKE)
            assert not has_fired(page), f"{path}: {text!r}"
            assert asked == [], f"{path}: {text!r}"
            assert page.locator("h1:not([aria-level])").count() == 1, "a rendered text's own stand below it"


@pytest.mark.skipif(IS_FIREFOX, reason="Firefox cannot be told to pass over a page's policy")
def test_the_harness_sees_what_fires(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/disclaimers/", bypass_csp=True)
    page.evaluate(FIRED)
    page.evaluate(
        """() => { document.querySelector("main").innerHTML = '<div class="rendered"><u onmouseover="fired(1)">x</u></div>' }"""
    )
    page.evaluate(POKE)
    assert has_fired(page)


@pytest.mark.skipif(IS_FIREFOX, reason="Firefox cannot be told to pass over a page's policy")
def test_the_harness_sees_a_request_that_leaves_and_a_gadget_that_works(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/disclaimers/", bypass_csp=True)
    asked = watched(page)
    page.evaluate(
        """() => { const box = document.querySelector("main"); box.innerHTML = '<div hx-get="/gadget" hx-trigger="load">x</div>'; htmx.process(box); }"""
    )
    page.wait_for_timeout(300)
    assert any("/gadget" in url for url in asked)
    page.evaluate("""() => { document.querySelector("main").innerHTML = '<img src="http://127.0.0.2:9/x">' }""")
    page.wait_for_timeout(300)
    assert any("127.0.0.2" in url for url in asked)
