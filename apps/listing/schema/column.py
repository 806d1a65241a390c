"""A column of a list."""

from dataclasses import dataclass

from .cells import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """`is_fact`: shown on a phone's card."""

    name: str
    label: str
    cell: Cell
    is_end: bool = False
    is_fact: bool = False
