"""A consistent copy of the database while it is in use, and the way back. SQLite by its own backup, PostgreSQL by
pg_dump and pg_restore. A backup holds what the database holds: it is written readable by its owner alone."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

PAGES, PAUSE = 1000, 0.01
"""SQLite copies so many pages at a time, and lets writers go on in between."""


class NotDone(Exception):
    """The text says why and what to do."""


def back_up(database: Mapping[str, Any], to: Path) -> None:
    """Raises NotDone. The file appears whole or not at all."""
    if to.exists():
        raise NotDone(f"{to} is there already. Choose another name.")
    if not to.parent.is_dir():
        raise NotDone(f"{to.parent} is no folder. Make it first.")
    part = to.with_name(f".{to.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600)
    try:
        if is_sqlite(database):
            copy(Path(str(database["NAME"])), part)
            check_file(part)
        else:
            run("pg_dump", database, "--format=custom", "--no-owner", f"--file={part}")
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def restore(database: Mapping[str, Any], backup: Path) -> None:
    """Puts the backup in the database's place. Raises NotDone, and then nothing is changed."""
    if not backup.is_file():
        raise NotDone(f"There is no file {backup}.")
    if is_sqlite(database):
        check_file(backup)
        name = Path(str(database["NAME"]))
        name.parent.mkdir(parents=True, exist_ok=True)
        copy(backup, name)
        name.chmod(0o600)
    else:
        whole = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        run("pg_restore", database, *whole, str(backup))


def is_sqlite(database: Mapping[str, Any]) -> bool:
    return str(database["ENGINE"]).endswith("sqlite3")


def copy(source: Path, target: Path) -> None:
    """By SQLite itself: what stands in the write-ahead log alone is copied too."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as before,
            closing(sqlite3.connect(target)) as after,
        ):
            before.backup(after, pages=PAGES, sleep=PAUSE)
    except sqlite3.Error as error:
        raise NotDone(f"SQLite says: {error}.") from None


def check_file(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copied:
            (said,) = copied.execute("PRAGMA integrity_check").fetchone()
            copied.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except sqlite3.Error as error:
        raise NotDone(f"{file} is no backup of the dashboard: {error}.") from None
    if said != "ok":
        raise NotDone(f"{file} is damaged: {said}.")


def run(program: str, database: Mapping[str, Any], *words: str) -> None:
    """One of PostgreSQL's own programs; the password is in its environment, never among its arguments."""
    path = shutil.which(program)
    if path is None:
        raise NotDone(f"{program} is missing. On Debian, as root: apt-get install postgresql-client")
    options = {key: value for key, value in dict(database.get("OPTIONS", {})).items() if str(key).startswith("ssl")}
    connection = {
        "PGHOST": database.get("HOST"),
        "PGPORT": database.get("PORT"),
        "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"),
        "PGDATABASE": database["NAME"],
        **{f"PG{key.upper()}": value for key, value in options.items()},
    }
    environment = {**os.environ, **{name: str(value) for name, value in connection.items() if value}}
    target = ["--dbname", str(database["NAME"])] if program == "pg_restore" else []
    done = subprocess.run([path, *target, *words], env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - words of ours
    if done.returncode:
        raise NotDone(f"{program} says: {done.stderr.strip()[:500]}")
