"""A file while rows move: it shows one moment, or says that it does not; an API that asks to wait delays it."""

import csv
import io
import sqlite3
import threading
import time
from typing import Any

import pytest

from tests.conftest import ACME, Page, Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

FILE = "/acme/investments/export.csv"
COLUMNS = "cols=reference_id,id,status"


def ids(page: Page) -> list[str]:
    return [row["Investment ID"] for row in csv.DictReader(io.StringIO(page.removeprefix("\ufeff")))]


def now(sandbox: Sandbox, status: str) -> list[str]:
    return [str(row["id"]) for row in sandbox.rows(ACME) if row["status"] == status]


def change(sandbox: Sandbox, number: int, status: str) -> None:
    with sqlite3.connect(sandbox.file, timeout=20) as connection:
        connection.execute("update sandbox_investment set status = ? where id = ?", (status, number))
    connection.close()


def while_pages_come(sandbox: Sandbox, after: int, act: Any) -> threading.Thread:
    """Acts once the list has been asked for so many pages."""

    def wait() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            if len([query for query in sandbox.asked() if "page_size=500" in query]) >= after:
                act()
                return
            time.sleep(0.01)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.fixture
def slow_pages(sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=100, latency_ms=150)


@pytest.mark.parametrize("kind", ["leaves", "enters"])
def test_a_row_that_moves_between_two_pages_is_right_in_the_file(
    ana: Person, sandbox: Sandbox, slow_pages: None, kind: str
) -> None:
    before, after = ("received", "invested") if kind == "leaves" else ("invested", "received")
    moved = next(row["id"] for row in sandbox.rows(ACME) if row["status"] == before)
    thread = while_pages_come(sandbox, 1, lambda: change(sandbox, moved, after))
    try:
        page = ana.get(f"{FILE}?status=received&{COLUMNS}")
        thread.join()
        assert ids(page) == now(sandbox, "received")
        assert "Incomplete" not in page
    finally:
        change(sandbox, moved, before)


def test_rows_that_never_rest_make_a_file_that_says_so(ana: Person, sandbox: Sandbox, slow_pages: None) -> None:
    moving = [row["id"] for row in sandbox.rows(ACME) if row["status"] == "received"][:40]
    is_over = threading.Event()

    def move() -> None:
        for number in moving:
            change(sandbox, number, "invested")
            if is_over.wait(0.05):
                return

    thread = threading.Thread(target=move)
    thread.start()
    try:
        page = ana.get(f"{FILE}?status=received&{COLUMNS}")
    finally:
        is_over.set()
        thread.join()
        for number in moving:
            change(sandbox, number, "received")
    if "Incomplete" in page:
        assert "Rows moved while this file was made" in page
        assert "Narrow the filter" not in page
        assert "incomplete.csv" in page.headers["Content-Disposition"]
    else:
        assert set(ids(page)) <= set(now(sandbox, "received"))


def test_one_429_in_the_middle_delays_the_file(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=100)
    ana.get(LIST)
    thread = while_pages_come(
        sandbox, 1, lambda: sandbox.fault("throttled", path="/api/investments/$", value=1, times=1)
    )
    began = time.monotonic()
    page = ana.get(f"{FILE}?status=invested&{COLUMNS}")
    thread.join()
    assert page.status == 200
    assert time.monotonic() - began > 1
    assert set(ids(page)) == set(now(sandbox, "invested"))


def test_a_longer_wait_than_a_minute_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", path="/api/investments/$", value=3600)
    page = ana.get(FILE)
    assert page.status == 502
    assert "Try again in 1 hour." in page


def test_each_page_of_a_file_has_time_of_its_own(ana: Person, sandbox: Sandbox) -> None:
    """Ten pages of two seconds are no slow API, though together they take longer than a page of ours may."""
    sandbox.state(page_size_cap=100, latency_ms=1_200)
    page = ana.get(f"{FILE}?status=invested&{COLUMNS}")
    assert page.status == 200
    assert set(ids(page)) == set(now(sandbox, "invested"))
