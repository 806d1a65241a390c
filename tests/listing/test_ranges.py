"""Days and ranges of days, on the days that have 23 or 25 hours too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from apps.listing.ranges import RANGES, first_instant, last_instant, say, window

NEW_YORK, LONDON, CAIRO = (ZoneInfo(name) for name in ("America/New_York", "Europe/London", "Africa/Cairo"))

LONGER_AND_SHORTER = [
    (NEW_YORK, date(2026, 3, 8), "2026-03-08T00:00:00-05:00", "2026-03-08T23:59:59.999999-04:00", "23-hour"),
    (NEW_YORK, date(2026, 11, 1), "2026-11-01T00:00:00-04:00", "2026-11-01T23:59:59.999999-05:00", "25-hour"),
    (LONDON, date(2026, 3, 29), "2026-03-29T00:00:00+00:00", "2026-03-29T23:59:59.999999+01:00", "23-hour"),
    (LONDON, date(2026, 10, 25), "2026-10-25T00:00:00+01:00", "2026-10-25T23:59:59.999999+00:00", "25-hour"),
    # Cairo's clocks change at midnight: on one day 00:00 is skipped, on the other 23:00 to 24:00 comes twice
    (CAIRO, date(2026, 4, 24), "2026-04-24T01:00:00+03:00", "2026-04-24T23:59:59.999999+03:00", "23-hour"),
    (CAIRO, date(2026, 10, 29), "2026-10-29T00:00:00+03:00", "2026-10-29T23:59:59.999999+02:00", "25-hour"),
]


@pytest.mark.parametrize(("zone", "day", "first", "last", "hours"), LONGER_AND_SHORTER)
def test_a_day_is_whole_where_the_clocks_change(zone: ZoneInfo, day: date, first: str, last: str, hours: str) -> None:
    found = window(day.isoformat(), datetime(2026, 6, 1, tzinfo=UTC), zone)
    assert (found.first.isoformat(), found.last.isoformat(), found.odd_day) == (first, last, f"includes a {hours} day")


EXPECTED = {
    date(2026, 3, 8): {
        "today": ("2026-03-08", "2026-03-08"), "yesterday": ("2026-03-07", "2026-03-07"),
        "last-7-days": ("2026-03-02", "2026-03-08"), "last-30-days": ("2026-02-07", "2026-03-08"),
        "last-90-days": ("2025-12-09", "2026-03-08"), "this-week": ("2026-03-02", "2026-03-08"),
        "last-week": ("2026-02-23", "2026-03-01"), "this-month": ("2026-03-01", "2026-03-31"),
        "last-month": ("2026-02-01", "2026-02-28"), "this-quarter": ("2026-01-01", "2026-03-31"),
        "last-quarter": ("2025-10-01", "2025-12-31"), "year-to-date": ("2026-01-01", "2026-03-08"),
        "this-year": ("2026-01-01", "2026-12-31"), "last-year": ("2025-01-01", "2025-12-31"),
    },
    date(2026, 10, 29): {
        "today": ("2026-10-29", "2026-10-29"), "yesterday": ("2026-10-28", "2026-10-28"),
        "last-7-days": ("2026-10-23", "2026-10-29"), "last-30-days": ("2026-09-30", "2026-10-29"),
        "last-90-days": ("2026-08-01", "2026-10-29"), "this-week": ("2026-10-26", "2026-11-01"),
        "last-week": ("2026-10-19", "2026-10-25"), "this-month": ("2026-10-01", "2026-10-31"),
        "last-month": ("2026-09-01", "2026-09-30"), "this-quarter": ("2026-10-01", "2026-12-31"),
        "last-quarter": ("2026-07-01", "2026-09-30"), "year-to-date": ("2026-01-01", "2026-10-29"),
        "this-year": ("2026-01-01", "2026-12-31"), "last-year": ("2025-01-01", "2025-12-31"),
    },
}  # fmt: skip


@pytest.mark.parametrize("today", EXPECTED)
def test_each_range_has_the_days_that_the_table_says(today: date) -> None:
    assert {name: tuple(map(str, days(today))) for name, (_, days) in RANGES.items()} == EXPECTED[today]


@pytest.mark.parametrize(("zone", "today"), [(zone, day) for zone, day, *_ in LONGER_AND_SHORTER])
@pytest.mark.parametrize("at", ["first", "noon", "last"])
@pytest.mark.parametrize("name", RANGES)
def test_a_range_begins_and_ends_at_midnights_of_the_zone_seen_from_any_time_of_such_a_day(
    zone: ZoneInfo, today: date, at: str, name: str
) -> None:
    now = {"first": first_instant(today, zone), "last": last_instant(today, zone)}.get(at)
    now = now or datetime(today.year, today.month, today.day, 12, tzinfo=zone)
    first, last = RANGES[name][1](today)
    found = window(name, now.astimezone(UTC), zone)
    assert (found.first, found.last) == (first_instant(first, zone), last_instant(last, zone))
    instant = timedelta(microseconds=1)
    before, after = ((found.first.astimezone(UTC) - instant), (found.last.astimezone(UTC) + instant))
    assert before.astimezone(zone).date() == first - timedelta(days=1)
    assert after.astimezone(zone).date() == last + timedelta(days=1)


def test_a_range_is_said_with_its_window_and_its_hours() -> None:
    now = datetime(2026, 11, 3, 15, tzinfo=UTC)
    assert say("last-7-days", now, NEW_YORK) == "last 7 days: Oct 28 – Nov 3, 2026, includes a 25-hour day"
    assert say("2026-03-08", now, NEW_YORK) == "on Mar 8, 2026, includes a 23-hour day"
