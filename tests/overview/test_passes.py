"""A pass leaves the facts of one moment: whatever changed meanwhile, whoever was killed, however the API behaves."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.jobs import queue
from apps.jobs.models import Job
from apps.jobs.running import Runner
from apps.overview import passes
from apps.overview.models import Fact, Snapshot
from apps.tenants import connections
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person, connect
from tests.jobs.test_queue import ended
from tests.overview.conftest import Rows, begin, read_anew, work_off
from tests.overview.test_agreement import COMMUNITY, at, monday_of
from tests.stand_in import Sandbox

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime.now(UTC)


def kept(team: Tenant) -> dict[int, dict[str, Any]]:
    """What is shown of each investment."""
    generation = Snapshot.objects.get(tenant=team).generation
    return {each["number"]: each for each in Fact.objects.filter(generation=generation).values()}


def seconds(text: str | None) -> int | None:
    return int(at(text).timestamp()) if text else None


def plain(sandbox: Sandbox) -> dict[int, dict[str, Any]]:
    """The same, straight from the sandbox's file."""
    found = {}
    for row in sandbox.rows(ACME):
        facts = json.loads(row["facts"])
        codes = [code for code in row["processing_issue_statuses"].split(",") if code]
        found[row["id"]] = {
            "offering": row["offering"],
            "status": row["status"],
            "method": row["payment_method"],
            "amount": int(Decimal(row["amount"]) * 1_000_000),
            "received": seconds(facts.get("received_at")),
            "invested": seconds(facts.get("invested_at")),
            "refunded": seconds(facts.get("refunded_at")),
            "processed": seconds(row["processed_at"]),
            "blockers": "".join(f"{code}," for code in codes),
            "week": monday_of(row, NEW_YORK),
        }
    return found


def assert_is_right(team: Tenant, sandbox: Sandbox) -> None:
    """Each investment, each fact; and each was created when it is said to have been."""
    found, wanted = kept(team), plain(sandbox)
    assert found.keys() == wanted.keys()
    for number, row in wanted.items():
        assert {name: found[number][name] for name in row} == row, number
    for row in sandbox.rows(ACME):
        fact, created = found[row["id"]], at(row["created_at"]).timestamp()
        assert fact["created_from"] <= created <= fact["created_until"] + 1, row["id"]
    assert not Snapshot.objects.get(tenant=team).held["is_doubtful"]


def make(act: Callable[[int], Any]) -> Job:
    """Does the pass that waits; `act` is called several times a second, with a number that grows, and stops it with True."""
    lease = queue.claim([passes.KIND])
    assert lease
    ticks = itertools.count()
    lease.is_ending = lambda: bool(act(next(ticks)))
    Runner({passes.KIND: passes.make}).run(lease)
    return Job.objects.get(pk=lease.job.pk)


def test_a_first_pass_knows_each_investment(acme: Tenant, sandbox: Sandbox) -> None:
    job = read_anew(acme)
    assert_is_right(acme, sandbox)
    assert (job.steps, job.of) == (1420, 1420)
    assert job.result["rows"] == 1420


def test_no_name_contact_text_or_financial_field_is_kept(acme: Tenant, sandbox: Sandbox) -> None:
    read_anew(acme)
    names = {field.name for field in Fact._meta.fields}
    assert names == {
        "id", "key", "generation", "number", "offering", "week", "created_from", "created_until", "status", "method", "amount",
        "received", "invested", "refunded", "processed", "updated", "blockers",
    }  # fmt: skip


def changed(rows: Rows, sandbox: Sandbox) -> None:
    """Of every kind that a day brings."""
    every = sandbox.rows(ACME)
    received = [row for row in every if row["status"] == "received"]
    rows.change(received[0]["id"], status="invested", amount="123456.78")
    rows.change(received[-1]["id"], status="refunded")
    rows.fact(received[3]["id"], "received_at", "2026-11-02T03:04:05Z")
    rows.change(received[4]["id"], processing_issue_statuses="kyc_failed,brand_new_code")
    rows.delete(received[5]["id"])
    rows.add(received[6]["id"], 90_001, NOW - timedelta(minutes=1))
    rows.add(received[7]["id"], 90_002, NOW - timedelta(days=40))
    rows.add(received[7]["id"], 90_003, NOW - timedelta(days=2000))
    rows.change(received[8]["id"], offering_id=6)


