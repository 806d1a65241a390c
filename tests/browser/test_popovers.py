"""Every popover of the pages that have most of them, open: clean by axe, inside the window, and gone with Escape."""

import pytest
from playwright.sync_api import Page

from apps.tenants.models import Tenant
from tests.browser.conftest import IN_THE_DARK, Accessible, Open, settle
from tests.browser.test_places import LOOKS
from tests.conftest import Person, sign_in_to_issuance
from tests.sampling import some
from tests.stand_in import Sandbox

PLACES = (
    "investments/?status=received", "offerings/", "investors/", "users/", "offerings/2/", "investments/1999/",
    "disclaimers/", "settings/members/", "settings/connections/",
)  # fmt: skip
CASES = [(path, look) for path in PLACES for look in LOOKS]
OPENERS = """() => [...document.querySelectorAll("button[popovertarget]")].filter((each) => each.checkVisibility())
  .map((each) => each.getAttribute("popovertarget"))"""
IS_INSIDE = """(id) => {
  const { left, top, right, bottom, width } = document.getElementById(id).getBoundingClientRect();
  return width > 0 && left >= 0 && top >= 0 && right <= innerWidth + 1 && bottom <= innerHeight + 1;
}"""


@pytest.mark.parametrize(("path", "look"), some(CASES, 4))
def test_open_popovers_are_accessible(
    open_page: Open, ana: Person, acme: Tenant, sandbox: Sandbox, accessible: Accessible, path: str, look: str
) -> None:
    sign_in_to_issuance(acme, sandbox, "Acme Robotics")
    colours, viewport = LOOKS[look]
    page = open_page(ana, f"/acme/{path}", viewport=viewport, color_scheme=colours, reduced_motion="reduce")
    settle(page)
    names = page.evaluate(OPENERS)
    assert len(names) >= 3
    for name in dict.fromkeys(names):
        opened(page, name)
        assert page.evaluate(IS_INSIDE, name), name
        accessible(page, IN_THE_DARK if colours == "dark" else (), within=f"#{name}")
        page.keyboard.press("Escape")
        assert page.locator(":popover-open").count() == 0, name


def opened(page: Page, name: str) -> None:
    page.locator(f"button[popovertarget='{name}']").locator("visible=true").first.click()
    page.locator(f"#{name}:popover-open").wait_for()
    settle(page)
