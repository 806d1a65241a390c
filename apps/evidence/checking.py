"""Each night the log of every team is verified from end to end; its page says when that was, and what was found."""

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.utils import timezone

from apps.audit.models import NOBODY
from apps.jobs import queue
from apps.jobs.models import Job, State
from apps.jobs.queue import Lease
from apps.tenants.models import Tenant

from .models import Check
from .verifying import trusted_keys, verify

log = structlog.get_logger("audit")
KIND = "audit-check"
EVERY = timedelta(hours=24)
LOOK = 600.0
"""Seconds between two looks of a worker for what is due."""
TOLD = 5
_next = 0.0


def schedule() -> bool:
    """A job for each team whose last check is a day old. False: there is no more to do at once."""
    global _next
    if time.monotonic() < _next:
        return False
    _next = time.monotonic() + LOOK
    fresh = Check.objects.filter(at__gt=timezone.now() - EVERY).values("chain")
    open_ = Job.objects.filter(kind=KIND, state__in=(State.QUEUED, State.RUNNING)).values("tenant")
    for tenant in Tenant.objects.exclude(pk__in=fresh).exclude(pk__in=open_):
        queue.add(tenant, None, KIND, {})
    return False


def make(lease: Lease) -> None:
    """Of a job of KIND. Raises jobs.queue.Lost."""
    check(lease.job.tenant_id, lambda: lease.beat() if lease.is_due() else None)
    check(NOBODY, lambda: lease.beat() if lease.is_due() else None)
    lease.finish()


def check(chain: UUID, tick: Callable[[], None]) -> Check:
    report = verify(chain, trusted_keys(), tick=tick)
    wrong = [finding.words for finding in report.findings[:TOLD]]
    if wrong:
        log.error("the audit log differs from what was sealed", chain=str(chain), first=wrong[0])
    held = {"at": timezone.now(), "entries": report.verified, "waiting": report.waiting, "wrong": wrong}
    return Check.objects.update_or_create(pk=chain, defaults=held)[0]
