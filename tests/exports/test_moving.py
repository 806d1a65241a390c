"""A file while rows move: it shows one moment, or says that it does not; an API that asks to wait, or fails, delays it."""

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.exports import files, making
from apps.jobs import queue
from apps.jobs.models import Job
from apps.listing.fetch import ahead
from tests.conftest import ACME, Person
from tests.exports.conftest import Export, ask, file_of, work_off
from tests.jobs.test_queue import ended
from tests.stand_in import Sandbox

COLUMNS = "cols=reference_id,id,status"
BY_ID = f"{COLUMNS}&ordering=id"


def now(sandbox: Sandbox, status: str) -> list[str]:
    return sorted((str(row["id"]) for row in sandbox.rows(ACME) if row["status"] == status), key=int)


def change(sandbox: Sandbox, number: int, status: str) -> None:
    """As the API does it: a row whose own fields change has a new `updated_at`."""
    with sqlite3.connect(sandbox.file, timeout=20) as connection:
        connection.execute(
            "update sandbox_investment set status = ?, updated_at = ? where id = ?",
            (status, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}", number),
        )
    connection.close()


@pytest.fixture(autouse=True)
def _times_as_before(running_sandbox: Sandbox) -> Iterator[None]:
    """Other tests find rows by when they changed."""
    with closing(sqlite3.connect(running_sandbox.file, timeout=20)) as file:
        before = file.execute("select updated_at, id from sandbox_investment").fetchall()
    yield
    with closing(sqlite3.connect(running_sandbox.file, timeout=20)) as file, file:
        file.executemany("update sandbox_investment set updated_at = ? where id = ?", before)


def pages(sandbox: Sandbox) -> list[str]:
    return [query.split("&page=")[1].split("&")[0] for query in sandbox.asked() if "page_size=100" in query]


def make(
    who: Person, act: Callable[[int], Any] = lambda tick: None, address: str = "", **choices: str
) -> tuple[Job, str]:
    """Makes an export; `act` is called several times a second, with a number that grows."""
    ask(who, address, **choices)
    lease = queue.claim(["export"])
    assert lease
    ticks = itertools.count()
    lease.is_ending = lambda: bool(act(next(ticks)))
    making.make(lease)
    job = Job.objects.get(pk=lease.job.pk)
    return job, file_of(who, job)[1].decode()


def ids(text: str) -> list[str]:
    return [line.split(",")[1] for line in text.splitlines()[1:]]


@pytest.mark.parametrize("order", [BY_ID, COLUMNS])
@pytest.mark.parametrize("kind", ["leaves", "enters"])
@pytest.mark.parametrize("tick", [2, 5, 9])
def test_a_row_that_moves_is_right_in_the_file(ana: Person, sandbox: Sandbox, kind: str, tick: int, order: str) -> None:
    before, after = ("received", "invested") if kind == "leaves" else ("invested", "received")
    sandbox.state(page_size_cap=25)
    moved = next(row["id"] for row in sandbox.rows(ACME) if row["status"] == before)
    try:
        job, text = make(
            ana, lambda at: change(sandbox, moved, after) if at == tick else None, f"?status=received&{order}"
        )
        assert ids(text) == (now(sandbox, "received") if order == BY_ID else now(sandbox, "received")[::-1])
        assert job.result["proof"]["manifest"]["incomplete_because"] == []
    finally:
        change(sandbox, moved, before)


def test_rows_that_never_rest_make_a_file_that_says_so(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=25)
    moving = [row["id"] for row in sandbox.rows(ACME) if row["status"] == "received"]
    moved: list[int] = []

    def act(tick: int) -> None:
        if len(moved) < len(moving) - 30:
            moved.append(moving[len(moved)])
            change(sandbox, moved[-1], "invested")

    try:
        job, text = make(ana, act, f"?status=received&processing_issue_statuses__contains=_&{BY_ID}")
        manifest = job.result["proof"]["manifest"]
        if manifest["is_complete"]:
            blocked = {str(row["id"]) for row in sandbox.rows(ACME) if row["processing_issue_statuses"]}
            assert ids(text) == [number for number in now(sandbox, "received") if number in blocked]
        else:
            assert "Rows changed while the file was made" in manifest["incomplete_because"][0]
            assert manifest["file"].endswith("-incomplete.csv")
            assert "Incomplete" in ana.get(f"/acme/exports/{job.pk}/")
    finally:
        for number in moved:
            change(sandbox, number, "received")


