"""A purge takes whole segments that are old enough and no other, and every other proof stays good."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from apps.audit import guards, proofs
from apps.audit.models import NOBODY, Entry, Purging, Segment
from apps.evidence import inclusion, retention, sealing
from apps.evidence.models import Retention
from apps.evidence.verifying import trusted_keys, verify
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import Person, person
from tests.evidence.sealed import heads, run, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_worlds")]
PATH = "/acme/audit/retention/"
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def team(db: None) -> UUID:
    """Ten years of entries, a segment each half year."""
    chain = Tenant.objects.create(slug="first", name="First").id
    for half in range(20, 0, -1):
        with time_machine.travel(NOW - timedelta(days=182 * half), tick=False):
            write(chain, 4)
            sealing.work_off()
    return chain


def all_proved(chain: UUID) -> bool:
    """Each entry that is left, by its own proof."""
    entries = Entry.objects.filter(tenant=chain)
    prover = inclusion.Prover(chain)
    lines = list(prover.lines(entries))
    heads = {number: json.loads(line["head"]) for number, line in prover.used.items()}
    return len(lines) == entries.count() and all(is_proved(line, heads[line["segment"]]) for line in lines)


def is_proved(line: dict[str, Any], head: dict[str, Any]) -> bool:
    leaf = proofs.leaf(line["id"], proofs.entry_hash(bytes.fromhex(line["salt"]), line["content"].encode()))
    path = [bytes.fromhex(each) for each in line["path"]]
    return proofs.root_by(path, leaf, line["index"], head["count"]) == bytes.fromhex(head["root"])


def test_whole_segments_older_than_six_years_go_and_nothing_else(team: UUID) -> None:
    kept = heads(team)
    with time_machine.travel(NOW, tick=False):
        assert retention.purge(team, NOW) == 8 * 4
        assert retention.purge(team, NOW) == 0
    report = verify(team, trusted_keys(), kept)
    assert (report.findings, report.purged, report.verified) == ([], 32, 12 * 4 + 1)
    assert all_proved(team)
    assert Entry.objects.filter(tenant=team).earliest("at").at >= NOW - timedelta(days=6 * 366)
    entry = Entry.objects.get(action="entries purged")
    assert (entry.details["first"], entry.details["last"], entry.details["entries"]) == (1, 8, 32)
    assert not Purging.objects.exists()


def test_a_later_purge_names_all_that_is_gone(team: UUID) -> None:
    """So that the entry of the first may be purged in its turn."""
    for years in (0, 2, 9):
        at = NOW + timedelta(days=366 * years)
        with time_machine.travel(at, tick=False):
            while retention.purge(team, at):
                pass
    report = verify(team, trusted_keys())
    assert (report.findings, report.purged) == ([], 80 + 2)
    assert all_proved(team)


def test_what_is_removed_beyond_a_purge_is_found(team: UUID) -> None:

    retention.purge(team, NOW)
    guards.take_down(connection)
    ninth = Segment.objects.get(chain=team, number=9)
    run("DELETE FROM audit_entry WHERE id >= %s AND id <= %s", ninth.first, ninth.last)
    guards.put_up(connection)
    assert [each.entry for each in verify(team, trusted_keys()).findings] == [ninth.first]


def test_a_hold_keeps_everything_and_a_team_may_keep_longer_but_not_shorter(team: UUID) -> None:
    retention.hold(team, "SEC inquiry", None)
    assert retention.purge(team, NOW) == 0
    retention.release(team, "Closed", None)
    retention.keep_for(team, 9, None)
    assert retention.purge(team, NOW) == 2 * 4
    for years in (0, 5, 101):
        with pytest.raises(retention.NotKept):
            retention.keep_for(team, years, None)
    actions = Entry.objects.filter(tenant=team).order_by("-pk").values_list("action", flat=True)[:4]
    assert set(actions) == {"hold placed", "hold released", "retention changed", "entries purged"}


def test_a_floor_that_is_raised_holds_for_everyone(team: UUID, settings: Any) -> None:
    retention.keep_for(team, 7, None)
    settings.AUDIT_YEARS = 11
    assert retention.purge(team, NOW) == 0


def test_a_segment_with_one_young_entry_is_kept_whole(db: None) -> None:
    chain = Tenant.objects.create(slug="first", name="First").id
    for days in (366 * 7, 10):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            write(chain, 2)
    sealing.work_off()
    assert retention.purge(chain, NOW) == 0


def test_the_worker_does_it_for_every_chain(team: UUID) -> None:
    retention._next = 0
    with time_machine.travel(NOW, tick=False):
        assert retention.work()
        while retention.work():
            pass
    assert Retention.objects.get(pk=team).purged == 8
    assert verify(NOBODY, trusted_keys()).findings == []


def test_an_owner_sets_years_and_holds(acme: Tenant, ana: Person) -> None:
    assert "6" in ana.get(PATH)
    assert "Entries are kept for 8 years." in ana.post(PATH, act="years", years="8")
    assert "Enter 6 to 100 years" in ana.post(PATH, act="years", years="5")
    assert "Legal hold placed" in ana.post(PATH, act="hold", reason="SEC inquiry")
    assert "SEC inquiry" in ana.get(PATH)
    assert "Legal hold released" in ana.post(PATH, act="release", reason="Closed")
    assert retention.of(acme.id).hold == ""
    assert ana.post(PATH, act="hold", reason="").status == 400
    assert person("cora@acme.example", acme, Role.COMPLIANCE).get(PATH).status == 403
    assert retention.cutoff(Retention(chain=acme.id), timezone.now().replace(year=2028, month=2, day=29)).year == 2022
