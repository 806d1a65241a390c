"""One term asked for in every list at once. Each part comes or fails alone; nothing is asked that the role may not know."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing.asking import sources
from apps.listing.calls import Underway, begin
from apps.listing.cells import NOT_IN_THE_LIST, Shown
from apps.listing.listing import Listing
from apps.listing.showing import seen
from apps.listing.table import render_rows, visible
from apps.listing.values import number as whole_number
from apps.offerings.listing import OFFERINGS
from apps.tenants.access import TenantRequest
from apps.tenants.connections import Source
from apps.tenants.permissions import may
from apps.upstream.decode import Row
from apps.users.listing import USERS

LISTINGS = (INVESTMENTS, INVESTORS, OFFERINGS, USERS)
ROWS = 5
MOST_LETTERS = 100
MOST_COLUMNS = 4
REFERENCE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(-[A-Za-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Part:
    """One listing's share of the answer, under way; `underway` None: `why` it was not asked."""

    listing: Listing
    underway: Underway | None
    why: str = ""


def start(request: TenantRequest, term: str) -> list[Part]:
    """A part for each list that the role may open. The question goes out with the first key, or the sign-in."""
    return [part(request, listing, term) for listing in LISTINGS if may(request.role, listing.can)]


def part(request: TenantRequest, listing: Listing, term: str) -> Part:
    search, _ = listing.parameters["search"]
    found = sources(request, listing)
    if not found:
        return Part(listing, None, "Not connected yet.")
    asked = [{**each, "page_size": str(ROWS), "ordering": listing.default_ordering} for each in exact(listing, term)]
    if {search.data_class} | search.needs(term) <= request.sight:
        asked.append({"search": term, "page_size": str(ROWS), "ordering": listing.default_ordering})
    if not asked:
        return Part(listing, None, "Your role does not see what this search would answer.")
    return Part(listing, begin(request, listing, chosen(found), asked))


def chosen(found: list[Source]) -> Source:
    """The one that sees most."""
    return max(found, key=lambda source: len(source.offerings))


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


def jumps(request: TenantRequest, term: str) -> list[tuple[str, str]]:
    """label, address of what a number may be; nobody has asked yet whether it is there."""
    if not is_number(term):
        return []
    listings = [listing for listing in LISTINGS if may(request.role, listing.can)]
    return [
        (f"{listing.name.capitalize()} {int(term)}", listing.url(request, "detail", int(term))) for listing in listings
    ]


def arriving(parts: list[Part]) -> Iterator[Part]:
    """Each as soon as it has come, whichever is first; what was not asked before all others."""
    yield from (each for each in parts if each.underway is None)
    waiting = [each for each in parts if each.underway is not None]
    if not waiting:
        return
    with ThreadPoolExecutor(len(waiting)) as watchers:
        watched = {watchers.submit(watch, each): each for each in waiting}
        for done in as_completed(watched):
            yield watched[done]


def watch(each: Part) -> bool:
    return each.underway is None or each.underway.is_there(60)


def rendered(request: TenantRequest, each: Part, term: str) -> SafeString:
    listing = each.listing
    context: dict[str, Any] = {"listing": listing, "why": each.why, "reference": request.request_id, "term": term}
    context["all"] = f"{reverse(f'{listing.name}_list', args=[request.tenant.slug])}"
    if each.underway:
        context |= found(request, each, each.underway)
    return render_to_string("search/_part.html", context)


def found(request: TenantRequest, each: Part, underway: Underway) -> dict[str, Any]:
    listing, results = each.listing, underway.results()
    pages = [result.page for result in results if result.page]
    failed = next((result.error for result in results if result.error), None)
    if not pages:
        return {"error": failed}
    rows = once([row for page in pages for row in page.rows])[: ROWS + 2]
    columns = visible(listing.columns, listing.classes, request.sight)[:MOST_COLUMNS]
    base = reverse(f"{listing.name}_list", args=[request.tenant.slug])
    key = escape(f"?key={underway.key.slug}") if underway.key.slug else ""
    words = results[0].names
    shown = Shown(request.tenant.zone, base, key, words.statuses, words.offerings, NOT_IN_THE_LIST)
    seen(request, listing, f"{listing.plural} found", rows)
    return {
        "error": failed,
        "columns": columns,
        "rows": render_rows(rows, columns, shown),
        "count": pages[-1].count,
        "is_none": not rows,
    }


def once(rows: list[Row]) -> list[Row]:
    """A row that is found two ways is shown once."""
    kept: dict[object, Row] = {}
    for row in rows:
        kept.setdefault(row["id"] if isinstance(row.get("id"), int) else id(row), row)
    return list(kept.values())
