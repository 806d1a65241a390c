"""The process's one pooled transport: deadlines, a size limit, and the meaning of an answer's status.

Tenants share the transport, never an `httpx.Client`, which keeps cookies. Redirects are not followed, and proxies and
.netrc are not read, so a key never leaves the origin it was given for.
"""

import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote, urlencode

import httpx
import stamina

from . import errors
from .deadlines import Deadline, DeadlinedBackend, within
from .limits import limits_of
from .refusals import refused
from .secret import Secret
from .waits import let_go, waiting

CONNECT_SECONDS = 3.0
GAP_SECONDS = 5.0
MOST_BYTES = 10 * 1024 * 1024
TRIES = 3
LOOPBACK = ("localhost", "127.0.0.1", "::1")
USER_AGENT = "issuer-dashboard"
UNSAFE = re.compile(r"\[SSL: \w*(CERTIFICATE|PROTOCOL|VERSION)")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator allows: host names, and a PEM file of further authorities ("" for none)."""

    hosts: frozenset[str] = frozenset()
    ca_file: str = ""


class Credential(Protocol):
    """Signs a call. `header` may need a call of its own and raises what that raises; `renewed` is called after a
    refusal: whether another header is available now."""

    def header(self, deadline: Deadline) -> Secret: ...
    def renewed(self, refused: Secret) -> bool: ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """A constant header."""

    value: Secret

    def header(self, deadline: Deadline) -> Secret:
        return self.value

    def renewed(self, refused: Secret) -> bool:
        return False


Refusal = Callable[[int, Mapping[str, str], bytes], errors.UpstreamError]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: where, with what, until when. `query` is sent as given, percent-encoded, in its order. `api`: whom
    an error's words name; `refusal`: what an unsuccessful answer means there."""

    base_url: str
    path: str
    credential: Credential | None
    deadline: Deadline
    rules: Rules
    query: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    tries: int = TRIES
    limits_key: str = ""
    method: str = "GET"
    body: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    ok: tuple[int, ...] = (200,)
    api: str = errors.UpstreamError.api
    refusal: Refusal = refused
    is_repeated: bool = True
    """Whether another token is tried where the API refuses this one; a write that says "sent once" is not."""
    sent: threading.Event = field(default_factory=threading.Event, compare=False)
    """Set once the request is on the wire, or will never be."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success: its decoded body, and the API's time, None if it does not say."""

    body: bytes
    date: datetime | None = None
    status: int = 200


ORIGIN = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[::1\])(?::([0-9]{1,5}))?/?")
"""Nothing but these signs: a parser drops tabs, line ends and an empty user, and what is saved would not be what is called."""


def check_address(url: str, rules: Rules) -> None:
    """Raises Insecure for http outside loopback, a host that is not allowed, or anything but a plain origin."""
    found = ORIGIN.fullmatch(url)
    if not found:
        raise errors.Insecure
    scheme, host, port = found[1], found[2].strip("[]").lower(), int(found[3] or 443)
    if host not in rules.hosts or not 0 < port < 65536 or (scheme == "http" and host not in LOOPBACK):
        raise errors.Insecure


@lru_cache(maxsize=4)
def shared_transport(ca_file: str) -> httpx.HTTPTransport:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=15)
    transport = httpx.HTTPTransport(verify=context, trust_env=False, limits=limits)
    transport._pool._network_backend = DeadlinedBackend()  # httpx offers no other way in
    return transport


_pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="upstream")
AFTER_CALL: "list[Callable[[Call, str, float], None]]" = []
"""Told of each call that has ended: "ok" or the name of its error, and its seconds."""


