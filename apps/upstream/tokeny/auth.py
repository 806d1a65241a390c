"""Tokeny's sign-in: a password becomes a JWT, which the caller stores encrypted, since sign-ins are rationed.

Ten a minute are allowed for everyone behind one address, so one is made at a time and a refusal is not retried at once.
No Authorization header ever goes to /auth/local, which answers one with 401.
"""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import ClassVar

from apps.upstream import errors, transport
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import decode_object
from apps.upstream.refusals import otherwise, retry_after
from apps.upstream.secret import Secret

API = "Tokeny"
LIFE = 55 * 60
"""Seconds that a JWT is taken to live where it does not say; another API of Tokeny's uses an hour."""
EARLY = 60
FOREVER = 10**11
"""Seconds since 1970, in a few thousand years: what a token says beyond is nonsense."""
INVALID = "Invalid token."


BLOCKED = "The account is blocked in {api}."
UNBLOCK = "Ask Tokeny to unblock it, or ask an owner to replace the sign-in under Settings > Connections."
CODES = {
    "Auth.form.error.invalid": "The email or password is incorrect.",
    "Auth.form.error.blocked": "Someone blocked it there, so the email and password weren’t checked.",
    "Auth.form.error.confirmed": "Its email address was never confirmed in Tokeny.",
}


class TokenyRefused(errors.KeyRefused):
    """`code`: Strapi's own, such as Auth.form.error.blocked; `said`: its words, for an unknown code."""

    kept: ClassVar[tuple[str, ...]] = ("status", "code", "said")
    next = "Ask an owner to test or replace the sign-in under Settings > Connections."

    def __init__(self, status: int, code: str = "", said: str = "") -> None:
        super().__init__(status)
        self.code, self.said = code[:60], said[:300]
        self._what = BLOCKED if code.endswith(".blocked") else "{api} rejected the sign-in."
        self.means = CODES.get(code, f"Message: {said}" if said else CODES["Auth.form.error.invalid"])
        self.next = UNBLOCK if code.endswith(".blocked") else self.next


@dataclass(frozen=True, slots=True)
class Kept:
    """A JWT and its expiry, in seconds since 1970."""

    jwt: Secret
    until: float


@dataclass(slots=True)
class Session:
    """The credential of calls to Tokeny. `load` and `store`: where the JWT is kept between processes; `renewing`: entered
    by one process at a time, raises Unanswered if another stays in it past the deadline."""

    base_url: str
    identifier: str
    password: Secret
    rules: transport.Rules
    limits_key: str
    load: Callable[[], Kept | None]
    store: Callable[[Kept | None], None]
    renewing: Callable[[Deadline], AbstractContextManager[None]]
    refused: str = field(default="", repr=False)

    def header(self, deadline: Deadline) -> Secret:
        with lock(self.limits_key):
            kept = self._good() or self._renew(deadline)
        return Secret(f"Bearer {kept.jwt.reveal()}")

    def _good(self) -> Kept | None:
        kept = self.load()
        is_good = kept and time.time() < kept.until - EARLY and kept.jwt.reveal() != self.refused
        return kept if is_good else None

    def _renew(self, deadline: Deadline) -> Kept:
        with self.renewing(deadline):
            if kept := self._good():
                return kept
            raise_what_was_refused(self.limits_key)
            kept = sign_in(self, deadline)
            self.store(kept)
            return kept

    def renewed(self, refused: Secret) -> bool:
        """Once for each session: if a new sign-in is refused too, another will not help."""
        if self.refused:
            return False
        self.refused = refused.reveal().removeprefix("Bearer ")
        return True


_locks: dict[str, threading.Lock] = {}
_refusals: dict[str, tuple[float, errors.UpstreamError]] = {}
_guard = threading.Lock()


def lock(limits_key: str) -> threading.Lock:
    with _guard:
        return _locks.setdefault(limits_key, threading.Lock())


def raise_what_was_refused(limits_key: str) -> None:
    until, error = _refusals.get(limits_key, (0.0, errors.UpstreamError()))
    if time.monotonic() < until:
        raise error.with_traceback(None)


def forget(limits_key: str) -> None:
    """Called after the account was changed: a former refusal says nothing about the new one."""
    _refusals.pop(limits_key, None)


def sign_in(session: Session, deadline: Deadline) -> Kept:
    body = json.dumps({"identifier": session.identifier, "password": session.password.reveal()}).encode()
    call = transport.Call(
        session.base_url, "/auth/local", None, deadline, session.rules, limits_key=session.limits_key, method="POST", body=body,
        api=API, refusal=refused_sign_in,
    )  # fmt: skip
    try:
        jwt = decode_object(transport.send(call).body).get("jwt")
    except (errors.Throttled, TokenyRefused) as error:
        wait = (error.wait or 60) if isinstance(error, errors.Throttled) else 30
        _refusals[session.limits_key] = (time.monotonic() + min(wait, 120), error)
        raise
    if not isinstance(jwt, str) or not re.fullmatch(r"[\x21-\x7e]{1,8000}", jwt):
        raise transport.named(errors.Unreadable("it has no token"), API)
    return Kept(Secret(jwt), end_of(jwt))


def end_of(jwt: str) -> float:
    """The token's own expiry; verifying it is not our task."""
    try:
        payload = jwt.split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return int(end) if 0 < int(end) < FOREVER else time.time() + LIFE
    except (IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
        return time.time() + LIFE


def refused_sign_in(status: int, head: Mapping[str, str], body: bytes) -> errors.UpstreamError:
    if status == 429:
        return errors.Throttled(status, retry_after(head.get("Retry-After", "")))
    if status in (400, 401, 403):
        return TokenyRefused(status, *first_message(body))
    return otherwise(status)


def first_message(body: bytes) -> tuple[str, str]:
    """Strapi's code and words of a rejected sign-in: `message` is a list of groups."""
    try:
        groups = decode_object(body).get("message")
    except errors.Unreadable:
        return "", ""
    group = groups[0] if isinstance(groups, list) and groups else None
    messages = group.get("messages") if isinstance(group, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    code, said = (first.get("id"), first.get("message")) if isinstance(first, dict) else ("", "")
    return code if isinstance(code, str) else "", said[:120] if isinstance(said, str) else ""
