"""What a stranger tried: workers that are killed in the worst moment, answers that come late, values made to look like others,
several keys that see the same, files that are left."""

import csv
import io
import itertools
import os
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from apps.exports import files, making, settling
from apps.exports.cells import are_amounts
from apps.jobs import queue
from apps.jobs.models import Job
from apps.tenants.models import FirebaseSignIn, IssuanceKey, Tenant
from apps.upstream.issuance.client import Page
from tests.conftest import ACME, Person, connect, person
from tests.exports.conftest import Exported, ask, exported, file_of, work_off
from tests.exports.test_mailing import mailing
from tests.exports.test_moving import (
    _times_as_before,  # noqa: F401 - leaves the sandbox's times as they were
)
from tests.jobs.test_queue import ended
from tests.stand_in import Sandbox

A_KEY = "Acme Robotics Reg A Tier 2"


class Killed(BaseException):
    pass


def reprice(sandbox: Sandbox, number: int, amount: str) -> None:
    with closing(sqlite3.connect(sandbox.file, timeout=20)) as connection, connection:
        connection.execute(
            "update sandbox_investment set amount = ?, updated_at = ? where id = ?",
            (amount, f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}", number),
        )


@pytest.fixture
def moved(sandbox: Sandbox) -> Iterator[dict[int, str]]:
    """Rows whose amounts a test changes: the first and the last of the list."""
    rows = [row for row in sandbox.rows(ACME) if row["status"] == "received" and row["processing_issue_statuses"]]
    yield {row["id"]: row["amount"] for row in (rows[0], rows[-1])}
    for row in (rows[0], rows[-1]):
        reprice(sandbox, row["id"], row["amount"])


def kill_while_it_writes_anew(
    lease: queue.Lease, act: Callable[[], object], nth: int, patched: pytest.MonkeyPatch
) -> None:
    """Behind so many pages, or 0: behind all of them; their bytes are on the disk, and the row of the job does not say so."""
    went_back, wrote, saved = making.Making.go_back, making.Making.write, making.Making.save
    places, written, ticks = list[int](), list[int](), itertools.count()

    def go_back(self: making.Making, place: int) -> Any:
        places.append(place)
        return went_back(self, place)

    def write(self: making.Making, *given: Any) -> None:
        wrote(self, *given)
        written.extend([1] if places else [])
        if nth and len(written) == nth:
            die(self)

    def save(self: making.Making) -> None:
        if written and not nth:
            die(self)
        saved(self)

    def die(self: making.Making) -> None:
        self.file.flush()
        self.spool.file.flush()
        raise Killed

    for name, instead in (("go_back", go_back), ("write", write), ("save", save)):
        patched.setattr(making.Making, name, instead)
    lease.is_ending = lambda: bool(act()) if next(ticks) == 3 else False
    with pytest.raises(Killed):
        making.make(lease)
    ended(lease.job)


@pytest.mark.parametrize(
    "address", ["&ordering=-id", "&ordering=id", "&processing_issue_statuses__contains=_&ordering=id"]
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("nth", [1, 4, 0])
def test_a_worker_that_is_killed_while_it_writes_anew_leaves_nothing_wrong(
    ana: Person,
    sandbox: Sandbox,
    moved: dict[int, str],
    monkeypatch: pytest.MonkeyPatch,
    form: str,
    address: str,
    nth: int,
) -> None:
    sandbox.state(page_size_cap=5)
    ask(ana, f"?status=received&cols=reference_id,id,amount{address}", format=form)
    lease = queue.claim(["export"])
    assert lease
    with monkeypatch.context() as patched:
        kill_while_it_writes_anew(
            lease, lambda: [reprice(sandbox, row, "9999") for row in moved] and None, nth, patched
        )
    second = queue.claim(["export"])
    assert second
    making.make(second)
    job = Job.objects.get()
    manifest, content = job.result["proof"]["manifest"], file_of(ana, job)[1]
    real = {str(row["id"]): Decimal(row["amount"]) for row in sandbox.rows(ACME) if row["status"] == "received"}
    rows = rows_of(content, form)
    got = {row[1]: Decimal(row[2]) for row in rows}
    assert manifest["is_complete"]
    assert len(rows) == len(got)
    assert got.items() <= real.items()
    assert Decimal(manifest["totals"]["amount"]) == sum(got.values())


def rows_of(content: bytes, form: str) -> list[list[str]]:
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode())))[1:]
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Investments"]
    return [[str(cell) for cell in row] for row in sheet.values][1:-1]


