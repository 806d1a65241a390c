"""Which columns are shown: those in the address, else the person's own, else the default; never a masked one."""

from collections.abc import Iterable, Sequence

from apps.listing.models import Density, Preference
from apps.listing.query.list_request import ListRequest
from apps.listing.query.reader import MOST_COLUMNS
from apps.listing.schema import cells
from apps.listing.schema.column import Column
from apps.listing.schema.listing import Listing
from apps.tenants.permissions import DataClass


def preference(list_request: ListRequest) -> Preference:
    """The saved preference, or a new unsaved one."""
    held: list[Preference] = list_request.request.known.rows("preferences")
    name = list_request.listing.name
    return next((each for each in held if each.listing == name), None) or Preference(listing=name)


def chosen(list_request: ListRequest, preferred: Sequence[str]) -> list[Column]:
    """The columns to show. The first column of a listing leads to the detail page, so it is always present and
    first."""
    listing = list_request.listing
    names = list_request.query.cols or tuple(preferred) or tuple(column.name for column in listing.columns)
    wanted = dict.fromkeys((listing.columns[0].name, *names))
    return [
        column_of(listing, name) for name in wanted if listing.schema.data_class(name) in list_request.visible_classes
    ]


def column_of(listing: Listing, name: str) -> Column:
    """A nested field is shown as its last name is; an undeclared one is headed by its own name and marked as
    undocumented."""
    if known := listing.catalog.get(name):
        return known
    inner = listing.schema.field(name)
    last = name.rpartition(".")[2]
    return (
        Column(name, inner.label, listing.cell(last)) if inner else Column(name, f"{name} (undocumented)", cells.text)
    )


def offered(listing: Listing, visible_classes: frozenset[DataClass]) -> list[Column]:
    return [column for column in listing.catalog.values() if listing.classes[column.name] in visible_classes]


def changed(shown: Iterable[str], action: str, name: str) -> list[str]:
    """The names after one step: `show`, `hide`, `up` or `down`. The first column stays first."""
    names = list(shown)
    if action == "show" and name not in names and len(names) < MOST_COLUMNS and 0 < len(name) <= 60:
        return [*names, name]
    if name not in names[1:]:
        return names
    place = names.index(name)
    if action == "hide":
        return [each for each in names if each != name]
    other = place - 1 if action == "up" else place + 1
    if action in ("up", "down") and 1 <= other < len(names):
        names[place], names[other] = names[other], names[place]
    return names


def ticked(shown: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Those of `shown` that stay, in their order, then the new ones; the first column always stays."""
    kept = [name for name in shown[1:] if name in wanted]
    return [shown[0], *kept, *(name for name in wanted if name not in shown)][:MOST_COLUMNS]


def save(list_request: ListRequest, names: Sequence[str], density: str) -> None:
    """Raises ValueError for an unknown density."""
    Preference.objects.update_or_create(
        tenant=list_request.tenant,
        person=list_request.person,
        listing=list_request.listing.name,
        defaults={"columns": list(names), "density": Density(density).value},
    )
