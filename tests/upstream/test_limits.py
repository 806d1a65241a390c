"""One tenant's way to one API: places, breaker, retries, waiting. Real threads against the sandbox."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import time_machine

from apps.upstream import board, errors, limits
from apps.upstream.issuance.client import Issuance
from tests.stand_in import Sandbox
from tests.upstream.test_transport import api


def of(tenant: str, sandbox: Sandbox, seconds: float = 15) -> Issuance:
    return replace(api(sandbox, seconds), limits_key=f"{tenant}:issuance")


def outcome(call: Issuance) -> str:
    try:
        call.list_offerings({}).result()
    except errors.UpstreamError as error:
        return type(error).__name__
    return "ok"


def wait_out(tenant: str) -> None:
    """As if every pause had passed, in this process and on the board."""
    way = limits.limits_of(f"{tenant}:issuance")
    way.closed_until = way.throttled_until = time.monotonic()
    noted = board.current()
    if noted.read([f"{way.name}:broken"]):
        noted.write(f"{way.name}:broken", time.time(), limits.IN_DOUBT)
    noted.drop(f"{way.name}:throttled")


def test_after_five_failures_in_a_row_the_api_is_left_alone_and_then_tried_by_one(sandbox: Sandbox) -> None:
    sandbox.fault("html-500")
    seen = [outcome(of("a", sandbox)) for _ in range(8)]
    assert seen[0] == "Failed"
    assert seen[-1] == "Paused"
    asked = len(sandbox.ledger)
    assert asked <= limits.FAILURES + limits.FREE_RETRIES
    wait_out("a")
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda _: outcome(of("a", sandbox)), range(8)))
    assert len(sandbox.ledger) - asked <= 2, "one call tries it, the others are told to wait"
    sandbox._ask("DELETE", "faults")
    wait_out("a")
    assert outcome(of("a", sandbox)) == "ok"
    assert outcome(of("a", sandbox)) == "ok"


def test_one_tenants_failures_are_not_anothers(sandbox: Sandbox) -> None:
    sandbox.fault("html-500", times=12)
    for _ in range(6):
        outcome(of("a", sandbox))
    sandbox._ask("DELETE", "faults")
    assert outcome(of("a", sandbox)) == "Paused"
    assert outcome(of("b", sandbox)) == "ok"


def test_second_tries_are_at_most_a_tenth_of_the_calls(sandbox: Sandbox) -> None:
    sandbox.fault("html-500", share=0.3)
    calls = 200
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda _: outcome(of("a", sandbox)), range(calls)))
    assert len(sandbox.ledger) <= calls * (1 + limits.RETRIES) + limits.FREE_RETRIES


def test_a_hanging_api_takes_a_tenants_places_and_no_more(sandbox: Sandbox) -> None:
    sandbox.fault("slow", value=4, path="/api/offerings/")
    began = time.monotonic()
    with ThreadPoolExecutor(40) as crowd:
        hanging = [crowd.submit(outcome, of("a", sandbox, 6)) for _ in range(30)]
        time.sleep(0.5)
        assert api(sandbox).list_investments({}).result().rows
        assert time.monotonic() - began < 2
        seen = [each.result() for each in hanging]
    assert seen.count("Busy") == 30 - limits.AT_ONCE


@pytest.mark.parametrize(("said", "waited"), [(2, 2), (None, limits.UNSAID), (86400, limits.OBEYED)])
def test_a_wait_that_the_api_asks_for_is_obeyed_without_asking_again(
    sandbox: Sandbox, said: int | None, waited: int
) -> None:
    sandbox.fault("throttled", value=said, times=1)
    assert outcome(of("a", sandbox)) == "Throttled"
    assert outcome(of("a", sandbox)) == "Throttled"
    assert len(sandbox.ledger) == 1
    way = limits.limits_of("a:issuance")
    assert 0 < way.throttled_until - time.monotonic() <= waited
    wait_out("a")
    assert outcome(of("a", sandbox)) == "ok"


def test_a_clock_that_jumps_moves_no_deadline(sandbox: Sandbox) -> None:
    with time_machine.travel(time.time() - 300, tick=True):
        assert outcome(of("a", sandbox, 5)) == "ok"
    with time_machine.travel(time.time() + 300, tick=True):
        assert outcome(of("a", sandbox, 5)) == "ok"


def test_no_thread_is_left_behind_by_calls_that_were_given_up(sandbox: Sandbox) -> None:
    sandbox.fault("slow", value=1.5)
    before = threading.active_count()
    for _ in range(3):
        assert outcome(of("a", sandbox, 0.3)) == "Unanswered"
    time.sleep(2)
    assert outcome(of("b", sandbox)) == "ok"
    assert threading.active_count() <= before + 4, "the pool's own threads, idle"
