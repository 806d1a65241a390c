"""What can go wrong upstream, and what a page may say about it.

UpstreamError
├── Unreachable            nothing was sent: safe to try again
│   ├── Paused(seconds)    not asked: it failed several times in a row, and is left alone for a moment
│   ├── Unsigned           not asked: the token that signs the call could not be had
│   ├── Busy               not asked: this tenant's calls are all under way
│   └── Insecure           refused by us: http, a host that is not allowed, a bad certificate
├── Unanswered             sent, but no whole answer in time: a write is now *unknown*
│   └── Dropped            the connection ended before the answer did
├── Refused(status)        4xx: the words belong to a field, a key or a right
│   ├── KeyRefused         401, 403: the key is wrong, revoked or lacks the right; the API does not say which
│   │   └── FirebaseRefused, TokenyRefused: the email or the password behind a token is not accepted
│   ├── Missing            404: no such row, or a page past the end
│   ├── NoSuchPath         404 of a list: the API knows no such address
│   ├── Invalid(fields)    400 with field errors
│   └── Throttled(wait)    429
├── Failed(status)         5xx
└── Unreadable             an answer, but not the contract's: HTML, bad JSON, too large, too deep

No member carries a header, an address or a body of the call: what is said about it can stand in a page and in a log.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

MOST_LETTERS = 300
Kept = dict[str, Any]
"""An error as a row keeps it: its class, whom it names, and what its words are made of."""


class UpstreamError(Exception):
    """Raised by every upstream call. `what` happened, what it `means`, what to do `next`: plain sentences for a page.
    `api`: whom the words name; set by the transport for an API other than Issuance's."""

    api = "the Issuance API"
    kept: ClassVar[tuple[str, ...]] = ()
    """What the constructor takes, in order, of an error that a row may keep."""
    _what = "Couldn’t load data from {api}."
    means = "This section is missing. The rest of the page is current."
    next = "Try again. If it keeps happening, contact support."

    @property
    def what(self) -> str:
        said = self._what.replace("{api}", self.api)
        return said[0].upper() + said[1:]

    def __str__(self) -> str:
        return self.what

    def as_kept(self) -> Kept:
        return {
            "error": type(self).__name__,
            "api": self.api,
            "of": [as_part(getattr(self, name)) for name in self.kept],
        }


def advice(error: UpstreamError) -> str:
    """What to do where no list and no filter is: after a connection's test, in a message or a receipt."""
    if type(error) in (Invalid, Missing):
        return "Check the API URL under Settings > Connections, or contact the API’s support."
    return error.next


def outside_lists(error: UpstreamError) -> str:
    """What happened and what to do, where no list and no filter is."""
    return f"{error.what} {advice(error)}"


def again(kept: Mapping[str, Any]) -> UpstreamError | None:
    """Rebuilds the error that a row stores; None for an unknown one."""
    kind = kinds(UpstreamError).get(kept.get("error", ""))
    if kind is None:
        return None
    error = kind(*(again(each) if isinstance(each, dict) and "error" in each else each for each in kept["of"]))
    error.api = kept["api"]
    return error


def as_part(value: Any) -> Any:
    """A part of an error as a row stores it: an underlying error likewise, and long text truncated."""
    if isinstance(value, UpstreamError):
        return value.as_kept()
    return value[:MOST_LETTERS] if isinstance(value, str) else value


def kinds(base: type[UpstreamError]) -> dict[str, type[UpstreamError]]:
    """Name -> class of all subclasses."""
    found = {base.__name__: base}
    for each in base.__subclasses__():
        found |= kinds(each)
    return found


class Unreachable(UpstreamError):
    _what = "Couldn’t reach {api}."
    means = "Nothing was sent. Its server or the network may be down."
    next = "Try again in a minute."


class Paused(Unreachable):
    kept: ClassVar[tuple[str, ...]] = ("seconds",)
    means = "Nothing was sent. It failed several times in a row, so requests are paused to let it recover."

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds
        self._what = "Requests to {api} are paused."
        self.next = f"Try again in {duration(seconds)}."


class Busy(Unreachable):
    _what = "Your team has too many requests to {api} in progress."
    means = "Nothing was sent. It’s responding slowly, and your team’s limit of simultaneous requests is reached."
    next = "Try again in a minute."


