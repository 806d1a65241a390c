"""What an offering aims at, how far it is from it, and how much a day that makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from .money import MILLIONTHS

CENT = MILLIONTHS // 100


@dataclass(frozen=True, slots=True)
class Goal:
    """`amount`: in millionths of a dollar; `toward`: what is needed for it."""

    label: str
    amount: int

    @property
    def toward(self) -> str:
        return f"for {self.label.lower()}" if self.label == ALL else f"for the {self.label.lower()}"


ALL = "All shares or units"


REG_CF = (
    ("minimum_amount_raised", "Filing target"),
    ("maximum_amount_raised", "Offering target"),
    ("reg_cf_amount_raised_tier", "Maximum"),
)
"""Issuance's names mislead (docs/contracts/behaviours.md, "Rows")."""


def goals(terms: Mapping[str, Any]) -> list[Goal]:
    """The nearest first: of a Reg CF offering its own, of any other the shares or units offered at their price."""
    if terms.get("type") == "reg_cf":
        found = [Goal(label, amount(terms.get(name))) for name, label in REG_CF]
    else:
        found = [Goal(ALL, amount(terms.get("unit_price"), terms.get("number_of_shares")))]
    return sorted((goal for goal in found if goal.amount > 0), key=lambda goal: goal.amount)


def short(amount: int) -> str:
    """$50K, $1.07M; all of it where that would round."""
    for unit, zeros in (("M", 6), ("K", 3)):
        shown, rest = divmod(amount * 100, MILLIONTHS * 10**zeros)
        if shown >= 100 and not rest:
            return f"${Decimal(shown).scaleb(-2).normalize():f}{unit}"
    return ""


def amount(*digits: str | None) -> int:
    """Of these numbers multiplied; 0 if one of them is missing, or none that can be."""
    product = Decimal(MILLIONTHS)
    for text in digits:
        try:
            product *= Decimal(text or "")
        except (InvalidOperation, TypeError):
            return 0
    return int(product) if product.is_finite() and abs(product) < 2**62 else 0


def deadline(terms: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(terms.get("deadline", ""))[:10])
    except ValueError:
        return None


def days_left(last: date, today: date) -> int:
    """From tomorrow through the deadline; on the day itself, 1; 0 once it has passed."""
    return max(0, (last - today).days) or int(last == today)


def a_day(missing: int, days: int) -> int:
    """In whole cents, as plain arithmetic has it."""
    return int((Decimal(missing) / days / CENT).to_integral_value(ROUND_HALF_UP)) * CENT
