"""Disclaimers by hand: write, see, approve as another, publish, receipt; and nothing typed is ever lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from apps.disclaimers import drafting
from apps.disclaimers.models import Disclaimer
from apps.tenants.models import Tenant, TokenySignIn
from tests.browser.conftest import Open
from tests.conftest import PASSWORD, Person
from tests.disclaimers.conftest import at_tokeny, cora, member, work_off, written
from tests.stand_in import Sandbox

__all__ = ["at_tokeny", "cora"]


def editor(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_label("Disclaimer text (Markdown)")


def state(page: Page):  # type: ignore[no-untyped-def]
    return page.locator("[data-state]")


@pytest.fixture
def made(acme: Tenant, ana: Person) -> Disclaimer:
    return drafting.begin(acme, "Risk factors", member(ana))


def edit(made: Disclaimer) -> str:
    return f"/acme/disclaimers/{made.pk}/edit/"


@pytest.mark.every_engine
def test_write_preview_approve_publish_and_receipt(
    open_page: Open, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    page = open_page(ana, "/acme/disclaimers/")
    page.get_by_role("button", name="New disclaimer").click()
    page.get_by_label("Title").fill("Risk factors")
    page.get_by_role("button", name="Create draft").click()
    editor(page).press_sequentially("You may lose **all** you invest.")
    expect(page.locator("#preview strong")).to_have_text("all")
    expect(state(page)).to_have_text(re.compile(r"^Saved \d+:"))
    page.get_by_role("link", name="Risk factors").click()
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator("main")).to_contain_text("You edited it, so someone else must approve it.")
    other = open_page(cora, page.url)
    other.get_by_role("link", name=re.compile("^Review v")).click()
    expect(other.locator(".redline")).to_contain_text("You may lose **all** you invest.")
    other.get_by_role("button", name=re.compile("^Approve v")).click()
    page.reload()
    page.get_by_role("link", name="Publish v1").click()
    page.get_by_role("button", name="Publish v1").click()
    expect(page.locator("#state .pill")).to_have_text("● Publishing".replace("● ", ""))
    work_off()
    expect(page.locator("#state .pill").first).to_have_text("Live")
    expect(page.locator(".receipt")).to_contain_text("Yes, exact match")
    assert list(sandbox.disclaimers.values()) == ["You may lose **all** you invest."]


def test_a_sign_in_that_ends_mid_sentence_loses_nothing(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    editor(page).press_sequentially("You may ")
    expect(state(page)).to_have_text(re.compile("^Saved"))
    page.context.clear_cookies(name="session")
    editor(page).press_sequentially("lose all.")
    expect(state(page)).to_contain_text("You’ve been signed out. Changes are kept in this browser.")
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_label("Email").fill("ana@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(editor(page)).to_have_value("You may lose all.")
    expect(state(page)).to_have_text(re.compile("^Saved"))
    assert made.drafts.order_by("-revision")[0].text == "You may lose all."
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0


def test_a_network_that_drops_loses_nothing(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    page.route("**/edit/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    editor(page).press_sequentially("Kept.")
    expect(state(page)).to_contain_text("You’re offline. Changes are kept in this browser")
    page.unroute("**/edit/")
    page.reload()
    expect(editor(page)).to_have_value("Kept.")
    expect(state(page)).to_have_text(re.compile("^Saved"))
    assert made.drafts.order_by("-revision")[0].text == "Kept."


def test_an_old_page_says_so_and_keeps_the_text(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    page.context.clear_cookies(name="csrf")
    editor(page).press_sequentially("Kept.")
    page.get_by_role("link", name="Reload page").click()
    expect(editor(page)).to_have_value("Kept.")
    expect(state(page)).to_have_text(re.compile("^Saved"))


def test_two_people_in_one_draft(open_page: Open, ana: Person, cora: Person, acme: Tenant) -> None:
    made = written(acme, ana, "one\n")
    page = open_page(ana, edit(made))
    drafting.save(made, "one\ntheirs\n", 1, member(cora))
    editor(page).press_sequentially("mine\n")
    page.get_by_role("button", name="Compare versions").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Someone else saved changes")
    expect(page.get_by_label("Your text")).to_have_value("mine\none\n")
    page.get_by_label("Your text").fill("mine\none\ntheirs\n")
    page.get_by_role("button", name="Save merged text").click()
    expect(editor(page)).to_have_value("mine\none\ntheirs\n")


def test_the_toolbar_and_its_keys_set_the_text_and_undo_takes_it_back(
    open_page: Open, ana: Person, made: Disclaimer
) -> None:
    page = open_page(ana, edit(made))
    for keys, wanted in (
        ("Control+b", "**word**"),
        ("Control+u", "<u>word</u>"),
        ("Control+Shift+x", "~~word~~"),
        ("Control+k", "[word](url)"),
    ):
        editor(page).fill("word")
        page.keyboard.press("Control+a")
        page.keyboard.press(keys)
        expect(editor(page)).to_have_value(wanted)
    editor(page).fill("word")
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Underline").click()
    expect(editor(page)).to_have_value("<u>word</u>")
    page.keyboard.press("Control+z")
    expect(editor(page)).to_have_value("word")


@pytest.mark.every_engine
def test_the_keyboard_alone_goes_in_and_out_of_the_editor(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    editor(page).focus()
    page.keyboard.type("Words")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save and preview")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(editor(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Table")).to_be_focused()


def test_words_characters_and_bytes_left_are_counted(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made))
    text = 'Ünder "12"'
    editor(page).fill(text)
    left = f"{drafting.size(text).bytes_left:,}"
    expect(page.locator("[data-size]")).to_have_text(f"2 words, 10 characters, {left} bytes left")


def test_without_a_script_it_is_a_plain_form(open_page: Open, ana: Person, made: Disclaimer) -> None:
    page = open_page(ana, edit(made), java_script_enabled=False)
    editor(page).fill("**bold**")
    page.get_by_role("button", name="Save and preview").click()
    expect(page.locator("#preview strong")).to_have_text("bold")
    page.get_by_role("button", name="Save draft", exact=True).click()
    expect(page.locator(".notice-success")).to_have_text("Draft saved.")