@pytest.mark.parametrize("is_whole", [False, True])
def test_a_later_pass_follows_what_changed(acme: Tenant, sandbox: Sandbox, rows: Rows, is_whole: bool) -> None:
    read_anew(acme)
    changed(rows, sandbox)
    read_anew(acme, is_whole=is_whole)
    assert_is_right(acme, sandbox)


def test_a_later_pass_asks_little(acme: Tenant, sandbox: Sandbox, rows: Rows) -> None:
    read_anew(acme)
    first = len(sandbox.asked())
    for row in sandbox.rows(ACME)[::100]:
        rows.change(row["id"], status="approved")
    before = len(sandbox.asked())
    read_anew(acme, is_whole=False)
    assert_is_right(acme, sandbox)
    weeks = len({monday_of(row, NEW_YORK) for row in sandbox.rows(ACME)})
    assert len(sandbox.asked()) - before <= weeks + 8 < first


def test_what_changes_while_a_pass_is_made_is_in_it(acme: Tenant, sandbox: Sandbox, rows: Rows) -> None:
    begin(acme)
    moved = iter([row["id"] for row in sandbox.rows(ACME) if row["status"] == "received"])

    def act(tick: int) -> None:
        if tick % 20 == 3 and tick < 300:
            rows.change(next(moved), status="invested")
        if tick == 50:
            rows.delete(next(moved))
        if tick == 90:
            rows.add(next(moved), 90_001, NOW - timedelta(days=90))

    job = make(act)
    assert job.state == "done", job.result
    assert_is_right(acme, sandbox)


@pytest.mark.parametrize("tick", [1, 30, 90, 150, 190])
def test_another_worker_goes_on_where_one_was_killed(acme: Tenant, sandbox: Sandbox, tick: int) -> None:
    begin(acme)
    job = make(lambda at: at == tick)
    assert job.state == "queued"
    assert not Snapshot.objects.get(tenant=acme).generation
    before, counted = len(sandbox.asked()), len(job.reached.get("counts", []))
    make(lambda at: False)
    assert_is_right(acme, sandbox)
    if counted:
        assert len(sandbox.asked()) - before < 2 * counted + 70


def test_a_killed_pass_changes_no_figure(acme: Tenant, sandbox: Sandbox, rows: Rows) -> None:
    read_anew(acme)
    before = kept(acme)
    changed(rows, sandbox)
    begin(acme)
    make(lambda at: at == 120)
    assert kept(acme) == before
    begun = Fact.objects.exclude(generation=Snapshot.objects.get(tenant=acme).generation)
    make(lambda at: False)
    assert_is_right(acme, sandbox)
    assert not begun.exclude(generation=Snapshot.objects.get(tenant=acme).generation).exists()


def test_who_lost_the_pass_writes_nothing_more(acme: Tenant, sandbox: Sandbox) -> None:
    begin(acme)
    lease = queue.claim([passes.KIND])
    assert lease
    ended(lease.job)
    work_off()
    before = Snapshot.objects.get(tenant=acme)
    with pytest.raises(queue.Lost):
        passes.make(lease)
    after = Snapshot.objects.get(tenant=acme)
    assert (after.number, after.generation) == (before.number, before.generation)
    assert_is_right(acme, sandbox)


@pytest.mark.parametrize("fault", [{"kind": "throttled", "value": 1}, {"kind": "html-500"}])
def test_a_call_that_fails_once_delays_that_call(acme: Tenant, sandbox: Sandbox, fault: dict[str, Any]) -> None:
    sandbox.fault(path="/api/investments/$", times=2, **fault)
    read_anew(acme)
    assert_is_right(acme, sandbox)


def test_an_api_that_gives_fewer_rows_at_once(acme: Tenant, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=7)
    read_anew(acme)
    assert_is_right(acme, sandbox)


