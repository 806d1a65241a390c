"""Slow but honest: an answer that takes a while is shown, and upstream is not asked again for being slow."""

import time

import pytest

from apps.upstream import deadlines
from tests.conftest import Person
from tests.faults import sockets
from tests.faults.sockets import peer
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox


def test_an_answer_after_six_seconds_is_shown_and_was_asked_for_once(ana: Person, sandbox: Sandbox) -> None:
    ana.get(LIST)
    sandbox.reset()
    sandbox.fault("slow", path="/api/investments/$", value=6)
    page = ana.get(LIST)
    assert page.count('class="row-link"') == 25
    assert len(sandbox.asked()) == 1


@pytest.mark.parametrize("talk", [sockets.silent, sockets.slow_headers, sockets.drips], ids=lambda talk: talk.__name__)
def test_what_is_late_is_not_asked_for_again(ana: Person, talk: sockets.Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.tenants.models import Tenant

    monkeypatch.setattr(deadlines, "PAGE_BUDGET", 3.0)  # the same clockwork, sooner
    ana.get(LIST)
    with peer(talk) as (port, taken):
        Tenant.objects.update(issuance_url=f"http://127.0.0.1:{port}")
        began = time.monotonic()
        assert "didn’t respond in time" in ana.get(LIST)
        assert time.monotonic() - began < 4.5
        time.sleep(1)
        assert len([line for line in taken if b"/api/investments/?" in line]) <= 1


def test_a_gap_between_bytes_still_ends_it(ana: Person, sandbox: Sandbox) -> None:
    """Once the answer has begun, five seconds without a byte are too long."""
    sandbox.fault("pause", path="/api/investments/$", value=8)
    began = time.monotonic()
    assert "didn’t respond in time" in ana.get(LIST)
    assert time.monotonic() - began < 7.5
