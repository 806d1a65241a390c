"""Issuance's endpoints as functions: each starts a call and returns at once; `.result()` waits for its answer.

Source: docs/contracts/issuance.json. Any member of apps.upstream.errors may be raised by `.result()`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from apps.upstream import transport
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Json, Row, decode_object
from apps.upstream.errors import Invalid, KeyRefused, Missing, NoSuchPath, Unreadable, UpstreamError
from apps.upstream.firebase import Session
from apps.upstream.refusals import refused
from apps.upstream.secret import Secret

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `count`: rows over all pages; `broken`: entries that are not objects; `foreign`: rows removed
    since they are not this key's; `at`: when it arrived. Of `next` only its presence is kept: it may name another host,
    so page N is always requested by number."""

    count: int
    rows: list[Row]
    broken: int
    is_last: bool
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    foreign: int = 0
    api_time: datetime | None = None
    """What time it was at the API; its clock may differ from ours."""

    @property
    def sent(self) -> int:
        """How many rows it came with."""
        return len(self.rows) + self.broken + self.foreign


class Answer(Generic[T_co]):
    def __init__(self, pending: transport.Pending, read: Callable[[transport.Reply], T_co]) -> None:
        self._pending, self._read = pending, read

    def wait_until_sent(self, seconds: float) -> None:
        self._pending.wait_until_sent(seconds)

    def is_there(self, seconds: float) -> bool:
        return self._pending.is_there(seconds)

    def result(self, until: Deadline | None = None) -> T_co:
        return self._read(self._pending.result(until))


def failed(error: UpstreamError) -> Answer[Page]:
    """Stands for a list that could not be requested."""
    return Answer(transport.failed(error), read_page)


@dataclass(frozen=True, slots=True)
class Issuance:
    """The API as one key sees it, for one page of ours."""

    base_url: str
    credential: transport.Credential | None
    rules: transport.Rules
    request_id: str = ""
    deadline: Deadline = field(default_factory=Deadline)
    tries: int = transport.TRIES
    limits_key: str = ""

    def list_investments(self, query: Mapping[str, str]) -> Answer[Page]:
        return Answer(self._get("/api/investments/", query, of_list), read_page)

    def get_investment(self, number: int) -> Answer[Row]:
        return Answer(self._get(f"/api/investments/{number}/", {}, of_row), read_row)

    def investment_statuses(self) -> Answer[dict[str, str]]:
        """Value -> label."""
        return Answer(self._get("/api/investments/statuses/", {}, of_list), read_statuses)

    def investment_values(self, name: str) -> Answer[list[tuple[str, str]]]:
        """Value and label of what a field holds among this key's investments."""
        return Answer(self._get("/api/investments/values/", {"field": name}, of_list), read_values(name))

    def list_offerings(self, query: Mapping[str, str]) -> Answer[Page]:
        return Answer(self._get("/api/offerings/", query, of_list), read_page)

    def get_offering(self, number: int) -> Answer[Row]:
        return Answer(self._get(f"/api/offerings/{number}/", {}, of_row), read_row)

    def list_investors(self, query: Mapping[str, str]) -> Answer[Page]:
        return Answer(self._get("/api/investors/", query, of_list), read_page)

    def get_investor(self, number: int) -> Answer[Row]:
        return Answer(self._get(f"/api/investors/{number}/", {}, of_row), read_row)

    def investor_values(self, name: str) -> Answer[list[tuple[str, str]]]:
        """Like investment_values."""
        return Answer(self._get("/api/investors/values/", {"field": name}, of_list), read_values(name))

    def list_users(self, query: Mapping[str, str]) -> Answer[Page]:
        return Answer(self._get("/api/users/", query, of_list), read_page)

    def get_user(self, number: int) -> Answer[Row]:
        return Answer(self._get(f"/api/users/{number}/", {}, of_row), read_row)

    def create_user(self, email: str, password: Secret) -> Answer[Row]:
        """Never sent again once a byte was sent: after Unanswered or Failed it is unknown whether the user exists."""
        body = {"email": email, "password": password.reveal()}
        return Answer(self._write("POST", "/api/users/", body, (201, 200), of_list), read_row)

    def update_user(self, number: int, changes: Mapping[str, str | Secret]) -> Answer[Row]:
        """`changes`: only the members that change. If there is no answer, as for create_user."""
        body = {name: value.reveal() if isinstance(value, Secret) else value for name, value in changes.items()}
        return Answer(self._write("PATCH", f"/api/users/{number}/", body, (200,), of_row), read_row)

    def summary(self, slug: str, filters: Mapping[str, str]) -> Answer[Row]:
        """What the offering with this slug has raised, under any filter of the list; without a credential, as the
        public."""
        stranger = replace(
            self, credential=None, tries=1, limits_key=""
        )  # what it is told is not the team's to wait for
        return Answer(stranger._get("/api/investments/summary/", {"slug": slug, **filters}, as_it_is), read_row)

    def total(self, filters: Mapping[str, str]) -> Answer[Row]:
        """The same of the rows that the list would show, as the team's sign-in sees it."""
        return Answer(self._get("/api/investments/summary/", filters, as_it_is), read_row)

    def _get(self, path: str, query: Mapping[str, str], meant: "Meant") -> transport.Pending:
        return transport.start(self._call(path, query, meant))

    def _write(
        self, method: str, path: str, body: Mapping[str, str], ok: tuple[int, ...], meant: "Meant"
    ) -> transport.Pending:
        call = self._call(path, {}, meant)
        content = json.dumps(body).encode()
        return transport.start(replace(call, method=method, body=content, ok=ok, is_repeated=False))

    def _call(self, path: str, query: Mapping[str, str], meant: "Meant") -> transport.Call:
        said = token_refused if isinstance(self.credential, Session) else refused
        return transport.Call(
            self.base_url,
            path,
            self.credential,
            self.deadline,
            self.rules,
            query,
            self.request_id,
            self.tries,
            self.limits_key,
            refusal=lambda status, head, body: meant(said(status, head, body), body),
        )


