"""Django's PostgreSQL, which tells a server that is away from a pool whose connections are all in use."""

import socket
import time
from contextlib import suppress
from typing import Any

from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

BUSY_SECONDS = 5.0
"""For a connection while the server listens; the pool's own, shorter time is for one that is away."""
PROBE_SECONDS = 0.1


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises PoolTimeout, at once if no one listens."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() > until or not self.is_listening():
                    raise

    def is_listening(self) -> bool:
        host, port = self.settings_dict["HOST"], int(self.settings_dict["PORT"] or 5432)
        is_local = not host or host.startswith("/")
        family: Any = socket.AF_UNIX if is_local else socket.AF_INET6 if ":" in host else socket.AF_INET
        where: Any = f"{host or '/var/run/postgresql'}/.s.PGSQL.{port}" if is_local else (host, port)
        with suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(PROBE_SECONDS)
            probe.connect(where)
            return True
        return False