def test_a_refused_key_leaves_the_former_sums_and_says_so(acme: Tenant, sandbox: Sandbox, ana: Person) -> None:
    read_anew(acme)
    before = kept(acme)
    sandbox.revoke("Acme Robotics, all offerings")
    begin(acme, is_whole=False)
    work_off()
    sandbox.revoke("Acme Robotics, all offerings", revoked=False)
    assert kept(acme) == before
    page = ana.get("/acme/")
    assert "The sums couldn’t be updated" in page
    assert "Below are those as of" in page


def test_counts_that_lie_make_no_sums(acme: Tenant, sandbox: Sandbox, ana: Person) -> None:
    """An API that ignores when rows were created counts all of them in each week."""
    sandbox.fault("changed", path="/api/investments/$", value={"count": 3000})
    job = begin(acme)
    work_off()
    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", {"code": "contradiction"})
    assert "it counts more investments by week than in all" in ana.get("/acme/")
    assert not Fact.objects.exists()


def test_a_count_that_lies_once_is_looked_at_again(acme: Tenant, sandbox: Sandbox) -> None:
    read_anew(acme)
    sandbox.fault("changed", path="/api/investments/$", value={"count": 7}, times=20)
    read_anew(acme, is_whole=False)
    assert_is_right(acme, sandbox)


def test_rows_of_others_are_left_out_and_said(acme: Tenant, sandbox: Sandbox, ana: Person) -> None:
    read_anew(acme)
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"offering": 999}}, times=1)
    connections.IssuanceKey.objects.update(replaced_at=None)
    job = read_anew(acme)
    assert job.result["rows"] <= 1420
    assert_is_right(acme, sandbox)


def test_an_investment_that_two_keys_see_is_kept_for_each(acme: Tenant, sandbox: Sandbox) -> None:
    connect(acme, sandbox, COMMUNITY)
    read_anew(acme)
    twice = [row["id"] for row in sandbox.rows(ACME) if row["offering"] == 2]
    assert Fact.objects.filter(number__in=twice).count() == 2 * len(twice)
    held = Snapshot.objects.get(tenant=acme).held["keys"]
    assert sorted(key["offerings"] for key in held.values()) == [[1, 2, 3, 4], [2]]


def test_facts_go_with_their_key(acme: Tenant, ana: Person) -> None:
    read_anew(acme)
    assert ana.member
    connections.remove_key(acme.issuance_keys.get(), ana.member)
    assert not Fact.objects.exists()
    page = ana.get("/acme/")
    assert page.status == 200
    assert "Sums as of" not in page


def test_ages_are_told_apart_to_the_second(acme: Tenant, sandbox: Sandbox, rows: Rows) -> None:
    """Rows that were created around the very moments at which an age begins."""
    like = next(row["id"] for row in sandbox.rows(ACME) if row["status"] == "received")
    wanted = {}
    for place, (days, seconds_off) in enumerate(itertools.product((3, 7, 14), (-40, 40))):
        created = datetime.now(UTC) - timedelta(days=days, seconds=seconds_off)
        rows.add(like, 91_000 + place, created, processing_issue_statuses="kyc_failed")
        wanted[91_000 + place] = (3, 7, 14).index(days) + (seconds_off > 0)
    for is_whole in (True, False):
        read_anew(acme, is_whole=is_whole)
        snapshot = Snapshot.objects.get(tenant=acme)
        assert snapshot.as_of
        second = int(snapshot.as_of.timestamp())
        found = {
            number: sum(fact["created_until"] < second - days * 86_400 for days in (3, 7, 14))
            for number, fact in kept(acme).items()
            if number in wanted
        }
        assert found == wanted


def test_a_week_is_the_teams(acme: Tenant, sandbox: Sandbox, rows: Rows) -> None:
    """Sunday night in New York is Monday in Europe."""
    like = sandbox.rows(ACME)[0]["id"]
    rows.add(like, 92_000, datetime(2026, 11, 1, 23, 59, tzinfo=NEW_YORK))
    rows.add(like, 92_001, datetime(2026, 11, 2, 0, 0, tzinfo=NEW_YORK))
    read_anew(acme)
    found = kept(acme)
    assert (found[92_000]["week"], found[92_001]["week"]) == (date(2026, 10, 26), date(2026, 11, 2))
