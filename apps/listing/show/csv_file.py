"""A list as a CSV file: the page's columns in the page's order, masked alike. If it is incomplete, its last line
says so."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from apps.listing.schema import cells
from apps.listing.schema.cells import ABSENT, CellContext
from apps.listing.schema.column import Column
from apps.listing.values import SENT_DECIMAL
from apps.upstream.decode import Row

BYTE_ORDER_MARK = "\ufeff"
"""Without it Excel reads UTF-8 as the machine's own alphabet."""
FORMULA = re.compile(r"\s*[=+\-@\t\r]")
UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff\ud800-\udfff]"
)
"""Controls, direction marks and invisible signs. The joiners of scripts and of emoji stay, and line breaks within a cell."""


def csv_text(columns: Sequence[Column], rows: Iterable[Row], shown: CellContext, note: str = "") -> str:
    """`note`: a last line with what the reader must know about the file."""
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([head(column, shown) for column in columns])
    cells_of = [(column.name, column.cell.text) for column in columns]
    for row in rows:
        writer.writerow([safe(text(row.get(name, ABSENT), row, shown)) for name, text in cells_of])
    if note:
        writer.writerow([note])
    return out.getvalue()


def head(column: Column, shown: CellContext) -> str:
    """Column headings; those of times name the zone."""
    return safe(f"{column.label} ({shown.zone.key})" if column.cell is cells.moment else column.label)


def safe(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would run as a formula, and U+FFFD for unsafe
    characters."""
    if not text.isprintable():
        text = UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
    is_formula = FORMULA.match(text) and not SENT_DECIMAL.fullmatch(text)
    return f"'{text}" if is_formula else text
