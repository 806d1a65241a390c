"""Reads an address into a Query. What cannot be asked is a problem in words, and then nothing goes upstream."""

import difflib
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.tenants.permissions import DataClass
from apps.upstream.issuance.contract import PAGING
from apps.upstream.transport import query_string

from .filters import TRUTH, WITHIN, Filter, parameter, resolve
from .listing import Listing
from .query import OURS, PAGE_SIZES, Problem, Query
from .values import BadValue

IGNORED = "The Issuance API would ignore it in silence and answer with the whole list."
MOST_ADDRESS = 3_500
"""Characters of a query that surely pass: the server in front of the API gives up at about 4 kB (414)."""
MOST_COLUMNS = 40


class Masked(Exception):
    """The role does not see what this would answer."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a query for one listing, one person's sight, one zone and one moment."""

    listing: Listing
    sight: frozenset[DataClass]
    zone: ZoneInfo
    now: datetime

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
                        raise BadValue(
                            f"{self.parameters[name][0].label}: yes and no together filter nothing. Choose one."
                        )
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
            raise BadValue(f"There is no filter “{name[:60]}”.{did_you_mean(name, self.parameters)} {IGNORED}")
        declared, lookup = self.parameters[name]
        if not ({declared.data_class} | declared.needs(",".join(texts))) <= self.sight:
            raise Masked(f"Your role does not see what “{declared.label}” would answer, so it cannot be asked.")
        if lookup != "in" and len(set(texts)) > 1:
            raise BadValue(f"{declared.label}: it is asked {len(texts)} times, and the API would heed the last alone.")
        try:
            value = declared.read(lookup, ",".join(texts) if lookup == "in" else texts[0], self.zone)
        except BadValue as error:
            raise BadValue(f"{declared.label}: {error}.") from None
        if not value:
            raise BadValue(f"{declared.label}: a value is expected.")
        if declared.kind is TRUTH and lookup == "in":
            if "," in value:
                raise BadValue(f"{declared.label}: yes and no together filter nothing. Choose one.")
            # the API answers a boolean `__in` with a crash: the exact parameter says the same
            return declared.name, value
        return name, value

    def paged(self, query: Query, name: str, text: str) -> Query:
        match name:
            case "key":
                return replace(query, key=text)
            case "view":
                return replace(query, view=text)
            case "cols":
                return replace(query, cols=self.cols(text))
            case "ordering":
                return replace(query, ordering=self.ordering(text))
        wanted = int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0
        if name == "page_size" and wanted not in PAGE_SIZES:
            raise BadValue(f"Rows on a page: {', '.join(map(str, PAGE_SIZES))} are offered, not “{text[:20]}”.")
        if name == "page" and wanted < 1:
            raise BadValue(f"A page is a whole number from 1, not “{text[:20]}”.")
        return replace(query, page=wanted) if name == "page" else replace(query, page_size=wanted)

    def ordering(self, text: str) -> str:
        bare, sortable = text.removeprefix("-"), self.listing.sortable
        if bare not in sortable:
            raise BadValue(f"The list cannot be sorted by “{bare[:60]}”.{did_you_mean(bare, sortable)}")
        if sortable[bare] not in self.sight:
            raise Masked(f"Your role does not see “{bare}”, so the list cannot be sorted by it.")
        return "" if text == self.listing.default_ordering else text

    def cols(self, text: str) -> tuple[str, ...]:
        """Names of columns. One that the contract does not know may be named by who sees unknown fields."""
        names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        if len(names) > MOST_COLUMNS or any(len(name) > 60 for name in names):
            raise BadValue(f"At most {MOST_COLUMNS} columns fit, each with a name of at most 60 characters.")
        classes = self.listing.classes
        for name in names:
            if classes.get(name, DataClass.UNKNOWN) in self.sight:
                continue
            if name in classes:
                raise Masked(f"Your role does not see “{name}”, so it cannot be a column.")
            raise BadValue(f"There is no column “{name}”.{did_you_mean(name, classes)}")
        return names

    def borders_twice(self, filters: Mapping[str, str]) -> Iterator[Problem]:
        """A range of days stands for both borders, so it cannot stand beside one of them."""
        for name in filters:
            declared, lookup = self.parameters[name]
            borders = {parameter(declared.name, border) for border in ("gte", "lte")}
            if lookup == WITHIN and borders & filters.keys():
                words = "a range of days and its own from or until cannot both be asked. Leave one of them empty."
                yield Problem(name, f"{declared.label}: {words}")

    def too_long(self, query: Query) -> Iterator[Problem]:
        """The longest list of values is named, with how many of it would fit."""
        if length(query) <= MOST_ADDRESS:
            return
        longest = max(query.filters, key=lambda name: len(query.filters[name]), default="")
        parts = query.filters.get(longest, "").split(",")
        fit = bisect_right(range(1, len(parts)), MOST_ADDRESS, key=lambda some: length(first(query, longest, some)))
        if longest and fit:
            label = self.parameters[longest][0].label
            yield Problem(
                longest, f"{label}: {len(parts):,} values are too long for one call; the first {fit:,} would fit."
            )
        else:
            yield Problem(
                "", f"These filters are too long for one call: {MOST_ADDRESS:,} characters fit. Ask for fewer values."
            )


def length(query: Query) -> int:
    """Characters of the longer of the two: the address here, and the query that goes upstream."""
    return max(len(query.address), len(query_string(query.params)))


def first(query: Query, name: str, some: int) -> Query:
    """The query with only so many of a parameter's values."""
    fewer = {name: ",".join(query.filters[name].split(",")[:some])}
    return replace(query, filters={**query.filters, **fewer}, sent={**query.sent, **fewer})


def present(given: QueryDict) -> Iterator[tuple[str, list[str]]]:
    """name, values of what was asked; blanks of a plain form left out."""
    for name, texts in given.lists():
        if kept := [text.strip() for text in texts if text.strip()]:
            yield name, kept


def did_you_mean(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.7)
    return f" Did you mean “{close[0]}”?" if close else ""
