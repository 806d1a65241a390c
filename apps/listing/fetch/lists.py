"""The upstream calls behind a list: several pages at once, each succeeding or failing on its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apps.listing.query.list_request import ListRequest
from apps.listing.schema.fields import Schema
from apps.listing.schema.filters import Filter
from apps.tenants import connections, label_cache
from apps.tenants.connections import Source
from apps.tenants.label_cache import Labels
from apps.tenants.models import IssuanceKey
from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Row, whole
from apps.upstream.issuance.client import Answer, Issuance, Page, failed

ON_THE_WIRE = 0.02
"""Seconds that a request is given to leave before this thread goes on: what it does next would keep the processor from
the one that sends."""


@dataclass(frozen=True, slots=True)
class PageResult:
    """The outcome of a call: a page of rows, or the error in its place."""

    names: Labels
    page: Page | None = None
    error: errors.UpstreamError | None = None


@dataclass(frozen=True, slots=True)
class PendingPages:
    """Calls for several lists, running concurrently; each succeeds or fails on its own."""

    key: Source
    api: Issuance | None
    lists: list[Answer[Page]]
    words: Callable[[], Labels]
    schema: Schema
    read: list[PageResult] = field(default_factory=list)

    def is_there(self, seconds: float) -> bool:
        until = Deadline.within(seconds)
        return all(rows.is_there(until.left()) for rows in self.lists)

    def results(self) -> list[PageResult]:
        """Read once: what is noted and recorded on the way is not noted again for who asks again."""
        if self.read:
            return self.read
        came = [self._came(rows) for rows in self.lists]
        known = self.words()
        self.read.extend(
            PageResult(known, page=ready(drop_foreign_rows(self.key, self.api, each, known), self.schema))
            if isinstance(each, Page)
            else PageResult(known, error=each)
            for each in came
        )
        return self.read

    def _came(self, rows: Answer[Page]) -> Page | errors.UpstreamError:
        try:
            page = rows.result()
        except errors.UpstreamError as error:
            connections.note_failure(self.key, error)
            return error
        connections.note_success(self.key)
        return page


def begin_pages(list_request: ListRequest, asked: Sequence[Mapping[str, str]]) -> PendingPages:
    """Starts the calls for pages of a listing with the request's key, and for labels that are not cached. Raises
    ValueError if the team has no key."""
    key, listing = list_request.answering, list_request.listing
    try:
        api = connections.issuance(key, list_request.request.request_id)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        return PendingPages(key, None, [failed(error) for _ in asked], lambda: label_cache.NONE, listing.schema)
    lists = [listing.fetch_page(api, params) for params in asked]
    lists[0].wait_until_sent(ON_THE_WIRE)
    return PendingPages(key, api, lists, words(key, api), listing.schema)


def words(key: Source, api: Issuance) -> Callable[[], Labels]:
    """The labels of codes and numbers; a sign-in's rows need none."""
    return label_cache.start(key, api) if isinstance(key, IssuanceKey) else lambda: label_cache.NONE


@dataclass(frozen=True, slots=True)
class PendingByKey:
    """The same list by each of several keys, running concurrently."""

    each: list[PendingPages]

    def is_there(self, seconds: float) -> bool:
        until = Deadline.within(seconds)
        return all(pending.is_there(until.left()) for pending in self.each)


def begin_list(list_request: ListRequest) -> PendingPages | PendingByKey | None:
    """Starts the calls for the rows that the address asks for, by one key or by each; None if the team has no key."""
    if not list_request.key:
        return None
    asked = [list_request.query.params]
    if list_request.wants_all_keys:
        return PendingByKey([begin_pages(replace(list_request, key=key), asked) for key in list_request.keys])
    return begin_pages(list_request, asked)


def narrowed(list_request: ListRequest, declared: Filter, value: str) -> dict[str, str]:
    """The list's filters, with this one value replacing whatever they say of the field."""
    others = {
        name: text
        for name, text in list_request.query.sent.items()
        if list_request.listing.parameters[name][0] is not declared
    }
    return {**others, declared.parameter: value}


def changed_since(list_request: ListRequest, at: datetime) -> dict[str, str]:
    """The list's own filters, narrowed to rows changed from the second after `at` on."""
    later = (at + timedelta(seconds=1)).isoformat()
    held = list_request.query.sent.get("updated_at__gte")
    if held and datetime.fromisoformat(held) > datetime.fromisoformat(later):
        later = held
    return {**list_request.query.sent, "updated_at__gte": later}


def ready(page: Page, schema: Schema) -> Page:
    """The page as columns read it: nested values by path."""
    return replace(page, rows=[schema.flat(row) for row in page.rows])


def drop_foreign_rows(key: Source, api: Issuance | None, page: Page, known: Labels) -> Page:
    """Drops rows of offerings that the key does not see, which belong to another issuer, and reports them. An offering
    not known here may be new, so the API is asked which of them it shows to this key; if it does not answer, their rows
    stay out."""
    strange = {offering_of(row) for row in page.rows} - {None} - set(map(int, known.offerings))
    if not strange or api is None or not isinstance(key, IssuanceKey):
        return page
    numbers = sorted(number for number in strange if number is not None and whole(number) is not None)
    foreign = strange - (connections.seen_by(key, api, numbers) if numbers else set())
    kept = [row for row in page.rows if offering_of(row) not in foreign]
    if foreign:
        told = sorted(number for number in foreign if number is not None)
        connections.note_foreign(key, told, len(page.rows) - len(kept))
    return replace(page, rows=kept, foreign=len(page.rows) - len(kept))


def offering_of(row: Row) -> int | None:
    """The ID of the row's offering, however it is spelled; None if it names none."""
    sent = row.get("offering")
    return sent if isinstance(sent, int) and not isinstance(sent, bool) else whole(sent)
