"""A list as a CSV file: what the page shows, in the page's order, masked alike. What is cut short says so in its last line."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from apps.upstream.decode import Json, Row

from .values import SENT_DECIMAL

FORMULA = re.compile(r"\s*[=+\-@\t\r]")


def csv_text(columns: Sequence[tuple[str, str]], rows: Iterable[Row], note: str = "") -> str:
    """`columns`: (field, head). `note`: a last line, for what the reader must know of the file itself."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([head for _, head in columns])
    for row in rows:
        writer.writerow([safe(row.get(name)) for name, _ in columns])
    if note:
        writer.writerow([note])
    return out.getvalue()


def safe(value: Json) -> str:
    """The text as sent; one that a spreadsheet would run is led by an apostrophe, controls are shown as U+FFFD."""
    if value is None:
        return ""
    text = "".join("\N{REPLACEMENT CHARACTER}" if is_control(sign) else sign for sign in str(value))
    is_formula = FORMULA.match(text) and not SENT_DECIMAL.fullmatch(text)
    return f"'{text}" if is_formula else text


def is_control(sign: str) -> bool:
    """Control and formatting characters: ANSI escapes, direction overrides, NUL. A line break within a cell is one too."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs")
