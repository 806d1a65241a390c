"""Adding filters by hand: every operator once by the keyboard alone, the same without a script, Back and Forward over many."""

import random
import re
import time
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.investments.listing import INVESTMENTS
from apps.listing.schema.filters import Control, Filter
from apps.listing.schema.lookups import OFFERS, Input
from apps.listing.schema.operators import Operator, operators_of
from tests.browser.conftest import Open, ask_amount, open_filter, settle
from tests.browser.test_journey import ROW_LINKS, references, widths
from tests.conftest import Person
from tests.sampling import WHOLE, some
from tests.stand_in import Sandbox

LIST = "/acme/investments/"
ZONE = ZoneInfo("America/New_York")
GROUPED = [declared for declared in INVESTMENTS.filters if declared.group and declared.control is not Control.OFFERING]
NAMES = [offer.name for offer in OFFERS]
BY_KEYBOARD = some(NAMES, 4)
EVERY: dict[str, tuple[Filter, Operator]] = {
    operator.name: (declared, operator)
    for declared in reversed(GROUPED)
    for operator in operators_of(declared, INVESTMENTS.parameters)
}
"""Each operator once, with the first field that has it."""
EACH_INPUT: dict[str, tuple[Filter, Operator]] = {
    f"{operator.input}-{operator.name}": (declared, operator)
    for declared in reversed(GROUPED)
    for operator in operators_of(declared, INVESTMENTS.parameters)
}
"""Each operator with each input that it has somewhere."""
DAY = "2026-03-09"
KYC = "[name=investor__entity__kyc_status]"
KYC_CHOSEN = f"{KYC}:checked"
TYPED = {Input.MONEY: "5000.00", Input.NUMBER: "7"}


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    element = wanted.element_handle()
    for _ in range(120):
        if element.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached with {key}")


def text_for(declared: Filter, operator: Operator) -> str:
    if operator.input is Input.SEVERAL:
        return (
            "2026-03-09T09:30:00-04:00" if declared.kind.name == "moment" else TYPED.get(declared_input(declared), "A1")
        )
    return TYPED.get(operator.input, "kyc_failed" if "processing" in declared.name else "A1")


def declared_input(declared: Filter) -> Input | None:
    return {"money": Input.MONEY, "number": Input.NUMBER}.get(declared.kind.name)


def answer_by_keyboard(page: Page, declared: Filter, operator: Operator) -> None:
    """The input has the focus already; Enter sends what it holds."""
    match operator.input:
        case Input.DAY:
            page.keyboard.type("03092026")
        case Input.TIME:
            page.keyboard.type("03092026")
            page.keyboard.press("Tab")
            page.keyboard.type("093000AM")
        case Input.CHECKS | Input.YES_NO:
            page.keyboard.press("Space")
        case Input.CHOICE | Input.RANGE:
            tab_to(page, page.locator(".adder-form button[type=submit]"))
        case Input.NOTHING:
            pass
        case _:
            page.keyboard.type(text_for(declared, operator))
    page.keyboard.press("Enter")


def answer_by_hand(page: Page, declared: Filter, operator: Operator) -> None:
    operand = page.locator("#operand")
    match operator.input:
        case Input.DAY:
            operand.fill(DAY)
        case Input.TIME:
            operand.fill(f"{DAY}T09:30")
        case Input.CHECKS:
            page.locator(".adder-form input[type=checkbox]").first.check()
        case Input.YES_NO | Input.CHOICE | Input.RANGE | Input.NOTHING:
            pass
        case _:
            operand.fill(text_for(declared, operator))
    page.locator(".adder-form button[type=submit]").click()


def asked(page: Page) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True))


def check(page: Page, sandbox: Sandbox, declared: Filter, operator: Operator) -> None:
    """The address asks this one thing, a chip says it, and the API was asked."""
    expect(page).to_have_url(re.compile(rf"/investments/\?{operator.parameter}="))
    expect(page.locator(".answer").first).to_contain_text(declared.label)
    assert list(asked(page)) == [operator.parameter]
    if operator.input is Input.TIME:
        assert datetime.fromisoformat(asked(page)[operator.parameter]) == datetime(2026, 3, 9, 9, 30, tzinfo=ZONE)
    wanted, until = operator.parameter.partition("__within")[0], time.monotonic() + 5
    while wanted not in sandbox.asked()[-1] and time.monotonic() < until:
        time.sleep(0.05)  # the chips are there before the API has noted what it is asked
    assert wanted in sandbox.asked()[-1]


def test_every_operator_is_among_them() -> None:
    assert set(EVERY) == set(NAMES)


