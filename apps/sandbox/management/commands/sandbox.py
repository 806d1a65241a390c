"""`manage.py sandbox`: makes the rows where they are missing, then serves the stand-in on loopback."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command
from gunicorn.app.base import BaseApplication

from apps.sandbox import data
from apps.sandbox.models import Investment


class Command(BaseCommand):
    help = "Run the Issuance sandbox on this machine. Data is kept between runs; a different --rows or --seed regenerates it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--rows", type=int, default=2000, help="investments (default 2000)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--only-fill", action="store_true", help="generate data and exit")

    def handle(self, *, port: int, rows: int, seed: int, only_fill: bool, **options: Any) -> None:
        prepare(rows, seed)
        if not only_fill:
            self.stdout.write(f"Sandbox: http://127.0.0.1:{port}/ with {rows:,} investments (seed {seed}).")
            sys.stdout.flush()
            Server(port).run()


def prepare(rows: int, seed: int) -> None:
    """The kept file is good when its stamp, in SQLite's user_version, says the same rows and seed."""
    from django.db import connection

    settings.DATABASE_FILE.parent.mkdir(parents=True, exist_ok=True)
    stamp = (rows * 1_000 + seed) % 2**31
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA user_version")
        if cursor.fetchone()[0] == stamp and Investment.objects.count() == rows:
            return
    connection.close()
    for suffix in ("", "-wal", "-shm"):
        settings.DATABASE_FILE.with_name(settings.DATABASE_FILE.name + suffix).unlink(missing_ok=True)
    call_command("migrate", run_syncdb=True, verbosity=0)
    data.fill(rows, seed)
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA user_version = {stamp}")
        cursor.execute("ANALYZE")
    connection.close()


class Server(BaseApplication):  # type: ignore[misc]
    """One process, since faults and ledger are its memory; threads, since a faulted call may hang."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"127.0.0.1:{self.port}",
            "worker_class": "gthread",
            "threads": 64,
            "keepalive": 30,
            "graceful_timeout": 1,
            "loglevel": "critical",
            "limit_request_line": 8190,
            "control_socket_disable": True,
        }.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        from django.core.wsgi import get_wsgi_application

        return get_wsgi_application()
