"""Whether anything moved while a list was read, and what the file says of it.

A file by ID, narrowed by a row's own fields alone, is brought up to date: what has changed since it was begun is asked for and
put in its place. Of any other list nothing tells what has changed, so all of it is read again until it is the same.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

import msgspec
from django.conf import settings

from apps.listing import BY_ID, SIZE, Pages, Walk
from apps.upstream import errors
from apps.upstream.issuance.client import Page
from apps.upstream.transport import query_string

from .matching import room_beside
from .spool import Entry, Spool, entries_of

if TYPE_CHECKING:
    from .making import Making

ROUNDS = 4
"""Readings that find another page before it is said that rows do not rest."""
LOOKS = 10
"""At what has changed: each finds what came since the one before."""
AT_ONCE = 400
"""IDs of one question."""
MOST_CHANGED = 5_000
"""Rows: beyond, all of the list is read again."""
MARGIN = timedelta(minutes=5)
"""Before the file was begun: the API's clock and its database's may differ, and a transaction may end late."""
Where = tuple[int, int]
"""A row: the number of its source, and its ID."""
Raw = list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Settled:
    """`as_of`: the moment that the file shows; `how`: of HOW; `reasons`: of REASONS, why it does not."""

    as_of: datetime
    how: str
    reasons: tuple[str, ...]


ONE_ANSWER, CHANGES, TWICE = "one answer", "changes", "twice"


def since(page: Page, began: str) -> str:
    """From when on a change may be missing in a file whose first page is this, by the API's clock. It may come long after others
    that were asked for together with it; `began`: when that was, by ours."""
    waited = page.at - datetime.fromisoformat(began)
    return ((page.api_time or page.at) - waited - MARGIN).isoformat()


def settle(making: "Making") -> Settled:
    """A list that does not rest in the page's order is read again by ID."""
    settled = settle_once(making)
    if making.at.order != BY_ID and {"moved", "order"} & {*settled.reasons}:
        making.say_back(None)
        making.start_over(BY_ID)
        making.write_rest()
        settled = settle_once(making)
    return settled


def settle_once(making: "Making") -> Settled:
    if len(making.walks) == 1 and len(making.spool) <= 1 and not reasons(making):
        return Settled(datetime.fromisoformat(making.at.read_from), ONE_ANSWER, ())
    if making.at.order == BY_ID and making.asked.is_dated:
        try:
            as_of = follow_changes(making)
        except errors.Refused:  # with one more condition the address may be too long; any other reason is met again
            as_of = None
        if as_of:
            return Settled(as_of, CHANGES, reasons(making))
    again = read_again(making)
    return Settled(again or datetime.now(UTC), TWICE, (*(() if again else ("moved",)), *reasons(making)))


def reasons(making: "Making") -> tuple[str, ...]:
    at = making.at
    found = {
        "order": not at.is_ordered or (at.order != BY_ID and has_twins(making.spool)),
        "broken": at.broken,
        "foreign": at.foreign,
        "count": told(making) != at.read + at.broken + at.foreign,
        "undecided": at.undecided,
        "cut": at.writer.get("cut", 0),
    }
    return tuple(code for code, is_so in found.items() if is_so)


def told(making: "Making") -> int:
    """Rows in all, as the API counted last."""
    return sum(last for _, last in making.at.counts.values())


def has_twins(spool: Spool) -> bool:
    ids = [(entry.source, number) for entry in spool.entries() for number in entry.ids]
    return len({*ids}) < len(ids)


def under_several_keys(making: "Making") -> int:
    """Rows that a key before gave as well."""
    if len(making.walks) == 1:
        return 0
    by_key = [ids_of(making, source) for source in range(len(making.walks))]
    every = heapq.merge(*by_key) if making.at.order == BY_ID else sorted(chain.from_iterable(by_key))
    return sum(before == number for before, number in pairwise(every))


def ids_of(making: "Making", source: int) -> Iterator[int]:
    """Of the rows that are in the file."""
    for entry in making.spool.entries():
        if entry.source != source:
            continue
        ids = entry.ids
        if making.tests:
            rows = msgspec.json.decode(entry.rows)
            ids = [number for number, row in zip(ids, rows, strict=True) if all(test(row) for test in making.tests)]
        yield from (number for number in ids if number >= 0)


