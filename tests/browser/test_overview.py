"""The overview as people come to it: by the keyboard, without a script, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.disclaimers import drafting
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.browser.conftest import IS_FIREFOX, Open
from tests.browser.preparing import added_up, adding_up
from tests.conftest import Person, person
from tests.disclaimers.conftest import member, written
from tests.overview.conftest import work_off
from tests.stand_in import Sandbox

PHONE = {"width": 390, "height": 844}
no_script = pytest.mark.skipif(IS_FIREFOX, reason="Debian's Firefox runs scripts, whatever Playwright asks of it")


def expect_rows(page: Page) -> None:
    expect(page).to_have_url(re.compile("/acme/(overview/rows|investments)/"))
    expect(page.locator("tbody tr").first).to_be_visible()


def test_the_keyboard_alone_goes_from_a_week_to_its_rows(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    added_up(sandbox)
    page = open_page(ana, "/acme/")
    week = page.locator("svg a").first
    reached = False
    for _ in range(200):
        page.keyboard.press("Tab")
        if reached := week.evaluate("each => each === document.activeElement"):
            break
    assert reached
    page.keyboard.press("Enter")
    expect_rows(page)


@no_script
def test_without_a_script_first_sums_come_and_lead_to_their_rows(
    open_page: Open, ana: Person, sandbox: Sandbox
) -> None:
    adding_up(sandbox)
    page = open_page(ana, "/acme/", java_script_enabled=False)
    expect(page.get_by_role("progressbar")).to_be_visible()
    work_off()
    expect(page.get_by_text("Sums as of")).to_be_visible()  # it comes again by itself
    page.get_by_label("Offering", exact=True).select_option(index=1)
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("offering="))
    page.get_by_role("link", name="Breakdown").click()
    expect(page.get_by_role("heading", name="Payment method")).to_be_visible()
    page.get_by_role("link", name="Now").click()
    page.locator("main a[href*='overview/rows']").first.click()
    expect_rows(page)
    page.go_back()
    page.get_by_role("button", name="Update sums").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


@pytest.mark.parametrize("size", [{"width": 1280, "height": 860}, PHONE], ids=["desktop", "phone"])
def test_the_navigation_tells_what_waits_for_me(
    open_page: Open, ana: Person, sandbox: Sandbox, size: dict[str, int]
) -> None:
    acme = Tenant.objects.get(slug="acme")
    max_ = person("max@acme.example", acme, Role.MANAGER)
    drafting.send_for_approval(written(acme, max_, "A text."), member(max_))
    page = open_page(ana, "/acme/exports/", viewport=size)
    link = page.get_by_role("link", name=re.compile("Disclaimers 1 waiting for you")).filter(visible=True)
    expect(link).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link.click()
    page.get_by_role("link", name=re.compile("Needs you")).click()
    expect(page.locator(".row-link")).to_have_count(1)
