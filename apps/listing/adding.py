""" "Add filter": a field, an operator in words, then the input that fits. The form is a plain one that asks the list itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from apps.tenants.access import TenantRequest
from apps.tenants.permissions import DataClass

from . import values
from .bar import Choice, choices, is_choosable
from .filters import TEXT, Control, Filter, parameter
from .listing import Listing
from .lookups import WITHIN, Input
from .operators import Operator, operators_of
from .query import Query
from .ranges import RANGES

OF_OFFERINGS = {Input.NUMBER: Input.CHOICE, Input.SEVERAL: Input.CHECKS}


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Operand:
    """The input of one operator: `name` is the parameter that it sends, `text` what it holds already."""

    input: Input
    name: str
    text: str
    choices: tuple[Choice, ...] = ()
    values_url: str = ""

    @property
    def is_plain(self) -> bool:
        """What is held cannot stand in a date or time input, so it is edited as text."""
        return self.input in (Input.DAY, Input.TIME) and len(self.text) not in (0, 10, 16, 19)


def may_be_asked(declared: Filter, sight: frozenset[DataClass]) -> bool:
    return bool(declared.group) and {declared.data_class} | declared.needs("a") <= sight


def fields(request: TenantRequest, listing: Listing, query: Query, current: str = "") -> dict[str, list[Link]]:
    """group -> links to its fields."""
    groups: dict[str, list[Link]] = {}
    for declared in listing.filters:
        if may_be_asked(declared, request.sight):
            href = listing.url(request, "filter_field", declared.name) + query.address
            groups.setdefault(declared.group, []).append(Link(declared.label, href, declared.name == current))
    return groups


def asking_for(
    request: TenantRequest,
    listing: Listing,
    query: Query,
    zone: ZoneInfo,
    offerings: Mapping[str, str],
    declared: Filter,
    name: str,
) -> dict[str, Any] | None:
    """What the form is made of; None where the field has no such operator. `name`: "" for the first."""
    operators = operators_of(declared, listing.parameters)
    operator = next((each for each in operators if each.name == name or not name), None)
    if operator is None:
        return None
    return {
        "declared": declared,
        "operator": operator,
        "operators": [
            Link(
                each.words,
                listing.url(request, "filter_operator", declared.name, each.name) + query.address,
                each == operator,
            )
            for each in operators
        ],
        "operand": operand(request, listing, query, zone, offerings, declared, operator),
        "kept": query.kept(*replaced(declared, operator.parameter)),
        "counts_url": listing.url(request, "counts", declared.name) + query.address if is_choosable(declared) else "",
    }


def replaced(declared: Filter, sent: str) -> tuple[str, ...]:
    """Parameters that this one takes the place of: itself; a range of days stands for both borders."""
    borders = tuple(parameter(declared.name, border) for border in ("gte", "lte"))
    within = parameter(declared.name, WITHIN)
    return (sent, *borders) if sent == within else (sent, within) if sent in borders else (sent,)


def operand(
    request: TenantRequest,
    listing: Listing,
    query: Query,
    zone: ZoneInfo,
    offerings: Mapping[str, str],
    declared: Filter,
    operator: Operator,
) -> Operand:
    held, kind, labels = query.filters.get(operator.parameter, ""), operator.input, declared.choices
    typed = query.typed.get(operator.parameter, "")
    if declared.control is Control.OFFERING:
        kind, labels = OF_OFFERINGS.get(kind, kind), offerings
    if kind is Input.RANGE:
        labels = {name: words for name, (words, _) in RANGES.items()}
    if kind in (Input.CHOICE, Input.CHECKS, Input.RANGE):
        is_of_another_kind = kind is Input.RANGE and held not in RANGES
        return Operand(
            kind, operator.parameter, "", choices(labels, set() if is_of_another_kind else set(held.split(",")))
        )
    if kind in (Input.DAY, Input.TIME):
        held = shown_moment(held, kind, operator, zone)
    is_open_text = declared.kind is TEXT and not declared.choices and listing.values
    here = [(name, query.asked[name]) for name in ("key", "offering") if name in query.asked]
    url = listing.url(request, "values", declared.name) + "?" + urlencode(here) if is_open_text else ""
    return Operand(kind, operator.parameter, operator.value or typed or held, values_url=url)


def shown_moment(held: str, kind: Input, operator: Operator, zone: ZoneInfo) -> str:
    """A canonical moment as its input takes it: the day whose border it is, or the local time."""
    if not held or (operator.parameter.endswith(WITHIN) and held in RANGES):
        return ""
    if kind is Input.DAY:
        return held if len(held) == 10 else values.as_day(held, zone, operator.parameter[-3:]) or held
    local = datetime.fromisoformat(held).astimezone(zone)
    return held if local.microsecond else local.replace(tzinfo=None).isoformat()


def again(
    request: TenantRequest, listing: Listing, query: Query, zone: ZoneInfo, offerings: Mapping[str, str]
) -> dict[str, Any]:
    """The form once more for the one value that was refused, with what was typed; {} where it was not a single one."""
    name = query.problems[0].parameter if len(query.problems) == 1 else ""
    if name not in listing.parameters or not query.typed.get(name):
        return {}
    declared = listing.parameters[name][0]
    operators = [each for each in operators_of(declared, listing.parameters) if each.parameter == name]
    if not may_be_asked(declared, request.sight) or not operators:
        return {}
    form = asking_for(request, listing, query, zone, offerings, declared, operators[0].name)
    return {"fields": fields(request, listing, query, declared.name), **(form or {})}
