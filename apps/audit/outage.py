"""When the database goes away and comes back: one log line each way, however many requests meet it."""

import logging
import time
from threading import Lock
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.db.backends.signals import connection_created
from django.dispatch import receiver

log = structlog.get_logger("database")

AWAY = (OperationalError, InterfaceError)
"""What a database says that is down, locked or restarting; a broken constraint is a fault of ours, and no outage."""
FAULTS = ("SQLITE_ERROR",)
"""What SQLite says of a table that is missing and the like: a fault of ours, though an OperationalError."""
SETTLED = 1.0
"""Seconds without an error until it counts as back: connections that outlive a killed server for a moment still answer."""
_lock = Lock()
_is_away, _erred_at = False, 0.0


def is_outage(error: BaseException | None) -> bool:
    return isinstance(error, AWAY) and getattr(error.__cause__, "sqlite_errorname", "") not in FAULTS


def note_away(error: BaseException) -> None:
    global _is_away, _erred_at
    with _lock:
        if not _is_away:
            log.error("the database is away", error=type(error).__name__)
        _is_away, _erred_at = True, time.monotonic()


def log_error(logger: Any, error: Exception, words: str) -> None:
    """Called where an error is caught: an outage is one line in all, anything else is `words` with its traceback."""
    if is_outage(error):
        note_away(error)
    else:
        logger.exception(words)


@receiver(connection_created)
def note_back(**kwargs: Any) -> None:
    global _is_away
    if not _is_away:
        return
    with _lock:
        if _is_away and time.monotonic() - _erred_at > SETTLED:
            _is_away = False
            log.warning("the database is back")


class NotTheDatabase(logging.Filter):
    """Keeps Django from logging each request that met the outage, traceback and all."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.name.startswith("django") and record.exc_info and is_outage(record.exc_info[1]))
