"""Limits on a tenant's calls to an API: a bulkhead (concurrent calls), a circuit breaker, and a retry budget.

A hanging or failing API of one tenant costs the others nothing. What one process learns the others read from the
board (apps.upstream.board): a Retry-After, an open breaker, who tries the API again, and the places. Without a board,
or while it is away, each process counts for itself.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from . import board, errors

AT_ONCE = 24
"""Calls of one tenant under way at once; further ones wait for a place, though no longer than WAIT seconds."""
WAIT = 2.0
FAILURES = 5
"""Failures in a row after which the API is left alone for PAUSE seconds; then a single call tries it."""
PAUSE = 5.0
HEARD = 0.1
"""Seconds for which what was read on the board is not read again: of a hundred calls a second, each would ask."""
IN_DOUBT = 60.0
"""Seconds for which other processes hear of an open breaker; after its pause a single call of all of them tries."""
RETRIES = 0.1
"""Second and third tries, as a share of a tenant's calls; a few are free, so that a quiet tenant has them too."""
FREE_RETRIES = 3.0
OBEYED = 60
"""Seconds of a Retry-After that are waited out; a longer one is said to the person, and asked again after these."""
UNSAID = 5
"""Seconds to wait where the API asks to wait and does not say how long."""


@dataclass
class Limits:
    """`name`: on the board; "" for those of a single call, which no one shares."""

    name: str = ""
    slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    lock: threading.Lock = field(default_factory=threading.Lock)
    failures: int = 0
    closed_until: float = 0.0
    is_probing: bool = False
    is_hearsay: bool = False
    """Whether another process opened the breaker, and so says when it is closed."""
    throttled_until: float = 0.0
    wait_said: int | None = None
    retries: float = FREE_RETRIES
    heard: Mapping[str, Any] = field(default_factory=dict)
    heard_until: float = 0.0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wraps one try. Raises Paused, Throttled or Busy without sending anything; learns from how the try ends."""
        is_probe = self._enter()
        place = self._take_place()
        if place is None:
            self._leave_probe(is_probe)
            raise errors.Busy
        try:
            yield
        except errors.Throttled as error:
            self._throttle(error.wait)
            raise
        except (errors.Unreachable, errors.Unanswered, errors.Failed) as error:
            self._failed(error)
            raise
        except errors.UpstreamError:
            self._answered()
            raise
        else:
            self._answered()
        finally:
            self._leave_probe(is_probe)
            if place:
                board.current().drop(place)
            self.slots.release()  # last: whoever waits for it finds a place on the board

    def _take_place(self) -> str | None:
        """One of this process's and, on the board, one of all processes'. None: all stayed taken."""
        if not self.slots.acquire(timeout=WAIT):
            return None
        if not self.name:
            return ""
        if place := board.take_place(self.name, AT_ONCE, WAIT):
            return place
        self.slots.release()
        return None

    def earn_retries(self) -> None:
        """Called once for each call, so that ten calls pay for one retry."""
        with self.lock:
            self.retries = min(FREE_RETRIES, self.retries + RETRIES)

    def may_retry(self) -> bool:
        """Takes one of the remaining retries; none if the breaker has opened meanwhile."""
        with self.lock:
            if self.retries < 1 or time.monotonic() < self.closed_until:
                return False
            self.retries -= 1
            return True

    def _enter(self) -> bool:
        """Whether this try is the single one that finds out if the API is well again."""
        heard = self._hear() if self.name else {}
        now = time.monotonic()
        with self.lock:
            self._learn(heard, now)
            if now < self.throttled_until:
                raise errors.Throttled(429, self._still_to_wait(now))
            if now < self.closed_until or self.is_probing:
                raise errors.Paused(max(1, round(self.closed_until - now)))
            self.is_probing = is_probe = self.failures >= FAILURES
        if is_probe and self.name and not board.current().claim(self._probe, board.HELD):
            self._leave_probe(is_probe=False)
            raise errors.Paused(1)
        return is_probe

    def _hear(self) -> Mapping[str, Any]:
        if time.monotonic() > self.heard_until:
            self.heard = board.current().read([self._throttled, self._broken])
            self.heard_until = time.monotonic() + HEARD
        return self.heard

    def _learn(self, heard: Mapping[str, Any], now: float) -> None:
        """Times on the board are of the clock on the wall, which processes share, and which may jump."""
        if told := heard.get(self._throttled):
            until, self.wait_said = told
            self.throttled_until = now + min(OBEYED, until - time.time())
        if until := heard.get(self._broken):
            self.closed_until = now + min(PAUSE, until - time.time())
            self.is_hearsay = self.is_hearsay or self.failures < FAILURES
            self.failures = max(self.failures, FAILURES)
        elif self.is_hearsay:
            self.failures, self.closed_until, self.is_hearsay = 0, 0.0, False

    @property
    def _throttled(self) -> str:
        return f"{self.name}:throttled"

    @property
    def _broken(self) -> str:
        return f"{self.name}:broken"

    @property
    def _probe(self) -> str:
        return f"{self.name}:probe"

    def _still_to_wait(self, now: float) -> int | None:
        """Seconds; the API's own word if it asked for more than is waited for here, None if it named no time."""
        is_ours = self.wait_said is not None and self.wait_said <= OBEYED
        return int(self.throttled_until - now) + 1 if is_ours else self.wait_said

    def _leave_probe(self, is_probe: bool) -> None:
        with self.lock:
            self.is_probing = False
        if is_probe and self.name:
            board.current().drop(self._probe)

    def _answered(self) -> None:
        with self.lock:
            was_broken = self.failures >= FAILURES
            self.failures, self.is_probing, self.is_hearsay = 0, False, False
        if was_broken and self.name:
            board.current().drop(self._broken)
            self.heard_until = 0.0

    def _failed(self, error: errors.UpstreamError) -> None:
        """A refusal of ours says nothing about the API."""
        with self.lock:
            self.is_probing = False
            if isinstance(error, errors.Insecure):
                return
            self.failures += 1
            is_broken = self.failures >= FAILURES
            if is_broken:
                self.closed_until = time.monotonic() + PAUSE
        if is_broken and self.name:
            board.current().write(self._broken, time.time() + PAUSE, IN_DOUBT)

    def _throttle(self, wait: int | None) -> None:
        seconds = min(UNSAID if wait is None else wait, OBEYED)
        with self.lock:
            self.is_probing = False
            self.wait_said = wait
            self.throttled_until = time.monotonic() + seconds
        if self.name and seconds:
            board.current().write(self._throttled, (time.time() + seconds, wait), seconds)


_limits: dict[str, Limits] = {}
_lock = threading.Lock()


def limits_of(name: str) -> Limits:
    """The limits with this name; a call that names none has limits of its own."""
    if not name:
        return Limits()
    with _lock:
        return _limits.setdefault(name, Limits(name))


def forget_all() -> None:
    """As if the process had just started."""
    with _lock:
        _limits.clear()
