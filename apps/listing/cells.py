"""One value as HTML. Every cell escapes by default; null, blank, absent and unreadable look different, to the last.

A cell is `cell(value, row, shown) -> str`: finished HTML. `ABSENT` stands for a member that the API did not send.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import TypeAlias
from zoneinfo import ZoneInfo

from apps.upstream.decode import Json, Row
from apps.upstream.issuance.contract import Spec

from . import ranges, values


class Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
Value: TypeAlias = "Json | Absent"


@dataclass(frozen=True, slots=True)
class Shown:
    """What cells need to know of the page. `base` and `query`, escaped: where a detail's address begins, and the list's
    own address, carried by detail links so that they lead back."""

    zone: ZoneInfo
    base: str = ""
    query: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    offerings: Mapping[str, str] = field(default_factory=dict)
    absent: str = ""
    """What stands for a field that was not sent; NOT_SENT where nothing is said."""


Cell: TypeAlias = Callable[[Value, Row, Shown], str]

NOTHING = '<span class="nothing" title="The API sent no value (null)">none</span>'
BLANK = '<span class="nothing" title="The API sent an empty text">blank</span>'
NOT_IN_THE_LIST = '<span class="nothing" title="The API does not send this field in a list; the row\'s own page may have it">not in the list</span>'
NOT_SENT = '<span class="nothing" title="The API did not send this field">not sent</span>'
MOST_RAW = 80


def missing(value: Value) -> str | None:
    """How null, blank and absent are shown; None for a value."""
    if value is ABSENT:
        return NOT_SENT
    if value is None:
        return NOTHING
    return BLANK if value == "" else None


def unreadable(value: Value) -> str:
    raw = escape(str(value)[:MOST_RAW])
    return f'<span class="unreadable" title="The API sent: {raw}">unreadable value</span>'


def text(value: Value, row: Row, shown: Shown) -> str:
    if isinstance(value, str) and value:
        return escape(value)
    if isinstance(value, list | dict):
        return unreadable(value)
    return missing(value) or escape(str(value))


def cut(value: Value, row: Row, shown: Shown) -> str:
    """A name: cut by the stylesheet, whole in its title."""
    if said := missing(value):
        return said
    name = escape(str(value))
    return f'<span class="cut" title="{name}">{name}</span>'


def money(value: Value, row: Row, shown: Shown) -> str:
    """The digits as sent, with separators; the exact text stands in `value`."""
    if said := missing(value):
        return said
    digits = None if isinstance(value, Absent) else values.sent_decimal(value)
    return unreadable(value) if digits is None else f'<data value="{digits}">{values.grouped(digits)}</data>'


def number(value: Value, row: Row, shown: Shown) -> str:
    if said := missing(value):
        return said
    if isinstance(value, bool) or not isinstance(value, int):
        return unreadable(value)
    return f'<data value="{value}">{value:,}</data>'


def identifier(value: Value, row: Row, shown: Shown) -> str:
    """A number that names something: no separators."""
    return missing(value) or (escape(str(value)) if isinstance(value, int | str) else unreadable(value))


def moment(value: Value, row: Row, shown: Shown) -> str:
    if said := missing(value):
        return said
    at = None if isinstance(value, Absent) else values.sent_moment(value)
    if at is None:
        return unreadable(value)
    stamp = at.isoformat()
    return (
        f'<time datetime="{stamp}" title="{stamp[:10]} {stamp[11:19]} UTC">{values.short_time(at, shown.zone)}</time>'
    )


def truth(value: Value, row: Row, shown: Shown) -> str:
    if said := missing(value):
        return said
    return unreadable(value) if not isinstance(value, bool) else ("Yes" if value else "No")


def word(labels: Mapping[str, str]) -> Cell:
    """An enumeration by its labels; a value without one is shown as sent."""

    def cell(value: Value, row: Row, shown: Shown) -> str:
        return missing(value) or escape(labels.get(str(value), str(value)))

    return cell


def link_to_row(value: Value, row: Row, shown: Shown) -> str:
    """The row's address; a row without a number has none, and says so by not being a link."""
    number, said = row.get("id"), text(value, row, shown)
    if isinstance(number, bool) or not isinstance(number, int):
        return said
    return f'<a class="row-link" href="{shown.base}{number}/{shown.query}">{said}</a>'


def pill(labels: Mapping[str, str], tones: Mapping[str, str]) -> Cell:
    """A status with a tone for each value: each tone has a shape of its own, so that colour never speaks alone."""

    def cell(value: Value, row: Row, shown: Shown) -> str:
        if said := missing(value):
            return said
        code = str(value)
        return f'<span class="pill pill-{tones.get(code, "unknown")}">{escape(labels.get(code, code))}</span>'

    return cell


def day(value: Value, row: Row, shown: Shown) -> str:
    if said := missing(value):
        return said
    try:
        return (
            f'<time datetime="{(found := date.fromisoformat(str(value))).isoformat()}">{ranges.say_day(found)}</time>'
        )
    except ValueError:
        return unreadable(value)


def offering(value: Value, row: Row, shown: Shown) -> str:
    """The offering's name where it is known, else its number."""
    if said := missing(value):
        return said
    name = shown.offerings.get(str(value))
    return f'<span class="cut" title="{escape(name)}">{escape(name)}</span>' if name else f"No. {escape(str(value))}"


BY_TYPE: dict[str, Cell] = {
    "decimal": money, "integer": number, "date-time": moment, "date": day, "boolean": truth,
}  # fmt: skip


def of(spec: Spec | None) -> Cell:
    """How a field of this type is shown; one that the contract does not know is text."""
    if spec is None:
        return text
    return word(spec.choices) if spec.choices else BY_TYPE.get(spec.type, text)
