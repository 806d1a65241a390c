"""What proves that an entry is in the sealed log, to somebody who has neither the log nor us."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from apps.audit import proofs
from apps.audit.models import Entry, Segment
from apps.audit.segments import content_of

NEAR = 50
"""Segments that are looked at for an entry: those of long transactions overlap."""


class Sealed:
    """A segment, taken apart once for all its entries."""

    def __init__(self, segment: Segment) -> None:
        leaves = proofs.leaves(bytes(segment.leaves))
        self.segment, self.levels = segment, proofs.levels(leaves)
        self.places = {number: at for at, (number, _) in enumerate(proofs.entries(bytes(segment.leaves)))}


class Prover:
    """Entries come in about their order, so the segment of the last is the first to look at. `used`: lines of all segments that
    were needed, by number."""

    def __init__(self, chain: UUID) -> None:
        self.chain, self.at = chain, dict[int, Sealed]()
        self.used: dict[int, dict[str, Any]] = {}

    def lines(self, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
        """Each entry with its place. One that isn't sealed yet has no segment, and says so."""
        for entry in entries:
            said = {"id": entry.pk, "content": content_of(entry).decode(), "salt": bytes(entry.salt or b"").hex()}
            found = self.sealed(entry.pk)
            if found is None:
                yield said | {"segment": None}
                continue
            index = found.places[entry.pk]
            path = [each.hex() for each in proofs.path(found.levels, index)]
            yield said | {"segment": found.segment.number, "index": index, "path": path}

    def sealed(self, number: int) -> Sealed | None:
        for held in self.at.values():
            if number in held.places:
                return held
        near = Segment.objects.filter(chain=self.chain, first__lte=number, last__gte=number).order_by("-first")[:NEAR]
        for segment in near:
            held = Sealed(segment)
            if number in held.places:
                if len(self.at) >= NEAR:
                    self.at.pop(next(iter(self.at)))
                self.at[segment.number] = held
                self.used[segment.number] = head_line(segment)
                return held
        return None


def head_line(segment: Segment) -> dict[str, Any]:
    return {
        "number": segment.number,
        "head": bytes(segment.head).decode(),
        "key": segment.key,
        "signature": segment.signature,
    }
