"""Triggers of the database that keep the audit log as it was written, on SQLite and PostgreSQL alike.

They stop what goes through by mistake, and make whoever has the database's rights remove them first; `verify_audit` finds what
was changed all the same. A row in audit_purging, put there and taken away in one transaction, lets a purge through.
"""

from collections.abc import Iterable, Sequence
from typing import Any

KEPT = ("audit_entry", "audit_segment")
REFUSES = "rows of the audit log are never changed or removed"
PURGED = "audit_entry"
"""Of this table, a purge may remove rows."""

ON_SQLITE = (
    *(
        f"CREATE TRIGGER {table}_kept_{act.lower()} BEFORE {act} ON {table} "
        f"{'WHEN NOT EXISTS (SELECT 1 FROM audit_purging) ' if (act, table) == ('DELETE', PURGED) else ''}"
        f"BEGIN SELECT RAISE(ABORT, '{REFUSES}'); END"
        for table in KEPT
        for act in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry "
    "BEGIN INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id); END",
)
ON_POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' AND TG_TABLE_NAME = '{PURGED}' AND EXISTS (SELECT 1 FROM audit_purging) "
    f"THEN RETURN OLD; END IF; RAISE EXCEPTION '{REFUSES}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE OR REPLACE FUNCTION audit_waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "INSERT INTO audit_unsealed (entry_id) VALUES (NEW.id); RETURN NULL; END $$",
    *(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION audit_kept()"
        for table in KEPT
    ),
    *(
        f"CREATE TRIGGER {table}_kept_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_kept()"
        for table in KEPT
    ),
    "CREATE TRIGGER audit_entry_waits AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_waits()",
)


def put_up(connection: Any) -> None:
    """Where they stand already, they are made anew."""
    take_down(connection)
    run(connection, statements(connection))


def statements(connection: Any) -> Sequence[str]:
    return ON_POSTGRESQL if connection.vendor == "postgresql" else ON_SQLITE


def take_down(connection: Any) -> None:
    of_table = " ON {}" if connection.vendor == "postgresql" else ""
    run(connection, [f"DROP TRIGGER IF EXISTS {name}{of_table.format(table)}" for name, table in names(connection)])


def run(connection: Any, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def names(connection: Any) -> list[tuple[str, str]]:
    """Each trigger and its table."""
    acts = ("kept", "kept_whole") if connection.vendor == "postgresql" else ("kept_update", "kept_delete")
    return [*((f"{table}_{act}", table) for table in KEPT for act in acts), ("audit_entry_waits", "audit_entry")]


def missing(connection: Any) -> list[str]:
    """Triggers that are not there, or are switched off."""
    held = (
        "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(held)
        found = {name for (name,) in cursor.fetchall()}
    return [name for name, _ in names(connection) if name not in found]
