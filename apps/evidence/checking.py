"""Each night the log of every team is verified from end to end; its page says when that was, and what was found."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import connection
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
TICK = 0.2
KEPT = timedelta(days=7)
_next = 0.0


def schedule() -> bool:
    """A job for each team whose last check is a day old. False: there is no more to do at once."""
    global _next
    if time.monotonic() < _next:
        return False
    _next = time.monotonic() + LOOK
    now = timezone.now()
    fresh = Check.objects.filter(at__gt=now - EVERY).values("chain")
    open_ = Job.objects.filter(kind=KIND, state__in=(State.QUEUED, State.RUNNING)).values("tenant")
    for tenant in Tenant.objects.exclude(pk__in=fresh).exclude(pk__in=open_):
        queue.add(tenant, None, KIND, {})
    Job.objects.filter(kind=KIND, ended_at__lt=now - KEPT).delete()
    return False


def make(lease: Lease) -> None:
    """Of a job of KIND; what concerns no team is checked along with the first. Raises jobs.queue.Lost."""
    is_fresh = Check.objects.filter(pk=NOBODY, at__gt=timezone.now() - EVERY).exists()
    with ThreadPoolExecutor(1) as apart:  # it reads in one transaction, in which no sign of life could be written
        for chain in [lease.job.tenant_id, *([] if is_fresh else [NOBODY])]:
            found = apart.submit(check_apart, chain)
            while not wait([found], TICK).done:
                if lease.is_due():
                    lease.beat()
            found.result()
    lease.finish()


def check_apart(chain: UUID) -> None:
    try:
        check(chain)
    finally:
        connection.close()


def check(chain: UUID) -> Check:
    report = verify(chain, trusted_keys())
    wrong = [finding.words for finding in report.findings[:TOLD]]
    if wrong:
        log.error("the audit log differs from what was sealed", chain=str(chain), first=wrong[0])
    held = {"at": timezone.now(), "entries": report.verified, "waiting": report.waiting, "wrong": wrong}
    return Check.objects.update_or_create(pk=chain, defaults=held)[0]
