"""Rows as HTML: a listing's columns compiled into one function a page, so that no template runs for each cell."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from html import escape
from itertools import groupby, pairwise
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from apps.listing import values
from apps.listing.query.query import Query, total
from apps.listing.schema.cells import ABSENT, CellContext
from apps.listing.schema.column import Column
from apps.upstream.decode import Json, Row
from apps.upstream.issuance.contract import Spec


@dataclass(frozen=True, slots=True)
class Head:
    """`direction`: ascending, descending, none, ignored by the API, or unknown, for the eye and `aria-sort`; `href`
    reverses it."""

    column: Column
    href: str = ""
    direction: str = "none"


def heads(columns: Sequence[Column], query: Query, order: "Order", sortable: Container[str]) -> list[Head]:
    """An arrow is shown only if the rows really are in the requested order."""
    asked = query.ordering.partition(",")[0]
    found = []
    for column in columns:
        if column.name not in sortable:
            found.append(Head(column))
            continue
        is_asked = asked.removeprefix("-") == column.name
        down = is_asked and asked.startswith("-")
        is_kept = order in (Order.KEPT, Order.TIES)
        direction = ("descending" if down else "ascending") if is_kept else str(order)
        direction = direction if is_asked else "none"
        turned = column.name if not is_asked else f"-{column.name}" if not down else ""
        found.append(Head(column, query.sorted_by(turned), direction))
    return found


ARROWS: dict[str, str] = {
    "ascending": ' <span aria-hidden="true">↑</span>',
    "descending": ' <span aria-hidden="true">↓</span>',
    "ignored": " <small>not sorted by Issuance</small>",
    "unknown": " <small>not confirmed</small>",
    "none": "",
}


def render_heads(found: Iterable[Head], base: str) -> SafeString:
    """The cells of the header row; one that sorts is a link, with or without a script."""
    return mark_safe("".join(head_cell(head, base) for head in found))  # noqa: S308 - labels are ours, addresses escaped


def head_cell(head: Head, base: str) -> str:
    label: str = escape(head.column.label)
    if head.href:
        address = escape(base + head.href)
        link = f'id="sort-{escape(head.column.name)}" href="{address}" hx-get="{address}"'
        label = f"<a {link}>{label}{ARROWS[head.direction]}</a>"
    sort = f' aria-sort="{head.direction}"' if head.direction in ("ascending", "descending") else ""
    size = f"w-{head.column.size}" if head.column.size else ""
    return f'<th scope="col"{classes(head.column, size)}{sort}>{label}</th>'


def plain_heads(columns: Iterable[Column]) -> SafeString:
    """The header row of a table that cannot be sorted."""
    return render_heads(map(Head, columns), "")


def classes(column: Column, *more: str) -> str:
    """The class attribute of a column's cells; "" if they have none."""
    found = [*more, "end" if column.is_end else "", f"drop-{column.drop}" if column.drop else ""]
    names = " ".join(filter(None, found))
    return f' class="{names}"' if names else ""


def compile_row(columns: Sequence[Column], shown: CellContext) -> Callable[[Row], str]:
    """Returns row -> `<tr>…</tr>`. Cells return finished HTML; everything else in it is a constant."""
    parts = [(*tags(column, is_first=not at), column.name, column.cell.html) for at, column in enumerate(columns)]

    def one(row: Row) -> str:
        cells = [
            f"{start}{cell(row[name], row, shown) if name in row else shown.absent or cell(ABSENT, row, shown)}{end}"
            for start, end, name, cell in parts
        ]
        return f"<tr>{''.join(cells)}</tr>"

    return one


def tags(column: Column, *, is_first: bool) -> tuple[str, str]:
    """Around each cell of a column. The first cell names its row."""
    name, scope = ("th", ' scope="row"') if is_first else ("td", "")
    label = "" if column.card else f' data-label="{escape(column.label)}"'
    card = f"card-{column.card}" if column.card else ""
    return f"<{name}{scope}{classes(column, card)}{label}>", f"</{name}>"


def render_rows(rows: Iterable[Row], columns: Sequence[Column], shown: CellContext) -> SafeString:
    one = compile_row(columns, shown)
    return mark_safe("\n".join(one(row) for row in rows))  # noqa: S308 - cells escape, tests try every column


COMPARED: dict[str, Callable[[Json], Decimal | datetime | None]] = {
    "decimal": values.as_decimal,
    "integer": values.as_decimal,
    "date-time": values.sent_moment,
}
"""Types of the contract whose order is beyond doubt. How the API's database sorts text is not ours to know."""


class Order(StrEnum):
    """How the rows compare with the requested order: the API silently ignores one that it does not know."""

    KEPT = "kept"
    TIES = "ties"
    """Kept, but what is equal stands in no order of its own: between two pages rows can be missing or stand twice."""
    IGNORED = "ignored"
    UNKNOWN = "unknown"
    """Text, or a field that too few rows carry: it cannot be told here."""


def order_of(rows: Sequence[Row], ordering: str, specs: Mapping[str, Spec]) -> Order:
    """Checks each key among rows for which the earlier keys are equal; the last is an ID."""
    if not ordering:
        return Order.KEPT
    *keys, last = total(ordering).split(",")
    groups, is_unknown = [list(rows)], False
    for key in keys:
        found = {judged(group, key, specs) for group in groups}
        if Order.IGNORED in found:
            return Order.IGNORED
        is_unknown = is_unknown or Order.UNKNOWN in found
        groups = [ties for group in groups for ties in equal(group, key.removeprefix("-"))]
    if is_unknown:
        return Order.UNKNOWN
    is_total = all(judged(group, last, specs) is not Order.IGNORED for group in groups)
    return Order.KEPT if is_total else Order.TIES if keys else Order.IGNORED


def equal(rows: Sequence[Row], name: str) -> list[list[Row]]:
    """The rows in runs of equal values."""
    return [list(run) for _, run in groupby(rows, lambda row: row.get(name))]


def judged(rows: Sequence[Row], key: str, specs: Mapping[str, Spec]) -> Order:
    """Whether these rows are in the order of one key."""
    if len(rows) < 2:
        return Order.KEPT
    spec = specs.get(key.removeprefix("-"))
    held = [row.get(spec.name) for row in rows] if spec else []
    read = COMPARED.get(spec.type) if spec else None
    if read:
        keys: list[Any] = [found for value in held if (found := read(value)) is not None]
        if len(keys) < 2:
            return Order.UNKNOWN
        return Order.KEPT if is_ascending(keys[::-1] if key.startswith("-") else keys) else Order.IGNORED
    texts = [value for value in held if isinstance(value, str)]
    if len(texts) < 2:
        return Order.UNKNOWN
    if not stands_together(texts):
        return Order.IGNORED
    turned = texts[::-1] if key.startswith("-") else texts
    return Order.KEPT if is_ascending(turned) or is_ascending([text.casefold() for text in turned]) else Order.UNKNOWN


def is_ascending(keys: Sequence[Any]) -> bool:
    return all(first <= second for first, second in pairwise(keys))


def stands_together(texts: Sequence[str]) -> bool:
    """Whatever the collation, equal texts are adjacent."""
    return len(list(groupby(texts))) == len(set(texts))
