"""Where attempts to sign in and password emails are counted: in the database, which no traffic can flush."""

import time
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class LimitCache(DatabaseCache):
    """Django's database cache without culling of live entries, which would lift someone's limit."""

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        connection = connections[db]
        table, expired = (
            connection.ops.quote_name(str(self.cache_model_class._meta.db_table)),
            connection.ops.adapt_datetimefield_value(now),
        )
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [expired])  # noqa: S608 - a name of ours


def is_within(name: str, most: int) -> bool:
    """Whether something may be done once more in this minute."""
    counts, key = caches["default"], f"minute:{int(time.time() // 60)}:{name}"
    if counts.add(key, 1, 120):
        return True
    try:
        return counts.incr(key) <= most
    except ValueError:  # it has just expired
        return True
