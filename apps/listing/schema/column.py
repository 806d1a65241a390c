"""A column of a list."""

from dataclasses import dataclass

from .cells import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """`size`: its width among the default columns, a class of lists.css; without one it shares what is left. `drop`: in
    which order it is hidden as windows get narrower, 0 for never. `card`: its place on a phone's card (lead, sum, key,
    state, line, left, right); other columns follow below, each with its name."""

    name: str
    label: str
    cell: Cell
    is_end: bool = False
    size: str = ""
    drop: int = 0
    card: str = ""