class Pending:
    """A call under way. Its slot stays taken until the socket ends, even if no one waits any longer."""

    def __init__(self, future: "Future[Reply]", deadline: Deadline, sent: threading.Event, api: str = "") -> None:
        self._future, self._deadline, self._sent = future, deadline, sent
        self._api = api or errors.UpstreamError.api
        future.add_done_callback(lambda _: sent.set())

    def wait_until_sent(self, seconds: float) -> None:
        """Gives the pool's thread time to put the request on the wire before this one goes on working."""
        with waiting():
            self._sent.wait(seconds)

    def is_there(self, seconds: float) -> bool:
        """Whether there is an answer or an error within so many seconds; a passed deadline is one."""
        if not self._future.done():
            let_go()
            with suppress(FutureTimeout, CancelledError), waiting():
                self._future.exception(timeout=max(0.0, min(seconds, self._deadline.left())))
        return self._future.done() or self._deadline.left() <= 0

    def result(self, until: Deadline | None = None) -> Reply:
        """Waits until the call's deadline, or an earlier one. Raises what the call raised, Unanswered if it is late."""
        left = min(each.left() for each in (self._deadline, until) if each)
        if not self._future.done():
            let_go()
            with waiting(), suppress(FutureTimeout, CancelledError):
                self._future.exception(timeout=max(0.0, left))
        try:
            return self._future.result(timeout=0)
        except FutureTimeout:
            self._future.cancel()
            raise named(errors.Unanswered(is_late=True), self._api) from None


def failed(error: errors.UpstreamError) -> Pending:
    """Stands for a call that could not be made."""
    future: Future[Reply] = Future()
    future.set_exception(error)
    return Pending(future, Deadline(), threading.Event())


def start(call: Call) -> Pending:
    """Sends it from the pool and returns at once, so that a page's calls run concurrently."""
    return Pending(_pool.submit(send, call), call.deadline, call.sent, call.api)


def send(call: Call) -> Reply:
    """Sends the call and returns its answer, after counting how it ended. Raises a member of apps.upstream.errors."""
    let_go()
    outcome, began = "ok", time.perf_counter()
    try:
        return _tried(call)
    except errors.UpstreamError as error:
        outcome = type(error).__name__
        raise
    finally:
        for note in AFTER_CALL:
            note(call, outcome, time.perf_counter() - began)


def _tried(call: Call) -> Reply:
    """The answer. A GET is retried, up to `tries` times, if the fault may be temporary, the deadline allows it and the
    tenant has retries left, but never for being slow; anything else only if not a byte of it was sent, or if its token
    was expired."""
    try:
        check_address(call.base_url, call.rules)
    except errors.Insecure as unsafe:
        raise named(unsafe, call.api) from None
    way, former, header = limits_of(call.limits_key), None, None
    way.earn_retries()

    def is_worth_another(error: Exception) -> bool:
        is_of_token = call.is_repeated and isinstance(error, errors.KeyRefused) and error.is_about_token
        if is_of_token and call.credential and header and call.credential.renewed(header):
            return True
        return _may_pass(error, call.method) and call.deadline.left() > 0 and way.may_retry()

    for attempt in stamina.retry_context(
        on=is_worth_another,
        attempts=call.tries,
        wait_initial=0.1,
        wait_max=0.5,
        wait_jitter=0.2,
        timeout=max(0.01, call.deadline.left()),
    ):
        with attempt:
            try:
                header = signature(call)
                with way.call(), within(call.deadline, may_send_again=call.method == "GET" and call.tries > 1):
                    return _send(call, header)
            except (errors.Paused, errors.Busy) as not_sent:
                raise former or named(
                    not_sent, call.api
                ) from None  # what the API did says more than that it is not asked again
            except errors.UpstreamError as error:
                former = named(error, call.api)
                raise
    raise AssertionError("stamina returns or raises")


def signature(call: Call) -> Secret | None:
    """A sign-in failure that would leave a write unknown is reported as not sent."""
    try:
        return call.credential.header(call.deadline) if call.credential else None
    except (errors.Unanswered, errors.Failed, errors.Unreadable) as why:
        raise errors.Unsigned(why) from None


def named(error: errors.UpstreamError, api: str) -> errors.UpstreamError:
    """The error, its words about that API; one that already names another keeps its own."""
    if error.api == errors.UpstreamError.api:
        error.api = api
    return error


def _may_pass(error: Exception, method: str) -> bool:
    """Whether the same request may succeed a moment later, and may be sent again."""
    is_passing = isinstance(error, errors.Unreachable | errors.Unanswered | errors.Failed)
    is_ours = isinstance(error, errors.Insecure | errors.Paused | errors.Busy)
    is_late = isinstance(error, errors.Unanswered) and error.is_late
    return is_passing and not is_ours and not is_late and (method == "GET" or isinstance(error, errors.Unreachable))