def test_a_first_page_that_comes_late_does_not_hide_what_changed_meanwhile() -> None:
    now = datetime.now(UTC)
    page = Page(rows=[], count=0, broken=0, at=now, api_time=now - timedelta(seconds=30), is_last=True)
    began = (now - timedelta(minutes=8)).isoformat()
    assert settling.since(page, began) == (now - timedelta(minutes=13, seconds=30)).isoformat()


def test_a_job_that_ends_its_worker_each_time_is_given_up(ana: Person, sandbox: Sandbox) -> None:
    ask(ana, "?status=received")
    for _ in range(queue.MOST_TRIES):
        lease = queue.claim(["export"])
        assert lease

        def die() -> bool:
            raise Killed

        lease.is_ending = die
        with pytest.raises(Killed):
            making.make(lease)
        ended(lease.job)
    assert queue.claim(["export"]) is None
    assert Job.objects.get().result == queue.WORKERS_ENDED


@pytest.mark.parametrize("value", ["1|2", "5|", "|5", "1|2|3", "|"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_value_that_holds_our_own_border_is_a_text(ana: Person, sandbox: Sandbox, value: str, form: str) -> None:
    sandbox.fault("changed", value={"results": {"amount": value}})
    made = exported(ana, "?status=refunded&cols=id,amount", format=form)
    assert made.manifest["totals"] == {}
    if form == "xlsx":
        rows = list(openpyxl.load_workbook(io.BytesIO(made.content))["Investments"].values)
        assert {row[-1] for row in rows[1:]} == {value}
    else:
        assert {row["Amount (USD)"] for row in made.table} == {value}


def test_two_numbers_are_not_taken_for_three() -> None:
    assert are_amounts(["1", "2.50"])
    assert not are_amounts(["1|2", "3"])
    assert not are_amounts(["1", ""])


def test_no_total_where_keys_see_the_same_investments(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    connect(acme, sandbox, A_KEY)
    made = exported(ana, "?key=all&status=refunded&cols=id,amount")
    numbers = [row["Investment ID"] for row in made.table]
    assert made.manifest["rows_under_several_keys"] == len(numbers) - len({*numbers}) > 0
    assert made.manifest["totals"] == {}
    assert "under several API keys" in made.page


def test_keys_that_see_different_offerings_have_a_total(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    IssuanceKey.objects.filter(tenant=acme).delete()
    for label in (A_KEY, "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    made = exported(ana, "?key=all&status=refunded&cols=id,amount")
    assert made.manifest["totals"] == {"amount": str(sum(Decimal(row["Amount (USD)"]) for row in made.table))}
    assert made.manifest["checked"] != "All rows came in one answer."


def test_a_sum_is_of_the_days_of_its_own_zone(ana: Person, sandbox: Sandbox) -> None:
    base = "/acme/exports/sums/?processed_at__gte=2026-03-01&processed_at__lte=2026-06-01"
    ana.post(f"{base}&tz=America/New_York")
    work_off()
    assert "added up" in ana.get(f"{base}&tz=America/New_York", htmx="sums")
    assert "added up" not in ana.get(f"{base}&tz=Pacific/Kiritimati", htmx="sums")


def test_sums_have_an_end(ana: Person, sandbox: Sandbox) -> None:
    answers = [ana.post(f"/acme/exports/sums/?amount__gte={number}") for number in range(queue.MOST_OPEN + 1)]
    assert [page.status for page in answers[-2:]] == [200, 409]
    assert "Wait for one to finish" in answers[-1]
    assert Job.objects.count() == queue.MOST_OPEN


def test_exports_that_began_together_keep_within_the_quota(ana: Person, sandbox: Sandbox, settings: Any) -> None:
    settings.EXPORTS_MEGABYTES = 1
    for _ in range(20):
        ask(ana, "?cols=id,amount,investor_individual_name,reference_id", format="jsonl")
    work_off()
    states = [job.state for job in Job.objects.all()]
    assert {*states} == {"done", "failed"}
    assert files.used(Tenant.objects.get(slug="acme")) <= 1_000_000
    assert "Delete a file, then export it again." in ana.get("/acme/exports/")
    assert len([*files.folder().iterdir()]) >= states.count("done")


def test_names_that_matched_no_one_go_with_the_file(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("body", path="/api/investors/$", value='{"count":0,"next":null,"previous":null,"results":[]}')
    made: Exported = mailing(ana, "?status=refunded")
    name = max(made.job.result["beside"]["not_matched"], key=len)
    assert name in ana.get(f"/acme/exports/{made.job.pk}/manifest/")
    ana.post(f"/acme/exports/{made.job.pk}/delete/")
    assert name not in str(Job.objects.get().result)
    assert '"investments_not_matched"' in ana.get(f"/acme/exports/{made.job.pk}/manifest/")


def test_a_mailing_list_of_a_long_address_keeps_its_questions_short(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    references = ",".join(row["reference_id"] for row in sandbox.rows(ACME)[:250])
    assert mailing(ana, f"?reference_id__in={references}").manifest["is_complete"]


def test_a_text_that_is_too_long_for_a_cell_is_said(ana: Person, sandbox: Sandbox) -> None:
    for text in ("A" * 40_000, "\U0001f600" * 20_000):
        sandbox.reset()
        sandbox.fault("changed", value={"results": {"investor_individual_name": text}})
        made = exported(ana, "?status=refunded&cols=id,investor_individual_name", format="xlsx")
        assert "were cut" in made.manifest["incomplete_because"][0]
        rows = list(openpyxl.load_workbook(io.BytesIO(made.content))["Investments"].values)
        assert {len(str(row[-1]).encode("utf-16-le")) // 2 for row in rows[1:]} <= {32_766, 32_767}
        assert exported(ana, "?status=refunded&cols=id,investor_individual_name").manifest["is_complete"]


def test_files_that_are_the_same_are_told_apart_by_their_manifests(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    max_ = person("max@acme.example", acme, "manager")
    first = exported(ana, "?status=refunded&amount__gte=99999999")
    second = exported(max_, "?status=invested&amount__gte=99999998")
    assert first.content == second.content
    for made, email in ((first, "ana@acme.example"), (second, "max@acme.example")):
        proof = ana.get(f"/acme/exports/{made.job.pk}/manifest/")
        page = ana.post("/acme/exports/verify/", sha256=made.manifest["sha256"], manifest=proof)
        assert f"{email} (" in page


def test_a_manifest_of_broken_letters_is_none(ana: Person, sandbox: Sandbox) -> None:
    made = exported(ana, "?status=refunded")
    text = '{"manifest": {"a": "\\ud800"}, "public_key": "' + made.proof["public_key"] + '", "signature": ""}'
    page = ana.post("/acme/exports/verify/", sha256=made.manifest["sha256"], manifest=text)
    assert page.status == 200
    assert "isn’t one of this dashboard" in page


def test_what_is_left_of_ended_jobs_is_taken_away_and_nothing_else(ana: Person, sandbox: Sandbox) -> None:
    done = exported(ana, "?status=refunded").job
    ask(ana, "?status=received")
    lease = queue.claim(["export"])
    assert lease
    work = [f"{lease.job.pk}.{lease.holder}", f"{lease.job.pk}.{lease.holder}.log"]
    left = [f"{done.pk}.{done.pk}", f"{done.pk}.{done.pk}.log"]
    strange = files.folder() / "lost+found"
    strange.mkdir(exist_ok=True)
    os.utime(strange, (time.time() - 99_999,) * 2)
    for name in (*work, *left):
        files.create(name).close()
    files._next = 0.0
    files.tidy()
    names = {path.name for path in files.folder().iterdir()}
    assert names >= {*work, "lost+found", done.result["file"]}
    assert names.isdisjoint(left)
    strange.rmdir()


def test_a_canceled_job_s_worker_leaves_nothing(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=25)
    ask(ana, "?status=received&ordering=id")
    stale = Job.objects.get()  # as the request that cancels has read it
    lease = queue.claim(["export"])
    assert lease
    ticks = itertools.count()

    def act() -> bool:
        lease.next_beat = 0.0
        if next(ticks) == 6:
            queue.cancel(stale)
            files.forget(stale)
        return False

    lease.is_ending = act
    with pytest.raises(queue.Lost):
        making.make(lease)
    assert list(files.folder().glob(f"{stale.pk}*")) == []
