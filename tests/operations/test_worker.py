"""A worker compares each team with Tokeny in its turn, says that it is alive, and takes away what has ended."""

import signal
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from apps.disclaimers import drafting, watching
from apps.disclaimers.models import Watch
from apps.operations import housekeeping
from apps.operations.models import WorkerBeat
from apps.staff.models import Limit
from apps.tenants.models import Tenant, TokenySignIn
from tests.conftest import Person
from tests.disclaimers.conftest import connect_tokeny, member, written
from tests.operations.conftest import Installation
from tests.stand_in import Sandbox

LISTS = "/disclaimers"


def compared(sandbox: Sandbox) -> int:
    return sum(call["path"] == LISTS for call in sandbox.ledger)


def test_a_team_is_compared_once_in_five_minutes(at_tokeny: TokenySignIn, sandbox: Sandbox) -> None:
    assert watching.compare_due()
    assert compared(sandbox) == 1
    assert not watching.compare_due()
    assert not watching.compare_due(timezone.now() + timedelta(minutes=4))
    assert watching.compare_due(timezone.now() + timedelta(minutes=6))
    assert compared(sandbox) == 2


def test_a_comparison_that_fails_delays_no_other_team(
    at_tokeny: TokenySignIn, borealis: Tenant, sandbox: Sandbox
) -> None:
    connect_tokeny(borealis, sandbox)
    TokenySignIn.objects.filter(pk=at_tokeny.pk).update(base_url="nonsense")
    while watching.compare_due():
        pass
    assert Watch.objects.get(tenant=borealis).checked_at is not None
    assert Watch.objects.get(tenant=at_tokeny.tenant).checked_at is None


def test_old_drafts_go_once_newer_ones_followed(acme: Tenant, ana: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    made = written(acme, ana, "First")
    for revision, text in enumerate(("Second", "Third"), start=1):
        drafting.save(made, text, revision, member(ana))
        made.refresh_from_db()
    made.drafts.exclude(revision=2).update(at=timezone.now() - timedelta(days=31))
    monkeypatch.setattr(housekeeping, "_next", 0.0)
    housekeeping.work()
    assert [draft.text for draft in made.drafts.order_by("revision")] == ["Second", "Third"]


def test_what_has_ended_is_taken_away(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for name, hours in (("old", -1), ("new", 1)):
        ends = now + timedelta(hours=hours)
        Session.objects.create(session_key=name, expire_date=ends)
        Limit.objects.create(cache_key=name, value="1", expires=ends)
    WorkerBeat.objects.create(process="gone", at=now - timedelta(days=2))
    WorkerBeat.objects.create(process="here", at=now)
    monkeypatch.setattr(housekeeping, "_next", 0.0)
    assert not housekeeping.work(), "nothing more to do at once"
    assert [session.pk for session in Session.objects.all()] == ["new"]
    assert [limit.pk for limit in Limit.objects.all()] == ["new"]
    assert [beat.process for beat in WorkerBeat.objects.all()] == ["here"]


def test_a_worker_says_that_it_is_alive_and_takes_its_leave(filled: Installation) -> None:
    worker = filled.start("worker")
    until = time.monotonic() + 30
    while "ok     worker: 1 running." not in (said := filled.run("doctor").stdout):
        assert time.monotonic() < until, said
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    assert "WRONG  worker: none is running. Start one: manage.py worker" in filled.run("doctor").stdout
