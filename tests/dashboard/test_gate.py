"""The gate: how many compute at once, who goes first, and that nobody who waits keeps the others out."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.staff.passwords import Hasher
from apps.upstream import waits
from dashboard import gate as gates
from dashboard.gate import STUCK, Gate


def together(*works: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(works)) as threads:
        for future in [threads.submit(work) for work in works]:
            future.result(timeout=20)


@pytest.mark.parametrize("places", [1, 3])
def test_so_many_compute_at_once_and_all_get_their_turn(places: int) -> None:
    gate, lock, inside, most, done = Gate(places), threading.Lock(), 0, 0, 0

    def page() -> None:
        nonlocal inside, most, done
        for _ in range(20):
            with gate.computing():
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.0005)
                with lock:
                    inside -= 1
                with gate.waiting():
                    time.sleep(0.001)
        with lock:
            done += 1

    together(*[page] * 40)
    assert (most, done, gate.inside) == (places, 40, {})
    assert not gate.new
    assert not gate.returning


def test_who_returns_goes_before_who_has_not_begun() -> None:
    gate, order = Gate(1), list[str]()
    begun, held = threading.Event(), threading.Event()

    def first() -> None:
        with gate.computing():
            with gate.waiting():
                begun.set()
                held.wait(5)
            order.append("returned")

    def holder() -> None:
        begun.wait(5)
        with gate.computing():
            held.set()
            time.sleep(STUCK / 2)

    def newcomer() -> None:
        held.wait(5)
        with gate.computing():
            order.append("new")

    together(first, holder, newcomer, newcomer)
    assert order[0] == "returned"


def test_who_waits_for_something_unforeseen_keeps_nobody_out_for_long() -> None:
    gate, out, stuck = Gate(1), threading.Event(), threading.Event()
    taken: list[float] = []

    def sleeper() -> None:
        with gate.computing():
            stuck.set()
            out.wait(10)

    def others() -> None:
        stuck.wait(5)
        for _ in range(3):
            began = time.monotonic()
            with gate.computing():
                taken.append(time.monotonic() - began)
        out.set()

    together(sleeper, others)
    assert taken[0] < STUCK * 5
    assert max(taken[1:]) < STUCK
    assert gate.inside == {}
    with gate.computing():
        assert len(gate.inside) == 1


def test_a_page_that_breaks_off_leaves_its_place() -> None:
    gate = Gate(1)
    with pytest.raises(KeyError), gate.computing(), gate.waiting():
        raise KeyError
    assert gate.inside == {}


def test_who_has_no_place_waits_without_one() -> None:
    gate = Gate(1)
    with gate.computing():
        thread = threading.Thread(target=lambda: gate.waiting().__enter__())
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        assert len(gate.inside) == 1


def test_hashing_a_password_lets_others_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, seen = Gate(1), list[int]()

    class Watched(Hasher):
        iterations = 20_000

    monkeypatch.setattr(waits, "WHILE_WAITING", [gate.waiting, lambda: Watch(gate, seen)])
    with gate.computing():
        encoded = Watched().encode("a password", "salt")
        assert Watched().verify("a password", encoded)
        assert len(gate.inside) == 1
    assert seen == [0, 0]


class Watch:
    """Notes how many places are taken while something waits."""

    def __init__(self, gate: Gate, seen: list[int]) -> None:
        self.gate, self.seen = gate, seen

    def __enter__(self) -> None:
        self.seen.append(len(self.gate.inside))

    def __exit__(self, *_: object) -> None:
        pass


def test_a_statement_lets_others_compute_unless_it_reads_on_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, seen = Gate(1), list[tuple[str, int]]()
    monkeypatch.setattr(gates, "gate", gate)

    def execute(sql: str, *_: object) -> None:
        seen.append((sql, len(gate.inside)))

    class Connection:
        vendor = "sqlite"

    for vendor in ("sqlite", "postgresql"):
        Connection.vendor = vendor
        with gate.computing():
            for sql in ("SELECT 1", "INSERT 1"):
                gates.around_statement(execute, sql, (), False, {"connection": Connection})
    assert seen == [("SELECT 1", 1), ("INSERT 1", 0), ("SELECT 1", 0), ("INSERT 1", 0)]
