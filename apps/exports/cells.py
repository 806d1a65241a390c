"""The columns of a file: their heads, and their values as text. Text is made harmless for spreadsheets here alone.

A page is read column by column: what is usual is told of all its cells at once, and only a column that holds anything else
is looked at cell by cell, with the same result (tests/exports/test_columns.py).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from apps.listing import CellContext, Column, Value, as_sent, cells, values
from apps.upstream.decode import Json, Row

from .asked import Asked, Words

FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""In some languages the wide signs begin a formula, too."""
UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Controls, direction marks and invisible signs. The joiners of scripts and of emoji stay, and line breaks within a cell."""
KEY_HEAD = "API key"


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Out:
    """A column as a file holds it. `text`: its value in words; `places`: an amount's decimals by the contract."""

    name: str
    head: str
    kind: Kind
    text: Callable[[Value, Row, CellContext], str]
    places: int = 0


KINDS = {cells.money: Kind.NUMBER, cells.number: Kind.NUMBER, cells.moment: Kind.MOMENT, cells.day: Kind.DAY}
AS_IT_IS = (cells.as_digits, cells.as_yes_or_no, as_sent)
"""They leave a text as it was sent."""
PLAIN = (*AS_IT_IS, cells.as_local_time)
"""Texts that are no label of a code."""


def out(asked: Asked) -> list[Out]:
    specs = asked.of_listing.schema.specs
    return [column_out(column, asked, getattr(specs.get(column.name), "places", 0)) for column in asked.shown]


def column_out(column: Column, asked: Asked, places: int) -> Out:
    """Columns of times name their zone."""
    kind, text = KINDS.get(column.cell, Kind.TEXT), column.cell.text
    if asked.values == Words.CODES and text not in PLAIN:
        text = as_sent
    head = f"{column.label} ({asked.zone})" if kind is Kind.MOMENT else column.label
    return Out(column.name, clean(head), kind, text, places)


# a column of a page

Read = Callable[[Sequence[Row]], list[str]]


def readers(columns: Sequence[Out], make: Callable[[Out, CellContext], Read]) -> Callable[[CellContext], list[Read]]:
    """What reads each column, made anew where the next page is shown otherwise."""
    made: list[Read] = []
    last: CellContext | None = None

    def of(shown: CellContext) -> list[Read]:
        nonlocal made, last
        if shown is not last:
            made, last = [make(each, shown) for each in columns], shown
        return made

    return of


MOST_KEPT = 2_000
"""Different texts of a column that are kept: codes repeat, names do not."""


def texts(column: Out, shown: CellContext) -> Read:
    """Reads a column of a page."""
    if column.text in AS_IT_IS:
        return as_it_is(column, shown)
    return local_times(column, shown) if column.text is cells.as_local_time else labels(column, shown)


def as_it_is(column: Out, shown: CellContext) -> Read:
    name, text = column.name, column.text
    words = {value: text(value, {}, shown) for value in (True, False, None)}

    def read(rows: Sequence[Row]) -> list[str]:
        found = []
        for row in rows:
            value = row.get(name, cells.ABSENT)
            if type(value) is str:
                found.append(value)
            elif type(value) is int:
                found.append(str(value))
            else:
                found.append(words[value] if value is None or type(value) is bool else text(value, row, shown))
        return found

    return read


def local_times(column: Out, shown: CellContext) -> Read:
    name, text = column.name, column.text
    return lambda rows: [
        local_time(row.get(name), shown.zone) or text(row.get(name, cells.ABSENT), row, shown) for row in rows
    ]


def labels(column: Out, shown: CellContext) -> Read:
    name, text = column.name, column.text
    kept: dict[Value, str] = {}

    def read(rows: Sequence[Row]) -> list[str]:
        if len(kept) > MOST_KEPT:
            kept.clear()
        said = []
        for row in rows:
            value = row.get(name, cells.ABSENT)
            if type(value) is str or type(value) is int:
                if value not in kept:
                    kept[value] = text(value, row, shown)
                said.append(kept[value])
            else:
                said.append(text(value, row, shown))
        return said

    return read


IS_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:00)"
).fullmatch
"""A time as Django writes it, whole hours from UTC."""
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days know no zone


class Hour(NamedTuple):
    """`seconds`: since Excel's first day."""

    words: str
    seconds: int


@lru_cache(maxsize=10_000)
def local_hour(hour: str, offset: str, zone: ZoneInfo) -> Hour | None:
    """An hour as the zone's clocks show it; None where they do not show one hour from its first minute on."""
    first = values.sent_moment(f"{hour}:00:00{offset}")
    if first is None:
        return None
    here, last = first.astimezone(zone), (first + timedelta(minutes=59, seconds=59)).astimezone(zone)
    if here.utcoffset() != last.utcoffset() or here.minute or here.second:
        return None
    return Hour(f"{here:%Y-%m-%d %H}", int((here.replace(tzinfo=None) - FIRST_DAY).total_seconds()))


def hour_of(value: Value, zone: ZoneInfo) -> Hour | None:
    """None for what is not IS_TIME, too."""
    if type(value) is not str or not IS_TIME(value):
        return None
    return local_hour(value[:13], "Z" if value[-1] == "Z" else value[-6:], zone)


def local_time(value: Value, zone: ZoneInfo) -> str:
    hour = hour_of(value, zone)
    return f"{hour.words}{value[13:19]}" if hour and isinstance(value, str) else ""


# harmless texts


def clean(text: str) -> str:
    """U+FFFD for what is invisible or no character; line ends as one sign."""
    if text.isprintable():
        return text
    return UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run it."""
    return bool(FORMULA.match(text)) and not values.SENT_DECIMAL.fullmatch(text)


def harmless(text: str) -> str:
    """For a file of plain text, in which an apostrophe is all that keeps a spreadsheet from running it."""
    text = clean(text)
    return f"'{text}" if is_formula(text) else text


STARTS, WIDE_STARTS = ("| ", "|=", "|+", "|-", "|@"), ("|\uff1d", "|\uff0b", "|\uff0d", "|\uff20")


def are_surely_harmless(joined: str) -> bool:
    """Of a column's texts, each behind a `|`. The only blank that is printable is the space."""
    starts = STARTS if joined.isascii() else (*STARTS, *WIDE_STARTS)
    return joined.isprintable() and not any(start in joined for start in starts)


ARE_AMOUNTS = re.compile(r"(?:\|-?[0-9]+(?:\.[0-9]+)?)*").fullmatch


def are_amounts(column: Sequence[str]) -> bool:
    """Whether each of these texts is a number, by one look at all of them."""
    joined = "|".join(column)
    return not column or bool(ARE_AMOUNTS(f"|{joined}") and joined.count("|") == len(column) - 1)


def amounts(column: Sequence[Json]) -> tuple[list[Decimal], int]:
    """Those that can be read, and how many cannot."""
    if all(type(value) is str for value in column) and are_amounts(texts := [str(value) for value in column]):
        return list(map(Decimal, texts)), 0
    read = [values.as_decimal(value) for value in column]
    return [amount for amount in read if amount is not None], read.count(None)


def all_harmless(column: Sequence[str]) -> Sequence[str]:
    return column if are_surely_harmless("|" + "|".join(column)) else [harmless(text) for text in column]
