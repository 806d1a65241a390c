"""What reaches Sentry and a collector of traces: real senders to a real server, and a name that must not be among it."""

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import brotli
import pytest

from tests.operations.conftest import Installation

NAME = "Nakamura"
DECODED = {"gzip": gzip.decompress, "br": brotli.decompress}
SCRIPT = f"""
import logging
import structlog
from django.test import Client
from apps.upstream import errors, transport
from apps.upstream.deadlines import Deadline

def step(name):
    raise ValueError("{NAME} {NAME}@example.com is none of these")

try:
    step("{NAME}")
except ValueError:
    structlog.get_logger("apps.work").exception("a step broke off", investor="{NAME}")
    logging.getLogger("apps.other").error("broken for %s", "{NAME}")
Client(HTTP_HOST="localhost").get("/accounts/login/?login={NAME}@example.com")
rules = transport.Rules(frozenset(["127.0.0.1"]))
call = transport.Call("http://127.0.0.1:9", "/api/{NAME}", None, Deadline(), rules, {{"q": "{NAME}"}}, request_id="0123456789ab")
try:
    transport.send(call)
except errors.UpstreamError:
    pass
"""


@pytest.fixture
def received() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Where a server listens, and what was sent there: path and body."""
    bodies: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append((self.path, DECODED.get(self.headers.get("Content-Encoding", ""), bytes)(body)))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", bodies
        server.shutdown()


def test_errors_and_traces_tell_where_and_nothing_about_whom(
    filled: Installation, received: tuple[str, list[tuple[str, bytes]]]
) -> None:
    where, bodies = received
    filled.settings |= {"SENTRY_DSN": f"http://key@{where}/1", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{where}"}
    filled.done("shell", "--no-imports", "-c", SCRIPT)
    assert {path for path, _ in bodies} == {"/api/1/envelope/", "/v1/traces"}
    errors = b"".join(body for path, body in bodies if "envelope" in path)
    traces = b"".join(body for path, body in bodies if "traces" in path)
    for expected in (b"a step broke off", b"broken for %s", b"ValueError", b'"function":"step"'):
        assert expected in errors.replace(b'": "', b'":"')
    for expected in (b"GET accounts/login/", b"http.response.status_code", b"the Issuance API", b"Unreachable"):
        assert expected in traces
    for sent in (errors, traces):
        assert NAME.lower().encode() not in sent.lower()
        assert b"example.com" not in sent


def test_nothing_is_sent_unless_that_is_set(filled: Installation) -> None:
    told = filled.done(
        "shell",
        "--no-imports",
        "-c",
        "import sys; print('sentry_sdk' in sys.modules, 'opentelemetry.sdk' in sys.modules)",
    )
    assert told.split() == ["False", "False"]
