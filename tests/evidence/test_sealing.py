"""Entries are sealed within seconds, at once after weighty acts, by one process at a time, and none is left out."""

import threading
import time
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.models import Entry, Segment, Unsealed
from apps.audit.record import record
from apps.evidence import sealing
from apps.evidence.verifying import trusted_keys, verify
from apps.tenants.connections import KeyLost
from apps.tenants.models import SigningKey, Tenant
from tests.evidence.sealed import write


@pytest.fixture
def team(transactional_db: None) -> UUID:
    return Tenant.objects.create(slug="first", name="First").id


def test_it_waits_a_few_seconds_but_for_weighty_acts(team: UUID) -> None:
    write(team, 2)
    assert not sealing.work(), "two that are not weighty"
    with time_machine.travel(timezone.now() + sealing.EVERY):
        assert sealing.work()
    record(Action.SEARCHED, actor=None, tenant=team)
    assert not sealing.work()
    record(Action.MEMBER_REMOVED, actor=None, tenant=team)
    assert sealing.work()
    assert not Unsealed.objects.exists()
    assert [segment.number for segment in Segment.objects.order_by("number")] == [1, 2]


def test_an_entry_of_a_long_transaction_is_sealed_after_later_ones(team: UUID) -> None:
    """Its number is lower than that of entries which were sealed before it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    entered, leave = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(Action.SEARCHED, actor=None, tenant=team)
            entered.set()
            leave.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    entered.wait(20)
    write(team, 3)
    assert sealing.work_off()
    leave.set()
    thread.join()
    assert sealing.work_off()
    report = verify(team, trusted_keys())
    assert (report.findings, report.verified, report.segments) == ([], 4, 2)
    first, second = Segment.objects.order_by("number")
    assert bytes(second.leaves)[:8] < bytes(first.leaves)[:8]


def test_writers_and_sealers_at_once_leave_nothing_out(team: UUID) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite of the tests is in memory, where it doesn’t wait for another writer")
    stop, failed = threading.Event(), list[Exception]()

    def repeat(act: Any) -> None:
        try:
            while not stop.is_set():
                act()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    acts = [lambda: write(team, 1), lambda: write(team, 1), sealing.work_off, sealing.work_off]
    threads = [threading.Thread(target=repeat, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    time.sleep(2)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    sealing.work_off()
    report = verify(team, trusted_keys())
    assert (report.findings, report.verified, report.waiting) == ([], Entry.objects.filter(tenant=team).count(), 0)
    assert report.verified > 20


def test_without_the_key_nothing_is_sealed_and_nothing_lost(team: UUID) -> None:
    write(team, 1)
    sealing.work_off()
    write(team, 1)
    SigningKey.objects.update(sealed="v1:gone:x:y")
    with pytest.raises(KeyLost):
        sealing.work_off()
    assert Unsealed.objects.count() == 1
