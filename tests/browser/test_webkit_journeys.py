"""Journeys, popovers and row links in WebKit, Safari's engine."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from selenium.webdriver import WebKitGTK

from apps.tenants.models import Tenant
from tests.browser.test_webkit import Open, asked, is_whole, load, opened, rows, until
from tests.browser.test_webkit import engine as engine
from tests.browser.test_webkit import open_webkit as open_webkit
from tests.browser.webkit import DRIVER, webkit
from tests.conftest import Person, person
from tests.disclaimers.conftest import at_tokeny as at_tokeny
from tests.disclaimers.conftest import member, written
from tests.stand_in import Sandbox

pytestmark = [
    pytest.mark.skipif(not DRIVER.exists(), reason="webkit2gtk-driver is not installed"),
    pytest.mark.usefixtures("signed_in"),
    pytest.mark.xdist_group("webkit"),
]
PLACES = ("investments/", "offerings/2/", "disclaimers/", "settings/members/", "settings/connections/", "users/")
WITH_POPOVERS = PLACES if os.environ.get("WHOLE") or os.environ.get("SOAK") else PLACES[:2]
OPENED = """return [...document.querySelectorAll("button[popovertarget]")].filter((button) => button.offsetParent).map((button) => {
  button.click();
  const box = document.getElementById(button.getAttribute("popovertarget"));
  const { left, top, right, bottom, width } = box.getBoundingClientRect();
  const is_seen = box.matches(":popover-open") && width > 0 && left >= 0 && top >= 0 && right <= innerWidth + 1 && bottom <= innerHeight + 1;
  box.hidePopover();
  return [box.id, is_seen];
});"""
AT_THE_FOOT = """return [...document.querySelectorAll(".bar button[popovertarget]")].filter((button) => button.offsetParent).map((button) => {
  button.click();
  const box = document.getElementById(button.getAttribute("popovertarget"));
  const { left, right, bottom } = box.getBoundingClientRect();
  box.hidePopover();
  return [box.id, left, innerWidth - right, innerHeight - bottom];
}).filter(([, ...gaps]) => gaps.some((gap) => Math.abs(gap) > 1));"""
COVERED = """return [...document.querySelectorAll("[data-rows] tbody tr")].filter((row, at, all) => !at || at === all.length - 1).map((row) => {
  row.scrollIntoView({ block: "center" });
  const { left, top, width, height } = row.getBoundingClientRect();
  const link = row.querySelector(".row-link");
  return [[0.1, 0.3], [0.5, 0.5], [0.9, 0.7], [0.3, 0.8]].every(([x, y]) =>
    document.elementFromPoint(left + x * width, top + y * height)?.closest("tr") === row && row.contains(link));
});"""


def click(page: WebKitGTK, selector: str) -> None:
    page.execute_script(f"document.querySelector({selector!r}).click()")


def text(page: WebKitGTK, selector: str = "main") -> str:
    return str(asked(page, f"document.querySelector({selector!r})?.innerText ?? ''") or "")


@pytest.mark.parametrize("path", WITH_POPOVERS)
def test_every_popover_opens_within_the_window(open_webkit: Open, ana: Person, path: str) -> None:
    page = open_webkit(ana, f"/acme/{path}")
    opened = page.execute_script(OPENED)
    assert len(opened) >= 3
    assert [name for name, is_seen in opened if not is_seen] == []


@pytest.fixture(scope="session")
def phone(live_server: Any) -> Iterator[WebKitGTK]:
    with webkit("390x844") as driver:
        yield driver


def test_on_a_phone_popovers_are_sheets_and_rows_are_cards(phone: WebKitGTK, live_server: Any, ana: Person) -> None:
    page = opened(phone, live_server, ana, "/acme/investments/")
    assert asked(page, "innerWidth") == 390
    sheets = page.execute_script(OPENED)
    assert len(sheets) >= 3
    assert [name for name, is_seen in sheets if not is_seen] == []
    assert page.execute_script(AT_THE_FOOT) == []
    assert page.execute_script(COVERED) == [True, True]
    load(page, "about:blank")


def test_a_row_is_covered_by_its_own_link_alone(open_webkit: Open, ana: Person) -> None:
    page = open_webkit(ana, "/acme/investments/")
    assert page.execute_script(COVERED) == [True, True]
    assert asked(page, "(scrollTo(0, 0), document.elementFromPoint(...Object.values((({left, top}) => ({x: left + 5, y: top + 5}))(document.querySelector('h1').getBoundingClientRect()))).tagName)") == "H1"  # fmt: skip


def test_from_a_filter_to_an_investment_s_blockers(open_webkit: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_webkit(ana, "/acme/investments/attention/")
    assert rows(page)
    load(page, page.current_url.replace("attention/", "?status=received"))
    shown = rows(page)
    assert 0 < shown <= 25
    page.execute_script("window.former = true")
    click(page, "[data-rows] .row-link")
    until(lambda: is_whole(page))
    assert "Status" in text(page)


def test_suggestions_come_while_typing(open_webkit: Open, ana: Person) -> None:
    page = open_webkit(ana, "/acme/investments/")
    field = page.find_element("id", "find")
    field.click()
    field.send_keys("Nakamura")
    until(lambda: "Investors" in text(page, "#find-hits"))


def test_an_approver_decides_in_two_acts(
    open_webkit: Open, ana: Person, acme: Tenant, at_tokeny: Any, sandbox: Sandbox
) -> None:
    from apps.disclaimers import approving, drafting

    made = written(acme, ana, "You may lose all you invest.\n")
    version = drafting.send_for_approval(made, member(ana))
    cora = person("cora@acme.example", acme, "compliance")
    page = open_webkit(cora, f"/acme/disclaimers/{made.pk}/versions/1/")
    page.execute_script("window.former = true")
    click(page, "[name=verdict][value=approve]")
    until(lambda: is_whole(page))
    assert "You approved v1." in text(page)
    assert approving.approvals(version) == 1


def test_a_member_is_invited_from_the_dialog(open_webkit: Open, ana: Person, acme: Tenant) -> None:
    page = open_webkit(ana, "/acme/settings/members/")
    page.find_element("css selector", "[popovertarget=invite]").click()
    until(lambda: asked(page, "document.getElementById('invite').matches(':popover-open')"))
    page.find_element("id", "id_email").send_keys("sue@acme.example")
    page.execute_script("window.former = true")
    click(page, "#invite button[type=submit]")
    until(lambda: is_whole(page))
    assert "We’re sending sue@acme.example an invitation as support." in text(page)


def test_an_offering_s_tabs_swap_without_a_new_page(open_webkit: Open, ana: Person) -> None:
    page = open_webkit(ana, "/acme/offerings/2/")
    page.execute_script("window.stays = true")
    click(page, "#to-emails")
    until(lambda: asked(page, "document.querySelector('#emails:not([hidden])') !== null"))
    assert asked(page, "window.stays")
    assert "/settings/emails/" in page.current_url
