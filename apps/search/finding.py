"""One term asked for in every list at once. Each part comes or fails alone; nothing is asked that the role may not know."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.audit.actions import Action
from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing.asking import sources
from apps.listing.calls import Underway, begin
from apps.listing.cells import NOT_IN_THE_LIST, Shown
from apps.listing.listing import Listing
from apps.listing.showing import seen
from apps.listing.table import Column, compile_row
from apps.listing.values import number as whole_number
from apps.offerings.listing import OFFERINGS
from apps.tenants.access import TenantRequest
from apps.tenants.connections import ALL_KEYS
from apps.tenants.names import STATUSES
from apps.tenants.permissions import may
from apps.upstream.decode import Row, whole
from apps.users.listing import USERS

LISTINGS = (INVESTMENTS, INVESTORS, OFFERINGS, USERS)
ROWS = 5
MOST_LETTERS = 100
"""Of a term; a longer one is refused in words, since what a cut one finds is not what was asked."""
MOST_COLUMNS = 5
REFERENCE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(-[A-Za-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Part:
    """One listing's share of the answer: under way with each key, or with the sign-in; none: `why` it was not asked."""

    listing: Listing
    underway: tuple[Underway, ...] = ()
    why: str = ""
    is_searched: bool = False
    """Whether the last question of each is the free search, whose count is how many there are."""


def start(request: TenantRequest, term: str) -> list[Part]:
    """A part for each list that the role may open."""
    return [part(request, listing, term) for listing in LISTINGS if may(request.role, listing.can)]


def part(request: TenantRequest, listing: Listing, term: str) -> Part:
    search, _ = listing.parameters["search"]
    found = sources(request, listing)
    if not found:
        return Part(listing, why="Not connected yet.")
    asked = [{**each, "page_size": str(ROWS), "ordering": listing.default_ordering} for each in exact(listing, term)]
    is_searched = {search.data_class} | search.needs(term) <= request.sight
    if is_searched:
        asked.append({"search": term, "page_size": str(ROWS), "ordering": listing.default_ordering})
    if not asked:
        return Part(listing, why="Your role does not see what this search would answer.")
    return Part(listing, tuple(begin(request, listing, source, asked) for source in found), is_searched=is_searched)


def exact(listing: Listing, term: str) -> list[dict[str, str]]:
    """A number is looked up as one, a reference as one: the search may not take these fields."""
    asked = []
    if is_number(term):
        asked.append({"id": term})
    if "reference_id" in listing.parameters and REFERENCE.fullmatch(term):
        asked.append({"reference_id": term})
    return asked


def is_number(term: str) -> bool:
    return term.isascii() and term.isdecimal() and len(term) < 16 and bool(whole_number(term))


def arriving(parts: list[Part]) -> Iterator[Part]:
    """Each as soon as it has come, whichever is first; what was not asked before all others."""
    yield from (each for each in parts if not each.underway)
    waiting = [each for each in parts if each.underway]
    if not waiting:
        return
    with ThreadPoolExecutor(len(waiting)) as watchers:
        watched = {watchers.submit(watch, each): each for each in waiting}
        for done in as_completed(watched):
            yield watched[done]


def watch(each: Part) -> bool:
    return all(underway.is_there(60) for underway in each.underway)


def rendered(request: TenantRequest, each: Part, term: str) -> SafeString:
    listing = each.listing
    address = urlencode({"search": term} | ({"key": ALL_KEYS} if len(each.underway) > 1 else {}))
    context: dict[str, Any] = {"listing": listing, "why": each.why, "reference": request.request_id}
    context["all"] = f"{listing.url(request, 'list')}?{address}"
    return render_to_string("search/_part.html", context | (found(request, each) if each.underway else {}))


def found(request: TenantRequest, each: Part) -> dict[str, Any]:
    """Rows of all keys, each once and linked with the key that sees it; and the first error, where a key failed."""
    listing, kept, failed = each.listing, dict[object, tuple[Row, Underway]](), None
    names_of: dict[str, str] = {}
    counts: list[int] = []
    for underway in each.underway:
        came = underway.results()
        if each.is_searched and (last := came[-1].page):
            counts.append(last.count)
        for result in came:
            failed = failed or result.error
            names_of |= result.names.offerings
            for row in result.page.rows if result.page else ():
                number = whole(row.get("id"))
                kept.setdefault(id(row) if number is None else number, (row, underway))
    some = list(kept.values())[: ROWS + 2]
    rows = [row for row, _ in some]
    columns = shown_columns(request, listing, rows)
    seen(request, listing, Action(f"{listing.plural} found"), rows)
    lines = [line(request, listing, columns, row, underway, names_of) for row, underway in some]
    return {
        "error": failed,
        "columns": columns,
        "rows": mark_safe("".join(lines)),  # noqa: S308 - cells escape
        "is_none": not rows and failed is None,
        "shown": len(rows),
        "all_count": max(counts[0], len(rows)) if len(counts) == 1 else None,
        "by_key": [f"{count:,}" for count in counts] if len(counts) > 1 else [],
    }


def line(
    request: TenantRequest,
    listing: Listing,
    columns: list[Column],
    row: Row,
    underway: Underway,
    names_of: dict[str, str],
) -> str:
    key = escape(f"?key={underway.key.slug}") if underway.key.slug else ""
    shown = Shown(request.tenant.zone, listing.url(request, "list"), key, STATUSES, names_of, NOT_IN_THE_LIST)
    return compile_row(columns, shown)(row)


def shown_columns(request: TenantRequest, listing: Listing, rows: list[Row]) -> list[Column]:
    """The first few that these rows carry."""
    seen_by_role = [column for column in listing.columns if listing.classes[column.name] in request.sight]
    return [column for column in seen_by_role if not rows or any(column.name in row for row in rows)][:MOST_COLUMNS]
