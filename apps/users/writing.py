"""Creates and changes platform users at an API without idempotency keys: each request is sent once, and an unknown
outcome is looked up.

The email is the natural key. The password is stored nowhere: not in the database, a log or a message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Row
from apps.upstream.issuance.client import Issuance
from apps.upstream.secret import Secret

from .listing import KNOWN_AS


class End(StrEnum):
    """The outcome of a write."""

    DONE = "done"
    FOUND = "found"
    """The answer was lost, and looking showed that it was done."""
    UNKNOWN = "unknown"
    """The answer was lost, and looking did not show whether it was done."""


@dataclass(frozen=True, slots=True)
class Written:
    """`has_looked`: whether looking it up afterwards was possible at all."""

    end: End
    row: Row
    has_looked: bool = True


class Taken(Exception):
    """There is a user with this email already; `number` is their ID."""

    def __init__(self, number: object) -> None:
        super().__init__()
        self.number = number


LOST = (errors.Unanswered, errors.Failed, errors.Unreadable)
"""After these no one knows whether the write was done: 5xx may come after the commit."""


def create(api: Issuance, email: str, password: Secret) -> Written:
    """Raises Taken, errors.Invalid with the fields that the API refuses, and other errors, all of which mean that no
    one was added: after a lost answer to the write itself the user is looked up instead."""
    if there := find(api, email):
        raise Taken(there.get("id"))
    try:
        return Written(End.DONE, api.create_user(email, password).result())
    except LOST:
        return looked_up(lambda: find(after(api), email))


def change(api: Issuance, number: int, changes: Mapping[str, str | Secret]) -> Written:
    """Raises errors.Invalid, errors.Missing, and errors that mean nothing was done. A password cannot be read back."""
    try:
        return Written(End.DONE, api.update_user(number, changes).result())
    except LOST:
        if "password" in changes:
            return Written(End.UNKNOWN, {})
        return looked_up(lambda: read(after(api), number, str(changes["email"])))


def after(api: Issuance) -> Issuance:
    """With its own time limit: the write may have used up the page's."""
    return replace(api, deadline=Deadline.within(5))


def looked_up(look: Callable[[], Row]) -> Written:
    try:
        row = look()
    except errors.UpstreamError:
        return Written(End.UNKNOWN, {}, has_looked=False)
    return Written(End.FOUND if row else End.UNKNOWN, row)


def find(api: Issuance, email: str) -> Row:
    """The user with exactly this email, {} if there is none. The API compares case; so does this. Tries both ways that
    the API has: the email known to the issuer, and the free search."""
    lists = [api.list_users({name: email, "ordering": "id", "page_size": "100"}) for name in (KNOWN_AS, "search")]
    rows = [row for answer in lists for row in answer.result().rows]
    return next((row for row in rows if row.get("email") == email), {})


def read(api: Issuance, number: int, email: str) -> Row:
    """The user if the email is the one that was sent, else {}."""
    row = api.get_user(number).result()
    return row if row.get("email") == email else {}
