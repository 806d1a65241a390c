"""From a row of the API to the facts that are kept of it."""

from collections.abc import Mapping
from typing import Any

from apps.listing import as_decimal, sent_moment
from apps.upstream.decode import Json, Row, whole

from .models import Fact
from .money import MILLIONTHS

GREATEST = 2**62
MOST_BLOCKERS, MOST_LETTERS = 40, 60
MOMENTS = {"received": "received_at", "invested": "invested_at", "refunded": "refunded_at", "processed": "processed_at"}
"""A fact -> the field that it is read from."""
FIELDS = (
    "status",
    "amount",
    "offering",
    "payment_method",
    "processing_issue_statuses",
    "updated_at",
    *MOMENTS.values(),
)
"""All that is kept of a row, beside its ID."""
READ = ("offering", "status", "method", "amount", *MOMENTS, "updated", "blockers")
"""What one reading of a row says."""


def number_of(row: Row) -> int | None:
    return whole(row.get("id"))


def read(row: Row) -> dict[str, Any]:
    """READ -> value, whatever the row holds."""
    return {
        "offering": whole(row.get("offering")) or 0,
        "status": text(row.get("status"), 40),
        "method": text(row.get("payment_method"), MOST_LETTERS),
        "amount": millionths(row.get("amount")),
        **{fact: seconds(row.get(field)) for fact, field in MOMENTS.items()},
        "updated": text(row.get("updated_at"), 40),
        "blockers": blockers(row.get("processing_issue_statuses")),
    }


def text(value: Json, most: int) -> str:
    return value.replace("\0", "\ufffd")[:most] if isinstance(value, str) else ""


def millionths(value: Json) -> int | None:
    """None for what is no amount, and for one of more than six decimals, which a sum would have to round."""
    found = as_decimal(value)
    if found is None or not found.is_finite() or abs(found) >= GREATEST // MILLIONTHS:
        return None
    shifted = found * MILLIONTHS
    return int(shifted) if shifted == int(shifted) else None


def seconds(value: Json) -> int | None:
    at = sent_moment(value)
    return int(at.timestamp()) if at else None


def blockers(value: Json) -> str:
    if not isinstance(value, str):
        return ""
    codes = [text(code.strip(), MOST_LETTERS) for code in value.split(",", MOST_BLOCKERS)[:MOST_BLOCKERS]]
    return "".join(f"{code}," for code in dict.fromkeys(codes) if code)


def differs(held: Fact, found: Mapping[str, Any]) -> bool:
    return any(getattr(held, name) != value for name, value in found.items())