# all of it again


def read_again(making: "Making") -> datetime | None:
    """The moment between two readings that are the same; None if there was none."""
    for _ in range(ROUNDS):
        began = datetime.now(UTC)
        place = first_that_moved(making)
        if place is None:
            return began
        making.go_back(place).close()
        making.write_rest()
    return None


def first_that_moved(making: "Making") -> int | None:
    """The place in the spool of the first page that is another now; None if all are the same and there are no more."""
    place, written = 0, making.spool.entries()
    making.checked = 0
    for source, walk in enumerate(making.walks):
        for number, page in Pages(walk, making.tick):
            entry, came = next(written, None), making.came(page)
            if entry is None or (entry.source, entry.page, bytes(entry.rows)) != (source, number, came.raw):
                return place
            place, making.checked = place + 1, making.checked + len(page.rows)
            making.at.counts[walk.key.label][1] = page.count  # one that was told while a row moved may be wrong
    return None if next(written, None) is None else place


# what has changed


@dataclass(frozen=True, slots=True)
class Changes:
    """`rows`: as they are in the list now, None for one that is not in it; `counts`: of the list, by source; `at`: when."""

    rows: Mapping[Where, bytes | None]
    counts: list[int]
    at: datetime


def follow_changes(making: "Making") -> datetime | None:
    """The moment that the file shows after what has changed was put in its place; None if that cannot be told."""
    is_last_chance = is_proved = False
    for _ in range(LOOKS):
        found = changes(making)
        if found is None:
            return None
        was_changed = put_in_place(making, found.rows)
        is_proved = is_proved and not was_changed
        for walk, count in zip(making.walks, found.counts, strict=True):
            making.at.counts[walk.key.label][1] = count
        if told(making) == making.at.read + making.at.broken + making.at.foreign:
            if not was_changed and (is_proved or is_quiet(making, found)):
                return found.at
            if not was_changed:
                if not are_in_the_list(making):
                    return None
                is_proved = True  # as of before the next look
        elif (place := first_unaligned(making.spool)) is not None:
            making.go_back(place).close()  # a row that left drew others over the end of a page that was read before
            making.write_rest()
            is_proved = False
        elif is_last_chance:
            return None
        else:
            is_last_chance = not was_changed
    return None


def is_quiet(making: "Making", found: "Changes") -> bool:
    """Whether nothing can have left the list unseen: what is deleted, or leaves the key's offerings, shows in the count alone,
    unless another row came in its place, which has a new `updated_at`."""
    return not found.rows and all(entry.count == found.counts[entry.source] for entry in making.spool.entries())


