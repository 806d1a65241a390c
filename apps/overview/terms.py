"""What an offering says of its raise: its goals, its price, its deadline."""

from collections.abc import Iterable
from typing import Any

from apps.listing import Pages, Tick, as_decimal, walk
from apps.offerings.listing import OFFERINGS
from apps.tenants.models import IssuanceKey
from apps.upstream.decode import Row, whole

TERMS = (
    "minimum_amount_raised",
    "maximum_amount_raised",
    "reg_cf_amount_raised_tier",
    "unit_price",
    "number_of_shares",
)
"""Numbers, kept as sent."""


def read(keys: Iterable[IssuanceKey], tick: Tick) -> dict[str, dict[str, Any]]:
    """Offering ID -> its terms, of all that the keys see. Raises any member of apps.upstream.errors."""
    found = {}
    for key in keys:
        for _, page in Pages(walk(OFFERINGS, key, {}), tick):
            found.update({str(number): kept(row) for row in page.rows if (number := whole(row.get("id"))) is not None})
    return found


def kept(row: Row) -> dict[str, Any]:
    words = {
        "name": str(row.get("name") or f"Offering {row['id']}"),
        "type": str(row.get("type") or ""),
        "status": str(row.get("status") or ""),
        "zone": str(row.get("default_timezone") or ""),
        "deadline": str(row.get("deadline_date") or ""),
        "opened": str(row.get("opened_at") or ""),
    }
    numbers = {name: as_decimal(row.get(name)) for name in TERMS}
    return {name: text.replace("\0", "\ufffd")[:200] for name, text in words.items()} | {
        name: None if number is None else format(number, "f")[:40] for name, number in numbers.items()
    }