def _send(call: Call, header: Secret | None) -> Reply:
    transport = shared_transport(call.rules.ca_file)
    try:
        response = transport.handle_request(_request(call, header))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise _unreachable(error) from None
    except (httpx.TransportError, OSError) as error:
        raise _unanswered(error) from None
    try:
        body = _read(response, call.deadline)
    finally:
        response.close()
    if response.status_code not in call.ok:
        raise call.refusal(response.status_code, response.headers, body)
    return Reply(body, moment_of(response.headers.get("Date", "")), response.status_code)


def moment_of(date: str) -> datetime | None:
    """An HTTP date, in UTC."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _request(call: Call, header: Secret | None) -> httpx.Request:
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
    if header:
        headers["Authorization"] = header.reveal()
    if call.body:
        headers["Content-Type"] = call.content_type
    if call.request_id:
        headers["X-Request-ID"] = call.request_id
    left = max(0.01, call.deadline.left())
    gap = min(GAP_SECONDS, left)
    timeout = {"connect": min(CONNECT_SECONDS, left), "pool": gap, "read": gap, "write": gap}
    target = f"{call.path}{query_string(call.query)}".encode("ascii")
    extensions = {"timeout": timeout, "trace": _tell_when_sent(call), "target": target}
    return httpx.Request(
        call.method, origin(call.base_url), headers=headers, content=call.body or None, extensions=extensions
    )


@lru_cache(maxsize=256)
def origin(base_url: str) -> httpx.URL:
    """Read once: what is asked there goes as the request's `target`, as it is."""
    return httpx.URL(base_url)


def _tell_when_sent(call: Call) -> Callable[[str, object], None]:
    def trace(event: str, info: object) -> None:
        if event == "http11.send_request_body.complete":
            call.sent.set()

    return trace


def query_string(query: Mapping[str, str]) -> str:
    """`?a=b,c&d=%2B02%3A00`, or nothing; an unencoded plus sign would be read as a blank upstream."""
    return f"?{urlencode(query, safe=',:', quote_via=quote)}" if query else ""


def _unanswered(error: Exception) -> errors.Unanswered:
    is_late = isinstance(error, httpx.TimeoutException | TimeoutError)
    return errors.Unanswered(is_late=True) if is_late else errors.Dropped()


def _unreachable(error: Exception) -> errors.Unreachable:
    """httpx reports a rejected certificate or TLS version as ConnectError; only OpenSSL's code tells it from a refused
    connection."""
    return errors.Insecure() if UNSAFE.match(str(error)) else errors.Unreachable()


def _read(response: httpx.Response, deadline: Deadline) -> bytes:
    """The decoded body. Raises Unanswered if it is cut off or late, Unreadable past 10 MB or for an encoding not asked
    for."""
    coding = response.headers.get("Content-Encoding", "identity")
    if coding not in ("identity", "gzip"):
        raise errors.Unreadable("it uses an unknown compression")
    parts: list[bytes] = []
    size = 0
    try:
        for part in _decoded(response.iter_raw(), coding):
            size += len(part)
            if size > MOST_BYTES:
                raise errors.Unreadable("it’s larger than 10 MB")
            if deadline.left() <= 0:
                raise errors.Unanswered(is_late=True)
            parts.append(part)
    except (httpx.TransportError, OSError) as error:
        raise _unanswered(error) from None
    except zlib.error:
        raise errors.Unreadable("its compressed data is corrupt") from None
    return b"".join(parts)


def _decoded(chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """At most 1 MB at a time, however much a small compressed part expands to."""
    if coding == "identity":
        yield from chunks
        return
    gunzip = zlib.decompressobj(wbits=31)
    for chunk in chunks:
        while chunk:
            yield gunzip.decompress(chunk, 1024 * 1024)
            chunk = gunzip.unconsumed_tail
    if not gunzip.eof:
        raise errors.Dropped
