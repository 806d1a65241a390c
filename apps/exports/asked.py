"""What an export was asked for, as its job keeps it: plain values, each of them checked again where rights may have
changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Self
from uuid import UUID

from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing import Column, Listing, columns
from apps.offerings.listing import OFFERINGS
from apps.tenants.connections import Source
from apps.tenants.models import Membership, Tenant
from apps.tenants.permissions import DataClass, Role, may, visible_classes
from apps.users.listing import USERS

LISTINGS: dict[str, Listing] = {each.name: each for each in (INVESTMENTS, INVESTORS, OFFERINGS, USERS)}


class Format(StrEnum):
    EXCEL = "xlsx"
    CSV_FOR_EXCEL = "csv-excel"
    CSV = "csv"
    JSON_LINES = "jsonl"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def ending(self) -> str:
        return "csv" if self is Format.CSV_FOR_EXCEL else self.value


LABELS = {
    Format.EXCEL: "Excel",
    Format.CSV_FOR_EXCEL: "CSV for Excel",
    Format.CSV: "CSV",
    Format.JSON_LINES: "JSON Lines",
}


class Words(StrEnum):
    """How codes are written."""

    LABELS = "labels"
    CODES = "codes"


@dataclass(frozen=True)
class Asked:
    """`filters`: as in the address; `sent`: as sent upstream, with days resolved; `words`: the same in sentences; `keys`:
    IDs of the sources, in the page's order; `columns`: names; `address`: the list's query string."""

    listing: str
    keys: Sequence[str]
    filters: Mapping[str, str]
    sent: Mapping[str, str]
    words: Sequence[str]
    columns: Sequence[str]
    format: str
    values: str
    zone: str
    address: str

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**kept)

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def of_listing(self) -> Listing:
        return LISTINGS[self.listing]

    @cached_property
    def shown(self) -> list[Column]:
        return [columns.column_of(self.of_listing, name) for name in self.columns]

    @cached_property
    def classes(self) -> frozenset[DataClass]:
        """What one must see to have it: its columns, and what its filters give away. A filter that is no longer known
        could give away anything."""
        listing = self.of_listing
        found = {listing.schema.data_class(name) for name in self.columns}
        for parameter, text in self.filters.items():
            declared, _ = listing.parameters.get(parameter, (None, ""))
            found |= {declared.data_class} | declared.needs(text) if declared else {DataClass.UNKNOWN}
        return frozenset(found)

    def may_have(self, role: Role) -> bool:
        permission = self.of_listing.export_permission
        return bool(permission and may(role, permission)) and self.classes <= visible_classes(role)

    def role_of(self, person: int, tenant: Tenant) -> Role | None:
        """The role by which this person may have it now; None if they may not."""
        held = Membership.objects.filter(tenant=tenant, person=person, person__is_active=True)
        role = held.values_list("role", flat=True).first()
        return Role(role) if role and self.may_have(Role(role)) else None

    def sources(self, tenant: Tenant) -> list[Source]:
        """Those that are still there, in the page's order."""
        model: Any = self.of_listing.credential
        found = {str(each.pk): each for each in model.objects.filter(tenant=tenant, pk__in=map(UUID, self.keys))}
        for each in found.values():
            each.tenant = tenant
        return [found[key] for key in self.keys if key in found]