class Unsigned(Unreachable):
    """The words are those of the sign-in's provider; the call itself was not sent."""

    kept: ClassVar[tuple[str, ...]] = ("why",)

    def __init__(self, why: UpstreamError) -> None:
        super().__init__()
        self.why = why
        self.api, self._what, self.next = why.api, why._what, why.next
        self.means = "Nothing was sent to Issuance because we couldn’t get the access token it requires."


class Insecure(Unreachable):
    _what = "The connection to {api} isn’t secure, so nothing was sent."
    means = "The URL doesn’t use HTTPS, its host isn’t allowed, or its TLS certificate or version was rejected."
    next = "Ask an owner to check the URL under Settings > Connections."


class Unanswered(UpstreamError):
    """`is_late`: the time was used up waiting, so asking again would only add to the load."""

    _what = "{api} didn’t respond in time."
    means = "It may be slow."
    next = "Try again in a minute."

    def __init__(self, *, is_late: bool = False) -> None:
        super().__init__()
        self.is_late = is_late


class Dropped(Unanswered):
    _what = "The connection to {api} was cut off before the whole response arrived."
    means = "Its server or the network closed it."


class Refused(UpstreamError):
    kept: ClassVar[tuple[str, ...]] = ("status",)

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
        self._what = f"{{api}} rejected the request (HTTP {status})."

    means = "It received the request but declined it."


class KeyRefused(Refused):
    """`is_not_provided`: the API says that no credential came with the request, which it also says of a bad one.
    `is_about_token`: whether another token could change the answer."""

    is_about_token = True

    means = (
        "The API key may be wrong, expired, revoked, or missing a permission. Issuance gives the "
        "same response for all four."
    )
    next = "Ask an owner to test or replace it under Settings > Connections."

    def __init__(self, status: int, *, is_not_provided: bool = False) -> None:
        super().__init__(status)
        self.is_not_provided = is_not_provided
        self._what = f"{{api}} rejected the API key (HTTP {status})."


class Missing(Refused):
    means = "It doesn’t exist, or this connection doesn’t have access to it."
    next = "Go back to the list."

    def __init__(self, status: int = 404) -> None:
        super().__init__(status)
        self._what = "{api} couldn’t find this record."


class NoSuchPath(Refused):
    means = "The API URL may be wrong, or Issuance has moved this part of its API."
    next = "Ask an owner to check the API URL under Settings > Connections."

    def __init__(self, status: int = 404) -> None:
        super().__init__(status)
        self._what = f"{{api}} has nothing at this URL (HTTP {status})."


class Invalid(Refused):
    """`fields`: parameter name -> sentences as the API sent them, "" for those that belong to none; hostile text, to be
    escaped."""

    means = "It rejected one of the values."
    next = "Remove filters one at a time."

    def __init__(self, status: int, fields: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(status)
        self.fields = dict(fields or {})


class Throttled(Refused):
    """`wait`: seconds that the API asked us to wait, None if it did not say."""

    kept: ClassVar[tuple[str, ...]] = ("status", "wait")
    means = "Too many requests in a short time, from this dashboard or elsewhere."

    def __init__(self, status: int, wait: int | None) -> None:
        super().__init__(status)
        self.wait = wait
        self._what = "{api} is limiting requests right now."
        self.next = f"Try again in {duration(wait)}." if wait else "Try again in a few minutes."


class Failed(UpstreamError):
    kept: ClassVar[tuple[str, ...]] = ("status",)
    means = "The problem is on its side."
    next = "Try again in a minute."

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status
        self._what = f"{{api}} returned an error (HTTP {status})."


class Unreadable(UpstreamError):
    """`why`: a few words of ours, never an excerpt of the answer."""

    kept: ClassVar[tuple[str, ...]] = ("why",)
    means = "The response wasn’t in the documented format, so none of it is shown."
    next = "Try again. If it keeps happening, contact support."

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self._what = f"Couldn’t read the response from {{api}}: {why}."


def duration(seconds: int) -> str:
    """90 -> "2 minutes"; rounded up, in the largest unit that fits."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            amount = -(-seconds // size)
            return f"{amount} {unit}{'s' if amount > 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"
