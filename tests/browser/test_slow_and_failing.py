"""What a person sees while the API is slow, and when it fails; with a script and without."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_journey import references
from tests.conftest import Person
from tests.stand_in import Sandbox

SEEN = """[...document.querySelectorAll(".waiting")].filter((line) => {
  const words = document.createRange();
  words.selectNodeContents(line);
  const { left, top, width, height } = words.getBoundingClientRect();
  return width && line.contains(document.elementFromPoint(left + width / 2, top + height / 2));
}).map((line) => line.textContent)"""
"""The lines of waiting that a person sees: what lies at the middle of their words."""


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_navigation_and_filters_are_there_before_the_rows(
    open_page: Open, ana: Person, sandbox: Sandbox, script: bool
) -> None:
    page = open_page(ana, "/accounts/password/change/", java_script_enabled=script)
    sandbox.state(latency_ms=5500)
    page.goto("/acme/investments/", wait_until="commit")
    expect(page.get_by_role("link", name="Connections")).to_be_visible()
    expect(page.get_by_role("button", name="Amount")).to_be_visible()
    first = page.get_by_text("Loading from Issuance…")
    expect(first).to_be_visible()
    place = first.bounding_box()
    assert page.locator(".row-link").count() == 0
    expect(page.get_by_text("taking longer than usual (2 seconds so far)")).to_be_visible()
    expect(page.get_by_text("taking longer than usual (3 seconds so far)")).to_be_visible()
    if script:
        (seen,) = page.evaluate(SEEN)
        assert re.fullmatch(r"Issuance is taking longer than usual \([345] seconds so far\).", seen)
    expect(page.locator(".row-link").first).to_be_visible()
    assert page.get_by_text("taking longer than usual").count() > 2
    expect(page.locator(".waiting:visible")).to_have_count(0)
    arrived = page.locator(".arrived").bounding_box()
    assert place
    assert arrived
    assert arrived["y"] == place["y"], "what arrives stands where the lines stood"


def test_a_panel_covers_the_lines_of_waiting_too(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, "/accounts/password/change/")
    sandbox.state(latency_ms=3500)
    sandbox.fault("status", value=418)
    page.goto("/acme/investments/", wait_until="commit")
    expect(page.get_by_text("(2 seconds so far)")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_visible()
    page.wait_for_load_state()
    expect(page.locator(".waiting:visible")).to_have_count(0)


def test_a_slow_swap_says_so_and_can_be_stopped(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, "/acme/investments/")
    before, address = references(page), page.url
    sandbox.state(latency_ms=6000)
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("taking longer than usual (2 seconds so far)")).to_be_visible()
    page.get_by_role("button", name="Stop waiting").click()
    expect(page.get_by_role("button", name="Stop waiting")).to_have_count(0)
    assert references(page) == before
    assert page.url == address


def test_a_failed_swap_leaves_the_former_rows_under_the_panel(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, "/acme/investments/")
    before, address = references(page), page.url
    sandbox.fault("status", value=418)
    for _ in range(2):
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("alert").first).to_contain_text("rejected the request (HTTP 418)")
    expect(page.locator(".panel:visible")).to_have_count(1)
    expect(page.get_by_text("The rows below were loaded earlier.").first).to_be_visible()
    assert references(page) == before
    assert page.url == address
    sandbox._ask("DELETE", "faults")
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator(".panel")).to_have_count(0)


def test_one_tenants_panel_tells_the_owner_where_to_mend_the_key(
    open_page: Open, ana: Person, sandbox: Sandbox
) -> None:
    page = open_page(ana, "/acme/investments/")
    sandbox.fault("status", value=403)
    page.reload()
    page.reload()
    expect(page.locator(".notice-error")).to_contain_text(
        "Issuance rejected the API key “Acme Robotics, all offerings”"
    )
    page.get_by_role("link", name="Test or replace").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connections")
