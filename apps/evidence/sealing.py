"""Entries of the audit log are sealed into segments: EVERY few seconds, and at once after weighty acts.

Whoever writes an entry waits for none of this. One process seals at a time; what it takes are the entries that a trigger queued
with them, so what is sealed never depends on the order in which transactions end.
"""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import close_old_connections, connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.audit import outage, proofs, segments
from apps.audit.actions import WEIGHTY
from apps.audit.models import NOBODY, Entry, Segment, Unsealed
from apps.tenants import signing

log = structlog.get_logger("sealing")
PAUSE = 0.5
EVERY = timedelta(seconds=3)
"""5 seconds are promised."""
MOST = 5_000
"""Entries that are sealed in one transaction."""
LOOKED_AT = 200
LOCK = 7_301_144_013
"""Of PostgreSQL, for the transaction that seals; SQLite has one writer anyway."""


def work() -> bool:
    """Whether anything was sealed."""
    if not is_due():
        return False
    with transaction.atomic():
        if not is_ours():
            return False
        return bool(seal())


def work_off() -> bool:
    """Seals whatever waits, due or not."""
    number = 0
    while True:
        with transaction.atomic():
            sealed = seal() if is_ours() else 0
        number += sealed
        if not sealed:
            return bool(number)


def go_on(is_ending: Callable[[], bool]) -> None:
    """In a thread of its own: a worker's other work may wait for an API."""
    while not is_ending():
        try:
            is_busy = work()
        except Exception as error:
            outage.log_error(log, error, "the audit log can’t be sealed; trying again")
            is_busy = False
        if not is_busy:
            close_old_connections()
            time.sleep(PAUSE)
    connection.close()


def is_due() -> bool:
    late = timezone.now() - EVERY
    return any(entry.at <= late or entry.action in WEIGHTY for entry in waiting(LOOKED_AT))


def waiting(most: int) -> list[Entry]:
    """The oldest entries that aren't sealed yet. Two questions, so that no database begins with all entries;
    what was removed before it was sealed is passed over, since it would wait for ever."""
    is_there = Exists(Entry.objects.filter(pk=OuterRef("pk")))
    numbers = list(Unsealed.objects.filter(is_there).order_by("pk").values_list("pk", flat=True)[:most])
    entries = Entry.objects.in_bulk(numbers)
    return [entries[number] for number in numbers if number in entries]


def is_ours() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        (taken,) = cursor.fetchone()
    return bool(taken)


def seal() -> int:
    """How many entries are sealed by this. Raises connections.KeyLost if the signing key doesn't open."""
    by_chain: dict[UUID, list[Entry]] = defaultdict(list)
    for entry in waiting(MOST):
        by_chain[entry.tenant or NOBODY].append(entry)
    for chain, entries in by_chain.items():
        add(chain, entries)
    sealed = [entry.pk for entries in by_chain.values() for entry in entries]
    Unsealed.objects.filter(pk__in=sealed).delete()
    return len(sealed)


def add(chain: UUID, entries: list[Entry]) -> Segment:
    """`entries`: by ID."""
    former = Segment.objects.filter(chain=chain).order_by("-number").first()
    leaves = [segments.leaf_of(entry) for entry in entries]
    span = min(entry.at for entry in entries), max(entry.at for entry in entries)
    head = segments.next_head(chain, former, leaves, span, timezone.now())
    content = proofs.head_bytes(head)
    signature = signing.sign(content)
    return Segment.objects.create(
        chain=chain,
        number=head["number"],
        first=head["first"],
        last=head["last"],
        leaves=b"".join(leaves),
        head=content,
        hash=proofs.segment_hash(content, signature.public_key, signature.value),
        key=signature.public_key,
        signature=signature.value,
    )
