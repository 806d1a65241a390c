"""What an export was asked for, as its job keeps it: plain values, each of them checked again where rights may have
changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing import SIZE, Column, Listing, columns
from apps.offerings.listing import OFFERINGS
from apps.tenants.connections import Source
from apps.tenants.models import Membership, Tenant
from apps.tenants.permissions import DataClass, Role, may, visible_classes
from apps.users.listing import USERS

from .here import Test, conditions

LISTINGS: dict[str, Listing] = {each.name: each for each in (INVESTMENTS, INVESTORS, OFFERINGS, USERS)}


class Format(StrEnum):
    EXCEL = "xlsx"
    CSV_FOR_EXCEL = "csv-excel"
    CSV = "csv"
    JSON_LINES = "jsonl"
    SUM = "sum"
    """No file: a total alone."""

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
    IDs of the sources, in the page's order; `columns`: names; `address`: the list's query string; `here`: field -> what is
    applied here; `order`: as sent upstream, "" for by ID; `rows`: as counted when it was asked for;
    `is_mailing`: its investors are wanted, not the rows."""

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
    here: Mapping[str, str] = field(default_factory=dict)
    order: str = ""
    rows: int = 0
    is_mailing: bool = False

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
        """What one must see to have it: its columns, and what its filters and its order give away. A filter that is no longer
        known could give away anything."""
        listing = self.of_listing
        shown = () if self.is_mailing else self.columns
        found = {listing.schema.data_class(name) for name in (*shown, *self.here)}
        found |= {DataClass.IDENTITY, DataClass.CONTACT} if self.is_mailing else set()
        keys = [key.removeprefix("-") for key in self.order.split(",") if key]
        found |= {listing.sortable.get(key, DataClass.UNKNOWN) for key in keys}
        for parameter, text in self.filters.items():
            declared, _ = listing.parameters.get(parameter, (None, ""))
            found |= {declared.data_class} | declared.needs(text) if declared else {DataClass.UNKNOWN}
        return frozenset(found)

    @property
    def pages(self) -> int:
        """How many may be asked for before the first of them says how many there are."""
        return -(-self.rows // SIZE) if len(self.keys) == 1 else 1

    @property
    def is_dated(self) -> bool:
        """Whether a row that enters or leaves has a new `updated_at`."""
        listing = self.of_listing
        asked = {listing.parameters[name][0].name if name in listing.parameters else name for name in self.filters}
        codes = [name for name in self.here if listing.applied_here.get(name)]
        return bool(listing.dated) and asked <= listing.dated and not codes

    def tests(self) -> list[Test]:
        """What is applied here."""
        zone, known = ZoneInfo(self.zone), conditions(self.of_listing)
        return [known[name].test(text, zone) for name, text in self.here.items()]

    @property
    def here_words(self) -> list[str]:
        known = conditions(self.of_listing)
        return [known[name].sentence(text) for name, text in self.here.items()]

    def may_have(self, role: Role) -> bool:
        listing = self.of_listing
        needed = [listing.view_permission if self.format == Format.SUM else listing.export_permission]
        needed += [INVESTORS.export_permission] if self.is_mailing else []
        return all(each and may(role, each) for each in needed) and self.classes <= visible_classes(role)

    def role_of(self, person: int | None, tenant: Tenant) -> Role | None:
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
