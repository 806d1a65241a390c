"""A small application for the tests of the server: what it was given, what it was let do, and when it was closed."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Start = Callable[[str, list[tuple[str, str]]], Any]
counts = {"begun": 0, "closed": 0}
lock = threading.Lock()


def note(what: str) -> None:
    with lock:
        counts[what] += 1


class Closing:
    """As Django's responses: `close` is what frees what a page holds."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        note("begun")

    def __iter__(self) -> Iterator[bytes]:
        return self.pieces

    def close(self) -> None:
        note("closed")


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    name = environ["PATH_INFO"].strip("/")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    pieces = {
        "healthz": lambda: iter([b"ok"]),
        "counts": lambda: iter([f"{counts['begun']} {counts['closed']}".encode()]),
        "pid": lambda: iter([str(os.getpid()).encode()]),
        "body": lambda: iter([f"{len(body)} {environ['REMOTE_ADDR']} {environ['QUERY_STRING']}".encode()]),
        "slow": slow,
        "shell": shell,
        "ticks": lambda: (time.sleep(0.1) or b"tick" for _ in range(100)),
        "large": lambda: (b"x" * 100_000 for _ in range(200)),
    }[name]()
    start("200 OK", [("Content-Type", "text/plain")])
    return Closing(pieces) if name in ("ticks", "large") else pieces


def slow() -> Iterator[bytes]:
    time.sleep(1.0)
    yield b"slow"


def shell() -> Iterator[bytes]:
    yield b"shell"
    time.sleep(1.0)
    yield b"rows"
