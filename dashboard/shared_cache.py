"""The cache that several processes share: Redis or Valkey. Without it pages go on from the database.

A call that fails is a miss, and for RETRY seconds no other is made. Keys that could not be written or deleted while the
server was away may hold something outdated, so they are deleted when it is back, before anything else is asked.
"""

import pickle
import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, TypeVar

import redis
import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.functional import cached_property

T = TypeVar("T")
log = structlog.get_logger("cache")

RETRY = 2.0
"""Seconds between two tries of a server that is away."""
MOST_OUTDATED = 10_000
LONGEST = 300
"""Seconds that anything stays in the cache: with more outdated keys than we keep, it is left alone for as long."""
TIMEOUT = 0.5
"""Seconds for a connection, and for an answer."""
AWAY = (redis.RedisError, OSError)
UNREADABLE = (pickle.UnpicklingError, AttributeError, ImportError, EOFError, ValueError, TypeError)
"""What an older or newer version of the dashboard may have written."""


class Server:
    """What this process knows of one server."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.is_away = False
        self.failed_at = self.retry_at = 0.0
        self.outdated: set[str] = set()

    def may_ask(self) -> bool:
        """While the server is away, one caller every RETRY seconds."""
        with self.lock:
            now = time.monotonic()
            if now < self.retry_at:
                return False
            if self.is_away:
                self.retry_at = now + RETRY
            return True

    def lost(self, keys: Iterable[str], error: Exception) -> None:
        with self.lock:
            if not self.is_away:
                log.warning("the cache is away; pages go on without it", error=type(error).__name__)
            self.is_away, self.failed_at = True, time.monotonic()
            self.retry_at = max(self.retry_at, self.failed_at + RETRY)
        self.note(keys)

    def note(self, keys: Iterable[str]) -> None:
        with self.lock:
            self.outdated |= set(keys)
            if len(self.outdated) > MOST_OUTDATED:
                self.outdated.clear()
                self.retry_at = time.monotonic() + LONGEST

    def found(self, asked_at: float) -> None:
        """An answer to what was asked before another call failed says nothing about now."""
        with self.lock:
            if asked_at < self.failed_at:
                return
            if self.is_away:
                log.warning("the cache is back")
            self.is_away, self.retry_at = False, 0.0


SERVERS: dict[str, Server] = {}


def server_at(location: str) -> Server:
    return SERVERS.setdefault(location, Server())


class Client(RedisCacheClient):
    """Django's makes a client for each call and a pool for each thread and cache: half the time of a call, and hundreds of
    connections. Redis's own are safe for threads."""

    @cached_property
    def of_all_threads(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self.of_all_threads


CLIENTS: dict[str, Client] = {}


class SharedCache(RedisCache):
    """Django's, which fails open. The setting `LONGEST` bounds every timeout, in seconds."""

    _servers: list[str]
    _options: dict[str, Any]

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        limits = {"socket_connect_timeout": TIMEOUT, "socket_timeout": TIMEOUT, "retry": None}
        super().__init__(server, {**params, "OPTIONS": {**limits, **params.get("OPTIONS", {})}})
        self.state = server_at(server)
        self.server = server
        self.longest: int = params.get("LONGEST", LONGEST)

    @cached_property
    def _cache(self) -> Client:
        return CLIENTS.setdefault(self.server, Client(self._servers, **self._options))

    def get_backend_timeout(self, timeout: float | None = DEFAULT_TIMEOUT) -> int | None:
        seconds = super().get_backend_timeout(timeout)
        return self.longest if seconds is None else min(int(seconds), self.longest)

    def asked(self, instead: T, call: Callable[[], T], changes: Iterable[str] = (), version: int | None = None) -> T:
        """What the server answers, or `instead`. `changes`: the keys that the call would write or delete."""
        keys = [self.make_key(key, version) for key in changes]
        if not self.state.may_ask():
            self.state.note(keys)
            return instead
        asked_at = time.monotonic()
        try:
            self.delete_outdated()
            answer = call()
        except AWAY as error:
            self.state.lost(keys, error)
            return instead
        except UNREADABLE:
            return instead
        self.state.found(asked_at)
        return answer

    def delete_outdated(self) -> None:
        if outdated := frozenset(self.state.outdated):
            self._cache.delete_many(outdated)
            with self.state.lock:
                self.state.outdated -= outdated

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self.asked(default, lambda: super(SharedCache, self).get(key, default, version))

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        return self.asked({}, lambda: super(SharedCache, self).get_many(keys, version))

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self.asked(False, lambda: super(SharedCache, self).has_key(key, version))

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True without a server: whoever asks goes on."""
        return self.asked(True, lambda: super(SharedCache, self).add(key, value, timeout, version), [key], version)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self.asked(None, lambda: super(SharedCache, self).set(key, value, timeout, version), [key], version)

    def set_many(
        self, data: Mapping[str, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[str]:
        return self.asked(
            [*data], lambda: super(SharedCache, self).set_many(dict(data), timeout, version), data, version
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self.asked(False, lambda: super(SharedCache, self).touch(key, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return self.asked(False, lambda: super(SharedCache, self).delete(key, version), [key], version)

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        keys = [*keys]
        self.asked(None, lambda: super(SharedCache, self).delete_many(keys, version), keys, version)

    def clear(self) -> None:
        """Only the keys of this cache: Django's own would empty the whole database."""

        def empty() -> None:
            client = self._cache.get_client(write=True)
            for found in client.scan_iter(match=f"{self.key_prefix}:*", count=1000):
                client.unlink(found)

        self.asked(None, empty)
