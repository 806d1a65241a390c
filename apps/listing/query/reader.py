"""Reads an address into a Query. Whatever cannot be asked becomes a problem in words, and then nothing is sent
upstream."""

import difflib
import zoneinfo
from bisect import bisect_right
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.listing import values
from apps.listing.schema.filters import TRUTH, Filter, parameter, resolve
from apps.listing.schema.listing import Listing
from apps.listing.schema.lookups import WITHIN
from apps.listing.values import BadValue
from apps.tenants.permissions import DataClass
from apps.upstream.issuance.contract import PAGING
from apps.upstream.transport import query_string

from .query import LAST_KEY, OURS, PAGE_SIZES, Problem, Query

IGNORED = "Issuance would ignore it and return the full list."
MOST_ADDRESS = 3_500
"""Characters of a query that surely pass: the server in front of the API gives up at about 4 kB (414)."""
MOST_COLUMNS = 40
MOST_LETTERS = 120
"""Of a column's name, which may be a path."""
MOST_KEYS = 4


YES_AND_NO = "select Yes or No, not both"
CAMPAIGNS = ("fbclid", "gclid")
"""What mails and advertisements hang onto an address, as `utm_*`: it asks nothing, so it is left aside without a word."""


class Masked(Exception):
    """The role may not see what this would answer."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a query for one listing, one role, one zone and one moment. `own_zone`: the team's, which an address need
    not name; `names`: texts with a comma that are a single value, such as an offering's name."""

    listing: Listing
    visible_classes: frozenset[DataClass]
    zone: ZoneInfo
    now: datetime
    own_zone: str = ""
    names: Callable[[], Container[str]] = tuple

    @property
    def parameters(self) -> Mapping[str, tuple[Filter, str]]:
        return self.listing.parameters

    def read(self, given: QueryDict) -> Query:
        problems: list[Problem] = []
        filters: dict[str, str] = {}
        query = Query(default_ordering=self.listing.default_ordering)
        asked = list(present(given))
        for name, texts in asked:
            try:
                if name in (*PAGING, *OURS):
                    query = self.paged(query, name, ",".join(texts))
                else:
                    sent_as, value = self.one(name, texts)
                    if filters.setdefault(sent_as, value) != value:
                        raise BadValue(self.asked_twice(name))
            except BadValue as error:
                problems.append(Problem(name, str(error)))
            except Masked as error:
                problems.append(Problem(name, str(error), is_masked=True))
        ordered = {name: filters[name] for name in self.parameters if name in filters}
        query = replace(query, filters=ordered, sent=resolve(ordered, self.parameters, self.now, self.zone))
        problems += [*self.borders_twice(ordered), *self.too_long(query)]
        typed = {name: ",".join(texts) for name, texts in asked}
        refused = {problem.parameter: typed.get(problem.parameter, "") for problem in problems}
        return replace(query, problems=tuple(problems), typed=refused)

    def one(self, name: str, texts: list[str]) -> tuple[str, str]:
        """The parameter to send and its canonical value."""
        if name not in self.parameters:
            raise BadValue(f"Unknown filter “{name[:60]}”.{did_you_mean(name, self.parameters)} {IGNORED}")
        declared, lookup = self.parameters[name]
        if not ({declared.data_class} | declared.needs(",".join(texts))) <= self.visible_classes:
            raise Masked(f"Your role can’t filter by “{declared.label}”.")
        if lookup != "in" and len(set(texts)) > 1:
            raise BadValue(
                f"{declared.label}: it appears {len(texts)} times in the link. Use it once, or separate values with commas."
            )
        try:
            if lookup == "in":
                return self.several(declared, name, texts)
            value = declared.read(lookup, texts[0], self.zone)
        except BadValue as error:
            raise BadValue(f"{declared.label}: {error}.") from None
        if not value:
            raise BadValue(f"{declared.label}: enter a value.")
        return name, value

    def several(self, declared: Filter, name: str, texts: list[str]) -> tuple[str, str]:
        """The same for a list. Lists are sent with commas, so a value that holds a comma can only be asked alone,
        exactly."""
        given = [part for text in texts for part in ([text] if text in self.names() else values.several(text))]
        parts = declared.read_several(given, self.zone)
        if not parts:
            raise BadValue("enter a value")
        if declared.kind is TRUTH:
            if len(parts) > 1:
                raise BadValue(YES_AND_NO)
            return declared.name, parts[
                0
            ]  # the API answers a boolean `__in` with a crash: the exact parameter says the same
        with_comma = next((part for part in parts if "," in part), "")
        if with_comma and len(parts) > 1:
            raise BadValue(
                f"“{with_comma[:60]}” contains a comma, which Issuance reads as a separator. Filter by this value alone"
            )
        return (declared.name, with_comma) if with_comma else (name, ",".join(parts))

    def asked_twice(self, name: str) -> str:
        declared, _ = self.parameters[name]
        why = YES_AND_NO if declared.kind is TRUTH else "it appears twice with different values"
        return f"{declared.label}: {why}."

    def paged(self, query: Query, name: str, text: str) -> Query:
        match name:
            case "key":
                return replace(query, key=text)
            case "view":
                return replace(query, view=text)
            case "cols":
                return replace(query, cols=self.cols(text))
            case "tz":
                if zone_named(text) is None:
                    raise BadValue(f"“{text[:40]}” isn’t a time zone. Example: America/New_York.")
                return replace(query, tz="" if text == self.own_zone else text)
            case "ordering":
                return replace(query, ordering=self.ordering(text))
        wanted = int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0
        if name == "page_size" and wanted not in PAGE_SIZES:
            raise BadValue(
                f"Rows per page can be {', '.join(map(str, PAGE_SIZES[:-1]))}, or {PAGE_SIZES[-1]}, not “{text[:20]}”."
            )
        if name == "page" and wanted < 1:
            raise BadValue(f"Page must be a whole number, 1 or higher, not “{text[:20]}”.")
        return replace(query, page=wanted) if name == "page" else replace(query, page_size=wanted)

    def ordering(self, text: str) -> str:
        """One key or several. The ID added after them is left out of the address."""
        keys, sortable = text.split(","), self.listing.sortable
        for bare in (key.strip().removeprefix("-") for key in keys):
            if bare not in sortable:
                raise BadValue(f"This list can’t be sorted by “{bare[:60]}”.{did_you_mean(bare, sortable)}")
            if sortable[bare] not in self.visible_classes:
                raise Masked(f"Your role can’t sort by “{bare}”.")
        if len(keys) > MOST_KEYS:
            raise BadValue(f"Sort by up to {MOST_KEYS} fields.")
        asked = ",".join(dict.fromkeys(key.strip() for key in keys))
        canonical = asked.removesuffix(f",{LAST_KEY}")
        return "" if canonical == self.listing.default_ordering else canonical

    def cols(self, text: str) -> tuple[str, ...]:
        """Names of columns. An undocumented one may be named by roles that see unknown fields."""
        names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        if len(names) > MOST_COLUMNS or any(len(name) > MOST_LETTERS for name in names):
            raise BadValue(f"Choose up to {MOST_COLUMNS} columns, with names of up to {MOST_LETTERS} characters.")
        schema, classes = self.listing.schema, self.listing.classes
        for name in names:
            if schema.data_class(name) in self.visible_classes:
                continue
            if schema.field(name):
                raise Masked(f"Your role can’t view the column “{name}”.")
            raise BadValue(f"Unknown column “{name}”.{did_you_mean(name, classes)}")
        return names

    def borders_twice(self, filters: Mapping[str, str]) -> Iterator[Problem]:
        """Refuses a range of days beside one of its own bounds."""
        for name in filters:
            declared, lookup = self.parameters[name]
            borders = {parameter(declared.name, border) for border in ("gte", "lte")}
            if lookup == WITHIN and borders & filters.keys():
                words = "choose either a date range or custom from/to dates, not both."
                yield Problem(name, f"{declared.label}: {words}")

    def too_long(self, query: Query) -> Iterator[Problem]:
        """Names the longest list of values, and how many of them would fit."""
        if length(query) <= MOST_ADDRESS:
            return
        longest = max(query.filters, key=lambda name: len(query.filters[name]), default="")
        parts = query.filters.get(longest, "").split(",")
        fit = bisect_right(range(1, len(parts)), MOST_ADDRESS, key=lambda some: length(first(query, longest, some)))
        if longest and fit:
            label = self.parameters[longest][0].label
            yield Problem(
                longest, f"{label}: {len(parts):,} values are too many for one request. Use the first {fit:,} or fewer."
            )
        else:
            yield Problem(
                "", f"These filters are too long for one request (limit {MOST_ADDRESS:,} characters). Use fewer values."
            )


def length(query: Query) -> int:
    """The length of the address here or of the upstream query, whichever is longer, in characters."""
    return max(len(query.address), len(query_string(query.params)))


def first(query: Query, name: str, some: int) -> Query:
    """The query with only the first few values of a parameter."""
    fewer = {name: ",".join(query.filters[name].split(",")[:some])}
    return replace(query, filters={**query.filters, **fewer}, sent={**query.sent, **fewer})


def present(given: QueryDict) -> Iterator[tuple[str, list[str]]]:
    """Names and values that were given; a plain form's blanks are left out."""
    for name, texts in given.lists():
        if name in CAMPAIGNS or name.startswith("utm_"):
            continue
        if kept := [text for each in texts if (text := values.trimmed(each))]:
            yield name, kept


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def zone_named(name: str) -> ZoneInfo | None:
    return ZoneInfo(name) if name in zones() else None


def did_you_mean(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.7)
    return f" Did you mean “{close[0]}”?" if close else ""
