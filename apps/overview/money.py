"""Amounts are whole millionths of a dollar here: prices have six decimals, and both databases add integers exactly."""

from decimal import Decimal

from apps.listing import values

MILLIONTHS = 1_000_000


def money(amount: int) -> str:
    """$1,234.56; further decimals only where there are any."""
    digits = format(abs(dollars(amount)), "f")
    cents = digits.rstrip("0") if "." in digits else digits
    whole, _, rest = cents.partition(".")
    return f"{'-' if amount < 0 else ''}${values.grouped(f'{whole}.{rest:0<2}')}"


def dollars(amount: int) -> Decimal:
    return Decimal(amount).scaleb(-6)
