"""Renders single values, as HTML and as text.

Every cell escapes by default; null, blank, absent and unreadable stay distinct. `cell(value, row, shown)` returns
finished HTML; `cell.text(value, row, shown)` returns the same for a file: words for codes, digits as sent, times in the
page's zone, empty for no value. `ABSENT` stands for a member that the API did not send.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape
from typing import TypeAlias
from zoneinfo import ZoneInfo

from apps.listing import ranges, values
from apps.upstream.decode import Json, Row, whole
from apps.upstream.issuance.contract import Spec


class Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()
Value: TypeAlias = "Json | Absent"


@dataclass(frozen=True, slots=True)
class CellContext:
    """What cells know about the page. `base` and `query`, escaped: the start of a detail page's address, and the list's
    own address, which detail links carry to lead back."""

    zone: ZoneInfo
    base: str = ""
    query: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    offerings: Mapping[str, str] = field(default_factory=dict)
    team: str = ""
    """The team's name, which offerings' names often begin with and a table need not repeat in each row."""
    absent: str = ""
    """What stands for a field that was not sent; NOT_SENT where nothing is said."""


Said: TypeAlias = Callable[[Value, Row, CellContext], str]


@dataclass(frozen=True, slots=True)
class Cell:
    html: Said
    text: Said

    def __call__(self, value: Value, row: Row, shown: CellContext) -> str:
        return self.html(value, row, shown)


def as_sent(value: Value, row: Row, shown: CellContext) -> str:
    return "" if value is None or value is ABSENT else str(value)


def as_digits(value: Value, row: Row, shown: CellContext) -> str:
    sent = None if isinstance(value, Absent) else values.sent_decimal(value)
    return as_sent(value, row, shown) if sent is None else sent


def as_yes_or_no(value: Value, row: Row, shown: CellContext) -> str:
    return ("Yes" if value else "No") if isinstance(value, bool) else as_sent(value, row, shown)


def as_local_time(value: Value, row: Row, shown: CellContext) -> str:
    at = None if isinstance(value, Absent) else values.sent_moment(value)
    return f"{at.astimezone(shown.zone):%Y-%m-%d %H:%M:%S}" if at else as_sent(value, row, shown)


def as_word(labels: Mapping[str, str]) -> Said:
    def text(value: Value, row: Row, shown: CellContext) -> str:
        sent = as_sent(value, row, shown)
        return labels.get(sent, sent)

    return text


def as_offering(value: Value, row: Row, shown: CellContext) -> str:
    sent = as_sent(value, row, shown)
    return shown.offerings.get(sent, sent)


def cell(text: Said = as_sent) -> Callable[[Said], Cell]:
    """Turns a function that returns HTML into a cell; `text`: the same for a file."""
    return lambda html: Cell(html, text)


def nothing(words: str, title: str = "") -> str:
    """A dash for the eye, and what it stands for in words for a reader; a detail page shows the words (pages.css)."""
    return f'<span class="nothing" title="{title or words}"><i>—</i><span class="vh">{words}</span></span>'


NOTHING = nothing("No value")
BLANK = nothing("Empty text")
NOT_IN_THE_LIST = nothing("Not included in lists", "Not included in lists. Open the record to see it.")
NOT_SENT = nothing("Not sent by Issuance")
MOST_RAW = 80


def missing(value: Value) -> str | None:
    """How null, blank and absent are shown; None for a value."""
    if value is ABSENT:
        return NOT_SENT
    if value is None:
        return NOTHING
    return BLANK if value == "" else None


def isolated(text: str) -> str:
    """Escaped, and isolated for bidirectional text, so that a Hebrew or Arabic name does not reorder its
    surroundings."""
    return escape(text) if text.isascii() else f"<bdi>{escape(text)}</bdi>"


def unreadable(value: Value) -> str:
    raw = escape(str(value)[:MOST_RAW])
    return f'<span class="unreadable" title="Issuance sent: {raw}">Unreadable value</span>'


@cell()
def text(value: Value, row: Row, shown: CellContext) -> str:
    if isinstance(value, str) and value:
        return isolated(value)
    if isinstance(value, list | dict):
        return unreadable(value)
    return missing(value) or escape(str(value))


@cell()
def cut(value: Value, row: Row, shown: CellContext) -> str:
    """A name, truncated by the stylesheet, with the whole in its title."""
    if said := missing(value):
        return said
    name = str(value)
    said = escape(name)
    return f'<span class="cut" title="{said}">{said if name.isascii() else f"<bdi>{said}</bdi>"}</span>'


@cell(as_digits)
def money(value: Value, row: Row, shown: CellContext) -> str:
    """The digits as sent, with separators; `value` holds the exact text."""
    if said := missing(value):
        return said
    digits = None if isinstance(value, Absent) else values.sent_decimal(value)
    return unreadable(value) if digits is None else f'<data value="{digits}">{values.grouped(digits)}</data>'


@cell(as_digits)
def number(value: Value, row: Row, shown: CellContext) -> str:
    if said := missing(value):
        return said
    if isinstance(value, bool) or not isinstance(value, int):
        return unreadable(value)
    return f'<data value="{value}">{value:,}</data>'


@cell()
def identifier(value: Value, row: Row, shown: CellContext) -> str:
    """A number that names something: no separators."""
    return missing(value) or (escape(str(value)) if isinstance(value, int | str) else unreadable(value))


@cell(as_local_time)
def moment(value: Value, row: Row, shown: CellContext) -> str:
    if said := missing(value):
        return said
    at = None if isinstance(value, Absent) else values.sent_moment(value)
    if at is None:
        local = None if isinstance(value, Absent) else values.sent_local(value)
        return unreadable(value) if local is None else f"{values.say_local(local)} <small>(time zone not sent)</small>"
    stamp = at.isoformat()
    return (
        f'<time datetime="{stamp}" title="{stamp[:10]} {stamp[11:19]} UTC">{values.short_time(at, shown.zone)}</time>'
    )


@cell(as_yes_or_no)
def truth(value: Value, row: Row, shown: CellContext) -> str:
    if said := missing(value):
        return said
    return unreadable(value) if not isinstance(value, bool) else ("Yes" if value else "No")


def word(labels: Mapping[str, str]) -> Cell:
    """An enumeration by its labels; a value without a label is shown as sent."""

    @cell(as_word(labels))
    def said(value: Value, row: Row, shown: CellContext) -> str:
        return missing(value) or isolated(labels.get(str(value), str(value)))

    return said


@cell()
def link_to_row(value: Value, row: Row, shown: CellContext) -> str:
    """A link to the row; a row without an ID has no page, and so no link."""
    number, said = whole(row.get("id")), text(value, row, shown)
    if number is None:
        return said
    return f'<a class="row-link" href="{shown.base}{number}/{shown.query}">{said}</a>'


def pill(labels: Mapping[str, str], tones: Mapping[str, str]) -> Cell:
    """A status with a tone for each value. Each tone has its own shape, so that color never stands alone."""

    @cell(as_word(labels))
    def said(value: Value, row: Row, shown: CellContext) -> str:
        if absent := missing(value):
            return absent
        code = str(value)
        return f'<span class="pill pill-{tones.get(code, "unknown")}">{isolated(labels.get(code, code))}</span>'

    return said


@cell()
def day(value: Value, row: Row, shown: CellContext) -> str:
    if said := missing(value):
        return said
    try:
        return (
            f'<time datetime="{(found := date.fromisoformat(str(value))).isoformat()}">{ranges.say_day(found)}</time>'
        )
    except ValueError:
        return unreadable(value)


@cell(as_offering)
def offering(value: Value, row: Row, shown: CellContext) -> str:
    """The offering's name if it is known, else its ID."""
    if said := missing(value):
        return said
    name = shown.offerings.get(str(value))
    if not name:
        return f"Offering {escape(str(value))}"
    short = name.removeprefix(f"{shown.team} ") if shown.team else name
    return f'<span class="cut" title="{escape(name)}">{isolated(short)}</span>'


BY_TYPE: dict[str, Cell] = {
    "decimal": money, "integer": number, "date-time": moment, "date": day, "boolean": truth,
}  # fmt: skip


def of(spec: Spec | None) -> Cell:
    """The cell for a field of this type; text for a type that the contract does not know."""
    if spec is None:
        return text
    return word(spec.choices) if spec.choices else BY_TYPE.get(spec.type, text)
