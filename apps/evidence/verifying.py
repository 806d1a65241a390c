"""Does the audit log still say what was sealed? Names what differs, from the first entry on.

Checked is, of a team's chain: every entry against the leaf that was sealed, every segment against its tree, its neighbor and
its signature, and, where heads are kept elsewhere, against those. What is not sealed yet is counted apart.
"""

import gc
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from apps.audit import proofs
from apps.audit.actions import Action
from apps.audit.content import Content, decode, encode
from apps.audit.models import NOBODY, Entry, Segment
from apps.tenants import signing
from apps.tenants.models import SigningKey

from . import rows
from .rows import Row

ROWS = 5_000
"""Entries that are read at a time."""
Sealed = tuple[int, bytes]
"""The number of an entry and its hash."""
SELDOM = 100_000
"""Objects between two looks of Python's for cycles."""
MOST = 1_000
"""Findings that are told of one chain; there may be more."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`entry`: the first that it concerns; `segment`: 0 if it is in none."""

    entry: int
    segment: int
    words: str


class Head(NamedTuple):
    """Of a segment, as it is kept elsewhere. `first`: the number of its first entry, if that is known."""

    hash: str
    first: int | None = None


@dataclass(slots=True)
class Report:
    """`verified`: entries that are as they were sealed, in `segments`, the newest of `sealed_at`; `purged`: of which the hashes
    alone are kept; `waiting`: not sealed yet, the newest written at `newest`; `heads`: how many kept elsewhere were looked at."""

    chain: UUID
    heads: int = 0
    verified: int = 0
    purged: int = 0
    segments: int = 0
    sealed_at: str = ""
    waiting: int = 0
    newest: str | None = None
    findings: list[Finding] = field(default_factory=list)

    def wrong(self, segment: int, entry: int, words: str) -> None:
        if len(self.findings) < MOST:
            self.findings.append(Finding(entry, segment, words))


@dataclass(slots=True)
class Place:
    """Where in its chain the next segment is to stand. `last`: the number of the last entry before it."""

    number: int = 0
    total: int = 0
    hash: str = ""
    last: int = 0
    pk: int = 0


def trusted_keys() -> set[str]:
    """Public keys of which the private half is ours: it is sealed with ENCRYPTION_KEYS, which the database doesn’t hold."""
    return {key.public for key in SigningKey.objects.all() if signing.is_ours(key)}


def chains() -> list[UUID]:
    """Of all teams that have entries or segments, also of those that are gone."""
    teams = {tenant or NOBODY for tenant in Entry.objects.order_by().values_list("tenant", flat=True).distinct()}
    return sorted(teams | {*Segment.objects.order_by().values_list("chain", flat=True).distinct()})


