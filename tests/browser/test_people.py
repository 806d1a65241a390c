"""Offerings, investors, users and search by hand."""

import re
import time

import pytest
from playwright.sync_api import expect

from apps.tenants.models import FirebaseSignIn
from tests.browser.conftest import Open
from tests.browser.test_journey import references, widths
from tests.conftest import Person
from tests.sampling import some
from tests.stand_in import Sandbox


@pytest.mark.every_engine
def test_from_an_offering_to_its_blocked_investments(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, "/acme/offerings/")
    page.get_by_role("link", name="Acme Robotics Reg A Tier 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme Robotics Reg A Tier 2")
    expect(page.locator(".stages")).to_contain_text("Received")
    page.get_by_role("link", name="Blocked investments").click()
    wanted = [
        row["reference_id"] for row in sandbox.rows(1) if row["offering"] == 1 and row["processing_issue_statuses"]
    ]
    expect(page.locator(".row-link").first).to_be_visible()
    assert references(page) == wanted[:25]


def test_a_user_is_added_and_seen(open_page: Open, ana: Person, signed_in: FirebaseSignIn) -> None:
    email = f"browser.{time.time_ns()}@mail.example"
    page = open_page(ana, "/acme/users/")
    page.get_by_role("link", name="Add user").click()
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{email} was added")
    expect(page.locator("#made")).to_have_text(re.compile(r"^(\w{5}-){3}\w{5}$"))
    page.get_by_role("link", name=re.compile("View user")).click()
    expect(page.locator("main")).to_contain_text(email)


def test_ctrl_k_to_an_investor(open_page: Open, ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    row = sandbox.rows(1)[0]
    page = open_page(ana, "/acme/investments/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox", name="Find anything")).to_be_focused()
    page.keyboard.type(str(row["investor"]))
    page.keyboard.press("Enter")
    found = page.get_by_role("table", name="Investors: search results")
    found.get_by_role("link", name=str(row["investor"]), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"investor {row['investor']}")
    expect(page.locator("#theirs-rows")).to_contain_text(row["reference_id"])


def test_one_part_of_a_search_is_down_and_the_rest_stands(
    open_page: Open, ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.fault("status", path="/api/investors/", value=418)
    page = open_page(ana, "/acme/search/?q=Nakamura")
    expect(page.locator(".part")).to_have_count(4)
    expect(page.locator(".panel")).to_have_count(1)
    expect(page.locator(".waiting-part:visible")).to_have_count(0)
    expect(page.locator(".part-investment .row-link").first).to_be_visible()


def test_a_phone_needs_no_sideways_scrolling_here_either(
    open_page: Open, ana: Person, signed_in: FirebaseSignIn
) -> None:
    paths = ("offerings/", "offerings/2/", "investors/", "investors/4/", "users/", "users/create/", "search/?q=acme")
    for path in some(paths, 3):
        page = open_page(ana, f"/acme/{path}", viewport={"width": 390, "height": 844})
        needed, there = widths(page)
        assert needed <= there, path
        page.context.close()


@pytest.mark.every_engine
def test_suggestions_come_while_typing_and_the_keys_lead_to_one(
    open_page: Open, ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    row = sandbox.rows(1)[0]
    page = open_page(ana, "/acme/investments/")
    page.keyboard.press("Control+k")
    page.keyboard.type(row["last_name"][:2])
    page.wait_for_timeout(400)
    assert page.locator(".hits").first.inner_text() == "", "two letters ask nothing"
    sandbox.reset()
    page.keyboard.type(row["last_name"][2:])
    expect(page.locator("#find-hits")).to_contain_text("Investments")
    asked = [call["path"] for call in sandbox.ledger if "search=" in call["query"]]
    assert len(asked) == len(set(asked)) == 4, "one call a list, after the last key"
    page.keyboard.press("ArrowDown")
    expect(page.locator("#find-hits a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#find-hits")).to_be_hidden()
    page.keyboard.type(" ")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/acme/search/|/acme/investments/"))
