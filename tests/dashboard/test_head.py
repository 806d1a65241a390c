"""A HEAD has no body, on any address, from the real server: on a kept connection it would be the next person's answer."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.bench import sites
from tests.bench.measure import Site
from tests.stand_in import Sandbox, free_port
from tests.tenants.test_access import EVERY, address


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Sandbox]]:
    """The dashboard as `make serve` runs it, and the stand-in behind it."""
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox-of-head"), 60)
    site = Site(port=free_port(), upstream=sandbox.port)
    process = sites.dashboard(site, tmp_path_factory.mktemp("head"), sandbox.key(sites.KEY))
    yield site, sandbox
    process.terminate()
    process.wait(timeout=20)
    sandbox.stop()


def head_then_health(site: Site, path: str, cookie: str) -> tuple[bytes, bytes]:
    """The head of the answer to a HEAD, and what comes behind it on the same connection: the answer to the next request."""
    headers = f"Host: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\nCookie: {cookie}\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\n{headers}\r\n".encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        connection.sendall(f"GET /healthz HTTP/1.1\r\n{headers}Connection: close\r\n\r\n".encode())
        while piece := connection.recv(65536):
            received += piece
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


OTHERS = ("/static/favicon.svg", "/acme/investments/?status=nonsense", "/nowhere/at/all", "/")
"""A file, a refusal, an address that is none, and one that sends on."""


def wrong_with(head: bytes, rest: bytes) -> str:
    """What is wrong with the answer to a HEAD and what came behind it; "" where nothing is."""
    if not re.match(rb"HTTP/1.1 (200|302|400|401|403|404|405)", head):
        return f"the answer is {head[:80]!r}"
    if not (rest.startswith(b"HTTP/1.1 200 OK\r\n") and rest.endswith(b"ok")):
        return f"it is not the health check's own answer that follows, but {rest[:80]!r}"
    return ""


def test_nothing_follows_the_head_of_an_answer(site: tuple[Site, Sandbox]) -> None:
    """One test for all addresses, since its site takes long to start."""
    where, sandbox = site
    routes = [re.sub(r"\(\?P<\w+>[^)]*\)", "1", address(route, "acme")) for route, _ in EVERY]
    wrong = {}
    for path in [*(route.replace("^", "").replace("$", "") for route in routes), *OTHERS]:
        for who, cookie in {"a stranger": "", "ana": where.cookie}.items():
            sandbox.reset()
            wrong[path, who] = wrong_with(*head_then_health(where, path, cookie))
            if path not in OTHERS and sandbox.ledger:
                wrong[path, who] += " and the API was asked, though nobody is shown anything"
    assert len(wrong) > 150
    assert {seen: words for seen, words in wrong.items() if words} == {}
