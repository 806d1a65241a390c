"""A page of the audit log, newest first: by indexes alone, and never more than BUDGET entries are looked through for it.

Where two filters meet, the entries of the narrower one are read and the other is applied to them; what lies beyond the budget is
said, and is a link away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from apps.audit.models import Entry
from apps.tenants.models import Tenant

from .asked import SYSTEM, Asked, Place
from .sentences import BY_KIND, SEEN_IN

A_PAGE = 50
BUDGET = 5_000
OF_LISTS = 3_000
"""The same of each kind of list that may have shown a record, since each must be read."""


@dataclass(frozen=True, slots=True)
class Found:
    """`entries`: newest first; `older`: from where the next page goes on, None at the end; `looked_back_to`: set where the
    budget ended the search before the page was full."""

    entries: list[Entry]
    older: Place | None
    looked_back_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """Entries by one index. `narrowed`: columns that the index begins with, with their values; `holds`: an ID that a list must
    have shown."""

    narrowed: tuple[tuple[str, Any], ...] = ()
    holds: int | None = None


Row = tuple[datetime, int, int | None, str, bool]
"""Time, number, actor, action, whether the list holds the ID."""


def page(tenant: Tenant, asked: Asked) -> Found:
    """As few entries are read as the filters allow."""
    rows: list[Place] = []
    edge: Place | None = None
    """The newest of the places at which a stream’s budget ended: behind it, others may be missing."""
    for stream in streams(asked):
        is_filtered = stream.holds is not None or is_left(stream, asked)
        most = OF_LISTS if stream.holds is not None else BUDGET if is_filtered else A_PAGE + 1
        read = rows_of(tenant, asked, stream, most)
        rows += [(at, number) for at, number, actor, action, holds in read if holds and fits(asked, actor, action)]
        if len(read) == most:
            end = read[-1][:2]
            edge = max(edge, end) if edge else end
    rows = sorted({row for row in rows if edge is None or row >= edge}, reverse=True)
    shown = rows[:A_PAGE]
    more = len(rows) > A_PAGE
    older = shown[-1] if more else edge
    return Found(fetched(shown), older, edge[0] if edge and not more else None)


def streams(asked: Asked) -> list[Stream]:
    """Each by an index; together all that may fit."""
    if asked.about:
        kind, _, number = asked.about.partition(":")
        lists = [
            Stream((("action", action.value),), int(number)) for action in SEEN_IN.get(kind, ()) if number.isdecimal()
        ]
        return [Stream((("subject", asked.about),)), *lists]
    if asked.person:
        return [Stream((("actor_id", None if asked.person == SYSTEM else int(asked.person)),))]
    if asked.kind:
        return [Stream((("action", action.value),)) for action in BY_KIND[asked.kind]]
    return [Stream()]


def is_left(stream: Stream, asked: Asked) -> bool:
    """Whether a filter is left to be applied to what the stream gives."""
    names = {name for name, _ in stream.narrowed}
    return bool((asked.person and "actor_id" not in names) or (asked.kind and "action" not in names))


def fits(asked: Asked, actor: int | None, action: str) -> bool:
    is_theirs = not asked.person or (actor is None if asked.person == SYSTEM else actor == int(asked.person))
    return is_theirs and (asked.kind is None or action in BY_KIND[asked.kind])


HOLDS = {
    "sqlite": "EXISTS (SELECT 1 FROM json_each(details, '$.ids') WHERE value = %s)",
    "postgresql": "COALESCE(details -> 'ids' @> to_jsonb(%s::bigint), false)",
}


def rows_of(tenant: Tenant, asked: Asked, stream: Stream, most: int) -> list[Row]:
    """The newest of a stream, straight from its index."""
    field = Entry._meta.get_field("tenant")
    where, given = ["tenant = %s"], [field.get_db_prep_value(tenant.id, connection)]
    for column, value in stream.narrowed:
        where.append(f"{column} IS NULL" if value is None else f"{column} = %s")
        given += [] if value is None else [value]
        where += ["subject > ''"] if column == "subject" else []  # as its index says it: SQLite compares words
    first, last = asked.moments(tenant.zone)
    for condition, at in (("at >= %s", first), ("at <= %s", last)):
        if at:
            where.append(condition)
            given.append(moment(at))
    if asked.before:
        where.append("(at, id) < (%s, %s)")
        given += [moment(asked.before[0]), asked.before[1]]
    shown = HOLDS[connection.vendor] if stream.holds is not None else "1 = 1"
    given = ([stream.holds] if stream.holds is not None else []) + given + [most]
    statement = (
        f"SELECT at, id, actor_id, action, {shown} FROM audit_entry WHERE {' AND '.join(where)} "
        "ORDER BY at DESC, id DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return [(as_moment(at), *others) for at, *others in cursor.fetchall()]


def moment(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def as_moment(at: Any) -> datetime:
    """SQLite has its own text for it."""
    return at if isinstance(at, datetime) and at.tzinfo else datetime.fromisoformat(str(at)).replace(tzinfo=UTC)


def fetched(places: Sequence[Place]) -> list[Entry]:
    entries = Entry.objects.defer("salt", "content", "leaf").in_bulk([number for _, number in places])
    return [entries[number] for _, number in places if number in entries]
