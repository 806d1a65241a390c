"""Django's PostgreSQL, which tells a server that is away from a pool whose connections are all in use, and asks a pooled
connection whether it still lives only where something was heard from it."""

import select
import socket
import time
from contextlib import suppress
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg_pool import ConnectionPool, PoolTimeout

BUSY_SECONDS = 5.0
"""For a connection while the server listens; the pool's own, shorter time is for one that is away."""
PROBE_SECONDS = 0.1


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Raises PoolTimeout, at once if no one listens."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                connection = super().get_new_connection(conn_params)
                if not self.pool or is_alive(connection):
                    return connection
                self.pool.putconn(connection)  # which replaces one that is closed
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


def is_alive(connection: Any) -> bool:
    """A server that ends a connection says so, and an idle one says nothing else; to ask it each time, as the pool would,
    costs a page two round trips. One that is not alive is closed."""
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    if not idle.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        connection.close()
        return False
    return True
