"""Segments of the audit log: what a head says, and what entries have for leaves."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from . import proofs
from .content import content
from .models import Entry, Segment

VERSION = 1


def leaf_of(entry: Entry) -> bytes:
    """What the entry was hashed to when it was written; one of a former release is hashed as it stands, without salt."""
    return proofs.leaf(entry.pk, bytes(entry.leaf) if entry.leaf else proofs.entry_hash(b"", content_of(entry)))


def content_of(entry: Entry) -> bytes:
    if entry.content is not None:
        return bytes(entry.content)
    return content(entry.at, entry.tenant, entry.actor_id, entry.action, entry.subject, entry.details, entry.request_id)


def head_of(segment: Segment) -> dict[str, Any]:
    return dict(json.loads(bytes(segment.head)))


def next_head(
    chain: UUID, former: Segment | None, leaves: Sequence[bytes], span: tuple[datetime, datetime], sealed_at: datetime
) -> dict[str, Any]:
    """`leaves`: in the order of their numbers; `span`: when the first and the last entry were written. Times are UTC."""
    (first, _), *_, (last, _) = proofs.entries(leaves[0] + leaves[-1])
    before = head_of(former)["total"] if former else 0
    return {
        "version": VERSION,
        "chain": chain.hex,
        "number": former.number + 1 if former else 1,
        "previous": former.hash if former else "",
        "root": proofs.root(leaves).hex(),
        "count": len(leaves),
        "total": before + len(leaves),
        "first": first,
        "last": last,
        "from": span[0].isoformat(),
        "to": span[1].isoformat(),
        "sealed": sealed_at.isoformat(),
    }
