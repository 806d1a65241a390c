"""Days and ranges of days: where a day begins and ends in a time zone, and ranges that move with the calendar.

A range stays relative in the address (`created_at__within=last-7-days`) and becomes two instants when it is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Window:
    """From its first instant to its last microsecond: the API has no "before", so the end is included."""

    first: datetime
    last: datetime

    @property
    def odd_day(self) -> str:
        """ "includes a 25-hour day" where the clocks change between its ends; else ""."""
        days = (self.last.date() - self.first.date()).days + 1
        odd = (self.last.astimezone(UTC) - self.first.astimezone(UTC) + INSTANT) / timedelta(hours=1) - 24 * days
        return f"includes a {24 + odd:g}-hour day" if odd else ""


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """When midnight is skipped, the instant at which the clocks change; when it comes twice, the first."""
    return datetime.combine(day, time.min, zone).astimezone(UTC).astimezone(zone)


def last_instant(day: date, zone: ZoneInfo) -> datetime:
    """A microsecond before the next day: 23:59 may come twice."""
    return (first_instant(day + DAY, zone).astimezone(UTC) - INSTANT).astimezone(zone)


def since(days: int) -> Callable[[date], Days]:
    return lambda today: (today - (days - 1) * DAY, today)


def month(today: date, back: int = 0) -> Days:
    """The calendar month `back` months before this one."""
    place = today.year * 12 + today.month - 1 - back
    first = date(place // 12, place % 12 + 1, 1)
    beyond = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return first, beyond - DAY


def quarter(today: date, back: int = 0) -> Days:
    into = (today.month - 1) % 3
    return month(today, into + 3 * back)[0], month(today, into + 3 * back - 2)[1]


def week(today: date, back: int = 0) -> Days:
    """Monday to Sunday."""
    monday = today - (today.weekday() + 7 * back) * DAY
    return monday, monday + 6 * DAY


def year(today: date, back: int = 0) -> Days:
    return date(today.year - back, 1, 1), date(today.year - back, 12, 31)


RANGES: dict[str, tuple[str, Callable[[date], Days]]] = {
    "today": ("today", since(1)),
    "yesterday": ("yesterday", lambda today: (today - DAY, today - DAY)),
    "last-7-days": ("last 7 days", since(7)),
    "last-30-days": ("last 30 days", since(30)),
    "last-90-days": ("last 90 days", since(90)),
    "this-week": ("this week (Mon–Sun)", week),
    "last-week": ("last week (Mon–Sun)", lambda today: week(today, 1)),
    "this-month": ("this month", month),
    "last-month": ("last month", lambda today: month(today, 1)),
    "this-quarter": ("this quarter", quarter),
    "last-quarter": ("last quarter", lambda today: quarter(today, 1)),
    "year-to-date": ("year to date", lambda today: (date(today.year, 1, 1), today)),
    "this-year": ("this year", year),
    "last-year": ("last year", lambda today: year(today, 1)),
}
"""name in an address -> words, and the first and last day as seen from today. Weeks begin on Monday; "last 7 days" ends today."""


def window(name: str, now: datetime, zone: ZoneInfo) -> Window:
    """The window of a range, or of a single day in ISO form, at this moment in this zone."""
    today = now.astimezone(zone).date()
    first, last = RANGES[name][1](today) if name in RANGES else (date.fromisoformat(name),) * 2
    return Window(first_instant(first, zone), last_instant(last, zone))


def say_day(day: date) -> str:
    """Nov 14, 2026"""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def say_days(first: date, last: date) -> str:
    """Nov 1 – 14, 2026; both days included."""
    if first == last:
        return say_day(first)
    month_of = "" if (first.year, first.month) == (last.year, last.month) else f"{MONTHS[last.month - 1]} "
    if first.year != last.year:
        return f"{say_day(first)} – {say_day(last)}"
    return f"{MONTHS[first.month - 1]} {first.day} – {month_of}{last.day}, {last.year}"


def say(name: str, now: datetime, zone: ZoneInfo) -> str:
    """The range in words, with its current window."""
    found = window(name, now, zone)
    days = say_days(found.first.date(), found.last.date())
    said = f"{RANGES[name][0]}: {days}" if name in RANGES else f"on {days}"
    return f"{said}, {found.odd_day}" if found.odd_day else said
