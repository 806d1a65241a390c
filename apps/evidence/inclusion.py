"""What proves that an entry is in the sealed log, to somebody who has neither the log nor us."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.audit import proofs
from apps.audit.models import Entry, Segment
from apps.audit.segments import content_of

NEAR = 50
"""Segments that are looked at for an entry: those of long transactions overlap."""


@dataclass(slots=True)
class Proved:
    """Lines of a record: entries, each with its place, and the segments that they need."""

    entries: list[dict[str, Any]]
    segments: list[dict[str, Any]]


def proved(chain: UUID, entries: Iterable[Entry]) -> Proved:
    """An entry that isn't sealed yet has no segment, and says so."""
    found: dict[int, Segment] = {}
    lines = []
    for entry in entries:
        segment = next((each for each in found.values() if index_in(each, entry.pk) is not None), None)
        segment = segment or segment_of(chain, entry.pk)
        if segment:
            found[segment.number] = segment
        lines.append(line(entry, segment))
    return Proved(lines, [head_line(found[number]) for number in sorted(found)])


def segment_of(chain: UUID, number: int) -> Segment | None:
    near = Segment.objects.filter(chain=chain, first__lte=number).order_by("-first")[:NEAR]
    return next((each for each in near if each.last >= number and index_in(each, number) is not None), None)


def index_in(segment: Segment, number: int) -> int | None:
    if not segment.first <= number <= segment.last:
        return None
    here = (at for at, (each, _) in enumerate(proofs.entries(bytes(segment.leaves))) if each == number)
    return next(here, None)


def line(entry: Entry, segment: Segment | None) -> dict[str, Any]:
    """`content`: the bytes that were hashed, as text."""
    said = {"id": entry.pk, "content": content_of(entry).decode(), "salt": bytes(entry.salt or b"").hex()}
    index = index_in(segment, entry.pk) if segment else None
    if segment is None or index is None:
        return said | {"segment": None}
    leaves = proofs.leaves(bytes(segment.leaves))
    path = [each.hex() for each in proofs.path(leaves, index)]
    return said | {"segment": segment.number, "index": index, "path": path}


def head_line(segment: Segment) -> dict[str, Any]:
    return {
        "number": segment.number,
        "head": bytes(segment.head).decode(),
        "key": segment.key,
        "signature": segment.signature,
    }


def of_team(chain: UUID) -> Iterator[dict[str, Any]]:
    """The newest head of the chain, which stands for all before it."""
    last = Segment.objects.filter(chain=chain).order_by("-number").defer("leaves").first()
    if last:
        yield head_line(last)