def test_one_page_is_one_moment_and_is_read_once(export: Export, sandbox: Sandbox) -> None:
    export("?status=refunded")
    assert pages(sandbox) == ["1"]


@pytest.mark.parametrize("kind", [{"kind": "throttled", "value": 1}, {"kind": "html-500"}, {"kind": "hang"}])
def test_what_fails_on_one_page_delays_that_page_alone(ana: Person, sandbox: Sandbox, kind: dict[str, Any]) -> None:
    sandbox.state(page_size_cap=25)

    def act(tick: int) -> None:
        if tick == 3:
            sandbox.fault(path="/api/investments/$", times=1, **kind)

    job, text = make(ana, act, f"?status=received&{BY_ID}")
    assert job.state == "done", job.result
    assert ids(text) == now(sandbox, "received")


def test_an_api_that_stays_away_is_said(ana: Person, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 2.0)
    sandbox.fault("html-500", path="/api/investments/$")
    ask(ana)
    work_off()
    job = Job.objects.get()
    assert job.state == "failed"
    assert "The Issuance API returned an error (HTTP 500)." in ana.get(f"/acme/exports/{job.pk}/")


def test_a_list_whose_pages_loop_ends(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=10)
    sandbox.fault("changed", path="/api/investments/$", value={"count": 40, "results": {"id": 7}})
    job, _ = make(ana, address="?status=refunded")
    manifest = job.result["proof"]["manifest"]
    assert not manifest["is_complete"]
    assert "didn’t keep the requested order" in manifest["incomplete_because"][0]


def test_a_count_that_lies_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"count": 10**9})
    job, text = make(ana, address=f"?status=refunded&{BY_ID}")
    assert ids(text) == now(sandbox, "refunded")
    assert "The number of rows differs" in job.result["proof"]["manifest"]["incomplete_because"][0]


def test_rows_of_others_are_left_out_and_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"offering": 999}})
    job, _ = make(ana, address="?status=refunded")
    said = job.result["proof"]["manifest"]["incomplete_because"]
    assert "Rows of offerings that the API key doesn’t cover were left out." in said


def test_a_longer_wait_than_a_minute_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", path="/api/investments/$", value=3600)
    ask(ana)
    work_off()
    job = Job.objects.get()
    assert job.state == "failed"
    assert "Try again in 1 hour." in ana.get(f"/acme/exports/{job.pk}/")


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
@pytest.mark.parametrize("tick", [1, 4, 12])
def test_another_worker_goes_on_at_the_page_where_it_stopped(
    ana: Person, sandbox: Sandbox, form: str, tick: int
) -> None:
    """The first loses its lease, and nothing that it writes afterwards is in the file."""
    sandbox.state(page_size_cap=25)
    ask(ana, f"?status=received&{BY_ID}", format=form)
    first = queue.claim(["export"])
    assert first
    ticks, others = itertools.count(), []

    def act() -> bool:
        first.next_beat = 0.0  # each page is saved
        if next(ticks) == tick:
            ended(first.job)
            others.append(queue.claim(["export"]))
        return False

    first.is_ending = act
    with pytest.raises(queue.Lost):
        making.make(first)
    (second,) = others
    assert second
    reached = second.job.reached.get("at", {}).get("page", 0)
    sandbox.reset()
    sandbox.state(page_size_cap=25)
    making.make(second)
    job = Job.objects.get()
    assert job.result["proof"]["manifest"]["is_complete"]
    asked = pages(sandbox)
    if reached:
        assert "1" not in asked[1:] or str(reached + 1) in asked[: asked.index("1")], (
            "what was written is read again only to be checked"
        )
    assert job.result["proof"]["manifest"]["rows"] == len(now(sandbox, "received"))
    if form == "csv":
        assert ids(file_of(ana, job)[1].decode()) == now(sandbox, "received")
    assert [path.name for path in files.folder().glob(f"{job.pk}*")] == [job.result["file"]]
