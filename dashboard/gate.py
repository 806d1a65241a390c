"""At most a few pages compute at once: Python runs one thread at a time, and more only take it from one another.

Who waits for an API, the database or a client that reads slowly gives its place back meanwhile, and on return goes
before those who have not begun, so that what is begun is soon done.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from django.db.backends.signals import connection_created

from apps.upstream import waits

STUCK = 0.1
"""Seconds after which a place is given on although nobody gave it back: who holds it waits for something unforeseen."""


class Gate:
    def __init__(self, places: int) -> None:
        self.places = places
        self.lock = threading.Lock()
        self.inside: dict[int, float] = {}
        """Thread -> since when it holds a place."""
        self.returning: deque[tuple[int, threading.Lock]] = deque()
        self.new: deque[tuple[int, threading.Lock]] = deque()

    def enter(self, queue: "deque[tuple[int, threading.Lock]]") -> None:
        thread, called = threading.get_ident(), threading.Lock()
        with self.lock:
            if len(self.inside) < self.places:
                self.inside[thread] = time.monotonic()
                return
            called.acquire()
            queue.append((thread, called))
        while not called.acquire(timeout=STUCK):
            self.give_on()

    def leave(self) -> bool:
        """Whether this thread held a place."""
        with self.lock:
            was_inside = self.inside.pop(threading.get_ident(), 0.0) > 0
            self._call()
        return was_inside

    def give_on(self) -> None:
        """The places of those who have held them too long."""
        now = time.monotonic()
        with self.lock:
            for thread, since in [*self.inside.items()]:
                if now - since > STUCK:
                    del self.inside[thread]
            self._call()

    def _call(self) -> None:
        while len(self.inside) < self.places and (queue := self.returning or self.new):
            thread, called = queue.popleft()
            self.inside[thread] = time.monotonic()
            called.release()

    @contextmanager
    def computing(self) -> Iterator[None]:
        """What computes a page."""
        self.enter(self.new)
        try:
            yield
        finally:
            self.leave()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What only waits; a thread that holds no place just waits."""
        was_inside = self.leave()
        try:
            yield
        finally:
            if was_inside:
                self.enter(self.returning)


gate = Gate(1)


def open_for_waiting() -> None:
    """From now on who waits for an API or the database lets others compute."""
    waits.WHILE_WAITING.append(gate.waiting)
    connection_created.connect(watch_statements)


def watch_statements(connection: Any, **kwargs: Any) -> None:
    if around_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(around_statement)


def around_statement(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
    """SQLite's readers wait for nobody."""
    is_quick = context["connection"].vendor == "sqlite" and sql.startswith("SELECT")
    with nullcontext() if is_quick else gate.waiting():
        return execute(sql, parameters, many, context)
