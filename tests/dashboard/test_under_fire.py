"""The gate of a real dashboard among clients that leave, hang or do not read; and a worker killed while it answers."""

import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench import measure, sites
from tests.bench.crowd import crowd
from tests.bench.measure import LIST, Site
from tests.stand_in import free_port

pytestmark = pytest.mark.xdist_group("server")
SECONDS = 40.0
KILLS = 200 if os.environ.get("SOAK") else 4


@dataclass
class Place:
    site: Site
    process: "subprocess.Popen[bytes]"
    database: Path

    @property
    def worker(self) -> int:
        return measure.children(self.process.pid)[0]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    site = Site(port=free_port(), upstream=free_port())
    key = sites.record(tmp_path, 300)
    upstream = sites.replay(site.upstream, tmp_path / "answers")
    process = sites.dashboard(site, tmp_path, key)
    yield Place(site, process, tmp_path / "bench.sqlite3")
    for each in (process, upstream):
        each.terminate()
        each.wait(timeout=30)


def request(site: Site, path: str) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in site.headers().items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode()


def abandons(site: Site, stop: threading.Event) -> None:
    """Leaves at some moment of the page."""
    choose = random.Random(threading.get_ident())
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
            connection.sendall(request(site, LIST))
            time.sleep(choose.uniform(0, 0.3))


def hangs(site: Site, stop: threading.Event) -> None:
    """Sends half of its request."""
    while not stop.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", site.port), timeout=5) as connection:
            connection.sendall(request(site, LIST)[:-20])
            stop.wait(5)


def does_not_read(site: Site, stop: threading.Event) -> None:
    """Asks for a large page and takes none of it."""
    while not stop.is_set():
        with suppress(OSError), socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(("127.0.0.1", site.port))
            connection.sendall(request(site, f"{LIST}?page_size=100"))
            stop.wait(10)


def health(site: Site, stop: threading.Event, taken: list[float]) -> None:
    while not stop.is_set():
        taken.append(measure.timed(lambda: measure.fetch(site.port, "/healthz/live", site.headers())))
        stop.wait(0.2)


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="make soak runs it")
def test_hostile_clients_hold_no_place(place: Place) -> None:
    before = crowd(place.site, 16, 5.0)
    stop, healthy = threading.Event(), list[float]()
    works: list[tuple[Callable[..., None], int]] = [(abandons, 10), (hangs, 20), (does_not_read, 20)]
    threads = [threading.Thread(target=work, args=(place.site, stop)) for work, number in works for _ in range(number)]
    threads.append(threading.Thread(target=health, args=(place.site, stop, healthy)))
    for each in threads:
        each.start()
    try:
        during = crowd(place.site, 16, SECONDS)
    finally:
        stop.set()
        for each in threads:
            each.join(20)
    after = crowd(place.site, 16, 5.0)
    rates = [len(seen.taken) / seconds for seen, seconds in ((before, 5.0), (during, SECONDS), (after, 5.0))]
    print(f"\npages/s before, among hostile clients, after: {' '.join(f'{rate:.0f}' for rate in rates)}")
    print(f"p95 {before.percentile(0.95):.0f} {during.percentile(0.95):.0f} ms; health at most {max(healthy):.0f} ms")
    assert before.errors == during.errors == after.errors == []
    assert during.slowest < 5000
    assert max(healthy) < 2000
    assert rates[2] > 0.7 * rates[0]


def test_a_kill_at_any_moment_shows_nothing_that_was_not_recorded(place: Place) -> None:
    """The worker is killed at a random moment around the answer; every row that came out is in the audit log."""
    choose, shown, cut = random.Random(15), 0, 0
    measure.latency(place.site, 30)
    for _ in range(KILLS):
        measure.fetch(place.site.port, LIST, place.site.headers())  # warm, and there at all
        with socket.create_connection(("127.0.0.1", place.site.port), timeout=10) as connection:
            connection.sendall(request(place.site, LIST))
            killing = threading.Timer(choose.uniform(0.025, 0.075), os.kill, (place.worker, signal.SIGKILL))
            killing.start()
            received = b""
            with suppress(OSError):
                while part := connection.recv(65536):
                    received += part
                    if received.endswith(b"0\r\n\r\n"):
                        break
            killing.join()
        cut += not received.endswith(b"0\r\n\r\n")
        if b'class="row-link"' in received:
            shown += 1
            assert recorded(place.database, received.split(b"X-Request-ID: ")[1][:12].decode()) == 1
        until = time.monotonic() + 30
        while not is_up(place.site) and time.monotonic() < until:
            time.sleep(0.05)
    print(f"\n{KILLS} kills: {cut} pages cut off, {shown} with rows, all of them recorded")
    assert shown
    assert cut or KILLS < 100


def recorded(database: Path, request_id: str) -> int:
    with sqlite3.connect(database) as read:
        asked = "SELECT count(*) FROM audit_entry WHERE request_id = ? AND action = 'investments listed'"
        found: tuple[int] = read.execute(asked, [request_id]).fetchone()
        return found[0]


def is_up(site: Site) -> bool:
    with suppress(OSError, RuntimeError):
        return bool(measure.fetch(site.port, "/healthz/live", site.headers()))
    return False
