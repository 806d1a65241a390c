"""A second act while an answer is on its way: the last one wins, and address, form, chips, rows and file agree."""

import os
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import Open, evaluated, open_filter, settle
from tests.browser.test_journey import references
from tests.conftest import Person
from tests.stand_in import Sandbox

LIST = "/acme/investments/"
START = f"{LIST}?status__in=received,invested,cancelled&amount__gte=500&amount__lte=90000"
SEEDS = range(200 if os.environ.get("SOAK") else 4)
AT_ONCE = 10 if os.environ.get("SOAK") else 4
"""How many sequences one test walks through, in one page after the other."""
ACTS = ("search", "filter", "add-filter", "sort", "page", "size", "chip", "back")
LATENCIES = (40, 120, 250, 400)
"""Of the API in milliseconds: another one for each act, so that answers overtake each other."""
TAKEN = {
    "sort": "thead a",
    "page": ".pager-links a",
    "size": ".pager-sizes a",
    "chip": ".take-back, #clear-all",
}

# Each act is one step in the page, so that no swap comes between finding a control and using it;
# a microtask, so that the step has told its answer before the page is left.
CLICK = """([selector, nth]) => {
  const found = [...document.querySelectorAll(selector)];
  if (!found.length) return null;
  const link = found[nth % found.length];
  queueMicrotask(() => link.click());
  return link.href;
}"""
SEND = """([name, value]) => {
  const form = document.querySelector("[data-bar]");
  if (!form) return null;
  form.elements[name].value = value;
  const asked = [...new FormData(form)].filter(([, text]) => text);
  queueMicrotask(() => form.requestSubmit());
  return asked;
}"""
BACK = """() => {
  const before = navigation.entries()[navigation.currentEntry.index - 1];
  if (!before) return null;
  queueMicrotask(() => history.back());
  return before.url;
}"""
STATE = """async (anew) => {
  const page = anew ? new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html") : document;
  const each = (selector, tell) => [...page.querySelectorAll(selector)].map(tell);
  const words = (element) => element.textContent.replace(/\\s+/g, " ").trim();
  const href = (link) => link.getAttribute("href");
  return {
    form: each("[data-bar]", (form) => [...new FormData(form)].filter(([, text]) => text)),
    answers: each(".answer, .ask", words),
    links: each(".bar a, .pager a, thead a", href),
    rows: each("[data-rows] .row-link", words),
    order: each("th", (head) => head.getAttribute("aria-sort")),
    pager: each(".pager", words),
    file: each("[data-export]", href),
  };
}"""
"""What the page shows; `anew`: what a fresh load of its address would."""


@dataclass
class Walk:
    """One sequence of acts; `wanted`: the address that the last one asked for."""

    page: Page
    dice: random.Random
    acts: list[str] = field(default_factory=list)
    wanted: str = ""

    def act(self) -> None:
        kind = self.dice.choice(ACTS)
        wanted = self.tried(kind)
        if wanted is None:  # nothing to click, as on an empty list: what is always there is used instead
            self.page.locator("[data-bar]").wait_for(state="attached")
            kind, wanted = "search", self.tried("search")
        self.acts.append(kind)
        self.wanted = canonical(str(wanted))

    def tried(self, kind: str) -> str | None:
        """The address that the act asks for; None where it cannot be done."""
        if kind == "back":
            return self.evaluated(BACK)
        if kind in TAKEN:
            return self.evaluated(CLICK, [TAKEN[kind], self.dice.randrange(100)])
        if kind == "add-filter":
            return self.add_filter()
        name, values = ("search", "aeio") if kind == "search" else ("amount__gte", ("100", "1000", "5000"))
        return address_of(self.evaluated(SEND, [name, self.dice.choice(values)]))

    def add_filter(self) -> str | None:
        if self.evaluated(CLICK, ["#add-filter", 0]) is None:
            return None
        self.page.locator(".adder-fields").wait_for(timeout=4000)
        self.evaluated(CLICK, [".adder-fields a[href*='/quantity/']", 0])
        self.page.locator(".adder-form #operand").wait_for(timeout=4000)
        return address_of(
            self.evaluated(
                """(value) => {
                  const form = document.querySelector(".adder-form form");
                  if (!form?.elements.operand) return null;
                  form.elements.operand.value = value;
                  const asked = [...new FormData(form)].filter(([, text]) => text);
                  queueMicrotask(() => form.requestSubmit());
                  return asked;
                }""",
                str(self.dice.randrange(1, 40)),
            )
        )

    def evaluated(self, script: str, given: Any = None) -> Any:
        return evaluated(self.page, script, given)


def address_of(asked: list[list[str]] | None) -> str | None:
    """What a form asks, several of one name as one."""
    if asked is None:
        return None
    several: dict[str, list[str]] = {}
    for name, text in asked:
        several.setdefault(name, []).append(text)
    return f"{LIST}?{urlencode({name: ','.join(texts) for name, texts in several.items()})}"


