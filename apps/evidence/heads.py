"""Heads of segments, kept where nobody with the database's rights reaches: a file, an address, and emails (telling).

Each head carries its whole past: a log that was cut, or sealed again, no longer matches the heads that were kept.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.utils import timezone

from apps.audit import proofs
from apps.audit.models import Segment
from apps.upstream import errors, transport
from apps.upstream.deadlines import Deadline

from .models import Kept
from .verifying import Head

log = structlog.get_logger("heads")
MOST = 500
AGAIN = timedelta(minutes=1)
"""After a try that failed, or whose worker is gone."""
SECONDS = 10.0


def line(segment: Segment) -> dict[str, str]:
    return {
        "hash": segment.hash,
        "head": bytes(segment.head).decode(),
        "key": segment.key,
        "signature": segment.signature,
    }


def to_file(lines: Sequence[dict[str, str]]) -> None:
    """Raises OSError. A line that a crash cut off stands alone: what follows begins on a new one."""
    path = Path(settings.AUDIT_HEADS_FILE)
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
        is_cut = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * is_cut + b"".join(json.dumps(each).encode() + b"\n" for each in lines))
        file.flush()
        os.fsync(file.fileno())


def to_address(lines: Sequence[dict[str, str]]) -> None:
    """Raises errors.UpstreamError."""
    url = urlsplit(settings.AUDIT_HEADS_URL)
    transport.send(
        transport.Call(
            f"{url.scheme}://{url.netloc}",
            (url.path or "/") + (f"?{url.query}" if url.query else ""),
            credential=None,
            deadline=Deadline.within(SECONDS),
            rules=transport.Rules(frozenset({url.hostname or ""}), settings.UPSTREAM_CA_FILE),
            method="POST",
            body=json.dumps({"heads": list(lines)}).encode(),
            ok=(200, 201, 202, 204),
            tries=1,
        )
    )


PLACES: dict[str, tuple[str, Callable[[Sequence[dict[str, str]]], None]]] = {
    "file": ("AUDIT_HEADS_FILE", to_file),
    "address": ("AUDIT_HEADS_URL", to_address),
}
"""Each with the setting without which it isn't used."""


def used() -> list[str]:
    return [name for name, (setting, _) in PLACES.items() if getattr(settings, setting)]


def work() -> bool:
    """Whether any head was kept. One worker at a time writes to a place; a head may come twice, and none is left out."""
    kept = [keep(place) for place in used()]
    return any(kept)


def keep(place: str) -> bool:
    kept, _ = Kept.objects.get_or_create(place=place)
    segments = list(Segment.objects.filter(pk__gt=kept.upto).order_by("pk").defer("leaves")[:MOST])
    now = timezone.now()
    held = Kept.objects.filter(place=place, upto=kept.upto, due_at__lte=now)
    if not segments or not held.update(due_at=now + AGAIN):
        return False
    mine = Kept.objects.filter(place=place, due_at=now + AGAIN)
    try:
        PLACES[place][1]([line(segment) for segment in segments])
    except (OSError, errors.UpstreamError) as error:
        log.warning("heads of the audit log can’t be kept", place=place, error=type(error).__name__)
        mine.update(failed_at=now)
        return False
    return bool(mine.update(upto=segments[-1].pk, due_at=now, failed_at=None))


class Elsewhere(NamedTuple):
    """What was kept. `heads`: chain -> number of the segment -> its head; `keys`: that signed; `unread`: lines that are no
    heads, such as one that a crash cut off."""

    heads: dict[UUID, dict[int, Head]]
    keys: set[str]
    unread: int


def read(lines: Iterable[str]) -> Elsewhere:
    """Of two heads with one number the first counts: it was there before the log was sealed again."""
    found: dict[UUID, dict[int, Head]] = defaultdict(dict)
    keys, unread = set(), 0
    for text in lines:
        try:
            chain, number, head, key = parsed(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            unread += bool(text.strip())
            continue
        found[chain].setdefault(number, head)
        keys.add(key)
    return Elsewhere(dict(found), keys, unread)


def parsed(kept: dict[str, Any]) -> tuple[UUID, int, Head, str]:
    """Raises ValueError, KeyError, TypeError or AttributeError for what is no head."""
    head, key = kept["head"], kept["key"]
    if proofs.segment_hash(head.encode(), key, kept["signature"]) != kept["hash"]:
        raise ValueError("no head")
    says = json.loads(head)
    return UUID(says["chain"]), int(says["number"]), Head(kept["hash"], int(says["first"])), key
