"""The audit log as people use it: narrowed, followed from a record, and a reveal that it keeps."""

import re

import pytest
from playwright.sync_api import expect

from apps.tenants.models import Tenant
from tests.browser.conftest import IS_FIREFOX, Open
from tests.browser.preparing import lived_in
from tests.conftest import Person, person
from tests.stand_in import Sandbox

no_script = pytest.mark.skipif(IS_FIREFOX, reason="Debian's Firefox runs scripts, whatever Playwright asks of it")


def test_it_is_narrowed_by_keyboard_and_each_answer_taken_back(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    lived_in(sandbox)
    page = open_page(ana, "/acme/audit/")
    page.get_by_role("button", name="Kind").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Denied").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("kind=denied"))
    expect(page.get_by_text("Was denied access")).to_be_visible()
    expect(page.get_by_text("Submitted")).to_have_count(0)
    page.get_by_role("link", name="Remove Kind filter").click()
    expect(page.get_by_text("Submitted")).to_be_visible()


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=no_script)], ids=["script", "no script"])
def test_a_record_leads_to_who_saw_it_and_a_reveal_is_there(
    open_page: Open, acme: Tenant, ana: Person, sandbox: Sandbox, script: bool
) -> None:
    sandbox.fault("changed", path="/api/investments/7/", value={"net_worth": "73123456.00"})
    sue = person("sue@acme.example", acme, "support")
    page = open_page(sue, "/acme/investments/7/", java_script_enabled=script)
    page.get_by_role("button", name="Reveal financial fields").click()
    page.get_by_label("Reason").fill("Asked by the investor, call of Nov 14")
    page.get_by_role("button", name="Reveal for this page").click()
    expect(page.get_by_text("73,123,456")).to_be_visible()
    page.goto("/acme/investments/7/")
    expect(page.get_by_text("73,123,456")).to_have_count(0)

    page = open_page(ana, "/acme/investments/7/", java_script_enabled=script)
    page.get_by_role("link", name="Who saw it").click()
    expect(page.get_by_text("Revealed financial fields of investment 7")).to_be_visible()
    expect(page.get_by_text("reason: Asked by the investor, call of Nov 14")).to_be_visible()