@pytest.mark.parametrize("names", [BY_KEYBOARD[at::4] for at in range(4)], ids=lambda names: names[0])
def test_operators_by_the_keyboard_alone(open_page: Open, ana: Person, sandbox: Sandbox, names: list[str]) -> None:
    page = open_page(ana, LIST, locale="en-US")
    for declared, operator in map(EVERY.__getitem__, names):
        page.goto(LIST)
        tab_to(page, page.locator("#add-filter"))
        page.keyboard.press("Enter")
        expect(page.locator(".adder-fields a").first).to_be_focused()
        tab_to(page, page.locator(".adder-fields").get_by_role("link", name=declared.label, exact=True))
        page.keyboard.press("Enter")
        expect(page.locator(".adder-form")).to_be_visible()
        link = page.locator(".adder-operators").get_by_role("link", name=operator.words, exact=True)
        if not link.get_attribute("aria-current"):
            tab_to(page, link, "Shift+Tab")
            page.keyboard.press("Enter")
            expect(page.locator(".adder-operators a[aria-current]")).to_have_text(operator.words)
        expect(page.locator(".adder-form :focus")).to_have_count(1)
        answer_by_keyboard(page, declared, operator)
        check(page, sandbox, declared, operator)
        expect(page.locator("#add-filter")).to_be_focused()


@pytest.mark.parametrize("nth", range(2))
def test_the_same_without_a_script_by_a_plain_form(open_page: Open, ana: Person, sandbox: Sandbox, nth: int) -> None:
    page = open_page(ana, LIST, java_script_enabled=False)
    for declared, operator in some(list(EACH_INPUT.values()), 4)[nth::2]:
        page.goto(LIST)
        page.get_by_role("link", name="Add filter").click()
        page.locator(".adder-fields").get_by_role("link", name=declared.label, exact=True).click()
        page.locator(".adder-operators").get_by_role("link", name=operator.words, exact=True).click()
        expect(page.locator(".adder-operators a[aria-current]")).to_have_text(operator.words)
        answer_by_hand(page, declared, operator)
        check(page, sandbox, declared, operator)


def change_something(page: Page, dice: random.Random, step: int) -> None:
    """One change of what the list asks, as a person makes it."""
    match dice.choice(("amount", "kyc", "search", "sort", "sort")):
        case "amount":
            ask_amount(page, str(100 + step))
        case "kyc":
            held = page.locator(KYC_CHOSEN).get_attribute("value")
            wanted = dice.choice([value for value in ("passed", "failed", "processing") if value != held])
            open_filter(page, "KYC")
            page.locator(f"{KYC}[value={wanted}]").press("Space")
            page.keyboard.press("Enter")
        case "search":
            page.get_by_label("Search").fill(f"{'aeiou'[step % 5]}")
            page.keyboard.press("Enter")
        case "sort":
            heads = page.locator("thead a")
            if shown := heads.count():
                heads.nth(dice.randrange(shown)).click()


def state(page: Page) -> tuple[str, list[str], str, str]:
    """Address, rows, and what the form holds."""
    return (
        page.url,
        references(page),
        page.get_by_label("Amount at least").input_value(),
        page.locator(KYC_CHOSEN).get_attribute("value") or "",
    )


def expect_state(page: Page, url: str, rows: list[str], amount: str, kyc: str) -> None:
    """What `state` told, as soon as it is there: the page is loaded again, its form before its rows."""
    expect(page).to_have_url(url)
    expect(page.locator(ROW_LINKS)).to_have_text(rows)
    expect(page.get_by_label("Amount at least")).to_have_value(amount)
    expect(page.locator(KYC_CHOSEN)).to_have_value(kyc)


def test_back_and_forward_over_random_changes(open_page: Open, ana: Person) -> None:
    page, dice = open_page(ana, LIST), random.Random(4)
    seen = [state(page)]
    while len(seen) < (21 if WHOLE else 5):
        before = page.url
        change_something(page, dice, len(seen))
        settle(page)
        if page.url != before:
            seen.append(state(page))
    for wanted in reversed(seen[:-1]):
        page.go_back()
        settle(page)
        expect_state(page, *wanted)
    for wanted in seen[1:]:
        page.go_forward()
        settle(page)
        expect_state(page, *wanted)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize(
    "path",
    [
        "filter/",
        "filter/amount/at-least/?status__in=received,invested",
        "filter/status/any-of/",
        "columns/",
        "views/?created_at__within=last-7-days",
        "counts/status/",
        "?created_at__within=last-7-days&status__in=received,invested&amount__gte=5000",
    ],
)
def test_on_a_phone_nothing_is_wider_than_the_screen(open_page: Open, ana: Person, path: str, script: bool) -> None:
    page = open_page(ana, LIST + path, viewport={"width": 390, "height": 844}, java_script_enabled=script)
    if script:
        needed, there = widths(page)
        assert needed <= there
    expect(page.get_by_role("heading", level=1)).to_be_visible()
