"""The cache that processes share, before a real Redis that is killed and started again."""

import signal
from collections.abc import Iterator

import pytest

from dashboard import shared_cache
from dashboard.shared_cache import SharedCache
from tests import services


@pytest.fixture(scope="module")
def redis() -> Iterator[tuple[str, services.Service]]:
    with services.folder() as within, services.redis(within) as running:
        yield running


@pytest.fixture
def cache(redis: tuple[str, services.Service]) -> Iterator[SharedCache]:
    url, server = redis
    if server.process.poll() is not None:
        server.start()
    shared_cache.SERVERS.clear()
    made = SharedCache(url, {"KEY_PREFIX": "tests"})
    made.clear()
    yield made
    made._cache.get_client(write=True).connection_pool.disconnect()


def killed(redis: tuple[str, services.Service]) -> services.Service:
    redis[1].stop(signal.SIGKILL)
    return redis[1]


def wait_to_retry(cache: SharedCache) -> None:
    cache.state.retry_at = 0.0


def test_what_was_written_is_read(cache: SharedCache) -> None:
    cache.set("a", {"b": 1})
    cache.set_many({"c": 2, "d": 3})
    assert cache.get("a") == {"b": 1}
    assert cache.get_many(["c", "d", "e"]) == {"c": 2, "d": 3}
    cache.delete("a")
    assert cache.get("a", "none") == "none"


def test_nothing_stays_longer_than_five_minutes(cache: SharedCache) -> None:
    cache.set("a", 1, 12 * 60 * 60)
    cache.set("b", 1, None)
    client = cache._cache.get_client(write=False)
    for key in ("a", "b"):
        assert 0 < client.ttl(cache.make_key(key)) <= 300


def test_clearing_leaves_what_is_not_ours(cache: SharedCache) -> None:
    client = cache._cache.get_client(write=True)
    client.set("another program's", "1")
    cache.set("a", 1)
    cache.clear()
    assert cache.get("a") is None
    assert client.get("another program's") == b"1"


def test_without_a_server_every_question_has_an_answer(cache: SharedCache, redis: tuple[str, services.Service]) -> None:
    killed(redis)
    cache.set("a", 1)
    assert cache.get("a", "none") == "none"
    assert cache.get_many(["a"]) == {}
    assert cache.add("a", 1) is True
    assert "a" not in cache
    assert cache.set_many({"a": 1}) == ["a"]
    assert cache.delete("a") is False
    assert cache.touch("a") is False
    cache.delete_many(["a"])
    cache.clear()


def test_a_server_that_is_away_is_asked_once_in_two_seconds(
    cache: SharedCache, redis: tuple[str, services.Service]
) -> None:
    killed(redis)
    cache.get("a")
    redis[1].start()
    assert cache.get("a", "away") == "away"
    assert not cache.state.may_ask()
    wait_to_retry(cache)
    assert cache.state.may_ask()
    assert not cache.state.may_ask(), "one caller tries, the others go on"


@pytest.mark.parametrize("outdate", [lambda cache: cache.delete("a"), lambda cache: cache.set("a", "new")])
def test_what_was_changed_meanwhile_is_not_read_afterwards(
    cache: SharedCache, redis: tuple[str, services.Service], outdate
) -> None:  # type: ignore[no-untyped-def]
    """The server is only out of reach and keeps what it holds, as behind a network that breaks."""
    cache.set("a", "old")
    reach, cache.state.retry_at = cache.state.retry_at, float("inf")
    outdate(cache)
    cache.state.retry_at = reach
    assert cache.get("a") is None


def test_more_than_can_be_remembered_leaves_the_cache_alone(cache: SharedCache) -> None:
    cache.state.note(map(str, range(shared_cache.MOST_OUTDATED + 1)))
    assert not cache.state.may_ask()
    assert cache.state.retry_at > shared_cache.time.monotonic() + shared_cache.LONGEST - 5


def test_what_another_version_wrote_is_a_miss(cache: SharedCache) -> None:
    client = cache._cache.get_client(write=True)
    client.set(cache.make_key("a"), b"cno.such.module\nThing\n.")
    assert cache.get("a", "none") == "none"
    assert not cache.state.is_away
