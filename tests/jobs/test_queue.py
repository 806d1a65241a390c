"""A job is done by one worker at a time; who comes late changes nothing."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.jobs import queue
from apps.jobs.models import Job, State
from apps.jobs.running import Ending, Runner
from apps.tenants.models import Tenant
from tests.conftest import Person

pytestmark = pytest.mark.usefixtures("both_worlds")


def add(acme: Tenant, ana: Person, **asked: Any) -> Job:
    return queue.add(acme, ana.member, "export", asked)


def claim() -> queue.Lease | None:
    return queue.claim(["export"])


def ended(job: Job) -> None:
    """As if its worker had been gone for a while."""
    Job.objects.filter(pk=job.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_the_oldest_is_claimed_first_and_once(acme: Tenant, ana: Person) -> None:
    first, second = add(acme, ana), add(acme, ana)
    leases = [claim(), claim(), claim()]
    assert [lease and lease.job for lease in leases] == [first, second, None]


def test_a_kind_that_no_one_here_does_is_left(acme: Tenant, ana: Person) -> None:
    queue.add(acme, ana.member, "other", {})
    assert claim() is None


def test_one_team_keeps_no_other_waiting(acme: Tenant, ana: Person, borealis: Tenant, ben: Person) -> None:
    for _ in range(8):
        add(acme, ana)
    theirs = queue.add(borealis, ben.member, "export", {})
    taken = [lease.job.tenant for _ in range(5) if (lease := claim())]
    assert taken == [acme, acme, borealis]
    assert Job.objects.get(pk=theirs.pk).state == State.RUNNING


def test_what_is_reached_is_kept_and_gone_on_with(acme: Tenant, ana: Person) -> None:
    add(acme, ana)
    lease = claim()
    assert lease
    lease.beat(reached={"page": 7}, steps=700)
    assert claim() is None
    ended(lease.job)
    other = claim()
    assert other
    assert (other.job.reached, other.job.steps) == ({"page": 7}, 700)
    for late in (lambda: lease.beat(reached={"page": 8}), lease.finish, lambda: lease.fail(code="x"), lease.give_back):
        with pytest.raises(queue.Lost):
            late()
    assert Job.objects.get().reached == {"page": 7}
    other.finish(result={"file": "x"})
    assert Job.objects.get().state == State.DONE


def test_a_canceled_job_is_lost_to_its_worker_and_claimed_by_no_one(acme: Tenant, ana: Person) -> None:
    job = add(acme, ana)
    lease = claim()
    assert lease
    assert queue.cancel(job)
    assert not queue.cancel(job), "only once"
    with pytest.raises(queue.Lost):
        lease.beat()
    assert claim() is None


def test_a_job_that_ends_its_workers_fails_with_a_reason(acme: Tenant, ana: Person) -> None:
    job = add(acme, ana)
    for _ in range(queue.MOST_TRIES):
        assert claim()
        ended(job)
    assert claim() is None
    job.refresh_from_db()
    assert (job.state, job.result) == (State.FAILED, {"code": "workers ended"})


def test_one_that_comes_further_each_time_may_go_on(acme: Tenant, ana: Person) -> None:
    job = add(acme, ana)
    for step in range(queue.MOST_TRIES * 2):
        lease = claim()
        assert lease
        lease.beat(steps=step + 1)
        ended(job)


def test_a_worker_that_ends_gives_its_job_back(acme: Tenant, ana: Person) -> None:
    add(acme, ana)

    def work(lease: queue.Lease) -> None:
        lease.beat(steps=1)
        raise Ending

    assert Runner({"export": work}).work_here()
    assert Job.objects.get().state == State.QUEUED
    again = claim()
    assert again
    assert again.job.steps == 1


def test_a_fault_of_ours_ends_one_job_and_no_other(acme: Tenant, ana: Person) -> None:
    bad, good = add(acme, ana), add(acme, ana)

    def work(lease: queue.Lease) -> None:
        if lease.job == bad:
            raise RuntimeError("a fault")
        lease.finish(result={"ok": True})

    runner = Runner({"export": work})
    while runner.work_here():
        pass
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.result, good.state) == (State.FAILED, {"code": "fault"}, State.DONE)


@pytest.mark.usefixtures("transactional_db")
def test_a_long_job_keeps_no_other_work_waiting(acme: Tenant, ana: Person) -> None:
    add(acme, ana)
    begun, may_end = threading.Event(), threading.Event()

    def work(lease: queue.Lease) -> None:
        begun.set()
        may_end.wait(10)
        lease.finish()

    runner = Runner({"export": work})
    assert runner.work()
    assert begun.wait(10)
    assert not runner.work(), "nothing more to begin, and it did not wait"
    may_end.set()
    runner.end()
    assert Job.objects.get().state == State.DONE
