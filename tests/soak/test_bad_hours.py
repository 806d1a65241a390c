"""What takes too long for `make test`: an outage, a hanging tenant, five hundred faulted pages; real processes throughout.

Run by `make soak`, not by `make test`.
"""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench import measure, sites
from tests.bench.measure import Site
from tests.stand_in import Sandbox, free_port

pytestmark = pytest.mark.skipif(not os.environ.get("SOAK"), reason="make soak runs it")

FAULTS = (
    ("slow", 30),
    ("drip", 0.5),
    ("html-500", None),
    ("cut", None),
    ("gzip-bomb", None),
    ("status", 403),
    ("deep", None),
)


@dataclass
class Place:
    site: Site
    sandboxes: list[Sandbox]
    process: "subprocess.Popen[bytes]"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A production dashboard with two teams, each with a stand-in of its own."""
    folder = tmp_path_factory.mktemp("soak")
    sandboxes = [Sandbox(tmp_path_factory.mktemp(name), 300) for name in ("a", "b")]
    site = Site(port=free_port(), upstream=sandboxes[0].port)
    process = sites.dashboard(
        site, folder, sandboxes[0].key(sites.KEY), {"borealis": (sandboxes[1].url, sandboxes[1].key(sites.KEY))}
    )
    yield Place(site, sandboxes, process)
    process.terminate()
    process.wait(timeout=20)
    for sandbox in sandboxes:
        sandbox.stop()


@pytest.fixture(autouse=True)
def _calm(place: Place) -> Iterator[None]:
    """No fault, and time for a breaker that opened to close again."""
    yield
    for sandbox in place.sandboxes:
        sandbox.reset()
    time.sleep(6)
    for path in ("/acme/investments/", "/borealis/investments/"):
        page(place, path)


def page(place: Place, path: str) -> tuple[float, bytes]:
    """Milliseconds and the page, whatever stands in it; anything but 200 is an error."""
    began = time.perf_counter()
    body = measure.fetch(place.site.port, path, place.site.headers(), is_panel_fine=True)
    return (time.perf_counter() - began) * 1000, body


def test_an_outage_of_a_minute_is_not_made_worse_and_ends_when_it_ends(place: Place) -> None:
    """20 requests a second for 60 s; upstream sees at most 1.1 x first tries; rows within 10 s of its end."""
    down = place.sandboxes[0]
    down.fault("status", value=503)
    asked = 0
    with ThreadPoolExecutor(40) as people:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            people.submit(page, place, "/acme/investments/")
            asked += 1
            time.sleep(0.05)
    seen = len([call for call in down.ledger if call["path"] == "/api/investments/"])
    print(f"\noutage: {asked} pages, {seen} calls upstream")
    assert seen <= asked * 1.1
    down._ask("DELETE", "faults")
    began = time.monotonic()
    while b'class="row-link"' not in page(place, "/acme/investments/")[1]:
        assert time.monotonic() - began < 10
        time.sleep(0.2)
    print(f"recovered after {time.monotonic() - began:.1f} s")


def test_a_hanging_tenant_is_not_noticed_by_another(place: Place) -> None:
    """30 people of team A are at work when their API hangs; team B's p95 is at most 1.2 x of before."""

    def p95() -> float:
        taken = sorted(page(place, "/borealis/investments/")[0] for _ in range(120))
        return taken[int(len(taken) * 0.95)]

    def person(number: int) -> None:
        time.sleep(number / 6)
        while not stop.is_set():
            page(place, "/acme/investments/")
            stop.wait(5)  # as long as the panel says to wait

    p95()
    alone, stop = statistics.median(p95() for _ in range(3)), threading.Event()
    with ThreadPoolExecutor(30) as team:
        for number in range(30):
            team.submit(person, number)
        time.sleep(6)
        before = statistics.median(p95() for _ in range(3))
        place.sandboxes[0].fault("slow", value=60, path="/api/investments/$")
        time.sleep(12)
        after = statistics.median(p95() for _ in range(3))
        stop.set()
    print(
        f"\nteam B's p95: {alone:.1f} ms with A idle, {before:.1f} with 30 people of A at work, {after:.1f} while A hangs: "
        f"{after / before:.2f} x of at work, {after / alone:.2f} x of idle"
    )
    assert after <= before * 1.2


def test_of_500_faulted_pages_none_is_late_and_nothing_is_left_behind(place: Place) -> None:
    worker = measure.children(place.process.pid)[0]
    page(place, "/acme/investments/")
    slowest = 0.0
    for kind, value in FAULTS:
        place.sandboxes[0].fault(kind, value=value, path="/api/investments/$")
        with ThreadPoolExecutor(24) as people:
            pages = list(people.map(lambda _: page(place, "/acme/investments/"), range(72)))
        assert all(body.rstrip().endswith(b"</html>") for _, body in pages)
        slowest = max(slowest, *(took for took, _ in pages))
        place.sandboxes[0].reset()
    time.sleep(17)
    threads, sockets = len(os.listdir(f"/proc/{worker}/task")), open_sockets(worker)
    print(
        f"\n{72 * len(FAULTS)} faulted pages, the slowest {slowest / 1000:.1f} s; afterwards {threads} threads, {sockets} sockets"
    )
    assert slowest < 15_500
    assert threads <= 1 + 48 + 64 + 4, "gunicorn's and the pool's own threads"
    assert sockets <= 45, "the pools' idle connections"


def open_sockets(pid: int) -> int:
    return len([link for link in Path(f"/proc/{pid}/fd").iterdir() if "socket:" in os.readlink(link)])
