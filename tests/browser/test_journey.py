"""The main job, by hand: sign in, filter, sort, open a row, go back; with a script and without."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.tenants.models import Tenant
from tests.browser.conftest import Open, ask_amount, open_filter
from tests.conftest import PASSWORD, Person
from tests.stand_in import Sandbox

FILTERED = "/acme/investments/?status__in=received,invested&amount__gte=5000&ordering=-amount"


ROW_LINKS = "[data-rows] .row-link"


def references(page: Page) -> list[str]:
    return page.locator(ROW_LINKS).all_inner_texts()


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill("ana@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_sign_in_filter_sort_open_a_row_and_back(open_page: Open, ana: Person, sandbox: Sandbox, script: bool) -> None:
    page = open_page(None, "/acme/investments/", java_script_enabled=script)
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Investments")
    open_filter(page, "Status")
    for label in ("Received", "Invested"):
        page.get_by_label(label, exact=True).check()
    page.keyboard.press("Escape")
    open_filter(page, "Amount")
    page.get_by_label("Amount at least").fill("5000")
    page.locator(".bar :popover-open").get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile(r"\?status__in=received,invested&amount__gte=5000$"))
    for direction in ("ascending", "descending"):
        page.get_by_role("link", name="Amount (USD)").click()
        expect(page.locator(f"th[aria-sort={direction}]")).to_have_text(re.compile("Amount"))
    expect(page).to_have_url(re.compile(re.escape(FILTERED) + "$"))
    wanted = sorted(
        (float(row["amount"]) for row in sandbox.rows(1) if row["status"] in ("received", "invested")), reverse=True
    )
    before, address = references(page), page.url
    assert page.locator("td:nth-child(3) data").first.get_attribute("value") == f"{wanted[0]:.2f}"
    page.locator(".row-link").nth(2).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(before[2])
    page.go_back()
    expect(page).to_have_url(address)
    expect(page.locator("[data-rows] .row-link").first).to_be_visible()
    assert references(page) == before
    expect(page.get_by_label("Amount at least")).to_have_value("5000")


def test_signed_out_back_shows_nothing(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/investments/")
    name = page.locator("td.card-lead").first.inner_text()
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("page=2"))
    page.get_by_role("button", name="Account: ana@acme.example").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert name not in page.content()


def test_back_and_forward_restore_rows_form_and_address(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/investments/")
    seen = []
    for value in ("100", "1000", "5000"):
        ask_amount(page, value)
        expect(page).to_have_url(re.compile(f"amount__gte={value}$"))
        expect(page.locator(".answer")).to_contain_text(f"${int(value):,}.00")
        seen.append((page.url, references(page), value))
    for url, rows, value in reversed(seen[:-1]):
        page.go_back()
        expect(page).to_have_url(url)
        expect(page.get_by_label("Amount at least")).to_have_value(value)
        expect(page.locator(ROW_LINKS)).to_have_text(rows)  # the page is loaded again, its form before its rows
    page.go_forward()
    expect(page.get_by_label("Amount at least")).to_have_value("1000")


def test_by_keyboard_alone(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/investments/")
    page.keyboard.press("/")
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.type("Nakamura")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("search=Nakamura"))
    expect(page.locator("#live")).to_have_text(re.compile(r"^\d+ investments? as of "))
    expect(page.get_by_label("Search")).to_be_focused()
    page.keyboard.press("Tab")
    rows = references(page)
    for key in ("j", "j", "k", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator(".row-link").nth(1)).to_be_focused()
    for key, row in (("Enter", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_contain_text(rows[row])
        page.wait_for_load_state()  # its words are there before its script listens to keys
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("search=Nakamura"))


def test_a_chip_is_removed_and_the_form_follows(open_page: Open, ana: Person) -> None:
    page = open_page(ana, FILTERED)
    page.get_by_role("link", name="Remove Amount filter").click()
    expect(page).to_have_url(re.compile(r"status__in=received,invested&ordering=-amount$"))
    expect(page.get_by_label("Amount at least")).to_have_value("")


def test_a_refused_filter_is_said_in_place(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/investments/")
    ask_amount(page, "plenty")
    expect(page.get_by_role("alert")).to_contain_text("enter an amount, such as 5000 or 5,000.00")
    expect(page.locator("#operand")).to_have_value("plenty")


def test_a_session_that_ended_leads_a_fragment_to_the_sign_in_page(open_page: Open, ana: Person) -> None:
    page = open_page(ana, "/acme/investments/")
    page.context.clear_cookies()
    ask_amount(page, "5000")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Investments")


def test_while_the_api_is_slow_the_former_rows_stay(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, "/acme/investments/")
    before = references(page)
    sandbox.state(latency_ms=800)
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#results")).to_have_class(re.compile("htmx-request"))
    assert references(page) == before
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator(ROW_LINKS).first).not_to_have_text(before[0])


@pytest.mark.every_engine
def test_an_owner_adds_a_member_and_a_key(open_page: Open, ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    page = open_page(ana, "/acme/settings/members/")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Email").fill("sue@acme.example")
    page.locator("#invite").get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("status")).to_contain_text("We’re sending sue@acme.example an invitation as support.")
    page.get_by_role("link", name="Connections").click()
    page.get_by_role("button", name="Add API key").click()
    page.get_by_label("Label").fill("Reg A")
    page.get_by_label("API key", exact=True).fill(sandbox.key("Acme Robotics Reg A Tier 2"))
    page.get_by_role("button", name="Test and save key").click()
    expect(page.get_by_role("status")).to_contain_text("The key works. Offerings: Acme Robotics Reg A Tier 2.")
    page.get_by_role("link", name="Investments").click()
    page.get_by_role("link", name="Reg A", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?key=reg-a$"))


def widths(page: Page) -> Any:
    return page.evaluate("[document.documentElement.scrollWidth, innerWidth]")


@pytest.mark.parametrize(
    "path",
    ["/acme/investments/", "/acme/investments/attention/", "/acme/settings/members/", "/acme/settings/connections/"],
)
def test_a_phone_needs_no_sideways_scrolling(open_page: Open, ana: Person, path: str) -> None:
    page = open_page(ana, path, viewport={"width": 390, "height": 844})
    needed, there = widths(page)
    assert needed <= there
    if "members" not in path and "connections" not in path:
        for part in ("lead", "sum", "key", "state"):
            expect(page.locator(f"[data-rows] .card-{part}").first).to_be_visible()
