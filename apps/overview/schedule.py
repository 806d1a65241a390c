"""When a pass is due: the first as soon as a team has a key, a whole one each night, a later one every hour, or as the team
wishes, while somebody looks at the overview."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from apps.jobs import queue
from apps.jobs.models import Job, State
from apps.staff.models import StaffMember
from apps.tenants.models import IssuanceKey, Tenant

from .models import Digest, Snapshot
from .passes import KIND

LOOKING = timedelta(minutes=70)
"""Since somebody looked: who leaves the page open asks for it again now and then."""
NIGHT = 2
"""The hour of the team's day at which all is read again."""
PAUSE = timedelta(minutes=10)
"""After a pass that failed."""
KEPT = timedelta(days=2)
"""An ended job."""
ROUND = 5.0
"""Seconds between two rounds of each worker."""
_next = 0.0


def work() -> bool:
    """Begins what is due. False: there is nothing more to do at once."""
    global _next
    if time.monotonic() < _next:
        return False
    _next = time.monotonic() + ROUND
    now = datetime.now(UTC)
    began = [begin(team, None, **asked) for team in teams() if (asked := due(team, now)) is not None]
    for model in (Snapshot, Digest):
        model.objects.exclude(tenant__issuance_keys__isnull=False).delete()
    Job.objects.filter(kind=KIND, ended_at__lt=now - KEPT).delete()
    return any(began)


def teams() -> list[Tenant]:
    """Those with a key."""
    found = Tenant.objects.filter(issuance_keys__isnull=False).distinct()
    return list(found.select_related("snapshot").prefetch_related("issuance_keys"))


def due(team: Tenant, now: datetime) -> dict[str, Any] | None:
    """What a pass is to do; None if none is due. `team`: with its keys."""
    held: Snapshot | None = getattr(team, "snapshot", None)
    if held and held.failed and now < datetime.fromisoformat(held.failed["at"]) + PAUSE and not has_new_key(team, held):
        return None
    if held is None or held.as_of is None or held.whole_at is None:
        return {"is_whole": True}
    if is_of_others(team, held, team.issuance_keys.all()):
        return {"is_whole": True}
    if held.whole_at < last_night(now, team.zone):
        return {"is_whole": True}
    is_looked_at = held.looked_at and now < held.looked_at + LOOKING
    every = timedelta(minutes=team.sums_every)
    return {"is_whole": False} if every and is_looked_at and now >= held.as_of + every else None


def last_night(now: datetime, zone: ZoneInfo) -> datetime:
    night = now.astimezone(zone).replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    return night if night <= now else night - timedelta(days=1)


def has_new_key(team: Tenant, held: Snapshot) -> bool:
    """Whether a key was added or replaced since the last pass failed."""
    failed = datetime.fromisoformat(held.failed["at"])
    return any((key.replaced_at or key.created_at) > failed for key in team.issuance_keys.all())


def is_of_others(team: Tenant, held: Snapshot, keys: Iterable[IssuanceKey]) -> bool:
    """Whether the facts are of other keys than the team has, or by the weeks of another zone."""
    return held.zone != team.timezone or {*held.held.get("keys", {})} != {str(key.pk) for key in keys}


def begin(team: Tenant, person: StaffMember | None, *, is_whole: bool) -> bool:
    """Whether a pass was begun: there is one at a time."""
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=team.pk)
        if open_job(team):
            return False
        queue.add(team, person, KIND, {"is_whole": is_whole})
    return True


def open_job(team: Tenant) -> Job | None:
    return Job.objects.filter(tenant=team, kind=KIND, state__in=(State.QUEUED, State.RUNNING)).first()


def look(team: Tenant, now: datetime) -> None:
    """Notes that somebody looks, at most once in a minute."""
    Snapshot.objects.filter(tenant=team).exclude(looked_at__gt=now - timedelta(minutes=1)).update(looked_at=now)
