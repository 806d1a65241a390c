"""The total under a list, and the mailing list of a view, as people come to them."""

import io
import re
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from apps.exports.sums import money
from apps.tenants.models import FirebaseSignIn
from tests.browser.conftest import IS_FIREFOX, Open
from tests.browser.test_exports import downloads
from tests.conftest import ACME, Person
from tests.exports.conftest import work_off
from tests.stand_in import Sandbox

LIST = "/acme/investments/?status=refunded"
PHONE = {"width": 390, "height": 844}


def real(sandbox: Sandbox) -> str:
    return money(sum((Decimal(row["amount"]) for row in sandbox.rows(ACME) if row["status"] == "refunded"), Decimal(0)))


def scroll_to_the_total(page: Page) -> None:
    """It is asked for when it is seen."""
    page.locator("nav.pager").scroll_into_view_if_needed()


@pytest.mark.parametrize("size", [{"width": 1280, "height": 860}, PHONE], ids=["desktop", "phone"])
def test_the_total_stands_under_the_list(
    open_page: Open, ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, size: dict[str, int]
) -> None:
    page = open_page(ana, LIST, viewport=size)
    scroll_to_the_total(page)
    expect(page.get_by_text(f"{real(sandbox)} committed")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_alone_adds_up_all_rows(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST)
    scroll_to_the_total(page)
    page.get_by_role("button", name="Add up all rows").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar", name="Adding up")).to_be_visible()
    work_off()
    expect(page.get_by_text(f"{real(sandbox)} added up")).to_be_visible()
    expect(page).to_have_url(re.compile("/acme/investments/"))
    expect(page.get_by_role("button", name="Add up again")).to_be_focused()


@pytest.mark.skipif(IS_FIREFOX, reason="Debian's Firefox runs scripts, whatever Playwright asks of it")
def test_without_a_script_the_total_is_a_page(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST, java_script_enabled=False)
    page.locator("#sums").get_by_role("link").click()
    page.get_by_role("button", name="Add up all rows").click()
    expect(page.locator("small", has_text="Waiting to start")).to_be_visible()
    work_off()
    expect(page.get_by_text(f"{real(sandbox)} added up")).to_be_visible()


@downloads
def test_the_investors_of_a_view_are_downloaded(
    open_page: Open, ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    page = open_page(ana, LIST, viewport=PHONE)
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("link", name="Export investors of this view").click()
    expect(page.get_by_text(re.compile(r"At most [0-9,]+\s+calls to Issuance"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Export investors").click()
    with page.expect_download() as found:
        work_off()
    wanted = {row["email"] for row in sandbox.rows(ACME) if row["status"] == "refunded"}
    rows = openpyxl.load_workbook(io.BytesIO(Path(found.value.path()).read_bytes()))["Mailing list"].iter_rows(
        min_row=2, values_only=True
    )
    assert {row[1] for row in rows} == wanted
