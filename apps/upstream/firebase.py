"""Firebase sign-in: an email and a password become an ID token, good for an hour and renewed before it expires.

One renewal runs at a time for each account: other threads wait for it, and other processes, if the caller gives them a
place to share the token in.
"""

import json
import re
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import ClassVar, Protocol
from urllib.parse import urlencode

from . import errors, transport
from .deadlines import Deadline
from .decode import Row, decode_object
from .refusals import otherwise
from .secret import Secret

API = "Firebase (Issuance’s sign-in service)"
EARLY = 300.0
"""Seconds before its end at which a token is renewed; half of its life where that is shorter."""
NOT_AGAIN = 30.0
"""Seconds for which a refused sign-in is not tried again: many threads would ask for the same."""
JUST = 10.0
"""A token younger than this is not the reason of a refusal."""

CODES = {
    "INVALID_LOGIN_CREDENTIALS": ("The email or password is incorrect.", "Correct them and save the sign-in again."),
    "EMAIL_NOT_FOUND": ("No account has this email.", "Correct the email and save the sign-in again."),
    "INVALID_PASSWORD": ("The password is incorrect.", "Save the sign-in again with the correct password."),
    "INVALID_EMAIL": ("That isn’t a valid email address.", "Correct the email and save the sign-in again."),
    "MISSING_PASSWORD": ("The password is missing.", "Save the sign-in again with its password."),
    "USER_DISABLED": ("The account is disabled.", "Ask Issuance to enable it, or use another account."),
    "USER_NOT_FOUND": ("The account no longer exists.", "Use another account."),
    "TOKEN_EXPIRED": (
        "The account was signed out everywhere, for example after a password change.",
        "Save the sign-in again.",
    ),
    "INVALID_REFRESH_TOKEN": ("The sign-in has expired.", "Save the sign-in again."),
    "OPERATION_NOT_ALLOWED": ("Password sign-in is turned off.", "Ask Issuance support to enable it."),
    "PASSWORD_LOGIN_DISABLED": ("Password sign-in is turned off.", "Ask Issuance support to enable it."),
    "SECOND_FACTOR": (
        "The account requires two-factor authentication, which this connection doesn’t support.",
        "Use a separate account without two-factor authentication.",
    ),
    "API_KEY_INVALID": ("The Firebase web API key is incorrect.", "Correct it and save the sign-in again."),
}
"""code -> what it means, what to do (docs/contracts/behaviours.md, "Firebase ID tokens")."""
SECOND_FACTOR = "SECOND_FACTOR"
"""Our own code: Firebase answers with a session that a second factor would complete."""
UNKNOWN = ("Firebase gave an unrecognized reason.", "Check the sign-in.")


class FirebaseRefused(errors.KeyRefused):
    """`code`: Firebase's own, or one of ours."""

    kept: ClassVar[tuple[str, ...]] = ("status", "code")

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status)
        self.code = code if code in CODES else ""
        self._what = "{api} rejected the sign-in."
        self.means, advice = CODES.get(code, UNKNOWN)
        self.next = f"{advice} Owners can do this under Settings > Connections."


@dataclass(frozen=True, slots=True)
class Account:
    """`identity_url`, `token_url`: the two hosts, or the emulator's with the host as first path segment."""

    email: str
    password: Secret
    web_api_key: Secret
    identity_url: str
    token_url: str
    prefix: str
    rules: transport.Rules
    limits_key: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """Times are seconds since 1970."""

    value: Secret
    refresh: Secret
    made_at: float
    good_until: float


class Shared(Protocol):
    """Where processes share an account's token. `renewing`: entered by one process at a time; raises Unanswered if
    another stays in it past the deadline."""

    def load(self) -> Token | None: ...
    def store(self, token: Token) -> None: ...
    def renewing(self, deadline: Deadline) -> AbstractContextManager[None]: ...


class NotShared:
    def load(self) -> Token | None:
        return None

    def store(self, token: Token) -> None:
        pass

    def renewing(self, deadline: Deadline) -> AbstractContextManager[None]:
        return nullcontext()


