"""The server as clients see it who send half, drip, do not read, or leave: raw sockets against a process of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.stand_in import ROOT, free_port

pytestmark = pytest.mark.xdist_group("server")  # what these tests share takes long to start
MANY = 200
HEAD = "GET /healthz HTTP/1.1\r\nHost: a\r\n"
POST = "POST /body HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


class Server:
    def __init__(self, log: Path) -> None:
        self.port, self.log, self.closed = free_port(), log, 0
        command = [sys.executable, "-m", "gunicorn", "-c", "tests/dashboard/quick.py", "tests.dashboard.served"]
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "BIND": f"127.0.0.1:{self.port}"},
                stderr=stderr,
                start_new_session=True,
            )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError):
                if body(self.ask("/healthz")) == b"ok":
                    return
            time.sleep(0.05)
        raise TimeoutError("the server did not start")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def ask(self, path: str, headers: str = "") -> bytes:
        return self.say(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n".encode())

    def say(self, request: bytes) -> bytes:
        """All that is answered until the server closes."""
        with self.connect() as connection:
            connection.sendall(request)
            return everything(connection)

    def seconds_of_health(self) -> float:
        began = time.monotonic()
        assert self.ask("/healthz").startswith(b"HTTP/1.1 200")
        return time.monotonic() - began

    def wait_for_closed(self, more: int) -> None:
        """Until as many answers more than before have been closed as were begun."""
        self.closed += more
        until = time.monotonic() + 8
        while (counts := body(self.ask("/counts"))) != b"%d %d" % (self.closed, self.closed):
            assert time.monotonic() < until, counts
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def everything(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def body(answer: bytes) -> bytes:
    """Of an answer in one chunk."""
    return answer.partition(b"\r\n\r\n")[2].split(b"\r\n")[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server") / "log")
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """For a test that stops or reloads it."""
    running = Server(tmp_path / "log")
    yield running
    running.stop()


def drip(sockets: list[socket.socket], until: Callable[[], bool]) -> None:
    while not until():
        for each in sockets:
            with suppress(OSError):
                each.send(b"a")
        time.sleep(0.2)


@pytest.mark.parametrize("is_dripping", [False, True], ids=["half", "dripping"])
@pytest.mark.parametrize(
    "first", [HEAD + "X-Slow: ", POST + "Content-Length: 1000\r\n\r\nfirst=half"], ids=["head", "body"]
)
def test_two_hundred_unfinished_requests_delay_nobody_and_are_ended(
    server: Server, first: str, is_dripping: bool
) -> None:
    crowd = [server.connect() for _ in range(MANY)]
    for each in crowd:
        each.sendall(first.encode())
    until = time.monotonic() + 1.5
    if is_dripping:
        dripping = threading.Thread(target=drip, args=(crowd, lambda: time.monotonic() > until))
        dripping.start()
    while time.monotonic() < until:
        assert server.seconds_of_health() < 1
        time.sleep(0.05)
    if is_dripping:
        dripping.join()
    for each in crowd:
        with each, suppress(ConnectionResetError):
            assert everything(each).startswith(b"HTTP/1.1 408")


def test_more_connections_than_there_is_room_for_shut_nobody_out(server: Server) -> None:
    crowd = [server.connect() for _ in range(2 * MANY)]
    assert server.seconds_of_health() < 1
    for each in crowd:
        each.close()


def test_who_does_not_read_holds_a_thread_only_for_a_time(server: Server) -> None:
    crowd = []
    for _ in range(4):
        each = socket.socket()
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        each.connect(("127.0.0.1", server.port))
        each.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        crowd.append(each)
    time.sleep(0.3)
    assert server.seconds_of_health() < 0.5, "has a thread of its own"
    assert body(server.ask("/body?q=1")).startswith(b"0 ")
    server.wait_for_closed(4)
    for each in crowd:
        each.close()


def test_a_shell_is_sent_before_its_rows_are_there(server: Server) -> None:
    with server.connect() as connection:
        began = time.monotonic()
        connection.sendall(b"GET /shell HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        received = b""
        while b"shell" not in received:
            received += connection.recv(65536)
        assert time.monotonic() - began < 0.8
        assert b"rows" in everything(connection)


def test_an_answer_whose_reader_left_is_closed(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /ticks HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(100)
    server.wait_for_closed(1)


def test_a_full_server_refuses_and_is_still_alive(server: Server) -> None:
    with ThreadPoolExecutor(12) as people:
        answers = [people.submit(server.ask, "/slow") for _ in range(12)]
        time.sleep(0.5)
        assert server.seconds_of_health() < 0.5
    said = sorted(each.result().split(b"\r\n")[0] for each in answers)
    assert said == [b"HTTP/1.1 200 OK"] * 8 + [b"HTTP/1.1 503 Service Unavailable"] * 4
    assert sum(b"Retry-After: 2" in each.result() for each in answers) == 4


def test_who_would_wait_too_long_is_refused_at_once(server: Server) -> None:
    with ThreadPoolExecutor(5) as people:
        answers = [people.submit(server.ask, "/slow") for _ in range(5)]
        time.sleep(0.7)
        began = time.monotonic()
        refused = server.ask("/slow")
        assert time.monotonic() - began < 0.2
        assert server.seconds_of_health() < 0.2
    assert refused.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 2\r\n" in refused
    assert all(each.result().startswith(b"HTTP/1.1 200") for each in answers)


def test_who_has_waited_too_long_for_a_thread_is_refused(server: Server) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(7) as people:
        long = [people.submit(server.ask, "/ticks") for _ in range(4)]
        time.sleep(0.1)
        waits = [people.submit(server.ask, "/pid") for _ in range(3)]
        for each in waits:
            assert each.result().startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert 1.5 <= time.monotonic() - began < 4
        assert server.seconds_of_health() < 0.5
        assert all(b"tick" in each.result() for each in long)
    assert server.ask("/pid").startswith(b"HTTP/1.1 200")
    server.closed += 4


def test_pages_that_wait_for_something_unforeseen_keep_no_others_out(server: Server) -> None:
    """Three of four threads sleep; what computes is answered meanwhile."""
    with ThreadPoolExecutor(3) as people:
        slow = [people.submit(server.ask, "/slow") for _ in range(3)]
        time.sleep(0.05)
        began = time.monotonic()
        for _ in range(5):
            assert server.ask("/pid").startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 0.9
        assert all(each.result().startswith(b"HTTP/1.1 200") for each in slow)


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (HEAD.replace("/healthz", "/body?q=" + "a" * 3500) + "Connection: close\r\n\r\n", "200 OK"),
        (HEAD.replace("/healthz", "/body?q=" + "a" * 9000) + "Connection: close\r\n\r\n", "400 Bad Request"),
        (HEAD + "X-Long: " + "a" * 40_000 + "\r\n\r\n", "431 Request Header Fields Too Large"),
        (HEAD + "X: 1\r\n" * 200 + "\r\n", "400 Bad Request"),
        (POST + "Content-Length: 2621440\r\n\r\n" + "a" * 2_621_440, "200 OK"),
        (POST + "Content-Length: 2621441\r\n\r\n" + "a" * 2_621_441, "413 Content Too Large"),
        (POST + f"Content-Length: {'9' * 5000}\r\n\r\n", "413 Content Too Large"),
        (POST + f"Content-Length: {'0' * 30}5\r\n\r\nabcde", "200 OK"),
        (POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", "411 Length Required"),
        (POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "411 Length Required"),
        (POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", "400 Bad Request"),
        (POST + "Content-Length: +5\r\n\r\nabcde", "400 Bad Request"),
        (POST + "Content-Length : 5\r\n\r\nabcde", "400 Bad Request"),
        (POST + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nabcde", "100 Continue"),
        ("nonsense\r\n\r\n", "400 Bad Request"),
        ("\x16\x03\x01" + "\0" * 100 + "\r\n\r\n", "400 Bad Request"),
    ],
    ids=lambda value: str(value)[-24:].encode("unicode_escape").decode() if len(str(value)) > 40 else None,
)
def test_what_is_too_much_or_malformed_is_refused_in_one_line(server: Server, request_: str, says: str) -> None:
    assert server.say(request_.encode("latin-1")).split(b"\r\n")[0] == f"HTTP/1.1 {says}".encode()
    assert server.seconds_of_health() < 1


def test_requests_in_one_breath_are_answered_in_turn(server: Server) -> None:
    post = POST.replace("Connection: close\r\n", "") + "Content-Length: 5\r\n\r\nabcde"
    answers = server.say((post * 3 + HEAD + "Connection: close\r\n\r\n").encode())
    assert (answers.count(b"HTTP/1.1 200 OK"), answers.count(b"5 127.0.0.1")) == (4, 3)


@pytest.mark.parametrize("zeros", ["", "0" * 30])
def test_a_request_in_three_pieces_is_one(server: Server, zeros: str) -> None:
    with server.connect() as connection:
        for piece in (POST + "Content-Le", f"ngth: {zeros}10\r\n\r\nabcd", "efghij"):
            connection.sendall(piece.encode())
            time.sleep(0.1)
        assert b"10 127.0.0.1" in everything(connection)


def test_a_stop_ends_no_answer_that_has_begun(own_server: Server) -> None:
    silent = own_server.connect()
    with ThreadPoolExecutor(8) as people:
        answers = [people.submit(own_server.ask, "/slow") for _ in range(8)]
        time.sleep(0.5)
        own_server.process.send_signal(signal.SIGTERM)
        assert [body(each.result()) for each in answers] == [b"slow"] * 8
    began = time.monotonic()
    assert own_server.process.wait(timeout=20) == 0
    assert time.monotonic() - began < 6
    silent.close()


def test_a_reload_loses_no_request(own_server: Server) -> None:
    seen: list[bytes] = []
    until = time.monotonic() + 4

    def person() -> None:
        while time.monotonic() < until:
            seen.append(body(own_server.ask("/pid")))

    with ThreadPoolExecutor(3) as people:
        asked = [people.submit(person) for _ in range(3)]
        time.sleep(1)
        own_server.process.send_signal(signal.SIGHUP)
        for each in asked:
            each.result()
    assert len(set(seen)) == 2


def test_no_query_and_no_header_is_logged(server: Server) -> None:
    server.say(b"GET /body?email=ana@acme.example nonsense\r\n\r\n")
    server.say(b"GET /none?email=ana@acme.example HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    server.say((HEAD + "Cookie session=ana@acme.example\r\n\r\n").encode())
    log = server.log.read_text()
    assert "unreadable request" in log
    assert "request failed" in log
    assert "ana@acme.example" not in log
