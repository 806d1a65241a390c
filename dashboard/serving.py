"""Gunicorn's threaded worker, changed so that threads get only complete requests.

Gunicorn's own gives a thread to every connection that has sent a byte: 48 half-sent requests, or 48 answers that no one
reads, stop everything. Here the event loop reads head and body, within limits of time and size, and gunicorn parses
what it has read.
"""

import errno
import re
import select
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from dashboard.gate import gate

READING = 10.0
"""Seconds from a request's first byte to its last."""
WRITING, PIECE = 20.0, 256 * 1024
"""Seconds that a client may take for so many bytes of an answer."""
LINGERING = 2.0
"""Seconds to read a refusal in: were the connection closed at once, the client's kernel would throw it away. And seconds
that a stopping worker waits for a further request of a client that is between two."""
MOST_HEAD, MOST_BODY = 32 * 1024, 2_621_440
"""Bytes; Django's DATA_UPLOAD_MAX_MEMORY_SIZE is the same."""
MOST_HELD = 64 * 1024 * 1024
"""Bytes of unfinished requests together; above it the oldest is ended."""
MOST_WAITING = 200
"""Whole requests that wait for a thread; further ones are refused."""
PATIENCE, GIVEN_UP = 1.5, 2.5
"""Seconds that a whole request has waited for a thread: after the first, newcomers are refused at once, since they would
wait as long; after the second it is refused too."""
HEALTH, MOST_HEALTH = (b"GET /healthz ", b"GET /healthz/"), 20
"""Has a thread of its own when the others are taken, so that a full server is not thought dead."""

HEAD_ENDS = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
IS_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
IS_EXPECTING = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)

TOO_LATE, NO_LENGTH, TOO_LARGE = "408 Request Timeout", "411 Length Required", "413 Content Too Large"
HEAD_TOO_LARGE, FULL = "431 Request Header Fields Too Large", "503 Service Unavailable"


def words(status: str) -> bytes:
    """A complete response in one line of plain text."""
    more = "Retry-After: 2\r\n" if status == FULL else ""
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\n{more}"
    said = status.partition(" ")[2] + "\n"
    return f"{head}Content-Length: {len(said)}\r\n\r\n{said}".encode()


class Socket(socket.socket):
    """Never blocks, since a Python socket with a timeout releases the GIL twice for each piece it sends."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Raises TimeoutError if the client does not read."""
        with memoryview(data) as view:
            for start in range(0, len(view), PIECE):
                self.send_piece(view[start : start + PIECE])

    def send_piece(self, piece: memoryview) -> None:
        until = 0.0
        while piece:
            try:
                piece = piece[self.send(piece) :]
            except BlockingIOError:
                until = until or time.monotonic() + WRITING
                with gate.waiting():
                    is_read = self.is_writable(until - time.monotonic())
                if not is_read:
                    raise TimeoutError from None

    def is_writable(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self, select.POLLOUT)
        return bool(poll.poll(max(0, seconds * 1000)))


class Connection:
    """One client. It belongs to the event loop while a request comes in and between requests, and to a thread while one
    is answered."""

    def __init__(self, sock: socket.socket, client: Any, server: Any) -> None:
        self.sock = Socket(fileno=sock.detach())
        self.client, self.server = client, server
        self.received = bytearray()
        self.ends = 0
        """Where the request ends in what is received; 0: not known yet."""
        self.until = 0.0
        self.is_refused = False
        self.sock.setblocking(False)

    def fault(self) -> str:
        """Why nothing more of this request is read, if so. Everything else is left to gunicorn."""
        if self.ends:
            return ""
        head_ends = self.received.find(HEAD_ENDS, 0, MOST_HEAD)
        if head_ends < 0:
            return HEAD_TOO_LARGE if len(self.received) >= MOST_HEAD else ""
        head = bytes(self.received[: head_ends + 2])
        if IS_CHUNKED.search(head):
            return NO_LENGTH
        found = LENGTH.search(head)
        length = int(found[1].lstrip(b"0")[:8] or 0) if found else 0
        if length > MOST_BODY:
            return TOO_LARGE
        self.ends = head_ends + len(HEAD_ENDS) + length
        if length and IS_EXPECTING.search(head):
            with suppress(OSError):
                self.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return ""

    def is_health(self) -> bool:
        return self.received.startswith(HEALTH)

    def is_whole(self) -> bool:
        return bool(self.ends) and len(self.received) >= self.ends

    def close(self) -> None:
        with suppress(OSError):
            self.sock.close()


