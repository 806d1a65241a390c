"""Cells for an offering's links, pictures, colors and open-ended values. None of them is fetched."""

import re
from html import escape
from urllib.parse import urlsplit

from apps.listing import CellContext, Value, as_sent, cell, cells, missing, nothing, unreadable
from apps.upstream.decode import Row

from .fields import OFFERING

COLOUR = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}")


@cell()
def link(value: Value, row: Row, shown: CellContext) -> str:
    """Only http(s) becomes a link, named with its host and opened without a referrer."""
    if said := missing(value):
        return said
    if not isinstance(value, str):
        return unreadable(value)
    host = host_of(value)
    if not host:
        return escape(value)
    return f'<a href="{escape(value)}" rel="noopener noreferrer" referrerpolicy="no-referrer" target="_blank">{escape(value)}</a> <small>opens {escape(host)}</small>'


LONG_NAMES = {
    "reg_a": "Regulation A",
    "reg_d_506b": "Regulation D, Rule 506(b)",
    "reg_d_506c": "Regulation D, Rule 506(c)",
    "reg_s": "Regulation S",
    "reg_cf": "Regulation Crowdfunding",
}
short_name = cells.of(OFFERING.specs["type"])


@cell()
def exemption(value: Value, row: Row, shown: CellContext) -> str:
    """With its long name, which stands on a page once."""
    long = LONG_NAMES.get(str(value), "")
    return f"{short_name(value, row, shown)}{f' <small>{long}</small>' if long else ''}"


@cell()
def picture(value: Value, row: Row, shown: CellContext) -> str:
    """A link with its host instead of the picture: loading it would tell that host who looks."""
    said = link(value, row, shown)
    return f"{said} <small>(image, not loaded here)</small>" if "<a " in said else said


def host_of(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return parts.hostname or "" if parts.scheme in ("http", "https") else ""


@cell()
def colour(value: Value, row: Row, shown: CellContext) -> str:
    if said := missing(value):
        return said
    text = str(value)
    if not COLOUR.fullmatch(text):
        return escape(text)
    box = f'<svg class="swatch" width="14" height="14" aria-hidden="true" focusable="false"><rect width="14" height="14" rx="3" fill="{text}"/></svg>'
    return f"{box} <code>{text}</code>"


def as_list(value: Value, row: Row, shown: CellContext) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else as_sent(value, row, shown)


@cell(as_list)
def several(value: Value, row: Row, shown: CellContext) -> str:
    """A list whose type the contract does not give: its plain members in a row."""
    if said := missing(value):
        return said
    members = value if isinstance(value, list) else [value]
    if any(isinstance(member, list | dict) for member in members):
        return unreadable(value)
    return escape(", ".join(map(str, members))) or nothing("Empty list")


@cell()
def long_text(value: Value, row: Row, shown: CellContext) -> str:
    return missing(value) or f'<span class="long">{escape(str(value))}</span>'
