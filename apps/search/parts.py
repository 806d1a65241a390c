"""Searches every list at once for one term. Each part succeeds or fails on its own, and asks only what the role may
know."""

import re
from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing import (
    NOT_IN_THE_LIST,
    CellContext,
    Column,
    ListRequest,
    PendingPages,
    begin_pages,
    blank_request,
    compile_row,
    plain_heads,
    record_rows,
)
from apps.listing import number as whole_number
from apps.offerings.listing import OFFERINGS
from apps.tenants.access import TenantRequest
from apps.tenants.connections import ALL_KEYS
from apps.tenants.label_cache import STATUSES
from apps.tenants.permissions import may
from apps.upstream.decode import Row, whole
from apps.upstream.waits import let_go, waiting
from apps.users.listing import USERS

LISTINGS = (INVESTMENTS, INVESTORS, OFFERINGS, USERS)
ROWS = 5
MOST_LETTERS = 100
"""Of a term; a longer one is refused in words, since what a cut one finds is not what was asked."""
MOST_COLUMNS = 5
REFERENCE = re.compile(r"(?=.*\d)[A-Za-z0-9]+(-[A-Za-z0-9]+)+")


@dataclass(frozen=True, slots=True)
class Part:
    """One listing's share of the answer: calls under way with each key, or with the sign-in; or `why` nothing was
    asked."""

    list_request: ListRequest
    pending: tuple[PendingPages, ...] = ()
    why: str = ""
    is_searched: bool = False
    """Whether the last question of each is the free search, whose count is how many there are."""


def start(request: TenantRequest, term: str) -> list[Part]:
    """A part for each list that the role may open."""
    return [
        part(blank_request(request, listing), term)
        for listing in LISTINGS
        if may(request.role, listing.view_permission)
    ]


def part(list_request: ListRequest, term: str) -> Part:
    listing = list_request.listing
    if not list_request.keys:
        return Part(list_request, why="Not connected.")
    beside = {"page_size": str(ROWS), "ordering": listing.default_ordering}
    asked = [{**each, **beside} for each in exact(listing.parameters, term)]
    is_searched = may_search(list_request, term)
    if is_searched:
        asked.append({"search": term, **beside})
    if not asked:
        return Part(list_request, why="Your role can’t search this list for that term.")
    pending = tuple(begin_pages(replace(list_request, key=key), asked) for key in list_request.keys)
    return Part(list_request, pending, is_searched=is_searched)


def may_search(list_request: ListRequest, term: str) -> bool:
    """Whether the role sees all that the free search would answer for this term."""
    search, _ = list_request.listing.parameters["search"]
    return {search.data_class} | search.needs(term) <= list_request.visible_classes


def exact(parameters: Container[str], term: str) -> list[dict[str, str]]:
    """A number is looked up as an ID, a reference as a reference: the search may not cover these fields."""
    asked = []
    if is_number(term):
        asked.append({"id": term})
    if "reference_id" in parameters and REFERENCE.fullmatch(term):
        asked.append({"reference_id": term})
    return asked


def the_only_one(parts: list[Part], term: str) -> str:
    """The page of the one record with this ID or reference; "" if there is none, there are several, or a list did not
    say."""
    found: dict[tuple[str, int], str] = {}
    for each in parts:
        listing, wanted = each.list_request.listing, len(exact(each.list_request.listing.parameters, term))
        for pending in each.pending if wanted else ():
            for result in pending.results()[:wanted]:
                if result.page is None:
                    return ""
                for row in result.page.rows:
                    if (number := whole(row.get("id"))) is not None:
                        page = f"{each.list_request.list_url}{number}/{key_of(pending)}"
                        found.setdefault((listing.name, number), page)
    return next(iter(found.values())) if len(found) == 1 else ""


def key_of(pending: PendingPages) -> str:
    return f"?key={pending.key.slug}" if pending.key.slug else ""


def is_number(term: str) -> bool:
    return term.isascii() and term.isdecimal() and len(term) < 16 and bool(whole_number(term))


def arriving(parts: list[Part]) -> Iterator[Part]:
    """Yields each as soon as it has arrived; those that were not asked come first."""
    yield from (each for each in parts if not each.pending)
    asked = [each for each in parts if each.pending]
    if not asked:
        return
    let_go()
    with ThreadPoolExecutor(len(asked)) as watchers:
        watched = {watchers.submit(watch, each): each for each in asked}
        answers = as_completed(watched)
        for _ in asked:
            with waiting():
                done = next(answers)
            yield watched[done]


def watch(each: Part) -> bool:
    return all(pending.is_there(60) for pending in each.pending)


def rendered(each: Part, term: str) -> SafeString:
    list_request = each.list_request
    address = urlencode({"search": term} | ({"key": ALL_KEYS} if len(each.pending) > 1 else {}))
    context: dict[str, Any] = {
        "listing": list_request.listing,
        "why": each.why,
        "reference": list_request.request.request_id,
        "all": f"{list_request.list_url}?{address}",
    }
    return render_to_string("search/_part.html", context | (found(each) if each.pending else {}))


def found(each: Part) -> dict[str, Any]:
    """Rows of all keys, each once and linked with the key that sees it; and the first error, if a key failed."""
    kept, failed = dict[object, tuple[Row, PendingPages]](), None
    names_of: dict[str, str] = {}
    counts: list[int] = []
    for pending in each.pending:
        came = pending.results()
        if each.is_searched and (last := came[-1].page):
            counts.append(last.count)
        for result in came:
            failed = failed or result.error
            names_of |= result.names.offerings
            for row in result.page.rows if result.page else ():
                number = whole(row.get("id"))
                kept.setdefault(id(row) if number is None else number, (row, pending))
    some = list(kept.values())[: ROWS + 2]
    rows = [row for row, _ in some]
    columns = shown_columns(each.list_request, rows)
    record_rows(each.list_request, "found", rows)
    lines = [line(each.list_request, columns, row, pending, names_of) for row, pending in some]
    return {
        "error": failed,
        "heads": plain_heads(columns),
        "rows": mark_safe("".join(lines)),  # noqa: S308 - cells escape
        "is_none": not rows and failed is None,
        "shown": len(rows),
        "all_count": max(counts[0], len(rows)) if len(counts) == 1 else None,
        "by_key": [f"{count:,}" for count in counts] if len(counts) > 1 else [],
    }


def line(
    list_request: ListRequest, columns: list[Column], row: Row, pending: PendingPages, names_of: dict[str, str]
) -> str:
    return compile_row(columns, look(list_request, pending, names_of))(row)


def look(list_request: ListRequest, pending: PendingPages, names_of: Mapping[str, str]) -> CellContext:
    """The context of a hit's cells; its link names the key that sees it."""
    key, team = escape(key_of(pending)), list_request.tenant.name
    return CellContext(list_request.zone, list_request.list_url, key, STATUSES, names_of, team, NOT_IN_THE_LIST)


def shown_columns(list_request: ListRequest, rows: list[Row], most: int = MOST_COLUMNS) -> list[Column]:
    """The first few columns that these rows carry."""
    listing = list_request.listing
    seen_by_role = [
        column for column in listing.columns if listing.classes[column.name] in list_request.visible_classes
    ]
    return [column for column in seen_by_role if not rows or any(column.name in row for row in rows)][:most]
