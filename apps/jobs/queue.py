"""Claiming a job, keeping it, ending it. Each is one conditional UPDATE, so any number of workers may run at once.

Who holds a job says so before the lease ends. Whoever comes late, or finds the job canceled, changes no row, and is told by
`Lost`: from then on nothing more is written for it.
"""

import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.tenants.models import Tenant

from .models import Job, State

LEASE = timedelta(seconds=30)
BEAT = 0.5
"""Seconds between two signs of life: a canceled job stops within one."""
AT_ONCE = 2
"""Jobs of one team that run at once: the others of its calls are for people who wait."""
MOST_OPEN = 20
"""Jobs of one team that wait or run."""
MOST_TRIES = 5
"""Claims in a row that came no step further, each by a worker that then was gone: the job is what ends them."""
WORKERS_ENDED = {"code": "workers ended"}


class Lost(Exception):
    """The job was canceled, or belongs to another worker by now."""


@dataclass
class Lease:
    """A job that is ours for the time being. `holder`: this claim alone."""

    job: Job
    holder: uuid.UUID
    is_ending: Callable[[], bool] = lambda: False
    """Whether the worker is to stop: the job is then given back."""
    next_beat: float = 0.0

    def is_due(self) -> bool:
        return time.monotonic() >= self.next_beat

    def beat(self, **values: Any) -> None:
        """Saves how far the job is and holds it for another LEASE. Raises Lost."""
        if "steps" in values:  # who starts over is no further until it is beyond what was reached before
            values |= {"tries": 0} if values["steps"] > self.job.steps else {"steps": self.job.steps}
        self._write(leased_until=timezone.now() + LEASE, **values)
        self.next_beat = time.monotonic() + BEAT

    def finish(self, **values: Any) -> None:
        """Raises Lost."""
        self._end(State.DONE, **values)

    def fail(self, **why: Any) -> None:
        """`why`: what is kept as the result. Raises Lost."""
        self._end(State.FAILED, result=why)

    def give_back(self) -> None:
        """To be claimed by another worker at once. Raises Lost."""
        self._write(state=State.QUEUED, holder=None, leased_until=None, tries=0)

    def _end(self, state: State, **values: Any) -> None:
        self._write(state=state, ended_at=timezone.now(), holder=None, leased_until=None, **values)

    def _write(self, **values: Any) -> None:
        if not Job.objects.filter(pk=self.job.pk, state=State.RUNNING, holder=self.holder).update(**values):
            raise Lost
        for name, value in values.items():
            setattr(self.job, name, value)


def add(tenant: Tenant, person: Any, kind: str, asked: dict[str, Any]) -> Job:
    return Job.objects.create(tenant=tenant, person=person, kind=kind, asked=asked)


def are_many(tenant: Tenant) -> bool:
    """Whether a team has as many open as it may."""
    return Job.objects.filter(tenant=tenant, state__in=(State.QUEUED, State.RUNNING)).count() >= MOST_OPEN


def cancel(job: Job) -> bool:
    """Whether it was still open."""
    return bool(
        Job.objects.filter(pk=job.pk, state__in=(State.QUEUED, State.RUNNING)).update(
            state=State.CANCELED, ended_at=timezone.now(), holder=None, leased_until=None
        )
    )


def claim(kinds: Collection[str], now: datetime | None = None) -> Lease | None:
    """The oldest job that waits, or whose worker is gone, of a team with fewer than AT_ONCE under way."""
    now = now or timezone.now()
    for job in waiting(kinds, now)[:5]:
        with transaction.atomic():
            Tenant.objects.select_for_update().get(pk=job.tenant_id)
            if running(now).filter(tenant=job.tenant_id).count() < AT_ONCE and (lease := take(job, now)):
                return lease
    return None


def waiting(kinds: Collection[str], now: datetime) -> QuerySet[Job]:
    full = running(now).values("tenant").annotate(number=Count("pk")).filter(number__gte=AT_ONCE).values("tenant")
    return Job.objects.filter(claimable(now), kind__in=kinds).exclude(tenant__in=full).order_by("at", "id")


def claimable(now: datetime) -> Q:
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, leased_until__lt=now)


def running(now: datetime) -> QuerySet[Job]:
    return Job.objects.filter(state=State.RUNNING, leased_until__gte=now).order_by()


def take(job: Job, now: datetime) -> Lease | None:
    """None if another was faster, or if the job has ended too many workers."""
    free = Job.objects.filter(claimable(now), pk=job.pk)
    if job.tries >= MOST_TRIES:
        free.update(state=State.FAILED, ended_at=now, holder=None, leased_until=None, result=WORKERS_ENDED)
        return None
    holder = uuid.uuid4()
    taken = free.update(
        state=State.RUNNING,
        holder=holder,
        leased_until=now + LEASE,
        started_at=Coalesce("started_at", now),
        tries=F("tries") + 1,
    )
    if not taken:
        return None
    job.refresh_from_db()
    return Lease(job, holder)