def canonical(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{urlencode(sorted(parse_qsl(parts.query)))}"


def disagreements(walk: Walk) -> list[str]:
    """Which of the five do not belong to the address, by a fresh load of it; and whether the last act won."""
    found = [] if canonical(walk.page.url) == walk.wanted else [f"address {walk.page.url}, wanted {walk.wanted}"]
    seen, fresh = walk.evaluated(STATE, False), walk.evaluated(STATE, True)
    return found + [part for part in fresh if seen[part] != fresh[part]]


@pytest.mark.parametrize("first", SEEDS[::AT_ONCE])
def test_the_last_act_wins_and_all_agree(open_page: Open, ana: Person, sandbox: Sandbox, first: int) -> None:
    page, failed = open_page(ana, LIST), []
    for seed in SEEDS[first : first + AT_ONCE]:
        dice = random.Random(seed)
        walk = Walk(page, dice)
        sandbox.state(latency_ms=0)
        page.goto(START)
        walk.evaluated(CLICK, ["thead a", 1])
        settle(walk.page)
        try:
            for _ in range(dice.randint(2, 4)):
                latency = dice.choice(LATENCIES)
                sandbox.state(latency_ms=latency)
                walk.act()
                time.sleep(dice.uniform(0, 1.5) * latency / 1000)
            settle(walk.page)
            sandbox.state(latency_ms=0)
            wrong = disagreements(walk)
        except Error as error:
            wrong = [f"broke off: {type(error).__name__} {str(error).splitlines()[0]}"]
        if wrong:
            failed.append(f"seed {seed}: {', '.join(walk.acts)}: {'; '.join(wrong)}")
    assert not failed, "\n".join(["", *failed])


def send_search(page: Page) -> None:
    page.get_by_label("Search").fill("an")
    page.keyboard.press("Enter")


def sort(page: Page) -> None:
    page.get_by_role("link", name="Amount (USD)").click()


def turn_the_page(page: Page) -> None:
    page.get_by_role("link", name="Next").click()


def remove_a_chip(page: Page) -> None:
    page.locator(".take-back:not(.taken)").first.click()


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (turn_the_page, send_search, "search=an"),
        (send_search, sort, "ordering=amount"),
        (sort, send_search, "search=an"),
        (remove_a_chip, remove_a_chip, "status__in=received,invested,cancelled$"),
    ],
    ids=["next-search", "search-sort", "sort-search", "two-chips"],
)
def test_two_acts_by_hand(open_page: Open, ana: Person, sandbox: Sandbox, first: Any, second: Any, wanted: str) -> None:
    """The second is asked of what is shown, as with plain links: the first, not answered yet, is let go."""
    walk = Walk(open_page(ana, START), random.Random())
    sandbox.state(latency_ms=3000)
    first(walk.page)
    sandbox.state(latency_ms=800)
    second(walk.page)
    expect(walk.page.locator(".taken")).to_have_count(1)
    expect(walk.page).to_have_url(re.compile(wanted))
    settle(walk.page)
    sandbox.state(latency_ms=0)
    walk.wanted = canonical(walk.page.url)
    assert disagreements(walk) == []


def test_a_click_is_seen_to_be_taken(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST)
    sandbox.state(latency_ms=600)
    turn_the_page(page)
    expect(page.locator(".taken")).to_have_text("Next")
    expect(page.locator("#results")).to_have_attribute("aria-busy", "true")
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.locator(".taken, [aria-busy]")).to_have_count(0)


def test_a_question_for_newer_rows_is_not_in_the_way(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST)
    sandbox.state(latency_ms=600)
    turn_the_page(page)
    page.evaluate("htmx.trigger('[data-newer]', 'newer')")
    expect(page).to_have_url(re.compile("page=2"))


def test_what_is_typed_and_not_sent_stays(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST)
    open_filter(page, "Amount")
    page.get_by_label("Amount at least").fill("70")
    page.keyboard.press("Escape")
    sandbox.state(latency_ms=600)
    turn_the_page(page)
    page.get_by_label("Search").press_sequentially("Nakamra")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("page=2"))
    expect(page.get_by_label("Amount at least")).to_have_value("70")
    page.keyboard.type("u")
    expect(page.get_by_label("Search")).to_have_value("Nakamura")


def test_ticks_are_applied_together_and_the_focus_goes_back_to_the_filter(open_page: Open, ana: Person) -> None:
    page = open_page(ana, LIST)
    open_filter(page, "Status")
    for label in ("Received", "Invested"):
        page.get_by_label(label, exact=True).check()
    page.locator(".bar :popover-open").get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile("status__in=received,invested$"))
    expect(page.locator("#ask-status__in")).to_be_focused()
    expect(page.locator("#ask-status__in")).to_have_text(re.compile("Status Received, Invested"))


def test_the_focus_stays_on_what_was_used(open_page: Open, ana: Person) -> None:
    page = open_page(ana, f"{LIST}?amount__gte=500&page_size=100")
    for link in ("Next", "Amount (USD)", "Add filter"):
        before = page.url
        page.get_by_role("link", name=link).press("Enter")
        if link == "Add filter":
            continue
        expect(page).not_to_have_url(before)
        expect(page.get_by_role("link", name=link)).to_be_focused()
    expect(page.locator(".adder-fields a").first).to_be_focused()


@pytest.mark.parametrize("link", ["Remove Amount filter", "Last", "Clear all", "25"])
def test_where_it_is_gone_the_focus_goes_to_the_table(open_page: Open, ana: Person, link: str) -> None:
    page = open_page(ana, f"{LIST}?amount__gte=500&page_size=100")
    before = page.url
    page.locator(".bar a, .pager a").filter(has_text=re.compile(rf"^\s*{link}")).first.press("Enter")
    expect(page).not_to_have_url(before)
    expect(page.locator("caption")).to_be_focused()


def test_a_filter_can_be_added_in_a_tab_of_its_own(open_page: Open, ana: Person) -> None:
    page = open_page(ana, f"{LIST}?amount__gte=500")
    rows = references(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Add filter").click(modifiers=["ControlOrMeta"])
    assert page.url.endswith("?amount__gte=500")
    assert references(page) == rows
    tab = opened.value
    tab.get_by_role("link", name="Shares or units", exact=True).click()
    tab.get_by_label("Shares or units is", exact=True).fill("7")
    tab.locator(".adder-form button[type=submit]").click()
    expect(tab).to_have_url(re.compile(r"amount__gte=500&quantity=7$|quantity=7&amount__gte=500$"))
    expect(tab.locator(".bar")).to_contain_text("Shares or units is 7")
