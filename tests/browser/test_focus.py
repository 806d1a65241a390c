"""After every swap the focus is where it was, in what was opened, or on the table where its control is gone; never
nowhere."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.conftest import Person
from tests.sampling import WHOLE, some
from tests.stand_in import Sandbox

LIST = "/acme/investments/?amount__gte=500&page_size=50&page=2"
SWAPS = "#listing a[hx-get], #list-head a[hx-get]"
COUNTED = "document.addEventListener('htmx:afterSettle', (event) => { if (event.detail.target.id !== 'hits') window.swapped = true; })"
HELD = """() => {
  const { id, tagName } = document.activeElement;
  return [id, tagName, !!document.activeElement.closest("[data-landing], #adder")];
}"""


def names(page: Page) -> list[str]:
    """Each control by what it says, once."""
    return page.eval_on_selector_all(
        SWAPS, "all => [...new Set(all.filter((each) => each.offsetParent).map((each) => each.textContent.trim()))]"
    )


def focused_after(page: Page, control: Any) -> list[Any]:
    page.evaluate(COUNTED)
    control.focus()
    page.keyboard.press("Enter")
    for _ in range(100):
        page.wait_for_timeout(50)  # a function to wait for would be an eval, which the page's policy refuses
        if page.evaluate("window.swapped"):
            break
    return list(page.evaluate(HELD))


def test_every_control_that_swaps_the_list_keeps_the_focus(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST)
    held = names(page)
    assert len(held) > 12
    for name in held if WHOLE else some(held, 4):
        page.goto(LIST)
        control = (
            page.locator(SWAPS)
            .filter(visible=True)
            .get_by_text(name, exact=True)
            .or_(page.locator(SWAPS).filter(visible=True, has_text=name))
        )
        used = control.first.get_attribute("id")
        identity, tag, is_landing = focused_after(page, control.first)
        assert tag != "BODY", name
        still_there = used and page.locator(f"#{used}").count()
        is_held = identity == used if still_there else tag in ("A", "BUTTON", "INPUT")
        assert is_held or is_landing, name


@pytest.mark.parametrize("tab", ["terms", "branding"])
def test_a_tab_of_an_offering_keeps_the_focus(open_page: Open, ana: Person, tab: str) -> None:
    page = open_page(ana, "/acme/offerings/2/")
    page.wait_for_load_state("networkidle")
    assert focused_after(page, page.locator(f"#to-{tab}"))[0] == f"to-{tab}"