Meant = Callable[[UpstreamError, bytes], UpstreamError]


def as_it_is(error: UpstreamError, body: bytes) -> UpstreamError:
    return error


def of_list(error: UpstreamError, body: bytes) -> UpstreamError:
    """A 404 of a list means a page past its end, or else that there is no such list."""
    return NoSuchPath(error.status) if isinstance(error, Missing) and b"Invalid page" not in body else error


def of_row(error: UpstreamError, body: bytes) -> UpstreamError:
    """A 400 of a single row has nothing to do with filters."""
    if isinstance(error, Invalid):
        error.means, error.next = "Issuance didn’t accept this request. No data was changed.", "Go back to the list."
    return error


class TokenRefused(KeyRefused):
    means = "The sign-in’s account is missing a permission, or its token was rejected."
    next = "Ask an owner to test or replace it under Settings > Connections."

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self._what = f"{{api}} rejected the sign-in (HTTP {status})."


class WrongPrefix(TokenRefused):
    """The API says that no token came although one did: the prefix before it is not the expected one."""

    means = "It says no token was sent, although one was. The token prefix is probably wrong."
    next = "Ask an owner to save the sign-in again with another token prefix: Bearer, JWT, Token, or FirebaseToken."


def token_refused(status: int, head: Mapping[str, str], body: bytes) -> UpstreamError:
    error = refused(status, head, body)
    if not isinstance(error, KeyRefused):
        return error
    return WrongPrefix(status) if error.is_not_provided else TokenRefused(status)


def read_row(reply: transport.Reply) -> Row:
    return decode_object(reply.body)


def read_page(reply: transport.Reply) -> Page:
    document = decode_object(reply.body)
    count, results = document.get("count"), document.get("results")
    if not isinstance(count, int) or isinstance(count, bool) or count < 0 or not isinstance(results, list):
        raise Unreadable("it isn’t a list with a count")
    rows = [row for row in results if isinstance(row, dict)]
    is_last = document.get("next") is None
    return Page(count, rows, len(results) - len(rows), is_last=is_last, api_time=reply.date)


def read_values(name: str) -> Callable[[transport.Reply], list[tuple[str, str]]]:
    """Value and label of each. The layout is not documented: a list, or one for each field, of plain values or of
    objects with value and label."""

    def read(reply: transport.Reply) -> list[tuple[str, str]]:
        data = decode_object(reply.body).get("data")
        if isinstance(data, dict):
            data = data.get(name)
        if not isinstance(data, list):
            raise Unreadable("it has no list of values")
        pairs = [pair for entry in data if (pair := value_and_label(entry))]
        if not pairs and any(entry not in (None, "") for entry in data):
            raise Unreadable("its values are in an unknown layout")
        return pairs

    return read


def value_and_label(entry: Json) -> tuple[str, str] | None:
    if isinstance(entry, dict):
        value = plain(entry.get("value"))
        return (value, plain(entry.get("label")) or value) if value else None
    value = plain(entry)
    return (value, value) if value else None


def plain(value: Json) -> str:
    """A value as an address holds it; "" for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f") if abs(int(value.as_tuple().exponent)) < 40 else ""
    return str(value) if isinstance(value, str | int) else ""


def read_statuses(reply: transport.Reply) -> dict[str, str]:
    data = decode_object(reply.body).get("data")
    statuses = data.get("statuses") if isinstance(data, dict) else None
    if not isinstance(statuses, list):
        raise Unreadable("it has no statuses")
    return {
        str(entry["value"]): str(entry["label"])
        for entry in statuses
        if isinstance(entry, dict) and "value" in entry and "label" in entry
    }