@dataclass(slots=True)
class Session:
    """An account's token, kept valid. It is the credential of the calls made with it."""

    account: Account
    shared: Shared = field(default_factory=NotShared)
    token: Token | None = None
    spoiled: Token | None = None
    """One that the API refused before its time."""
    trouble: tuple[float, errors.UpstreamError] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def header(self, deadline: Deadline) -> Secret:
        return Secret(f"{self.account.prefix} {self._good_token(deadline).value.reveal()}")

    def renewed(self, refused: Secret) -> bool:
        """Another thread may have renewed it already; a token just made is not renewed again."""
        token = self.token
        if token is None or f"{self.account.prefix} {token.value.reveal()}" != refused.reveal():
            return True
        if 0 <= time.time() - token.made_at < JUST:
            return False
        self.spoiled = token
        return True

    def _is_good(self, token: Token | None) -> bool:
        is_spoiled = token and self.spoiled and token.value == self.spoiled.value
        return bool(token and not is_spoiled and time.time() < token.good_until)

    def _good_token(self, deadline: Deadline) -> Token:
        if (token := self.token) and self._is_good(token):
            return token
        if not self.lock.acquire(timeout=max(0.0, deadline.left())):
            raise transport.named(errors.Unanswered(), API)
        try:
            if (token := self.token) and self._is_good(token):
                return token
            self._raise_what_failed_just_now()
            # a deadline of its own: others wait for it who have longer than this caller
            self.token = made = self._loaded_or_renewed(Deadline())
            return made
        finally:
            self.lock.release()

    def _loaded_or_renewed(self, deadline: Deadline) -> Token:
        if (token := self.shared.load()) and self._is_good(token):
            return token
        with self.shared.renewing(deadline):
            if (token := self.shared.load()) and self._is_good(token):
                return token
            self.token = self.token or token  # expired; it is refreshed without the password
            made = self._renew(deadline)
            self.shared.store(made)
            return made

    def _raise_what_failed_just_now(self) -> None:
        if self.trouble and time.monotonic() < self.trouble[0]:
            raise self.trouble[1].with_traceback(None)

    def _renew(self, deadline: Deadline) -> Token:
        try:
            try:
                if self.token:
                    return refresh(self.account, self.token.refresh, deadline)
            except FirebaseRefused:
                pass  # a refresh token ends as well; the password may still be good
            return sign_in(self.account, deadline)
        except errors.UpstreamError as error:
            self.trouble = (time.monotonic() + (NOT_AGAIN if isinstance(error, errors.Refused) else 1.0), error)
            raise


_sessions: dict[Account, Session] = {}
_sessions_lock = threading.Lock()


def session(account: Account, shared: Shared | None = None) -> Session:
    """The session of this account; another password is another account."""
    with _sessions_lock:
        return _sessions.setdefault(account, Session(account, shared or NotShared()))


def forget(limits_key: str) -> None:
    """Drops the accounts under one limits key: what was saved, tested or removed starts over."""
    with _sessions_lock:
        for account in [account for account in _sessions if account.limits_key == limits_key]:
            del _sessions[account]


def forget_all() -> None:
    """As if the process had just started."""
    with _sessions_lock:
        _sessions.clear()


def sign_in(account: Account, deadline: Deadline) -> Token:
    body = json.dumps({"email": account.email, "password": account.password.reveal(), "returnSecureToken": True})
    answer = _ask(account, account.identity_url, "/v1/accounts:signInWithPassword", body, "application/json", deadline)
    if not answer.get("idToken"):
        raise FirebaseRefused(200, SECOND_FACTOR)
    return _token(answer, "idToken", "refreshToken", "expiresIn")


def refresh(account: Account, token: Secret, deadline: Deadline) -> Token:
    body = urlencode({"grant_type": "refresh_token", "refresh_token": token.reveal()})
    form = "application/x-www-form-urlencoded"
    answer = _ask(account, account.token_url, "/v1/token", body, form, deadline)
    return _token(answer, "id_token", "refresh_token", "expires_in")


def _ask(account: Account, url: str, path: str, body: str, content_type: str, deadline: Deadline) -> Row:
    origin, before = split(url)
    call = transport.Call(
        origin,
        before + path,
        None,
        deadline,
        account.rules,
        {"key": account.web_api_key.reveal()},
        limits_key=account.limits_key,
        method="POST",
        body=body.encode(),
        content_type=content_type,
        api=API,
        refusal=refused,
    )
    reply = transport.send(call)
    try:
        return decode_object(reply.body)
    except errors.Unreadable as error:
        raise transport.named(error, API) from None


def split(url: str) -> tuple[str, str]:
    """Origin and path; the emulator has the host's name as first path segment. Raises ValueError for anything but a
    URL."""
    found = re.fullmatch(r"([a-z]+://[^/?#\s]+)(/[^?#\s]*)?", url.rstrip("/"))
    if not found:
        raise ValueError("no address")
    return found[1], found[2] or ""


def _token(answer: Row, value: str, renewal: str, life: str) -> Token:
    held = answer.get(value), answer.get(renewal), str(answer.get(life))
    if not (isinstance(held[0], str) and isinstance(held[1], str) and held[2].isdecimal() and len(held[2]) < 9):
        raise transport.named(errors.Unreadable("it has no token"), API)
    now, seconds = time.time(), int(held[2])
    return Token(Secret(held[0]), Secret(held[1]), now, now + seconds - min(EARLY, seconds / 2))


def refused(status: int, head: Mapping[str, str], body: bytes) -> errors.UpstreamError:
    """`{"error": {"code": 400, "message": "CODE : text"}}`; too many attempts come as a 400 too."""
    code = code_of(body)
    if code == "TOO_MANY_ATTEMPTS_TRY_LATER" or status == 429:
        return errors.Throttled(429, None)
    if status == 403:
        return FirebaseRefused(status, "API_KEY_INVALID")
    if code in CODES or status in (400, 401):
        return FirebaseRefused(status, code)
    return otherwise(status)


def code_of(body: bytes) -> str:
    try:
        problem = decode_object(body).get("error")
    except errors.Unreadable:
        return ""
    said = problem.get("message") if isinstance(problem, dict) else ""
    text = said.partition(":")[0].strip() if isinstance(said, str) else ""
    return "API_KEY_INVALID" if text.startswith("API key not valid") else text
