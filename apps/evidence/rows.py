"""Entries as the database holds them, read in bulk and past the models: what was changed there may be no value of a field."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from apps.audit.content import AT, Content
from apps.audit.models import NOBODY


class Row(NamedTuple):
    """Times and teams in the form of Content; `details`: JSON."""

    number: int
    at: str
    tenant: str | None
    actor: int | None
    action: str
    subject: str
    details: str
    request: str
    salt: bytes | None
    content: bytes | None
    leaf: bytes | None

    def as_content(self) -> Content:
        """Raises msgspec.DecodeError for details that are no JSON."""
        details = msgspec.json.decode(self.details)
        return Content(self.action, self.actor, self.at, details, self.request, self.subject, self.tenant)


COLUMNS = {
    "sqlite": "id, substr(at || '.000000', 1, 26), tenant, actor_id, action, subject, CAST(details AS TEXT), request_id, salt, content, leaf",
    "postgresql": "id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), replace(tenant::text, '-', ''), actor_id, "
    "action, subject, details::text, request_id, salt, content, leaf",
}
NUMBERED = {"sqlite": "id IN (SELECT value FROM json_each(%s))", "postgresql": "id = ANY(%s)"}


@contextmanager
def one_moment() -> Iterator[None]:
    """Reads see the database as it is now, and hold up no one who writes."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


def by_number(numbers: Sequence[int]) -> dict[int, Row]:
    given = list(numbers) if connection.vendor == "postgresql" else msgspec.json.encode(numbers).decode()
    where = f"SELECT {COLUMNS[connection.vendor]} FROM audit_entry WHERE {NUMBERED[connection.vendor]}"
    return {row[0]: Row._make(row) for row in asked(where, [given])}


def asked(statement: str, given: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return list(cursor.fetchall())


def of_chain(chain: UUID) -> tuple[str, list[Any]]:
    """A condition on entries, and what it is given."""
    if chain == NOBODY:
        return "tenant IS NULL", []
    return "tenant = %s", [chain if connection.vendor == "postgresql" else chain.hex]


def waiting(chain: UUID) -> tuple[int, str | None]:
    """Entries that are not sealed yet, and when the newest was written. Few wait, so it begins with them: left to choose, a
    database may begin with all entries of the team."""
    where, given = of_chain(chain)
    of_entry = "(SELECT {} FROM audit_entry WHERE id = entry_id)"
    number, newest = asked(
        f"SELECT count(*), max({of_entry.format('at')}) FROM audit_unsealed "
        f"WHERE {where.replace('tenant', of_entry.format('tenant'))}",
        given,
    )[0]
    return number, newest if isinstance(newest, str | None) else newest.strftime(AT)


def waiting_among(chain: UUID, most: int) -> tuple[int, bool]:
    """The same number among the newest of all teams, and whether those are all: of a queue that nobody works off, a page reads no
    more."""
    where, given = of_chain(chain)
    entry = "(SELECT tenant FROM audit_entry WHERE id = entry_id)"
    [(number, looked_at)] = asked(
        f"SELECT COALESCE(sum(CASE WHEN {where.replace('tenant', entry)} THEN 1 ELSE 0 END), 0), count(*) "
        "FROM (SELECT entry_id FROM audit_unsealed ORDER BY entry_id DESC LIMIT %s) AS newest",
        [*given, most],
    )
    return int(number), looked_at < most


def vanished() -> list[int]:
    """Entries that waited for a segment when they were removed: of which team isn't known."""
    statement = (
        "SELECT entry_id FROM audit_unsealed WHERE NOT EXISTS (SELECT 1 FROM audit_entry WHERE id = entry_id) "
        "ORDER BY entry_id LIMIT 1000"
    )
    return [number for (number,) in asked(statement, [])]


def settled(chain: UUID) -> int:
    """Entries that don’t wait."""
    where, given = of_chain(chain)
    [(number,)] = asked(
        "SELECT count(*) FROM audit_entry LEFT JOIN audit_unsealed ON id = entry_id "
        f"WHERE {where} AND entry_id IS NULL",
        given,
    )
    return int(number)


def settled_numbers(chain: UUID) -> Iterator[int]:
    where, given = of_chain(chain)
    statement = (
        "SELECT id FROM audit_entry LEFT JOIN audit_unsealed ON id = entry_id "
        f"WHERE {where} AND entry_id IS NULL ORDER BY id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        while found := cursor.fetchmany(10_000):
            yield from (number for (number,) in found)
