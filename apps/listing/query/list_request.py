"""What an HTTP request asks of a listing, as one value. Every later step takes it and nothing beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

from apps.listing.models import SavedView
from apps.listing.schema.listing import Listing
from apps.staff.models import StaffMember
from apps.tenants import connections, label_cache
from apps.tenants.access import TenantRequest
from apps.tenants.connections import ALL_KEYS, Source
from apps.tenants.label_cache import Labels
from apps.tenants.models import IssuanceKey, Tenant
from apps.tenants.permissions import DataClass, Permission, may

from .query import Problem, Query


@dataclass(frozen=True)
class ListRequest:
    """`key`: the source that answers, an API key or the team's sign-in (None if the team has none), one of `keys`;
    `now`: the moment for relative ranges; `view`: the saved view that the address names."""

    request: TenantRequest
    listing: Listing
    query: Query
    zone: ZoneInfo
    now: datetime
    keys: list[Source]
    key: Source | None
    view: SavedView | None = None

    @property
    def tenant(self) -> Tenant:
        return self.request.tenant

    @property
    def person(self) -> StaffMember:
        return self.request.user

    @property
    def visible_classes(self) -> frozenset[DataClass]:
        return self.request.visible_classes

    def may(self, permission: Permission) -> bool:
        return may(self.request.role, permission)

    @property
    def answering(self) -> Source:
        """The key that answers. Raises ValueError if the team has none."""
        if self.key is None:
            raise ValueError("there is no key to ask with")
        return self.key

    @property
    def wants_all_keys(self) -> bool:
        return self.query.key == ALL_KEYS

    @cached_property
    def offerings(self) -> dict[str, str]:
        """ID -> name of all offerings that any of the keys sees: choosing one chooses its key."""
        return {number: name for known in known_names(self.keys) for number, name in known.offerings.items()}

    @cached_property
    def zones(self) -> dict[str, str]:
        """ID -> time zone of all offerings that any of the keys sees."""
        return {number: zone for known in known_names(self.keys) for number, zone in known.zones.items()}

    @property
    def names(self) -> Labels:
        return label_cache.known(self.key) if isinstance(self.key, IssuanceKey) else label_cache.NONE

    def url(self, action: str, *more: Any) -> str:
        """The address of one of the listing's pages, without a query."""
        return self.listing.url(self.request, action, *more)

    @property
    def list_url(self) -> str:
        return self.url("list")

    @property
    def address(self) -> str:
        """The list's address with its query."""
        return self.list_url + self.query.address

    def with_query(self, query: Query) -> Self:
        """The same request with another query."""
        return replace(self, query=query)

    def refused(self, problem: Problem) -> Self:
        return self.with_query(self.query.refused(problem))


def known_names(keys: Iterable[Source]) -> list[Labels]:
    return [label_cache.known(key) for key in keys if isinstance(key, IssuanceKey)]


def names_of_offerings(keys: Iterable[Source]) -> set[str]:
    return {name for known in known_names(keys) for name in known.offerings.values()}


def sources(request: TenantRequest, listing: Listing) -> list[Source]:
    """The team's credentials for this listing, oldest first."""
    return [*request.known.rows("keys" if listing.credential is IssuanceKey else "sign_ins")]


def blank_request(request: TenantRequest, listing: Listing) -> ListRequest:
    """A listing before its address is read: no filters, and its first key."""
    keys = sources(request, listing)
    query = Query(default_ordering=listing.default_ordering)
    return ListRequest(
        request, listing, query, request.tenant.zone, datetime.now(UTC), keys, connections.choose_key(keys, [], "")
    )


def for_one_key(list_request: ListRequest, what: str) -> ListRequest:
    """Refuses "all keys", for pages made with a single key."""
    if not list_request.wants_all_keys:
        return list_request
    return list_request.refused(Problem("key", f"{what} covers one API key. Choose a key first."))
