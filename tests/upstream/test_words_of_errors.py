"""What an error says, at each place that shows one: the right API, nothing that the place does not have, nothing untrue."""

import re
from collections.abc import Callable

import pytest

from apps.disclaimers import reasons, sending
from apps.disclaimers.reasons import Reason, because
from apps.tenants.connections import KeyLost
from apps.upstream import errors, firebase
from apps.upstream.firebase import FirebaseRefused
from apps.upstream.issuance.client import TokenRefused, WrongPrefix, of_row
from apps.upstream.tokeny import auth
from apps.upstream.tokeny.client import AccountBlocked, AccountRefused, TextRefused, TooLarge

APIS = {"the Issuance API": "Issuance", "Tokeny": "Tokeny", firebase.API: "Firebase"}
OF_ISSUANCE = {errors.KeyRefused: 403, TokenRefused: 403, WrongPrefix: 401, errors.NoSuchPath: 404}
OF_TOKENY = {AccountRefused: 403, AccountBlocked: 401, TooLarge: 413}
ANYWHERE: dict[str, Callable[[], errors.UpstreamError]] = {
    "cannot be reached": errors.Unreachable, "paused": lambda: errors.Paused(5), "busy": errors.Busy,
    "insecure": errors.Insecure, "unanswered": errors.Unanswered, "dropped": errors.Dropped,
    "refused": lambda: errors.Refused(418), "missing": errors.Missing, "invalid": lambda: errors.Invalid(400),
    "throttled": lambda: errors.Throttled(429, 30), "failed": lambda: errors.Failed(500),
    "unreadable": lambda: errors.Unreadable("it isn’t JSON"),
}  # fmt: skip
ITS_OWN: dict[str, Callable[[], errors.UpstreamError]] = {
    **{kind.__name__: (lambda kind=kind, status=status: kind(status)) for kind, status in OF_ISSUANCE.items()},
    **{kind.__name__: (lambda kind=kind, status=status: named(kind(status), "Tokeny")) for kind, status in OF_TOKENY.items()},
    **{f"Firebase {code}": (lambda code=code: named(FirebaseRefused(400, code), firebase.API)) for code in (*firebase.CODES, "?")},
    **{f"Tokeny {code}": (lambda code=code: named(auth.TokenyRefused(400, code), "Tokeny")) for code in (*auth.CODES, "?")},
    "unsigned": lambda: errors.Unsigned(named(errors.Unanswered(), firebase.API)),
    "a key that is lost": lambda: KeyLost("Reg A", "ENCRYPTION_KEYS has no key “k1”"),
    "a text that is refused": lambda: named(TextRefused(400, "too long"), "Tokeny"),
    "a sign-in that is gone": sending.SignInGone, "a sign-in that moved": sending.SignInMoved,
}  # fmt: skip
CASES = [
    *(
        (f"{name}, {api}", lambda make=make, api=api: named(make(), api))
        for name, make in ANYWHERE.items()
        for api in APIS
    ),
    *ITS_OWN.items(),
]


def named(error: errors.UpstreamError, api: str) -> errors.UpstreamError:
    error.api = api
    return error


def in_a_panel(error: errors.UpstreamError) -> str:
    return f"{error.what} {error.means} {error.next}"


def in_a_receipt(error: errors.UpstreamError) -> str:
    return " ".join(
        reasons.words(because(reason, error)) for reason in (Reason.NOT_SENT, Reason.REJECTED, Reason.ANSWER_LOST)
    )


PLACES = {
    "a list": in_a_panel,
    "a record": lambda error: in_a_panel(of_row(error, b"") if error.api == errors.UpstreamError.api else error),
    "a connection's test": errors.outside_lists,
    "a receipt": in_a_receipt,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("make", [make for _, make in CASES], ids=[name for name, _ in CASES])
def test_an_error_says_what_is_so_and_what_is_there(make: Callable[[], errors.UpstreamError], place: str) -> None:
    error = make()
    said = PLACES[place](error).replace("FirebaseToken", "")  # a prefix of that name
    assert "{" not in said
    assert not re.search(r"(?i)\bbelow\b|reference", said), "a message, a test and a receipt have none"
    is_read = place in ("a list", "a record")  # Tokeny and Firebase have no records here
    assert is_read or not re.search(r"(?i)\bfilters?\b", said), "nothing is filtered here"
    assert is_read or "back to the list" not in said
    own = APIS.get(error.api, "Issuance")
    about = {"Firebase", "Issuance"} if own == "Firebase" else {own}
    if type(error) in (errors.Unsigned, KeyLost):
        about |= {"Firebase", "Issuance"}
    assert {name for name in APIS.values() if name in said} <= about
    assert "No data was changed" not in said or place == "a record", "a write may have been made"


def test_every_error_there_is_has_its_case() -> None:
    made = {type(make()) for _, make in CASES}
    assert set(errors.kinds(errors.UpstreamError).values()) - made == {errors.UpstreamError}
