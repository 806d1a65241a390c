"""Many rows of a listing at once, for a file: each once, and what is missing is said."""

from dataclasses import dataclass

from apps.tenants import connections
from apps.tenants.access import TenantRequest
from apps.tenants.connections import Source
from apps.upstream import errors
from apps.upstream.decode import Row

from .calls import own, words
from .listing import Listing
from .query import Query

CSV_ROWS = 1_000
CSV_PAGE = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows for a file; `note` says what is missing, "" when nothing is."""

    rows: list[Row]
    count: int
    note: str

    def filename(self, what: str) -> str:
        return f"{what}-first-{len(self.rows)}-of-{self.count}.csv" if self.note else f"{what}.csv"


def take(request: TenantRequest, listing: Listing, key: Source, query: Query) -> Taken:
    """Up to 1,000 rows of the filtered list, each once. Raises what the first failing call raises."""
    try:
        return _take(request, listing, key, query)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        raise


def _take(request: TenantRequest, listing: Listing, key: Source, query: Query) -> Taken:
    api = connections.issuance(key, request.request_id)
    known = words(key, api)
    rows: dict[int, Row] = {}
    count = sent = foreign = 0
    for place in range(1, CSV_ROWS + 1):
        try:
            page = listing.ask(api, {**query.params, "page": str(place), "page_size": str(CSV_PAGE)}).result()
        except errors.Missing:
            if place == 1:
                raise
            break  # past the end already: the count said more rows than there are
        count, sent, before = page.count, sent + page.sent, len(rows)
        page = own(key, api, page, known())
        foreign += page.foreign
        rows.update((number, row) for row in page.rows if isinstance(number := row.get("id"), int))
        if len(rows) == before or sent >= min(count, CSV_ROWS):
            break  # a page that brings nothing new is the end, whatever the count says
    kept = list(rows.values())[:CSV_ROWS]
    return Taken(kept, count, missing(len(kept), count, foreign))


def missing(kept: int, count: int, foreign: int) -> str:
    """What a file says of rows that it does not hold; "" where it holds them all."""
    if kept == count:
        return ""
    left_out = f" {foreign:,} were left out: the key does not see their offering." if foreign else ""
    narrow = " Narrow the filter for the rest." if kept + foreign < count else ""
    return f"Incomplete: {kept:,} of {count:,} rows.{left_out}{narrow}"
