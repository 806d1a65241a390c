"""Faults below HTTP, against peers made on the spot: the page says what happened and is there within its 15 seconds."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.tenants.models import Tenant
from apps.upstream import deadlines, transport
from tests.conftest import Person
from tests.faults import sockets
from tests.faults.sockets import Authority, Talk, peer
from tests.investments.test_list import LIST


@pytest.fixture
def move(acme: Tenant) -> Callable[[str], None]:
    def move(url: str) -> None:
        Tenant.objects.filter(pk=acme.pk).update(issuance_url=url)

    return move


@pytest.mark.parametrize(
    ("talk", "says"),
    [
        (sockets.cut, "was cut off before the whole response arrived"),
        (sockets.reset, "was cut off before the whole response arrived"),
        (sockets.nonsense, "was cut off before the whole response arrived"),
        (sockets.silent, "didn’t respond in time"),
        (sockets.drips, "didn’t respond in time"),
        (sockets.slow_headers, "didn’t respond in time"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_peer_that_goes_wrong_is_a_panel_in_time(
    ana: Person, move: Callable[[str], None], talk: Talk, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "PAGE_BUDGET", 4.0)  # the same clockwork, sooner
    with peer(talk) as (port, _):
        move(f"http://127.0.0.1:{port}")
        began = time.monotonic()
        page = ana.get(LIST)
        assert time.monotonic() - began < 5.0
    assert page.status == 200
    assert says in page


def test_a_refused_connection_and_an_unknown_name_are_said(
    ana: Person, move: Callable[[str], None], settings: Any
) -> None:
    settings.UPSTREAM_HOSTS = ["127.0.0.1", "no-such-host.invalid"]
    for url in ("http://127.0.0.1:9", "https://no-such-host.invalid"):
        move(url)
        assert "Couldn’t reach the Issuance API." in ana.get(LIST)


@pytest.fixture
def authority(tmp_path: Path, settings: Any) -> Iterator[Authority]:
    made = Authority(tmp_path)
    settings.UPSTREAM_CA_FILE = str(made.file)
    yield made
    transport.shared_transport(str(made.file)).close()


def test_a_good_certificate_of_a_named_authority_is_accepted(
    ana: Person, move: Callable[[str], None], authority: Authority
) -> None:
    with peer(sockets.good, authority.context()) as (port, received):
        move(f"https://localhost:{port}")
        assert "No investments yet" in ana.get(LIST)
    assert any(b"Api-Key" in each for each in received)


@pytest.mark.parametrize(("host", "days"), [("other.example", 30), ("localhost", -1)], ids=["wrong host", "expired"])
def test_a_bad_certificate_is_refused_and_no_byte_of_a_key_is_sent(
    ana: Person, acme: Tenant, move: Callable[[str], None], authority: Authority, host: str, days: int
) -> None:
    with peer(sockets.good, authority.context(host, days)) as (port, received):
        move(f"https://localhost:{port}")
        page = ana.get(LIST)
    assert "isn’t secure, so nothing was sent" in page
    assert received == []
    assert acme.issuance_keys.get().state == "refused", "the owners are told on the connections page"


def test_an_old_version_of_tls_is_refused_and_no_byte_of_a_key_is_sent(
    ana: Person, move: Callable[[str], None], authority: Authority
) -> None:
    with peer(sockets.good, authority.old_context()) as (port, received):
        move(f"https://localhost:{port}")
        assert "isn’t secure, so nothing was sent" in ana.get(LIST)
    assert received == []


def test_a_self_signed_certificate_is_refused(ana: Person, move: Callable[[str], None], tmp_path: Path) -> None:
    with peer(sockets.good, Authority(tmp_path).context()) as (port, received):
        move(f"https://localhost:{port}")
        assert "isn’t secure, so nothing was sent" in ana.get(LIST)
    assert received == []


def test_a_key_never_travels_in_clear(ana: Person, move: Callable[[str], None], settings: Any) -> None:
    settings.UPSTREAM_HOSTS = ["127.0.0.1", "api.issuance.com"]
    move("http://api.issuance.com")
    assert "isn’t secure, so nothing was sent" in ana.get(LIST)