def verify(chain: UUID, keys: set[str], heads: Mapping[int, Head] | None = None) -> Report:
    """`keys`: public keys that may have signed; `heads`: what is kept elsewhere, by the number of the segment."""
    heads = heads or {}
    report, place = Report(chain, len(heads)), Place()
    emptied: dict[int, list[int]] = {}
    purges: list[tuple[int, int]] = []
    with rows.one_moment(), collecting_seldom():
        for batch in batches(chain):
            entries = [proofs.entries(bytes(segment.leaves)) for segment in batch]
            held = rows.by_number([number for each in entries for number, _ in each])
            for segment, here in zip(batch, entries, strict=True):
                place = check_segment(report, segment, here, place, heads)
                if any(number in held for number, _ in here):
                    purges += check_entries(report, segment.number, here, held)
                else:
                    emptied[segment.number] = [number for number, _ in here]
        check_signatures(report, keys)
        if cut := [number for number in heads if number > place.number]:
            report_missing(report, place, max(cut), heads)
        check_emptied(report, emptied, purges)
        check_strays(report)
        report.waiting, report.newest = rows.waiting(chain)
    report.findings.sort()
    return report


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Rows are no cycles: looking for cycles among them takes a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(SELDOM, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def batches(chain: UUID) -> Iterator[list[Segment]]:
    """Segments in their order, so many that about ROWS entries are read at a time."""
    batch: list[Segment] = []
    size = 0
    for segment in Segment.objects.filter(chain=chain).order_by("number").iterator(chunk_size=500):
        batch.append(segment)
        size += len(segment.leaves)
        if size >= ROWS * proofs.LEAF:
            yield batch
            batch, size = [], 0
    yield batch


# Segments


def check_segment(
    report: Report, segment: Segment, here: list[Sealed], before: Place, heads: Mapping[int, Head]
) -> Place:
    report.segments += 1
    head = head_of(segment)
    first, last = (here[0][0], here[-1][0]) if here else (before.last + 1, before.last)
    if segment.number != before.number + 1:
        report_missing(report, before, segment.number - 1, heads)
    elif problem := misplaced(segment, head, before, report.chain) or is_other(segment, heads):
        said, known = head.get("first"), heads[segment.number].first if segment.number in heads else None
        entry = min(each for each in (first, said, known) if isinstance(each, int))
        report.wrong(segment.number, entry, f"Segment {segment.number}: {problem}.")
    report.sealed_at = str(head.get("sealed", ""))
    total = head.get("total")
    return Place(segment.number, total if isinstance(total, int) else 0, segment.hash, last, segment.pk)


def report_missing(report: Report, before: Place, until: int, heads: Mapping[int, Head]) -> None:
    number = before.number + 1
    which = f"Segment {number} is" if number == until else f"Segments {number} to {until} are"
    first = heads[number].first if number in heads else None
    report.wrong(number, first or before.last + 1, f"{which} missing.")


def misplaced(segment: Segment, head: Mapping[str, Any], before: Place, chain: UUID) -> str:
    """What is wrong with a segment beside the one before it; "" if nothing is."""
    here = proofs.leaves(bytes(segment.leaves))
    if proofs.segment_hash(bytes(segment.head), segment.key, segment.signature) != segment.hash:
        return "its head, key, or signature was changed"
    if (head.get("chain"), head.get("number")) != (chain.hex, segment.number) or segment.pk <= before.pk:
        return "it belongs elsewhere"
    if head.get("previous") != before.hash or head.get("total") != before.total + len(here):
        return "it doesn’t follow the one before it"
    if not here or head.get("root") != proofs.root(here).hex():
        return "its list of entries was changed"
    if (head.get("first"), head.get("last")) != (segment.first, segment.last):
        return "its first or last entry was changed"
    return ""


def is_other(segment: Segment, heads: Mapping[int, Head]) -> str:
    known = heads.get(segment.number)
    return "the head that is kept elsewhere differs" if known and known.hash != segment.hash else ""


def head_of(segment: Segment) -> dict[str, Any]:
    try:
        found = json.loads(bytes(segment.head))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def check_signatures(report: Report, keys: set[str]) -> None:
    """The last stands for all, since each head names the hash of the segment before it. Where it doesn’t, or anything else is
    wrong, each is looked at."""
    signed = Segment.objects.filter(chain=report.chain).order_by("number").defer("leaves")
    last = signed.last()
    if last is None or (not report.findings and is_signed(last, keys)):
        return
    for segment in signed.iterator():
        if not is_signed(segment, keys):
            first = int(head_of(segment).get("first") or 0)
            report.wrong(segment.number, first, f"Segment {segment.number}: its signature doesn’t match.")


def is_signed(segment: Segment, keys: set[str]) -> bool:
    return segment.key in keys and signing.is_signed(bytes(segment.head), segment.signature, segment.key)


# Entries


def check_entries(report: Report, segment: int, here: list[Sealed], held: Mapping[int, Row]) -> list[tuple[int, int]]:
    """The segments that its entries say were purged."""
    purges, chain = [], None if report.chain == NOBODY else report.chain.hex
    for number, sealed in here:
        row = held.get(number)
        if row is None:
            report.wrong(segment, number, f"Entry {number} was removed.")
        elif problem := changed(row, sealed, chain):
            report.wrong(segment, number, f"Entry {number} was changed: {problem}.")
        else:
            report.verified += 1
            if row.action == Action.ENTRIES_PURGED:
                details = msgspec.json.decode(row.details)
                purges.append((int(details["first"]), int(details["last"])))
    return purges


def changed(row: Row, sealed: bytes, chain: str | None) -> str:
    """How an entry differs from what was sealed; "" if it doesn’t."""
    try:
        said = encode(row.as_content())
        is_former = row.salt is row.content is row.leaf is None
        content = said if is_former else row.content or b""
        if hashlib.sha256((row.salt or b"") + content).digest() != sealed:
            return "it isn’t what was sealed"
        if row.tenant != chain:
            return "its team"
        if row.leaf != (None if is_former else sealed):
            return "its hash"
        return "" if said == content else different(decode(said), decode(content))
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError):
        return "it can’t be read"


def different(said: Content, sealed: Content) -> str:
    names = (name for name in said.__struct_fields__ if getattr(said, name) != getattr(sealed, name))
    return f"its {', '.join(names)}" if said != sealed else ""


def check_emptied(report: Report, emptied: Mapping[int, list[int]], purges: list[tuple[int, int]]) -> None:
    """Segments of which no entry is left: a purge says so, or they were removed."""
    for number, entries in emptied.items():
        if any(first <= number <= last for first, last in purges):
            report.purged += len(entries)
        else:
            words = f"Entries {entries[0]} to {entries[-1]} were removed." if entries else "Its entries were removed."
            report.wrong(number, entries[0] if entries else 0, words)


def check_strays(report: Report) -> None:
    """Entries that wait for no segment and are in none. They are looked for where their number, or anything else, is wrong."""
    if not report.findings and rows.settled(report.chain) == report.verified:
        return
    sealed: set[int] = set()
    for batch in batches(report.chain):
        sealed.update(number for segment in batch for number, _ in proofs.entries(bytes(segment.leaves)))
    for number in rows.settled_numbers(report.chain):
        if number not in sealed:
            report.wrong(0, number, f"Entry {number} was added without being sealed.")
