"""What processes tell one another: who has to wait, what is broken, which places are taken.

This package knows no cache. Whoever sets it up gives a `Board`; without one each process knows what it learned itself.
"""

import random
import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol


class Board(Protocol):
    """Notes by name, each with an end, for all processes. While it cannot be reached nothing is read, and every claim
    succeeds."""

    def read(self, names: Iterable[str]) -> Mapping[str, Any]: ...
    def write(self, name: str, value: Any, seconds: float) -> None: ...
    def claim(self, name: str, seconds: float) -> bool: ...
    def drop(self, name: str) -> None: ...


class NoBoard:
    """For a single process."""

    def read(self, names: Iterable[str]) -> Mapping[str, Any]:
        return {}

    def write(self, name: str, value: Any, seconds: float) -> None:
        pass

    def claim(self, name: str, seconds: float) -> bool:
        return True

    def drop(self, name: str) -> None:
        pass


POLL = 0.05
"""Seconds between two looks for a place that was given up."""
HELD = 60.0
"""Seconds after which the place of a process that is gone is free again; no call lasts longer."""

_board: Board = NoBoard()


def use(board: Board) -> None:
    global _board
    _board = board


def current() -> Board:
    return _board


def take_place(name: str, places: int, wait: float) -> str:
    """The name of a place among so many, which `current().drop` gives up; "" if none is free within `wait` seconds."""
    until = time.monotonic() + wait
    every = [f"{name}:place:{number}" for number in range(places)]
    tried = random.choice(every)  # noqa: S311 - any will do
    while not _board.claim(tried, HELD):
        taken = _board.read(every)
        free = [each for each in every if each not in taken]
        if free:
            tried = random.choice(free)  # noqa: S311
        elif time.monotonic() > until:
            return ""
        else:
            time.sleep(POLL)
    return tried
