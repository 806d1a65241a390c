"""The detail page of a row: its facts in groups, masked for the viewer's role, and the frame around them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from apps.listing import values
from apps.listing.fetch.row import RowDetail
from apps.listing.query.list_request import ListRequest
from apps.listing.schema.cells import ABSENT, CellContext, missing
from apps.listing.schema.listing import Listing
from apps.tenants.permissions import DataClass
from apps.upstream.decode import Row

from .audit import record_row

UNMAPPED = "Undocumented fields"


@dataclass(frozen=True, slots=True)
class Fact:
    """A field with its value as finished HTML."""

    label: str
    html: SafeString
    help: str = ""
    unit: str = ""
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """`masked`: how many of the group's fields this role may not see."""

    label: str
    facts: list[Fact]
    masked: int

    @property
    def filled(self) -> list[Fact]:
        return [fact for fact in self.facts if not fact.is_empty]

    @property
    def empty(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.is_empty]


def look(list_request: ListRequest, one: RowDetail) -> CellContext:
    """The context of a detail page's cells."""
    address = escape(list_request.query.address)
    return CellContext(list_request.zone, list_request.list_url, address, one.names.statuses, one.names.offerings)


def detail(list_request: ListRequest, one: RowDetail, number: int) -> dict[str, Any]:
    """The context of every detail page. Also records that it was seen."""
    record_row(list_request, one.row, number)
    return {
        "one": one,
        "as_of": values.clock(datetime.now(UTC), list_request.zone),
        "groups": groups(list_request, one.row, look(list_request, one)),
    }


def groups(list_request: ListRequest, row: Row, look: CellContext) -> list[Group]:
    """A field that the contract leaves open is shown only if it came."""
    listing, visible_classes, found = list_request.listing, list_request.visible_classes, []
    for label, declared in listing.schema.groups(row).items():
        fields = [field for field in declared if field.name in listing.schema.specs or field.name in row]
        facts = [fact(listing, field.name, row, look) for field in fields if field.data_class in visible_classes]
        found.append(Group(label, facts, len(fields) - len(facts)))
    if unmapped := listing.schema.unmapped(row):
        shown = unmapped if DataClass.UNKNOWN in visible_classes else []
        found.append(Group(UNMAPPED, [fact(listing, name, row, look) for name in shown], len(unmapped) - len(shown)))
    return found


def fact(listing: Listing, name: str, row: Row, look: CellContext) -> Fact:
    field = listing.schema.field(name)
    value = row.get(name, ABSENT)
    html = mark_safe(listing.cell(name)(value, row, look))  # noqa: S308 - cells escape
    label, unit = field.label if field else name, listing.units.get(name, "")
    return Fact(label, html, field.help if field else "", unit, is_empty=missing(value) is not None)


def main_facts(list_request: ListRequest, row: Row, look: CellContext) -> list[Fact]:
    """The few that matter most, as the list shows them."""
    listing = list_request.listing
    columns = [listing.catalog[name] for name in listing.facts if listing.classes[name] in list_request.visible_classes]
    return [Fact(column.label, mark_safe(column.cell(row.get(column.name, ABSENT), row, look))) for column in columns]  # noqa: S308 - cells escape
