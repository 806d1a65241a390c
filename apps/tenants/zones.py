"""How a time zone is called: once a page, beside its times."""

from zoneinfo import ZoneInfo

SHORT = {
    "America/New_York": "ET", "US/Eastern": "ET", "America/Chicago": "CT", "US/Central": "CT", "America/Denver": "MT",
    "US/Mountain": "MT", "America/Los_Angeles": "PT", "US/Pacific": "PT", "UTC": "UTC",
}  # fmt: skip
"""Generic, so that daylight saving time needs no second form."""


def zone_words(zone: ZoneInfo) -> str:
    """ET, CT, MT, PT or UTC; else its city: Berlin time."""
    return SHORT.get(zone.key) or f"{zone.key.rpartition('/')[2].replace('_', ' ')} time"
