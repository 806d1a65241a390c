"""Limits on a tenant's calls to an API: a bulkhead (concurrent calls), a circuit breaker, and a retry budget.

A hanging or failing API of one tenant costs the others nothing. The state is in this process's memory.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import errors

AT_ONCE = 24
"""Calls of one tenant under way at once; further ones wait for a place, though no longer than WAIT seconds."""
WAIT = 2.0
FAILURES = 5
"""Failures in a row after which the API is left alone for PAUSE seconds; then a single call tries it."""
PAUSE = 5.0
RETRIES = 0.1
"""Second and third tries, as a share of a tenant's calls; a few are free, so that a quiet tenant has them too."""
FREE_RETRIES = 3.0
OBEYED = 60
"""Seconds of a Retry-After that are waited out; a longer one is said to the person, and asked again after these."""
UNSAID = 5
"""Seconds to wait where the API asks to wait and does not say how long."""


@dataclass
class Limits:
    slots: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    lock: threading.Lock = field(default_factory=threading.Lock)
    failures: int = 0
    closed_until: float = 0.0
    is_probing: bool = False
    throttled_until: float = 0.0
    wait_said: int | None = None
    retries: float = FREE_RETRIES

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wraps one try. Raises Paused, Throttled or Busy without sending anything; learns from how the try ends."""
        self._enter()
        if not self.slots.acquire(timeout=WAIT):
            self._leave_probe()
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
            self._leave_probe()
            self.slots.release()

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

    def _enter(self) -> None:
        now = time.monotonic()
        with self.lock:
            if now < self.throttled_until:
                raise errors.Throttled(429, self._still_to_wait(now))
            if now < self.closed_until or self.is_probing:
                raise errors.Paused(max(1, round(self.closed_until - now)))
            self.is_probing = self.failures >= FAILURES

    def _still_to_wait(self, now: float) -> int | None:
        """Seconds; the API's own word if it asked for more than is waited for here, None if it named no time."""
        is_ours = self.wait_said is not None and self.wait_said <= OBEYED
        return int(self.throttled_until - now) + 1 if is_ours else self.wait_said

    def _leave_probe(self) -> None:
        with self.lock:
            self.is_probing = False

    def _answered(self) -> None:
        with self.lock:
            self.failures, self.is_probing = 0, False

    def _failed(self, error: errors.UpstreamError) -> None:
        """A refusal of ours says nothing about the API."""
        with self.lock:
            self.is_probing = False
            if isinstance(error, errors.Insecure):
                return
            self.failures += 1
            if self.failures >= FAILURES:
                self.closed_until = time.monotonic() + PAUSE

    def _throttle(self, wait: int | None) -> None:
        with self.lock:
            self.is_probing = False
            self.wait_said = wait
            self.throttled_until = time.monotonic() + min(UNSAID if wait is None else wait, OBEYED)


_limits: dict[str, Limits] = {}
_lock = threading.Lock()


def limits_of(name: str) -> Limits:
    """The limits with this name; a call that names none has limits of its own."""
    if not name:
        return Limits()
    with _lock:
        return _limits.setdefault(name, Limits())


def forget_all() -> None:
    """As if the process had just started."""
    with _lock:
        _limits.clear()
