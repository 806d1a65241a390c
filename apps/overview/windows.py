"""Spans of `created_at`, by which rows are asked for: a row does not say when it was created."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apps.listing import ranges

RECENT = timedelta(days=15)
"""Rows so new are read day by day, so that their age is known."""
WEEK = timedelta(days=7)
AGES = (3, 7, 14)
"""Days, between which it is told how long an investment has been blocked."""
EARLIEST = date(2000, 1, 3)


@dataclass(frozen=True, slots=True)
class Window:
    """`week`: the Monday of its week; no `first` or `last`: as early or as late as there are rows."""

    week: date
    first: datetime | None
    last: datetime | None

    @property
    def sent(self) -> dict[str, str]:
        ends = {"created_at__gte": self.first, "created_at__lte": self.last}
        return {name: at.isoformat() for name, at in ends.items() if at}

    def bounds(self, now: datetime) -> tuple[int, int]:
        """In seconds since 1970. No row is created later than now."""
        return int(self.first.timestamp()) if self.first else 0, int((self.last or now).timestamp())


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def mondays(first: date, today: date) -> list[date]:
    return [first + WEEK * number for number in range((monday(today) - first).days // 7 + 1)]


def weeks(first: date, today: date, zone: ZoneInfo) -> list[Window]:
    """From the week of the first row through this one. Together they hold every row there can be."""
    return [
        Window(
            week,
            None if week == first else ranges.first_instant(week, zone),
            None if week == monday(today) else ranges.last_instant(week + WEEK - ranges.DAY, zone),
        )
        for week in mondays(first, today)
    ]


def in_days(window: Window, today: date, zone: ZoneInfo) -> Iterator[Window]:
    """A week's days, if it is recent; else the week."""
    if window.week + WEEK <= today - RECENT:
        yield window
        return
    days = [window.week + ranges.DAY * number for number in range(7) if window.week + ranges.DAY * number <= today]
    for day in days:
        first = window.first if day == days[0] else ranges.first_instant(day, zone)
        yield Window(window.week, first, window.last if day == days[-1] else ranges.last_instant(day, zone))


def first_week(count: Callable[[Mapping[str, str]], int], today: date, zone: ZoneInfo) -> date:
    """The week of the first row. `count`: how many rows there are within such ends; this week if there is none."""
    early, late = EARLIEST, monday(today)
    while early < late:
        middle = early + WEEK * ((late - early).days // 14)
        end = Window(middle, None, ranges.last_instant(middle + WEEK - ranges.DAY, zone))
        early, late = (early, middle) if count(end.sent) else (middle + WEEK, late)
    return late