def are_in_the_list(making: "Making") -> bool:
    """Whether each row of the file is in its list. Their number is the list's, so no other can be missing."""
    if {"id", "id__in"} & making.asked.sent.keys():
        return False
    most = min(AT_ONCE, room_beside(query_string(making.asked.sent)) // 8)
    for source, walk in enumerate(making.walks):
        ids = chain.from_iterable(entry.ids for entry in making.spool.entries() if entry.source == source)
        parts = list(iter(lambda ids=ids: list(islice(ids, most)), []))  # type: ignore[misc]
        for start in range(0, len(parts), settings.EXPORTS_WINDOW):
            asked = [
                (part, pages(making, walk, {**making.asked.sent, "id__in": ",".join(map(str, part))}, size=1))
                for part in parts[start : start + settings.EXPORTS_WINDOW]
            ]
            counted = [(part, answer.only()) for part, answer in asked]
            if not all(page and page.count == len(part) for part, page in counted):
                return False
    return True


def changes(making: "Making") -> Changes | None:
    """None if too much has changed, or if it does not rest.

    All is asked at once. Who left the list meanwhile may still be taken for one of it; but then it counts fewer than the file
    holds, and is looked at again.
    """
    at, rows, counts = datetime.now(UTC), dict[Where, bytes | None](), []
    sent, begun = making.asked.sent, making.at.since
    later = {**sent, "updated_at__gte": max_time(sent.get("updated_at__gte"), begun)}
    asked = [
        [
            pages(making, walk, sent, size=1),
            pages(making, walk, later),
            pages(making, walk, {"updated_at__gte": begun}),
        ]
        for walk in making.walks
    ]
    for source, (counted, inside, changed) in enumerate(asked):
        page = counted.only()
        now, any_ = found_by(making, inside, is_growing=False), found_by(making, changed, is_growing=True)
        if page is None or now is None or any_ is None:
            return None
        counts.append(page.count)
        rows |= {(source, number): now.get(number) for number in {*now, *any_}}
    return Changes(rows, counts, at)


def max_time(held: str | None, later: str) -> str:
    return held if held and datetime.fromisoformat(held) > datetime.fromisoformat(later) else later


def pages(making: "Making", walk: Walk, filters: Mapping[str, str], size: int = SIZE) -> Pages:
    """The first of them is asked for at once."""
    return Pages(replace(walk, filters=filters, ordering=BY_ID, size=size), making.tick).begun()


def found_by(making: "Making", first: Pages, *, is_growing: bool) -> dict[int, bytes] | None:
    """ID -> row. Several pages are read until they are the same twice, unless rows only ever come to them."""
    before, reading = None, first
    for _ in range(ROUNDS):
        found: dict[int, bytes] = {}
        number = 0
        for _, page in reading:
            if page.count > MOST_CHANGED or page.broken:
                return None
            came, number = making.came(page), number + 1
            found |= zip(came.ids, came.encoded, strict=True)
        if -1 in found:
            return None
        if number <= 1 or is_growing or found == before:
            return found
        before, reading = found, Pages(first.walk, making.tick)
    return None


def put_in_place(making: "Making", rows: Mapping[Where, bytes | None]) -> bool:
    """Writes file and spool anew from the first page on that is another now; whether there was one."""
    place, absent, is_shifted = differences(making.spool, rows) if rows else (None, {}, False)
    if place is None:
        return False
    tail = making.go_back(place)
    making.save()
    with tail:
        for at, entry in enumerate(entries_of(tail), start=place):
            making.tick()
            kept = {number: raw for number, raw in held(entry).items() if rows.get((entry.source, number), raw)}
            new = {number: found for number in kept if (found := rows.get((entry.source, number)))}
            added = {number: row for (source, number), row in absent.get(at, {}).items() if source == entry.source}
            making.at.is_aligned = making.at.is_aligned and not is_shifted
            making.write_anew(entry, {**kept, **new, **added})
    making.save()
    return True


def differences(
    spool: Spool, rows: Mapping[Where, bytes | None]
) -> tuple[int | None, dict[int, dict[Where, bytes]], bool]:
    """The place of the first page that is to be written anew; place -> rows that are to be added there; whether rows come
    or go, so that the API's pages are others from there on."""
    absent = {where: row for where, row in rows.items() if row is not None}
    places: list[int] = []
    starts: list[Where] = []
    is_shifted = False
    for place, entry in enumerate(spool.entries()):
        is_first = not starts or starts[-1][0] != entry.source
        starts.append((entry.source, -1 if is_first or not entry.ids else entry.ids[0]))
        if not any((entry.source, number) in rows for number in entry.ids):
            continue
        for number, raw in held(entry).items():
            where = (entry.source, number)
            absent.pop(where, None)
            if where in rows and rows[where] != raw:
                places.append(place)
                is_shifted = is_shifted or rows[where] is None
    homes: dict[int, dict[Where, bytes]] = {}
    for where, row in absent.items():
        homes.setdefault(bisect_right(starts, where) - 1, {})[where] = row
    return min([*places, *homes], default=None), homes, is_shifted or bool(homes)


def held(entry: Entry) -> dict[int, bytes]:
    return dict(zip(entry.ids, map(bytes, msgspec.json.decode(entry.rows, type=Raw)), strict=True))


def first_unaligned(spool: Spool) -> int | None:
    """The place of the first page that rows were put into or taken out of."""
    return next((place for place, entry in enumerate(spool.entries()) if not entry.at.is_aligned), None)
