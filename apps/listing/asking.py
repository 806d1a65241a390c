"""What a request asks a listing for: the query, who answers it, the zone its days are in. Nothing here calls upstream."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants import connections, names
from apps.tenants.access import TenantRequest
from apps.tenants.connections import ALL_KEYS, Source
from apps.tenants.models import IssuanceKey
from apps.tenants.names import Names

from . import saved
from .listing import Listing, knowing
from .models import SavedView
from .query import Problem, Query
from .reader import Reader, present, zone_named


@dataclass(frozen=True, slots=True)
class Asking:
    """`key`: what answers, a key or the team's sign-in (None: the team has none); `now`: the moment that ranges of days are
    seen from; `view`: the saved view that the address names."""

    listing: Listing
    query: Query
    key: Source | None
    zone: ZoneInfo
    now: datetime
    keys: list[Source]
    view: SavedView | None = None

    @property
    def wants_all_keys(self) -> bool:
        return self.query.key == ALL_KEYS

    @property
    def offerings(self) -> dict[str, str]:
        """number -> name of all that any of the keys sees: choosing one of them chooses its key."""
        return {number: name for known in known_names(self.keys) for number, name in known.offerings.items()}

    @property
    def zones(self) -> dict[str, str]:
        """number -> time zone of all offerings that any of the keys sees."""
        return {number: zone for known in known_names(self.keys) for number, zone in known.zones.items()}

    @property
    def names(self) -> Names:
        return names.known(self.key) if isinstance(self.key, IssuanceKey) else names.NONE


def known_names(keys: Iterable[Source]) -> list[Names]:
    return [names.known(key) for key in keys if isinstance(key, IssuanceKey)]


def names_of_offerings(keys: Iterable[Source]) -> set[str]:
    return {name for known in known_names(keys) for name in known.offerings.values()}


def sources(request: TenantRequest, listing: Listing) -> list[Source]:
    """What the team can read this listing with, oldest first."""
    if listing.connects is IssuanceKey:
        return [*connections.keys_of(request.tenant)]
    return [*connections.sign_in_of(request.tenant)]


def read(request: TenantRequest, listing: Listing) -> Asking:
    """What cannot be asked is in `query.problems`."""
    label, now = request.GET.get("key", ""), datetime.now(UTC)
    asked = offerings(request.GET)
    keys = sources(request, listing)
    key = connections.choose_key(keys, asked, "" if label == ALL_KEYS else label)
    listing = as_known(listing, key)
    zone = zone_named(request.GET.get("tz", "")) or request.tenant.zone
    known = partial(names_of_offerings, keys)
    query = Reader(listing, request.sight, zone, now, request.tenant.timezone, known).read(request.GET)
    view = saved.find(request, listing, query.view) if query.view else None
    if key and query.key and query.key not in (ALL_KEYS, key.slug):
        query = replace(query, key="")  # the offering asked for is another key's, which answers instead
    for problem in problems(query, view, key, asked):
        query = query.refused(problem)
    if query.masked:
        record(
            Action.REFUSED,
            actor=request.user,
            tenant=request.tenant.id,
            parameters=query.masked,
            role=request.role.value,
        )
    return Asking(listing, query, key, zone, now, keys, view)


def as_known(listing: Listing, key: Source | None) -> Listing:
    if not listing.learns or not isinstance(key, IssuanceKey):
        return listing
    more = tuple(pair for pair in names.known(key).statuses.items() if pair[0] not in names.STATUSES)
    return knowing(listing, more) if more else listing


def problems(query: Query, view: SavedView | None, key: Source | None, asked: list[int]) -> list[Problem]:
    """What a view, a key and the offerings asked for have against each other."""
    found, label = [], query.key
    if query.view and not view:
        found.append(Problem("view", f"There is no view “{query.view[:50]}” here, or it is somebody else's own."))
    if label and not key:
        found.append(Problem("key", f"There is no key “{label[:60]}” here."))
    elif label == ALL_KEYS and query.page > 1:
        found.append(Problem("page", "All keys together have no pages. Choose one key to see more of its rows."))
    elif label != ALL_KEYS and key and len(asked) > 1 and key.offerings and not all(map(key.offering, asked)):
        found.append(Problem("offering__in", "No single key sees all of these offerings. Ask for them one by one."))
    return found


def read_key_only(request: TenantRequest, listing: Listing, also: tuple[str, ...] = ()) -> Asking:
    """For a page that takes no filter but `also`: one in its address is refused, not left aside."""
    asking = for_one_key(read(request, listing), "This page")
    others = [name for name, _ in present(request.GET) if name not in ("key", "tz", *also)]
    if others and not asking.query.problems:
        problem = Problem(
            others[0], f"This page takes no filters, no order and no pages. The list of all {listing.plural} does."
        )
        return replace(asking, query=asking.query.refused(problem))
    return asking


def for_one_key(asking: Asking, what: str) -> Asking:
    """For what is made with one key: all of them at once are refused."""
    if not asking.wants_all_keys:
        return asking
    problem = Problem("key", f"{what} holds the rows of one key. Choose one of the keys first.")
    return replace(asking, query=asking.query.refused(problem))


def offerings(given: QueryDict) -> list[int]:
    """The offerings that an address names, as far as they are numbers."""
    named = ",".join((given.get("offering", ""), given.get("offering__in", ""))).split(",")
    return [int(text) for text in named if text.isascii() and text.isdecimal() and len(text) < 20]
