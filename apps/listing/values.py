"""Reads single values: typed text into what the API takes, and what the API sent into what it means.

A reader of typed text returns the canonical text or raises BadValue with a sentence. Money stays text throughout.
"""

import csv
import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from apps.upstream.decode import Json

from .ranges import RANGES, first_instant, last_instant, say_day

MONEY = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,6})?")
GROUPED = re.compile(r"\$?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]{1,6})?")
SENT_DECIMAL = re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
GREATEST = 2**63 - 1
YEARS = range(1900, 3000)
WHOLE_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BadValue(Exception):
    """A typed value is not possible; the text says what is expected."""


INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u206f\ufeff"
ENDS = re.compile(rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$")
THREE_DIGITS = re.compile(r"-?\$?([1-9][0-9]{0,2})\.([0-9]{3})")


def trimmed(text: str) -> str:
    """Strips whitespace and invisible characters, which emails, spreadsheets and chats put around copied text."""
    return ENDS.sub("", text)


def several(text: str) -> list[str]:
    """The values of a typed list: separated by commas, with quotation marks around one that holds a comma."""
    try:
        parts = next(csv.reader([" ".join(text.splitlines())], skipinitialspace=True), [])
    except csv.Error:
        parts = text.split(",")
    return list(dict.fromkeys(part for each in parts if (part := trimmed(each))))


def retyped(text: str) -> list[str]:
    """What may have been meant by a text that finds nothing: the other apostrophe, or an email in lower case."""
    has_curly = re.search("[‘’ʼ]", text)
    other = re.sub("[‘’ʼ]", "'", text) if has_curly else text.replace("'", "’")
    return [each for each in dict.fromkeys((other, text.lower() if "@" in text else text)) if each != text]


def money(text: str) -> str:
    if found := THREE_DIGITS.fullmatch(text):
        raise BadValue(f"“{text}” can mean {found[1]}.{found[2][:2]} or {found[1]},{found[2]}: enter one of the two")
    if GROUPED.fullmatch(text):
        text = text.lstrip("$").replace(",", "")
    if not MONEY.fullmatch(text):
        raise BadValue("enter an amount, such as 5000 or 5,000.00")
    return text


def number(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or abs(int(text)) > GREATEST:
        raise BadValue("enter a whole number")
    return text


def truth(text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise BadValue("enter true or false")
    return text.lower()


def words(text: str) -> str:
    if "\0" in text:
        raise BadValue("it contains a NUL character")
    return text


def day(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise BadValue("enter a date, such as 2026-11-14") from None
    if found.year not in YEARS:
        raise BadValue("enter a year between 1900 and 2999")
    return found.isoformat()


def day_or_today(text: str, zone: ZoneInfo) -> tuple[date, str]:
    """For a page of one day: the day, today without one, and what is wrong with the text in a sentence, "" if nothing is."""
    today = datetime.now(zone).date()
    try:
        return (date.fromisoformat(day(text)) if text else today), ""
    except BadValue as error:
        return today, f"Date: {error}. Today is shown."


def within(text: str) -> str:
    """A range of days by its name, or a single day."""
    if text in RANGES:
        return text
    if WHOLE_DAY.fullmatch(text):
        return day(text)
    raise BadValue(f"“{text[:40]}” isn’t a date range. Use one of {', '.join(RANGES)}, or a date such as 2026-11-14")


def moment(text: str, zone: ZoneInfo, lookup: str) -> str:
    """A day becomes its first instant in the zone for `gte` and its last microsecond for `lte`: there is no `__lt`."""
    if WHOLE_DAY.fullmatch(text):
        if lookup not in ("gte", "lte"):
            raise BadValue("enter a time. For a whole day, use “on”")
        found = date.fromisoformat(day(text))
        return (last_instant if lookup == "lte" else first_instant)(found, zone).isoformat()
    try:
        at = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        at = None
    if at is None:
        raise BadValue("enter a date or time, such as 2026-11-14 or 2026-11-14T09:30:00-05:00")
    if at.year not in YEARS:
        raise BadValue("enter a year between 1900 and 2999")
    return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()


def as_day(text: str, zone: ZoneInfo, lookup: str) -> str:
    """The day that a canonical moment bounds, for this lookup and zone; "" if it bounds none."""
    local = datetime.fromisoformat(text).astimezone(zone)
    day_of = local.date().isoformat()
    try:
        return day_of if moment(day_of, zone, lookup) == local.isoformat() else ""
    except BadValue:
        return ""


def sent_moment(value: Json) -> datetime | None:
    """The instant sent by the API; None if it is not one with an offset."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo and found.year in YEARS else None


def sent_local(value: Json) -> datetime | None:
    """A time sent without an offset. Its instant is unknown, so it is shown as sent, never converted."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return None
    return found if found and not found.tzinfo and found.year in YEARS else None


def sent_decimal(value: Json) -> str | None:
    """The digits sent by the API, as text; None if they are not a number."""
    if isinstance(value, str):
        return value if SENT_DECIMAL.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int):
        return str(value)
    return (format(value, "f") if abs(int(value.as_tuple().exponent)) < 40 else "") or None


def as_decimal(value: Json) -> Decimal | None:
    """For comparing and adding, never for showing."""
    try:
        return Decimal(sent_decimal(value) or "")
    except InvalidOperation:
        return None


def grouped(digits: str) -> str:
    """ "-1234567.50" -> "-1,234,567.50": the same digits, with separators."""
    whole, point, rest = digits.partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    head = len(whole) % 3 or 3
    groups = [whole[:head], *(whole[at : at + 3] for at in range(head, len(whole), 3))]
    return f"{sign}{','.join(groups)}{point}{rest}"


def short_time(at: datetime, zone: ZoneInfo) -> str:
    """Nov 14, 2026, 2:03 PM"""
    return say_local(at.astimezone(zone))


def say_local(at: datetime) -> str:
    return f"{say_day(at.date())}, {of_day(at)}"


def of_day(at: datetime, seconds: str = "") -> str:
    """2:03 PM"""
    return f"{at.hour % 12 or 12}:{at.minute:02}{seconds} {'AM' if at.hour < 12 else 'PM'}"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """2:03:22 PM"""
    local = at.astimezone(zone)
    return of_day(local, f":{local.second:02}")


def exact_time(at: datetime, zone: ZoneInfo) -> str:
    """Nov 14, 2026, 2:03:22 PM"""
    return f"{say_day(at.astimezone(zone).date())}, {clock(at, zone)}"
