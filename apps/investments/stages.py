"""Which statuses are closed: one table, read by lists, overview and files.

The five below are closed and everything else is open, including statuses that only the API's own list knows: `accepted`
money is still in escrow, and an unknown status may well need someone.
"""

from collections.abc import Iterable

from apps.upstream.issuance.contract import labels

CLOSED = frozenset({"cancelled", "refunded", "not_approved", "invested", "accepted_escrow_closed"})

if unknown := CLOSED - labels("InvestmentStatus").keys():
    raise ValueError(f"closed statuses that the contract does not list: {sorted(unknown)}")


def open_among(statuses: Iterable[str]) -> str:
    """The open ones, as the API takes several values: it has no "not"."""
    return ",".join(status for status in statuses if status not in CLOSED)


def closed_among(statuses: Iterable[str]) -> str:
    return ",".join(status for status in statuses if status in CLOSED)
