"""A single row, and its neighbors in the list that the address describes."""

from dataclasses import dataclass, replace

from apps.listing.query.list_request import ListRequest
from apps.tenants import connections
from apps.tenants.connections import Source
from apps.tenants.label_cache import Labels
from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Row, whole
from apps.upstream.issuance.client import Answer, Issuance, Page

from .lists import drop_foreign_rows, words


@dataclass(frozen=True, slots=True)
class RowDetail:
    """A row, the key that sees it, and the addresses of its neighbors in the list."""

    row: Row
    key: Source
    names: Labels
    before: str
    after: str


def find_row(list_request: ListRequest, number: int) -> RowDetail:
    """Reads a row. A link carries its key; without one, each key is tried. Raises the first error that is not Missing;
    Missing only if every key says so."""
    first, deadline = list_request.key, Deadline()
    if first is None:
        raise errors.Missing
    has_its_key = list_request.query.key and not list_request.wants_all_keys
    others = [] if has_its_key else [key for key in list_request.keys if key != first]
    trouble: errors.UpstreamError = errors.Missing()
    listed = None
    for key in (first, *others):
        try:
            api = connections.issuance(key, list_request.request.request_id, deadline)
            listed = listed or list_request.listing.fetch_page(api, list_request.query.params)
            one, told = list_request.listing.fetch_row(api, number), words(key, api)
            row = one.result()
        except errors.UpstreamError as error:
            connections.note_failure(key, error)
            trouble = error if isinstance(trouble, errors.Missing) else trouble
            continue
        known = told()
        if not drop_foreign_rows(key, api, Page(1, [row], 0, is_last=True), known).rows:
            trouble = errors.Missing()
            continue
        return RowDetail(
            list_request.listing.schema.flat(row), key, known, *neighbours(list_request, api, number, listed)
        )
    raise trouble


def neighbours(list_request: ListRequest, api: Issuance, number: int, listed: Answer[Page]) -> tuple[str, str]:
    """Addresses of the previous and next rows in the filtered list; "" at its ends, or if the row is not in it.
    `listed` is the list's page, requested along with the row. At the edge of that page the adjacent page is requested
    too, so that stepping through a list has no gaps. If the list is unavailable, there are no neighbors."""
    query = list_request.query
    try:
        page = listed.result()
        ids = numbers(page)
        if number not in ids:
            return "", ""
        place = ids.index(number)
        before = f"{ids[place - 1]}/{query.address}" if place else adjacent_id(list_request, api, -1)
        after = (
            f"{ids[place + 1]}/{query.address}"
            if place + 1 < len(ids)
            else ""
            if page.is_last
            else adjacent_id(list_request, api, +1)
        )
    except errors.UpstreamError:
        return "", ""
    return before, after


def adjacent_id(list_request: ListRequest, api: Issuance, step: int) -> str:
    query = list_request.query
    if query.page + step < 1:
        return ""
    beyond = replace(query, page=query.page + step)
    ids = numbers(list_request.listing.fetch_page(api, beyond.params).result())
    return f"{ids[0 if step > 0 else -1]}/{beyond.address}" if ids else ""


def numbers(page: Page) -> list[int]:
    return [number for row in page.rows if (number := whole(row.get("id"))) is not None]
