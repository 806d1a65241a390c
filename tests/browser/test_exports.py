"""An export from the list to the file: watched, canceled, left and found again; with a keyboard, on a phone, without a script."""

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.jobs.models import Job
from tests.browser.conftest import IS_FIREFOX, Open
from tests.conftest import ACME, Person
from tests.exports.conftest import exported, work_off
from tests.stand_in import Sandbox

LIST = "/acme/investments/?status=refunded"
downloads = pytest.mark.skipif(IS_FIREFOX, reason="Playwright sees no download of Debian's Firefox")


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        return list(csv.DictReader(opened))


def ask_for_csv(page: Page) -> None:
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_label("CSV", exact=True).check()
    page.get_by_role("button", name=re.compile(r"^Export \d+ rows$")).click()
    expect(page).to_have_url(re.compile(r"/acme/exports/[0-9a-f-]{36}/$"))


@downloads
def test_a_small_export_is_waited_for_and_downloads_by_itself(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST)
    ask_for_csv(page)
    expect(page.locator("strong", has_text="Waiting to start")).to_be_visible()
    with page.expect_download() as found:
        work_off()
    wanted = sorted(row["reference_id"] for row in sandbox.rows(ACME) if row["status"] == "refunded")
    assert sorted(row["Reference"] for row in rows(found.value.path())) == wanted
    assert re.fullmatch(r"investments-[0-9-]+\.csv", found.value.suggested_filename)
    expect(page.get_by_text("Complete", exact=True)).to_be_visible()
    with page.expect_download() as again:
        page.get_by_role("link", name="Manifest").click()
    assert again.value.suggested_filename == found.value.suggested_filename + ".manifest.json"


@downloads
def test_one_that_was_left_is_found_under_exports(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, LIST, viewport={"width": 390, "height": 844})
    ask_for_csv(page)
    page.goto("/acme/investors/")
    work_off()
    page.goto("/acme/exports/")
    expect(page.get_by_text("Status is Refunded")).to_be_visible()
    with page.expect_download():
        page.get_by_role("link", name=re.compile("^Download")).click()


def test_the_keyboard_alone_begins_and_cancels(open_page: Open, ana: Person) -> None:
    page = open_page(ana, LIST)
    page.get_by_role("button", name="Export", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Excel", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("CSV for Excel", exact=True)).to_be_checked()
    page.get_by_role("button", name=re.compile(r"^Export \d+ rows$")).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/acme/exports/[0-9a-f-]{36}/$"))
    cancel = page.get_by_role("button", name="Cancel export")
    cancel.focus()
    for _ in range(2):
        with page.expect_response(re.compile(r"/acme/exports/[0-9a-f-]{36}/$")):
            pass  # it asks how far it is
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Canceled", exact=True)).to_be_visible()
    assert Job.objects.get().state == "canceled"


@downloads
def test_without_a_script_the_page_asks_itself_again(open_page: Open, ana: Person, sandbox: Sandbox) -> None:
    page = open_page(ana, "/acme/exports/new/investments/?status=refunded", java_script_enabled=False)
    page.get_by_label("CSV", exact=True).check()
    page.get_by_role("button", name=re.compile("^Export")).click()
    expect(page.locator("strong", has_text="Waiting to start")).to_be_visible()
    work_off()
    expect(page.get_by_text("Complete", exact=True)).to_be_visible(timeout=10_000)
    with page.expect_download():
        page.get_by_role("link", name=re.compile("^Download")).click()


def test_a_file_is_verified_without_being_sent(open_page: Open, ana: Person, sandbox: Sandbox, tmp_path: Path) -> None:
    made = exported(ana, "?status=refunded")
    file = tmp_path / made.manifest["file"]
    file.write_bytes(made.content)
    beside = tmp_path / f"{file.name}.manifest.json"
    beside.write_text(json.dumps(made.proof))
    page = open_page(ana, "/acme/exports/verify/", viewport={"width": 390, "height": 844})
    page.get_by_label("Choose the file, or drop it here").set_input_files([file, beside])
    expect(page.get_by_text("Genuine", exact=True)).to_be_visible()
    file.write_bytes(made.content + b"x")
    page.get_by_label("Choose the file, or drop it here").set_input_files(file)
    expect(page.get_by_text("Not verified", exact=True)).to_be_visible()
