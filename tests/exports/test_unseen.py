"""What nothing tells of: rows that are deleted, answers to rows that are gone, files whose day has passed, people seen by
several keys."""

import csv
import io
import itertools
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from apps.exports import files, making
from apps.jobs import queue
from apps.jobs.models import Job
from apps.tenants.models import FirebaseSignIn, Tenant
from tests.conftest import ACME, Person, connect, person
from tests.exports.conftest import ask, exported, file_of, work_off
from tests.exports.test_hostile import A_KEY, Killed
from tests.exports.test_mailing import mailing
from tests.exports.test_moving import (
    _times_as_before,  # noqa: F401 - leaves the sandbox's times as they were
    change,
    ids,
    make,
)
from tests.jobs.test_queue import ended
from tests.stand_in import Sandbox


def take(sandbox: Sandbox, number: int) -> tuple[Any, ...]:
    """Deletes a row, of which nothing then tells; what it was."""
    with closing(sqlite3.connect(sandbox.file, timeout=20)) as connection, connection:
        row = connection.execute("select * from sandbox_investment where id = ?", (number,)).fetchone()
        connection.execute("delete from sandbox_investment where id = ?", (number,))
    return tuple(row)


def put(sandbox: Sandbox, row: tuple[Any, ...]) -> None:
    with closing(sqlite3.connect(sandbox.file, timeout=20)) as connection, connection:
        connection.execute(f"insert into sandbox_investment values ({','.join('?' * len(row))})", row)  # noqa: S608 - marks alone


@pytest.mark.parametrize("size", [5, 25])
@pytest.mark.parametrize("enters", [False, True])
@pytest.mark.parametrize("tick", [2, 3, 4, 6, 9])
def test_a_row_that_is_deleted_is_missed_or_the_file_says_so(
    ana: Person, sandbox: Sandbox, tick: int, enters: bool, size: int
) -> None:
    """It has no new `updated_at` for anyone to see, and draws another over a page's end; one that enters hides it in the count."""
    sandbox.state(page_size_cap=size)
    rows = [row["id"] for row in sandbox.rows(ACME) if row["status"] == "received"]
    other = next(row["id"] for row in sandbox.rows(ACME) if row["status"] == "invested" and row["id"] > rows[10])
    taken = []

    def act(at: int) -> None:
        if at == tick:
            taken.append(take(sandbox, min(rows)))
            if enters:
                change(sandbox, other, "received")

    try:
        job, text = make(ana, act, "?status=received&cols=reference_id,id,status&ordering=id")
        real = [str(row["id"]) for row in reversed(sandbox.rows(ACME)) if row["status"] == "received"]
        assert ids(text) == real or not job.result["proof"]["manifest"]["is_complete"]
    finally:
        for row in taken:
            put(sandbox, row)
        change(sandbox, other, "invested")


def test_answers_to_other_rows_are_of_no_use(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    """A worker was told how many investments each has, and is gone; then a row of one investor leaves, another's enters."""
    first = mailing(ana, "?status=refunded")
    rows = [row for row in sandbox.rows(ACME) if row["status"] == "refunded"]
    leaves, enters = rows[0]["id"], next(row["id"] for row in sandbox.rows(ACME) if row["status"] == "cancelled")
    ana.post("/acme/exports/new/mailing-list/?status=refunded", format="csv")
    lease = queue.claim(["export"])
    assert lease
    ticks = itertools.count()

    def act() -> bool:
        lease.next_beat = 0.0
        if next(ticks) > 30:
            raise Killed
        return False

    lease.is_ending = act
    with pytest.raises(Killed):
        making.make(lease)
    ended(lease.job)
    try:
        change(sandbox, leaves, "cancelled")
        change(sandbox, enters, "refunded")
        work_off()
        job = Job.objects.latest("at")
        table = list(csv.DictReader(io.StringIO(file_of(ana, job)[1].decode())))
        real = Counter(str(row["investor"]) for row in sandbox.rows(ACME) if row["status"] == "refunded")
        assert Counter({row["Investor ID"]: int(row["Investments"]) for row in table}) == real
        assert len(first.table) > 5
    finally:
        change(sandbox, leaves, "refunded")
        change(sandbox, enters, "cancelled")


def test_a_person_under_several_keys_is_said(
    ana: Person, acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    connect(acme, sandbox, A_KEY)
    made = mailing(ana, "?key=all&status=refunded&offering=1")
    people = [row["Investor ID"] for row in made.table]
    assert made.manifest["rows_under_several_keys"] == len(people) - len({*people}) > 0
    assert "under several API keys" in made.page


def test_same_files_without_a_manifest_name_no_one(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    made = exported(ana, "?status=refunded&amount__gte=99999999")
    exported(person("max@acme.example", acme, "manager"), "?status=invested&amount__gte=99999998")
    page = ana.post("/acme/exports/verify/", sha256=made.manifest["sha256"])
    assert "2 exports of your team are the same" in page
    assert "max@" not in page


def test_a_file_s_day_ends_without_a_worker(ana: Person, sandbox: Sandbox) -> None:
    made = exported(ana, "?status=refunded")
    for hours in (25, 80):
        Job.objects.update(ended_at=made.job.ended_at - timedelta(hours=hours), result=made.job.result)
        assert file_of(ana, made.job)[0] == 410
        assert "File deleted" in ana.get("/acme/exports/")
    files._next = 0.0
    files.tidy()
    assert Job.objects.get().result["file"] == ""
    assert list(files.folder().glob(f"{made.job.pk}*")) == []


def test_who_starts_over_is_no_further_than_before(ana: Person, sandbox: Sandbox) -> None:
    """Its files are on another host, and it ends its worker at the same row each time."""
    sandbox.state(page_size_cap=25)
    ask(ana, "?status=received&ordering=id")
    for _ in range(queue.MOST_TRIES + 1):
        lease = queue.claim(["export"])
        if lease is None:
            break

        def act(lease: queue.Lease = lease) -> bool:
            lease.next_beat = 0.0
            if lease.job.steps >= 50 and lease.job.reached["at"].get("read", 0) >= 50:
                raise Killed
            return False

        lease.is_ending = act
        with pytest.raises(Killed):
            making.make(lease)
        for path in files.folder().glob(f"{lease.job.pk}*"):
            path.unlink()
        ended(lease.job)
    assert queue.claim(["export"]) is None
    assert Job.objects.get().result == queue.WORKERS_ENDED
