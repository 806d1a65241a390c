"""Deadlines for whole calls.

httpx limits the gap between bytes, never the total, so a peer that drips would hold a thread for hours. Here every read
and write of a connection ends with the deadline of the call that this thread is making.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore

PAGE_BUDGET = 15.0
"""Seconds that all upstream calls of one page may take together."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock; the wall clock may jump."""

    at: float = field(default_factory=lambda: time.monotonic() + PAGE_BUDGET)

    @classmethod
    def within(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        return self.at - time.monotonic()


_mine = threading.local()


FRESH = 0.2
"""Seconds after its last answer in which a connection is taken for open by calls that may be sent again. httpcore asks each
idle connection twice for every call, which lets other threads run and waits for them while all calls wait for its lock."""


@contextmanager
def within(deadline: Deadline, *, may_send_again: bool = False) -> Iterator[None]:
    """Everything this thread reads and writes meanwhile ends with the deadline."""
    _mine.deadline, _mine.may_send_again = deadline, may_send_again
    try:
        yield
    finally:
        del _mine.deadline, _mine.may_send_again


def shortened(timeout: float | None, late: type[Exception]) -> float | None:
    """The timeout, or what is left of this thread's deadline. Raises `late` if nothing is."""
    deadline: Deadline | None = getattr(_mine, "deadline", None)
    if deadline is None:
        return timeout
    left = deadline.left()
    if left <= 0:
        raise late("the deadline has passed")
    return left if timeout is None else min(timeout, left)


class DeadlinedStream(httpcore.NetworkStream):
    """The first byte of an answer may take what is left of the deadline, since slow is not broken; after it, no gap
    between bytes may exceed the timeout."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._is_answering = False
        self._heard_at = 0.0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        has_deadline = getattr(_mine, "deadline", None) is not None
        gap = None if has_deadline and not self._is_answering else timeout
        part = self._stream.read(max_bytes, shortened(gap, httpcore.ReadTimeout))
        self._is_answering = True
        self._heard_at = time.monotonic()
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._is_answering = False
        self._stream.write(buffer, shortened(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = shortened(timeout, httpcore.ConnectTimeout)
        return DeadlinedStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        is_asked_of = info == "is_readable" and getattr(_mine, "may_send_again", False)
        if is_asked_of and time.monotonic() - self._heard_at < FRESH:
            return False
        return self._stream.get_extra_info(info)


class DeadlinedBackend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = shortened(timeout, httpcore.ConnectTimeout)
        return DeadlinedStream(super().connect_tcp(host, port, left, local_address, socket_options))
