"""So many people who load the list over and over, each on a connection of their own: one thread, so that they leave the
processor to the dashboard."""

import re
import selectors
import socket
import time
from dataclasses import dataclass, field

from tests.bench.measure import LIST, Site, latency

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
RETRY = re.compile(rb"\r\nretry-after: (\d+)", re.IGNORECASE)
IS_CLOSED = re.compile(rb"\r\nconnection: close", re.IGNORECASE)


@dataclass
class Crowd:
    """`taken`: milliseconds of each page; `refused`: those of each honest 503; `errors`: what went wrong."""

    taken: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        return sorted(self.taken)[int(len(self.taken) * share)] if self.taken else 0.0

    @property
    def slowest(self) -> float:
        return max([*self.taken, *self.refused], default=0.0)


class Visitor:
    def __init__(self, site: Site, path: str, proof: bytes, seen: Crowd) -> None:
        self.site, self.proof, self.seen, self.due = site, proof, seen, 0.0
        head = "".join(f"{name}: {value}\r\n" for name, value in site.headers().items())
        self.asks = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode()
        self.sock: socket.socket | None = None

    def ask(self, selector: selectors.BaseSelector) -> None:
        """May raise OSError."""
        if self.sock is None:
            self.sock = socket.create_connection(("127.0.0.1", self.site.port), timeout=10)
            self.sock.setblocking(False)
            selector.register(self.sock, selectors.EVENT_READ, self)
        self.received, self.began, self.due = bytearray(), time.perf_counter(), float("inf")
        self.sock.sendall(self.asks)

    def hear(self, selector: selectors.BaseSelector) -> None:
        part = self.sock.recv(262144) if self.sock else b""
        self.received += part
        if not part:
            self.seen.errors.append("closed early")
            self.leave(selector)
        elif self.is_whole():
            self.judge(selector)

    def is_whole(self) -> bool:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = LENGTH.search(self.received, 0, end)
        return len(self.received) >= end + 4 + int(length[1]) if length else self.received.endswith(b"0\r\n\r\n")

    def judge(self, selector: selectors.BaseSelector) -> None:
        took, head = (time.perf_counter() - self.began) * 1000, self.received[: self.received.find(b"\r\n\r\n")]
        status, self.due = head[9:12], time.perf_counter()
        if status == b"200" and self.proof in self.received:
            self.seen.taken.append(took)
        elif status == b"503" and (retry := RETRY.search(head)):
            self.seen.refused.append(took)
            self.due += int(retry[1])
        else:
            self.seen.errors.append(status.decode() or "?")
        if IS_CLOSED.search(head):
            self.leave(selector)

    def leave(self, selector: selectors.BaseSelector) -> None:
        if self.sock:
            selector.unregister(self.sock)
            self.sock.close()
        self.sock, self.due = None, max(self.due if self.due < float("inf") else 0.0, time.perf_counter() + 0.05)


def crowd(
    site: Site, people: int, seconds: float, path: str = LIST, proof: bytes = b"data-rows", upstream: int = 50
) -> Crowd:
    """What they saw within so many seconds; pages under way then are waited for. `proof`: what a page of rows holds;
    `upstream`: milliseconds that it takes to answer."""
    if site.upstream:
        latency(site, upstream)
    seen = Crowd()
    visitors = [Visitor(site, path, proof, seen) for _ in range(people)]
    until = time.perf_counter() + seconds
    with selectors.DefaultSelector() as selector:
        while (now := time.perf_counter()) < until + 15:
            if now > until and not any(visitor.due == float("inf") for visitor in visitors):
                break
            for visitor in visitors:
                if visitor.due <= now < until:
                    try:
                        visitor.ask(selector)
                    except OSError as error:
                        seen.errors.append(type(error).__name__)
                        visitor.leave(selector)
            for key, _ in selector.select(0.02):
                try:
                    key.data.hear(selector)
                except OSError as error:
                    seen.errors.append(type(error).__name__)
                    key.data.leave(selector)
        for visitor in visitors:
            visitor.leave(selector)
    return seen
