"""How long entries of the audit log are kept, and what takes them away afterwards.

A purge takes whole segments from the beginning of a chain, and leaves their hashes: whatever else was sealed can still be
proved. It is an entry itself, sealed in the same transaction, which names all segments that are gone so far.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.audit import proofs
from apps.audit.actions import Action
from apps.audit.models import NOBODY, Purging, Segment
from apps.audit.record import by, record
from apps.audit.segments import head_of
from apps.staff.models import StaffMember

from . import rows, sealing
from .models import Retention

MOST_YEARS = 100
AT_ONCE, MOST = 200, 20_000
"""Segments, and about how many entries, of one transaction."""
LOOK = 3600.0
"""Seconds between two looks of a worker for what is due."""
_next = 0.0


class NotKept(Exception):
    """The text says why a setting can't be."""


def least() -> int:
    return int(settings.AUDIT_YEARS)


def of(chain: UUID) -> Retention:
    return Retention.objects.filter(pk=chain).first() or Retention(chain=chain)


def years_of(held: Retention) -> int:
    """Never below the administrator's floor, also where that was raised since."""
    return max(held.years or 0, least())


@transaction.atomic
def keep_for(chain: UUID, years: int, actor: StaffMember | None) -> None:
    """Raises NotKept."""
    if not least() <= years <= MOST_YEARS:
        raise NotKept(f"Enter {least()} to {MOST_YEARS} years. Your administrator sets the minimum.")
    Retention.objects.update_or_create(pk=chain, defaults={"years": years})
    record(Action.RETENTION_CHANGED, tenant=chain, years=years, **by(actor))


@transaction.atomic
def hold(chain: UUID, reason: str, actor: StaffMember | None) -> None:
    """A legal hold: nothing is purged until it is released."""
    Retention.objects.update_or_create(pk=chain, defaults={"hold": reason[:200], "held_since": timezone.now()})
    record(Action.HOLD_PLACED, tenant=chain, reason=reason[:200], **by(actor))


@transaction.atomic
def release(chain: UUID, reason: str, actor: StaffMember | None) -> None:
    if Retention.objects.filter(pk=chain).exclude(hold="").update(hold="", held_since=None):
        record(Action.HOLD_RELEASED, tenant=chain, reason=reason[:200], **by(actor))


def work() -> bool:
    """Purges what is due, a piece at a time. Whether there was anything."""
    global _next
    if time.monotonic() < _next:
        return False
    for chain in Segment.objects.order_by().values_list("chain", flat=True).distinct():
        if purge(chain, timezone.now()):
            return True
    _next = time.monotonic() + LOOK
    return False


def cutoff(held: Retention, now: datetime) -> datetime:
    years = years_of(held)
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # February 29
        return now.replace(year=now.year - years, day=28)


def due(held: Retention, now: datetime) -> list[Segment]:
    """Whole segments from the first that is kept, up to the first with an entry that must be."""
    if held.hold:
        return []
    before, size = cutoff(held, now), 0
    found: list[Segment] = []
    for segment in Segment.objects.filter(chain=held.chain, number__gt=held.purged).order_by("number")[:AT_ONCE]:
        if datetime.fromisoformat(head_of(segment)["to"]) >= before:
            break
        found.append(segment)
        size += head_of(segment)["count"]
        if size >= MOST:
            break
    return found


def purge(chain: UUID, now: datetime) -> int:
    """How many entries were taken away."""
    if not due(of(chain), now):
        return 0
    with transaction.atomic():
        if not sealing.is_ours():
            return 0
        held = Retention.objects.select_for_update().get_or_create(pk=chain)[0]
        segments = due(held, now)
        if not segments:
            return 0
        numbers = [number for each in segments for number, _ in proofs.entries(bytes(each.leaves))]
        remove(numbers)
        held.purged = segments[-1].number
        held.save(update_fields=("purged",))
        record(
            Action.ENTRIES_PURGED,
            actor=None,
            tenant=None if chain == NOBODY else chain,
            first=1,
            last=held.purged,
            entries=len(numbers),
            until=cutoff(held, now).isoformat(),
        )
        while sealing.seal():
            pass
    return len(numbers)


def remove(numbers: Sequence[int]) -> None:
    """Past the guards, which let it through for this transaction alone."""
    permit = Purging.objects.create()
    is_postgresql = connection.vendor == "postgresql"
    given = list(numbers) if is_postgresql else msgspec.json.encode(numbers).decode()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM audit_entry WHERE {rows.NUMBERED[connection.vendor]}", [given])  # noqa: S608
    permit.delete()
