"""Conditions that the API cannot be asked: they are applied to rows here, while they are read. Form, sentence, test and
rights derive from `Listing.applied_here`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from apps.listing import Listing, ranges, values
from apps.tenants.permissions import DataClass
from apps.upstream.decode import Row

Test = Callable[[Row], bool | None]
"""None: the row leaves it open."""
BETWEEN = ".."


@dataclass(frozen=True, slots=True)
class Condition:
    """`choices`: code -> label, of a list of codes; none for a day."""

    name: str
    label: str
    choices: Mapping[str, str]

    def sentence(self, text: str) -> str:
        if self.choices:
            return f"{self.label}: any of {', '.join(self.choices[code] for code in text.split(','))}"
        first, last = (ranges.say_day(date.fromisoformat(day)) if day else "" for day in text.split(BETWEEN))
        if first and last:
            return f"{self.label} from {first} through {last}"
        return f"{self.label} from {first} on" if first else f"{self.label} through {last}"

    def test(self, text: str, zone: ZoneInfo) -> Test:
        return has_any(self.name, text) if self.choices else is_between(self.name, text, zone)


def conditions(listing: Listing, classes: frozenset[DataClass] = frozenset(DataClass)) -> dict[str, Condition]:
    """Those that may be asked by who sees these classes."""
    fields = {name: listing.schema.field(name) for name in listing.applied_here}
    return {
        name: Condition(name, field.label, listing.applied_here[name])
        for name, field in fields.items()
        if field and field.data_class in classes
    }


def days(first: date | None, last: date | None) -> str:
    """As it is kept; "" for no condition."""
    return f"{first or ''}{BETWEEN}{last or ''}" if first or last else ""


def is_between(name: str, text: str, zone: ZoneInfo) -> Test:
    """Whole days of the zone, the last among them."""
    first, last = text.split(BETWEEN)
    begin = ranges.first_instant(date.fromisoformat(first), zone) if first else datetime.min.replace(tzinfo=UTC)
    end = ranges.last_instant(date.fromisoformat(last), zone) if last else datetime.max.replace(tzinfo=UTC)

    def test(row: Row) -> bool | None:
        if name in row and row[name] in (None, ""):
            return False
        at = values.sent_moment(row.get(name))
        return None if at is None else begin <= at <= end

    return test


def has_any(name: str, text: str) -> Test:
    wanted = set(text.split(","))

    def test(row: Row) -> bool | None:
        if name in row and row[name] is None:
            return False
        value = row.get(name)
        codes = [code.strip() for code in value.split(",")] if isinstance(value, str) else None
        return None if codes is None else not wanted.isdisjoint(codes)

    return test
