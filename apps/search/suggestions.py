"""Suggestions while typing in Find anything: at most one call a list, with the first key alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import CellContext, ListRequest, PendingPages, begin_pages, blank_request
from apps.tenants.access import TenantRequest
from apps.tenants.permissions import may
from apps.upstream import errors
from apps.upstream.decode import Row, whole

from .parts import LISTINGS, exact, look, may_search, shown_columns

LEAST_LETTERS = 3
ROWS = 4
MOST_COLUMNS = 6
Started = tuple[ListRequest, PendingPages]


@dataclass(frozen=True, slots=True)
class Suggested:
    """A list's share: the first rows as HTML and how many there are. `key`: named if the team has several."""

    list_request: ListRequest
    rows: list[SafeString]
    ids: list[int]
    count: int
    key: str
    error: errors.UpstreamError | None

    @property
    def listing(self) -> object:
        return self.list_request.listing


def suggest(request: TenantRequest, term: str) -> list[Suggested]:
    """All lists at once; each may fail alone. Recorded as one entry with what was shown."""
    started = list(start(request, term))
    found = [came(list_request, pending) for list_request, pending in started]
    shown = {each.list_request.listing.plural: each.ids for each in found if each.ids}
    record(Action.SUGGESTED, actor=request.user, tenant=request.tenant.id, letters=len(term), shown=shown)
    return found


def start(request: TenantRequest, term: str) -> Iterator[Started]:
    """One call for each list that the role may open and whose answer it may know: a number as an ID, a reference as a
    reference, anything else as a search."""
    for listing in LISTINGS:
        if not may(request.role, listing.view_permission):
            continue
        list_request = blank_request(request, listing)
        asked = exact(listing.parameters, term)[:1]
        if not asked and may_search(list_request, term):
            asked = [{"search": term}]
        if list_request.keys and asked:
            beside = {"page_size": str(ROWS), "ordering": listing.default_ordering}
            yield list_request, begin_pages(list_request, [{**asked[0], **beside}])


def came(list_request: ListRequest, pending: PendingPages) -> Suggested:
    [result] = pending.results()
    key = pending.key.label if len(list_request.keys) > 1 else ""
    if result.page is None:
        return Suggested(list_request, [], [], 0, key, result.error)
    rows = result.page.rows[:ROWS]
    shown = look(list_request, pending, result.names.offerings)
    ids = [number for row in rows if (number := whole(row.get("id"))) is not None]
    html = [line(list_request, row, shown) for row in rows]
    return Suggested(list_request, html, ids, max(result.page.count, len(rows)), key, None)


def line(list_request: ListRequest, row: Row, shown: CellContext) -> SafeString:
    """The row's first values; the first of them, or its ID, is the link."""
    columns = shown_columns(list_request, [row], MOST_COLUMNS)
    cells = (column.cell(row[column.name], row, shown) for column in columns if row.get(column.name) not in (None, ""))
    return mark_safe(" ".join(f"<span>{cell}</span>" for cell in cells))  # noqa: S308 - cells escape
