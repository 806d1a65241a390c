"""`make serve`: reads production settings, waits for the database, migrates, collects static files, becomes gunicorn.

Two may start at once: the second waits while the first migrates. Whatever is missing is one line.
"""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from dashboard.environment import DOTENV, keep_private, read_dotenv

PATIENCE = 30.0
"""Seconds for a database that is still starting."""
LOCK = 7_042_015
"""Of PostgreSQL's advisory locks, the one of our migrations."""


def main() -> None:
    read_dotenv(DOTENV)
    os.environ.setdefault("ENVIRONMENT", "production")
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    if os.environ["ENVIRONMENT"] != "production":
        raise SystemExit("make serve is for production. To try the app, run: make demo")
    try:
        import django

        django.setup()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None
    from django.conf import settings
    from django.core.management import call_command
    from django.core.management.base import SystemCheckError

    make_folder()
    wait_for_database()
    try:
        with one_at_a_time():
            call_command("migrate", verbosity=0)
    except SystemCheckError as error:
        raise SystemExit(str(error)) from None
    keep_private(settings.DATABASES["default"])
    static = Path(settings.STATIC_ROOT)
    static.parent.mkdir(parents=True, exist_ok=True)
    with locked(static.with_name(f"{static.name}.lock")):
        call_command("collectstatic", interactive=False, verbosity=0)
    where, processes = os.environ.get("BIND", "127.0.0.1:8000"), os.environ.get("WEB_CONCURRENCY", "1")
    print(f"Issuer Dashboard {settings.VERSION} listens on {where}, processes: {processes}", file=sys.stderr)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "dashboard/gunicorn.py", "dashboard.wsgi"])


def database_file() -> Path | None:
    from django.db import connection

    return Path(str(connection.settings_dict["NAME"])) if connection.vendor == "sqlite" else None


def make_folder() -> None:
    """SQLite makes its file, not the folder that the file is in."""
    if file := database_file():
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SystemExit(f"The folder of DATABASE_URL, {file.parent}, cannot be made: {error.strerror}.") from None


def wait_for_database() -> None:
    from django.db import connection

    from apps.audit import outage

    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.ensure_connection()
        except outage.AWAY as error:
            if time.monotonic() > until:
                said = str(error).strip().splitlines()[0]
                raise SystemExit(f"The database of DATABASE_URL did not answer for {PATIENCE:.0f} s: {said}") from None
            time.sleep(0.5)
        else:
            return


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def one_at_a_time() -> Iterator[None]:
    from django.db import connection

    if file := database_file():
        with locked(file.with_name(f"{file.name}.lock")):
            yield
        return
    other = connection.copy()
    other.ensure_connection()
    other.set_autocommit(False)
    try:
        # of a transaction, since PgBouncer gives no session; tried, not waited for, since CREATE INDEX CONCURRENTLY would
        # wait for a statement that waits
        while not is_locked(other):
            other.rollback()
            time.sleep(0.5)
        yield
    finally:
        other.close()


def is_locked(connection: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
