"""The columns of a file: their heads, and their values as text. Text is made harmless for spreadsheets here alone."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps.listing import CellContext, Column, Value, as_sent, cells, values
from apps.upstream.decode import Row

from .asked import Asked, Words

FORMULA = re.compile(r"\s*[=+\-@\t\r]")
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
PLAIN = (cells.as_local_time, cells.as_digits, cells.as_yes_or_no)
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


def rows_as_text(rows: Sequence[Row], columns: Sequence[Out], shown: CellContext) -> list[list[Any]]:
    return [[each.text(row.get(each.name, cells.ABSENT), row, shown) for each in columns] for row in rows]
