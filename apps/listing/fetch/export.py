"""All rows of a list for a file: each row once, as of one moment. What is missing is reported."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from apps.listing.query.list_request import ListRequest
from apps.tenants import connections
from apps.tenants.label_cache import Labels
from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Row, whole
from apps.upstream.issuance.client import Answer, Page
from apps.upstream.limits import OBEYED, UNSAID
from apps.upstream.waits import waiting

from .lists import drop_foreign_rows, ready, words

CSV_ROWS = 1_000
CSV_PAGE = 500
ROUNDS = 3
MOST_SECONDS = 150.0
"""For all pages of a file together; each has the page's own deadline."""
_patient = threading.BoundedSemaphore(4)
"""How many files of this process may wait for an API that asks to wait: each holds a thread."""
MOVED = "rows moved while this file was made, so some may be missing or no longer match the filters. Export it again."


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows for a file. `note` says what is missing, "" if nothing is; `is_cut`: there are more rows than a file
    holds."""

    rows: list[Row]
    count: int
    names: Labels
    note: str
    is_cut: bool

    def filename(self, what: str) -> str:
        if self.is_cut:
            return f"{what}-first-{len(self.rows)}-of-{self.count}.csv"
        return f"{what}-incomplete.csv" if self.note else f"{what}.csv"


def take(list_request: ListRequest) -> Taken:
    """Returns up to 1,000 rows of the filtered list, each once. Raises what the first failing call raises; ValueError
    without a key."""
    try:
        return _take(list_request)
    except errors.UpstreamError as error:
        connections.note_failure(list_request.answering, error)
        raise


def _take(list_request: ListRequest) -> Taken:
    listing, query, key = list_request.listing, list_request.query, list_request.answering
    api = connections.issuance(key, list_request.request.request_id)
    known, until = words(key, api), Deadline.within(MOST_SECONDS)

    def ask(place: int) -> Page:
        if until.left() <= 0:
            raise errors.Unanswered(is_late=True)
        params = {**query.params, "page": str(place), "page_size": str(CSV_PAGE)}
        page = patiently(lambda: listing.fetch_page(replace(api, deadline=Deadline()), params), until)
        return ready(drop_foreign_rows(key, api, page, known()), listing.schema)

    pages, is_steady = steady(ask)
    rows = list(each_once(pages).values())
    count, foreign = pages[-1].count, sum(page.foreign for page in pages)
    is_cut = count > CSV_ROWS
    kept = rows[:CSV_ROWS]
    return Taken(kept, count, known(), missing(len(kept), count, foreign, is_cut=is_cut, is_steady=is_steady), is_cut)


def patiently(ask: Callable[[], Answer[Page]], until: Deadline) -> Page:
    """Waits out a 429 once for each page, a minute at most, rather than losing the file."""
    try:
        return ask().result()
    except errors.Throttled as error:
        wait = UNSAID if error.wait is None else error.wait
        if wait > OBEYED or wait >= until.left() or not _patient.acquire(blocking=False):
            raise
        try:
            with waiting():
                time.sleep(wait + 0.1)
        finally:
            _patient.release()
    return ask().result()


def steady(ask: Callable[[int], Page]) -> tuple[list[Page], bool]:
    """Returns the pages and whether they show a single moment: all but the last are read again afterwards until nothing
    has moved."""
    pages = from_there(ask, [])
    for _ in range(ROUNDS):
        again = [ask(place) for place in range(1, len(pages))]
        if [shape(page) for page in again] == [shape(page) for page in pages[:-1]]:
            return [*again, pages[-1]], True
        pages = from_there(ask, again)
    return pages, len(pages) == 1


def shape(page: Page) -> tuple[int, list[int | None]]:
    return page.count, [whole(row.get("id")) for row in page.rows]


def from_there(ask: Callable[[int], Page], pages: Sequence[Page]) -> list[Page]:
    """Returns these pages and those after them, to the end of the list or of the file."""
    read = list(pages)
    while len(read) < CSV_ROWS:
        try:
            read.append(ask(len(read) + 1))
        except errors.Missing:
            if not read:
                raise
            break  # past the end already: the count said more rows than there are
        brings_nothing = len(each_once(read)) == len(each_once(read[:-1]))
        if brings_nothing or sum(page.sent for page in read) >= min(read[-1].count, CSV_ROWS):
            break  # a page that brings nothing new is the end, whatever the count says
    return read


def each_once(pages: Sequence[Page]) -> dict[int, Row]:
    """Removes repeated rows by ID. A row without a readable ID cannot be told from another, so it stays."""
    return {id(row) if (number := whole(row.get("id"))) is None else number: row for page in pages for row in page.rows}


def missing(kept: int, count: int, foreign: int, *, is_cut: bool, is_steady: bool) -> str:
    """What a file says about the rows it lacks; "" if it has them all."""
    said = []
    if foreign:
        said.append(f"{foreign:,} were left out because this API key doesn’t cover their offering.")
    if is_cut:
        said.append("Narrow the filters to export the rest.")
    if not is_steady:
        said.append(MOVED.capitalize())
    if not said and kept == count:
        return ""
    return " ".join([f"Incomplete export: {kept:,} of {count:,} rows.", *said])
