"""A session that is about to end, and one that has: nobody loses what they typed."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.staff.models import StaffSession
from apps.tenants.models import Tenant
from tests.browser.conftest import Open
from tests.conftest import PASSWORD, Person
from tests.stand_in import Sandbox

PAGE = "/acme/settings/team/"
PHONE = {"width": 390, "height": 844}


def at_rest(open_page: Open, who: Person, minutes: int, **options: object) -> Page:
    """The page after so many minutes, its name changed and not saved."""
    page = open_page(who, PAGE, **options)
    page.clock.install()
    page.reload()
    page.get_by_label("Team name").fill("Half typed")
    page.clock.fast_forward(60_000)
    page.wait_for_selector("dialog.idle", state="attached")
    page.clock.fast_forward(minutes * 60_000)
    return page


@pytest.mark.parametrize("size", [{"width": 1280, "height": 860}, PHONE], ids=["desktop", "phone"])
def test_two_minutes_before_its_end_one_may_stay(
    open_page: Open, ana: Person, sandbox: Sandbox, size: dict[str, int]
) -> None:
    page = at_rest(open_page, ana, 27, viewport=size)
    asked = page.get_by_role("dialog", name="Are you still there?")
    expect(asked).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(asked).to_be_hidden()
    expect(page.get_by_label("Team name")).to_have_value("Half typed")


def test_after_its_end_one_signs_in_in_another_tab_and_goes_on(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = at_rest(open_page, ana, 31)
    StaffSession.objects.all().delete()
    over = page.get_by_role("dialog", name="You’ve been signed out")
    expect(over).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(over).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    other.get_by_label("Email").fill("ana@acme.example")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="Overview")).to_be_visible()
    expect(over).to_be_hidden()
    expect(page.get_by_label("Team name")).to_have_value("Half typed")
    page.get_by_role("button", name="Save team settings").click()
    expect(page).to_have_url(re.compile(PAGE))
    assert Tenant.objects.get(slug="acme").name == "Half typed"
