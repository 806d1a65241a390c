"""Lets requests into the server while a test runs, and none while the database is emptied behind it."""

import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

ENDS_WITHIN = 30
"""Seconds: no page waits longer for the API."""


class Door:
    """A WSGI application around another; open within a `with`, whose end waits for each answer that is under way."""

    def __init__(self) -> None:
        self.application: Any = None
        self.is_open = False
        self.inside = 0
        self.left = threading.Condition()

    def __enter__(self) -> None:
        self.is_open = True

    def __exit__(self, *raised: type[BaseException] | BaseException | TracebackType | None) -> None:
        with self.left:
            self.is_open = False
            assert self.left.wait_for(lambda: not self.inside, ENDS_WITHIN), "an answer did not end"

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self.left:
            if not self.is_open:
                start_response("503 Service Unavailable", [("Content-Length", "0")])
                return []
            self.inside += 1
        try:
            return Answer(self.application(environ, start_response), self)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        with self.left:
            self.inside -= 1
            self.left.notify_all()


class Answer:
    """What the application answers; closed, it has left."""

    def __init__(self, body: Any, door: Door) -> None:
        self.body, self.door = body, door

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.body)

    def close(self) -> None:
        try:
            self.body.close()
        finally:
            self.door.leave()
