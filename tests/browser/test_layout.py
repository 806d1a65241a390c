"""How much of a list is in sight: rows weigh more than what stands above them, and nothing is cut or too wide."""

import pytest
from playwright.sync_api import Page, expect

from apps.tenants.models import Tenant
from tests.browser.conftest import IS_FIREFOX, Open
from tests.browser.test_journey import widths
from tests.conftest import Person
from tests.disclaimers.conftest import written
from tests.stand_in import Sandbox

LIST = "/acme/investments/"
ROWS = "[data-rows] tbody tr"
IN_SIGHT = f"""() => {{
  const foot = document.querySelector(".list-foot").getBoundingClientRect();
  const rows = [...document.querySelectorAll("{ROWS}")].map((row) => row.getBoundingClientRect());
  return [rows[0].top, rows.filter(({{ bottom }}) => bottom <= foot.top + 1).length];
}}"""
CUT = f"""() => [...document.querySelectorAll("{ROWS} > *")]
  .filter((cell) => cell.offsetParent && cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"""


def opened(open_page: Open, who: Person, width: int, height: int) -> Page:
    page = open_page(who, LIST, viewport={"width": width, "height": height})
    expect(page.locator(ROWS).first).to_be_visible()
    page.evaluate("document.fonts.ready")
    return page


@pytest.mark.every_engine
@pytest.mark.parametrize(("width", "height", "rows"), [(1280, 720, 12), (1360, 900, 17)])
def test_rows_begin_high_and_fill_the_window(open_page: Open, ana: Person, width: int, height: int, rows: int) -> None:
    top, seen = opened(open_page, ana, width, height).evaluate(IN_SIGHT)
    assert top <= 240
    assert seen >= rows


def test_no_cell_of_the_usual_columns_is_cut(open_page: Open, ana: Person) -> None:
    assert opened(open_page, ana, 1360, 900).evaluate(CUT) == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_offering_is_read_in_one_scroll(
    open_page: Open, ana: Person, acme: Tenant, sandbox: Sandbox, number: int
) -> None:
    """At most 1,500 pixels, with its progress and the first tab of its settings."""
    page = open_page(ana, f"/acme/offerings/{number}/", viewport={"width": 1280, "height": 720})
    page.locator(".stages").wait_for()
    assert page.evaluate("document.documentElement.scrollHeight") <= 1500


@pytest.mark.parametrize("width", [320, 390, 680, 768, 1024, 1280, 1920])
def test_nothing_is_wider_than_the_window(open_page: Open, ana: Person, width: int) -> None:
    needed, there = widths(opened(open_page, ana, width, 800))
    assert needed <= there


on_paper = pytest.mark.skipif(
    IS_FIREFOX, reason="Firefox as Playwright drives it does not show a page as it is printed"
)


@on_paper
@pytest.mark.parametrize("width", [720, 700], ids=["letter", "a4"])
def test_paper_shows_a_table_with_every_column_and_no_buttons(open_page: Open, ana: Person, width: int) -> None:
    page = opened(open_page, ana, 1280, 900)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": width, "height": 900})
    heads = page.locator("[data-rows] thead th")
    assert [each.is_visible() for each in heads.all()] == [True] * heads.count()
    assert heads.count() == 8
    assert page.locator("[data-rows] tbody tr").first.evaluate("(row) => getComputedStyle(row).display") == "table-row"
    buttons = page.locator("button, .btn").locator("visible=true")
    assert [each.inner_text() for each in buttons.all()] == ["Times in ET"], "which is read as words"
    needed, there = widths(page)
    assert needed <= there


@on_paper
def test_a_draft_is_printed_as_it_is_read(open_page: Open, ana: Person, acme: Tenant) -> None:
    made = written(acme, ana, "You may lose **all**.")
    page = open_page(ana, f"/acme/disclaimers/{made.pk}/edit/")
    page.emulate_media(media="print")
    expect(page.locator("#preview strong")).to_be_visible()
    expect(page.locator("#text")).to_be_hidden()


@pytest.mark.every_engine
def test_the_first_card_of_a_phone_begins_high(open_page: Open, ana: Person) -> None:
    box = opened(open_page, ana, 390, 844).locator(ROWS).first.bounding_box()
    assert box
    assert box["y"] <= 250


@pytest.mark.every_engine
def test_three_tabs_lead_to_the_first_row(open_page: Open, ana: Person) -> None:
    page = opened(open_page, ana, 1280, 720)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the rows")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".row-link").first).to_be_focused()


@pytest.mark.every_engine
def test_the_focused_row_is_never_under_head_or_foot(open_page: Open, ana: Person) -> None:
    page = opened(open_page, ana, 1280, 720)
    for key in ["j"] * 24 + ["k"] * 24:
        page.keyboard.press(key)
        top, bottom, head, foot = page.evaluate(
            """async () => {
              await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));  // scrolled by then
              const box = (selector) => document.querySelector(selector).getBoundingClientRect();
              const row = document.activeElement.closest("tr").getBoundingClientRect();
              return [row.top, row.bottom, box("thead th").bottom, box(".list-foot").top];
            }"""
        )
        assert head - 1 <= top
        assert bottom <= foot + 1
