"""Builds a ListRequest from an HTTP request, without calling upstream."""

from dataclasses import replace
from functools import partial

from django.http import QueryDict

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants import connections, label_cache
from apps.tenants.access import TenantRequest
from apps.tenants.connections import ALL_KEYS, Source
from apps.tenants.models import IssuanceKey

from .keep import saved
from .models import SavedView
from .query.list_request import ListRequest, blank_request, for_one_key, names_of_offerings
from .query.query import Problem, Query
from .query.reader import Reader, present, zone_named
from .schema.listing import Listing, knowing


def read_request(request: TenantRequest, listing: Listing) -> ListRequest:
    """Whatever cannot be asked is in `query.problems`."""
    label, numbers = request.GET.get("key", ""), offerings(request.GET)
    blank = blank_request(request, listing)
    key = connections.choose_key(blank.keys, numbers, "" if label == ALL_KEYS else label)
    blank = replace(
        blank, key=key, listing=as_known(listing, key), zone=zone_named(request.GET.get("tz", "")) or blank.zone
    )
    known = partial(names_of_offerings, blank.keys)
    reader = Reader(blank.listing, request.visible_classes, blank.zone, blank.now, request.tenant.timezone, known)
    query = reader.read(request.GET)
    view = saved.find(blank, query.view) if query.view else None
    if key and query.key and query.key not in (ALL_KEYS, key.slug):
        query = replace(query, key="")  # the offering asked for is another key's, which answers instead
    for problem in problems(query, view, key, numbers):
        query = query.refused(problem)
    if query.masked:
        record(
            Action.REFUSED,
            actor=request.user,
            tenant=request.tenant.id,
            parameters=query.masked,
            role=request.role.value,
        )
    return replace(blank, query=query, view=view)


def as_known(listing: Listing, key: Source | None) -> Listing:
    if not listing.learns or not isinstance(key, IssuanceKey):
        return listing
    more = tuple(pair for pair in label_cache.known(key).statuses.items() if pair[0] not in label_cache.STATUSES)
    return knowing(listing, more) if more else listing


def problems(query: Query, view: SavedView | None, key: Source | None, numbers: list[int]) -> list[Problem]:
    """Contradictions between a view, a key and the requested offerings."""
    found, label = [], query.key
    if query.view and not view:
        found.append(Problem("view", f"Saved view “{query.view[:50]}” doesn’t exist, or it’s private to someone else."))
    if label and not key:
        found.append(Problem("key", f"API key “{label[:60]}” doesn’t exist in this team."))
    elif label == ALL_KEYS and query.page > 1:
        found.append(Problem("page", "Paging works for one API key at a time. Choose a key to see more rows."))
    elif label != ALL_KEYS and key and len(numbers) > 1 and key.offerings and not all(map(key.offering, numbers)):
        found.append(
            Problem(
                "offering__in", "No single API key covers all of these offerings. Filter by one offering at a time."
            )
        )
    return found


def read_key_only(request: TenantRequest, listing: Listing, also: tuple[str, ...] = ()) -> ListRequest:
    """For a page that takes no filter except `also`: any other in its address is refused rather than ignored."""
    list_request = for_one_key(read_request(request, listing), "This page")
    others = [name for name, _ in present(request.GET) if name not in ("key", "tz", *also)]
    if others and not list_request.query.problems:
        words = f"Filters, sorting, and paging aren’t available here. Use the full {listing.plural} list."
        return list_request.refused(Problem(others[0], words))
    return list_request


def offerings(given: QueryDict) -> list[int]:
    """The offerings named by an address, as far as they are numbers."""
    named = ",".join((given.get("offering", ""), given.get("offering__in", ""))).split(",")
    return [int(text) for text in named if text.isascii() and text.isdecimal() and len(text) < 20]
