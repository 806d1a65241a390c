"""How each parameter of the contract can be reached: the field, the control, an address of ours, and the upstream
query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.tenants.permissions import DataClass
from apps.upstream.issuance.contract import PAGING
from apps.upstream.transport import query_string

from .query.reader import Reader
from .schema.filters import MONEY, NUMBER, TEXT, TRUTH, Filter
from .schema.listing import Listing
from .schema.operators import operators_of
from .show.bar import parameters_of

EXAMPLES = {NUMBER.name: "7", MONEY.name: "5000.00", TEXT.name: "received", TRUTH.name: "true"}
DAY, TIME = "2026-03-08", "2026-03-08T09:30:00+00:00"


@dataclass(frozen=True, slots=True)
class Way:
    """How one parameter is reached. `control`: what sends it, "" if nothing does; `address`: an example; `sent`: the
    upstream query it becomes."""

    parameter: str
    field: str
    control: str
    address: str
    sent: str


def ways(listing: Listing, names: Iterable[str], zone: ZoneInfo) -> list[Way]:
    """One for each parameter, except search and paging, which have controls of their own."""
    return [way(listing, name, zone) for name in names if name not in ("search", *PAGING)]


def way(listing: Listing, name: str, zone: ZoneInfo) -> Way:
    if name not in listing.parameters:
        return Way(name, "", "", "", "")
    declared, lookup = listing.parameters[name]
    address = query_string({name: example(declared, lookup)})
    reader = Reader(listing, frozenset(DataClass), zone, datetime.now(UTC))
    sent = reader.read(QueryDict(address.removeprefix("?"))).sent
    return Way(name, declared.label, control(listing, declared, name, lookup), address, query_string(sent))


def control(listing: Listing, declared: Filter, name: str, lookup: str) -> str:
    if declared.kind is TRUTH and lookup == "in":
        return "is (the API crashes on a list of yes or no, so one is sent as the exact parameter)"
    found = [operator.words for operator in operators_of(declared, listing.parameters) if operator.parameter == name]
    is_in_the_bar = declared.control and name in parameters_of(declared)
    return ", ".join(["quick bar", *found] if is_in_the_bar else found)


def example(declared: Filter, lookup: str) -> str:
    if lookup == "isnull":
        return "true"
    if lookup.startswith("date__"):
        return DAY
    if declared.kind.name == "moment":
        return DAY if lookup in ("gte", "lte") else TIME
    return next(iter(declared.choices), "") or EXAMPLES[declared.kind.name]
