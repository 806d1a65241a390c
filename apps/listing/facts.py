"""One row as a detail page shows it: facts in groups, masked for the role that looks; and the frame around them."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from apps.audit.actions import Action
from apps.tenants.access import TenantRequest
from apps.tenants.permissions import DataClass
from apps.upstream.decode import Row

from .asking import Asking
from .cells import ABSENT, Shown
from .finding import One
from .listing import Listing
from .showing import list_url, seen

UNMAPPED = "Unmapped: sent by the API, not in its description"


@dataclass(frozen=True, slots=True)
class Fact:
    """A field with its value as finished HTML."""

    label: str
    html: SafeString
    help: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`masked`: how many fields of the group this role does not see."""

    label: str
    facts: list[Fact]
    masked: int


def look(request: TenantRequest, asking: Asking, one: One) -> Shown:
    """What the cells of a detail page need to know."""
    base = list_url(request, asking.listing)
    return Shown(asking.zone, base, escape(asking.query.address), one.names.statuses, one.names.offerings)


def detail(request: TenantRequest, asking: Asking, one: One, number: int) -> dict[str, Any]:
    """What every detail page is given. That it was seen goes into the record."""
    seen(request, asking.listing, Action(f"{asking.listing.name} viewed"), [one.row], number)
    return {
        "one": one,
        "as_of": f"{datetime.now(asking.zone):%H:%M:%S}",
        "groups": groups(asking.listing, request.sight, one.row, look(request, asking, one)),
    }


def groups(listing: Listing, sight: frozenset[DataClass], row: Row, look: Shown) -> list[Group]:
    """A field that the contract leaves open is shown only where it came."""
    found = []
    for label, declared in listing.schema.groups(row).items():
        fields = [field for field in declared if field.name in listing.schema.specs or field.name in row]
        facts = [fact(listing, field.name, row, look) for field in fields if field.data_class in sight]
        found.append(Group(label, facts, len(fields) - len(facts)))
    if unmapped := listing.schema.unmapped(row):
        shown = unmapped if DataClass.UNKNOWN in sight else []
        found.append(Group(UNMAPPED, [fact(listing, name, row, look) for name in shown], len(unmapped) - len(shown)))
    return found


def fact(listing: Listing, name: str, row: Row, look: Shown) -> Fact:
    spec, field = listing.schema.specs.get(name), listing.schema.field(name)
    html = mark_safe(listing.cell(name)(row.get(name, ABSENT), row, look))  # noqa: S308 - cells escape
    return Fact(field.label if field else name, html, spec.help if spec else "", listing.units.get(name, ""))


def main_facts(listing: Listing, sight: frozenset[DataClass], row: Row, look: Shown) -> list[Fact]:
    """The few that matter most, as the list shows them."""
    columns = [column for name in listing.facts if (column := listing.catalog[name]) and listing.classes[name] in sight]
    return [Fact(column.label, mark_safe(column.cell(row.get(column.name, ABSENT), row, look))) for column in columns]  # noqa: S308 - cells escape
