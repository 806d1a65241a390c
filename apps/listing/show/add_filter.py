"""The "Add filter" dialog: a field, a condition, then the input that fits. A plain form that submits to the list
itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from apps.listing import values
from apps.listing.query.list_request import ListRequest
from apps.listing.ranges import RANGES
from apps.listing.schema.filters import TEXT, Control, Filter, parameter
from apps.listing.schema.lookups import WITHIN, Input
from apps.listing.schema.operators import Operator, operators_of
from apps.tenants.permissions import DataClass

from .bar import Choice, choices, is_choosable

OF_OFFERINGS = {Input.NUMBER: Input.CHOICE, Input.SEVERAL: Input.CHECKS}


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class FilterInput:
    """The input of one operator: `name` is the parameter it sends, `text` its current value."""

    input: Input
    name: str
    text: str
    choices: tuple[Choice, ...] = ()
    values_url: str = ""

    @property
    def is_plain(self) -> bool:
        """The value does not fit a date or time input, so it is edited as text."""
        return self.input in (Input.DAY, Input.TIME) and len(self.text) not in (0, 10, 16, 19)


def may_be_asked(declared: Filter, visible_classes: frozenset[DataClass]) -> bool:
    return bool(declared.group) and {declared.data_class} | declared.needs("a") <= visible_classes


def fields(list_request: ListRequest, current: str = "") -> dict[str, list[Link]]:
    """Group -> links to its fields."""
    groups: dict[str, list[Link]] = {}
    for declared in list_request.listing.filters:
        if may_be_asked(declared, list_request.visible_classes):
            href = list_request.url("filter_field", declared.name) + list_request.query.address
            groups.setdefault(declared.group, []).append(Link(declared.label, href, declared.name == current))
    return groups


def form(list_request: ListRequest, declared: Filter, name: str) -> dict[str, Any] | None:
    """The form's context; None if the field has no such operator. `name`: "" for the first operator."""
    query = list_request.query
    operators = operators_of(declared, list_request.listing.parameters)
    operator = next((each for each in operators if each.name == name or not name), None)
    if operator is None:
        return None
    counts_url = list_request.url("counts", declared.name) + query.address if is_choosable(declared) else ""
    return {
        "declared": declared,
        "operator": operator,
        "operators": [
            Link(
                each.words,
                list_request.url("filter_operator", declared.name, each.name) + query.address,
                each == operator,
            )
            for each in operators
        ],
        "operand": filter_input(list_request, declared, operator),
        "kept": query.kept(*replaced(declared, operator.parameter)),
        "counts_url": counts_url,
    }


def address_of(list_request: ListRequest, name: str) -> str:
    """Where an active filter can be changed; "" if the form does not offer it."""
    declared, _ = list_request.listing.parameters[name]
    held = list_request.query.filters[name]
    found = [each for each in operators_that_send(list_request, name) if each.value in ("", held)]
    if not found:
        return ""
    return list_request.url("filter_operator", declared.name, found[0].name) + list_request.query.address


def operators_that_send(list_request: ListRequest, name: str) -> list[Operator]:
    """The operators that send this parameter; none if the role may not ask it."""
    parameters = list_request.listing.parameters
    declared, _ = parameters[name]
    if not may_be_asked(declared, list_request.visible_classes):
        return []
    return [each for each in operators_of(declared, parameters) if each.parameter == name]


def replaced(declared: Filter, sent: str) -> tuple[str, ...]:
    """The parameters that this one replaces: itself, and for a range of days both bounds."""
    borders = tuple(parameter(declared.name, border) for border in ("gte", "lte"))
    within = parameter(declared.name, WITHIN)
    return (sent, *borders) if sent == within else (sent, within) if sent in borders else (sent,)


def filter_input(list_request: ListRequest, declared: Filter, operator: Operator) -> FilterInput:
    query, kind, labels = list_request.query, operator.input, declared.choices
    held, typed = query.filters.get(operator.parameter, ""), query.typed.get(operator.parameter, "")
    if declared.control is Control.OFFERING:
        kind, labels = OF_OFFERINGS.get(kind, kind), list_request.offerings
    if kind is Input.RANGE:
        labels = {name: words for name, (words, _) in RANGES.items()}
    if kind in (Input.CHOICE, Input.CHECKS, Input.RANGE):
        is_of_another_kind = kind is Input.RANGE and held not in RANGES
        chosen = set() if is_of_another_kind else set(held.split(","))
        return FilterInput(kind, operator.parameter, "", choices(labels, chosen))
    if kind in (Input.DAY, Input.TIME):
        held = shown_moment(held, kind, operator, list_request.zone)
    is_open_text = declared.kind is TEXT and not declared.choices and list_request.listing.values
    here = [(name, query.asked[name]) for name in ("key", "offering") if name in query.asked]
    url = list_request.url("values", declared.name) + "?" + urlencode(here) if is_open_text else ""
    return FilterInput(kind, operator.parameter, operator.value or typed or held, values_url=url)


def shown_moment(held: str, kind: Input, operator: Operator, zone: ZoneInfo) -> str:
    """A canonical moment as its input takes it: the day that it bounds, or the local time."""
    if not held or (operator.parameter.endswith(WITHIN) and held in RANGES):
        return ""
    if kind is Input.DAY:
        return held if len(held) == 10 else values.as_day(held, zone, operator.parameter[-3:]) or held
    local = datetime.fromisoformat(held).astimezone(zone)
    return held if local.microsecond else local.replace(tzinfo=None).isoformat()


def redisplay(list_request: ListRequest) -> dict[str, Any]:
    """The form again with the one value that was refused, as typed; {} if it was not a single one."""
    query, parameters = list_request.query, list_request.listing.parameters
    name = query.problems[0].parameter if len(query.problems) == 1 else ""
    if name not in parameters or not query.typed.get(name):
        return {}
    declared = parameters[name][0]
    operators = operators_that_send(list_request, name)
    if not operators:
        return {}
    return {"fields": fields(list_request, declared.name), **(form(list_request, declared, operators[0].name) or {})}