class Logger(GunicornLogger):  # type: ignore[misc]
    def access(self, *given: Any) -> None:
        """Never: gunicorn gathers what its line would say, though it writes none."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """`waiting`: the event loop's connections, oldest first; `queued`: since when and what waits for a thread."""

    def init_process(self) -> None:
        self.waiting: dict[Connection, None] = {}
        self.queued: deque[tuple[float, Future[bool]]] = deque()
        self.held = self.at_work = 0
        self.swept = self.stopping = 0.0
        self.health = ThreadPoolExecutor(1)
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.end_oldest()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self.end_oldest()
        self.wait(Connection(sock, client, listener.getsockname()))

    def wait(self, connection: Connection) -> None:
        connection.until = time.monotonic() + (READING if connection.received else self.cfg.keepalive)
        self.held += len(connection.received)
        self.waiting[connection] = None
        self.poller.register(connection.sock, selectors.EVENT_READ, partial(self.receive, connection))

    def leave(self, connection: Connection) -> None:
        self.held -= len(connection.received)
        del self.waiting[connection]
        self.poller.unregister(connection.sock)

    def end(self, connection: Connection) -> None:
        self.leave(connection)
        self.nr_conns -= 1
        connection.close()

    def end_oldest(self) -> None:
        if self.waiting:
            self.end(next(iter(self.waiting)))

    def receive(self, connection: Connection, _: Any = None) -> None:
        if connection not in self.waiting:  # ended while its turn in this round had not come
            return
        try:
            received = connection.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.end(connection)
        elif not connection.is_refused:
            if not connection.received:
                connection.until = time.monotonic() + READING
            connection.received += received
            self.held += len(received)
            self.judge(connection)

    def judge(self, connection: Connection) -> None:
        """Hands it to a thread once complete, closes it if it must not be served; else it waits on."""
        if fault := connection.fault():
            self.refuse(connection, fault)
        elif connection.is_whole():
            self.admit(connection)
        elif self.held > MOST_HELD:
            self.end_oldest()

    def admit(self, connection: Connection) -> None:
        now, is_health = time.monotonic(), connection.is_health()
        is_late = not is_health and now - self.oldest_queued(now) > PATIENCE
        if is_late or self.at_work >= self.cfg.threads + MOST_WAITING + (MOST_HEALTH if is_health else 0):
            self.refuse(connection, FULL)
            return
        pool = self.health if is_health and self.at_work >= self.cfg.threads else self.tpool
        self.leave(connection)
        self.at_work += 1
        future = pool.submit(self.handle, connection)
        if pool is self.tpool:
            self.queued.append((now, future))
        future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, connection, done))

    def oldest_queued(self, now: float) -> float:
        """Since when the oldest that waits for a thread does; now, if none does."""
        while self.queued and (self.queued[0][1].running() or self.queued[0][1].done()):
            self.queued.popleft()
        return self.queued[0][0] if self.queued else now

    def give_up_late(self, now: float) -> None:
        """Takes back what has waited too long for a thread; `finish_request` refuses it."""
        while now - self.oldest_queued(now) > GIVEN_UP:
            self.queued.popleft()[1].cancel()

    def refuse(self, connection: Connection, status: str) -> None:
        self.held -= len(connection.received)
        connection.received.clear()
        connection.is_refused = True
        connection.until = time.monotonic() + LINGERING
        try:
            connection.sock.send(words(status))
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.end(connection)

    def finish_request(self, connection: Connection, done: "Future[bool]") -> None:
        """Back in the loop after a thread has answered; the next request may already have arrived."""
        self.at_work -= 1
        if done.cancelled() and self.alive:
            self.wait(connection)
            self.refuse(connection, FULL)
            return
        if done.cancelled() or done.exception() or not done.result():
            self.nr_conns -= 1
            connection.close()
            return
        self.wait(connection)
        if connection.received:
            self.judge(connection)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(min(timeout, 1.0))

    def murder_keepalived(self) -> None:
        """Called by gunicorn's loop each round. Once a second, closes connections that have waited long enough."""
        now = time.monotonic()
        self.give_up_late(now)
        if now - self.swept < 1:
            return
        self.swept = now
        if not self.alive:
            self.stopping = self.stopping or now
        for connection in list(self.waiting):
            is_idle = not connection.received
            if now < connection.until and not (is_idle and self.stopping and now > self.stopping + LINGERING):
                continue
            if is_idle:
                self.end(connection)
            else:
                self.refuse(connection, TOO_LATE)

    def handle(self, connection: Connection) -> bool:
        """In a thread. Gunicorn's parser gets what was received and can read no more. True: the connection stays
        open."""
        request, is_kept = None, False
        data = bytes(connection.received)
        pieces = (
            data[start : start + 8192] for start in range(0, len(data), 8192)
        )  # it copies what it holds for each read
        parser = RequestParser(self.cfg, pieces, connection.client)
        try:
            request = next(parser)
            request._expected_100_continue = False
            with nullcontext() if data.startswith(HEALTH) else gate.computing():
                is_kept = bool(self.handle_request(request, connection))
            parser.finish_body()
        except (OSError, StopIteration):
            return False  # the client left, or does not read, or the answer broke off, which is logged
        except Exception as error:
            self.fail(connection, request, error)
            return False
        connection.received = bytearray(parser.unreader.buf.getvalue() + b"".join(pieces))
        connection.ends = 0
        return is_kept

    def fail(self, connection: Connection, request: Any, error: Exception) -> None:
        """Without gunicorn's words, which hold the address with its query, or the header that it could not read."""
        if request is None:
            self.log.warning("unreadable request: %s", type(error).__name__)
        else:
            self.log.error("request failed: %s", type(error).__name__)
        with suppress(OSError):
            connection.sock.sendall(words("400 Bad Request" if request is None else "500 Internal Server Error"))
