"""What one process learns of an API, others obey. Two `Limits` of one name stand for those of two processes;
tests/dashboard/test_services.py has two real ones."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from apps.tenants import agreed
from apps.upstream import board, errors
from apps.upstream.limits import AT_ONCE, FAILURES, IN_DOUBT, Limits
from dashboard.shared_cache import SharedCache
from tests.stand_in import free_port

pytestmark = pytest.mark.usefixtures("both_worlds")
NAME = "team:issuance"


@pytest.fixture(autouse=True)
def noted() -> Iterator[board.Board]:
    former = board.current()
    board.use(agreed.CacheBoard())
    yield board.current()
    board.use(former)


def fail(way: Limits, error: errors.UpstreamError) -> None:
    with pytest.raises(type(error)), way.call():
        raise error


def answered(way: Limits) -> bool:
    try:
        with way.call():
            return True
    except errors.UpstreamError:
        return False


def test_a_retry_after_is_obeyed_by_all_processes() -> None:
    one, other = Limits(NAME), Limits(NAME)
    fail(one, errors.Throttled(429, 30))
    with pytest.raises(errors.Throttled) as caught, other.call():
        pass
    assert 28 <= (caught.value.wait or 0) <= 31
    assert answered(Limits("another:issuance"))


def test_an_open_breaker_is_open_for_all_and_one_of_all_tries_the_api_again(noted: board.Board) -> None:
    one, *others = ways = [Limits(NAME) for _ in range(4)]
    for _ in range(FAILURES):
        fail(one, errors.Failed(500))
    for other in others:
        with pytest.raises(errors.Paused), other.call():
            pass
    noted.write(f"{NAME}:broken", time.time(), IN_DOUBT)  # its pause has passed
    one.closed_until = 0
    gate = Barrier(4)
    tries = 0

    def ask(way: Limits) -> str:
        nonlocal tries
        gate.wait()
        try:
            with way.call():
                tries += 1
                time.sleep(0.2)
        except errors.Paused:
            return "paused"
        return "ok"

    with ThreadPoolExecutor(4) as processes:
        seen = list(processes.map(ask, ways))
    assert (tries, sorted(seen)) == (1, ["ok", "paused", "paused", "paused"])
    assert [answered(way) for way in ways] == [True] * 4


def test_a_team_has_so_many_places_in_all_processes_together() -> None:
    one, other = Limits(NAME), Limits(NAME)
    gate = Barrier(AT_ONCE + 1)

    def hold(_: int) -> None:
        with one.call():
            gate.wait()
            gate.wait()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        held = [threads.submit(hold, number) for number in range(AT_ONCE)]
        gate.wait()
        with pytest.raises(errors.Busy), other.call():
            pass
        gate.wait()
        for each in held:
            each.result()
    assert answered(other)
    assert not board.current().read([f"{NAME}:place:{number}" for number in range(AT_ONCE)])


def test_without_the_server_each_process_counts_for_itself(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    away = SharedCache(f"redis://127.0.0.1:{free_port()}/0", {"KEY_PREFIX": "agreed"})
    monkeypatch.setattr(agreed, "agreed", lambda: away)
    one, other = Limits(NAME), Limits(NAME)
    fail(one, errors.Throttled(429, 30))
    assert not answered(one)
    assert answered(other)
