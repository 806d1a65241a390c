"""What an address asks for. Read once; what cannot be asked is a problem in words, and then nothing goes upstream."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.tenants.permissions import DataClass
from apps.upstream.issuance.contract import PAGING

from .filters import TRUTH, Filter
from .values import BadValue

OURS = ("key",)
"""Our own parameters; every other name must be the contract's."""
PAGE_SIZES = (25, 50, 100)
IGNORED = "The Issuance API would ignore it in silence and answer with the whole list."
MOST_ADDRESS = 3_500
"""Characters of a query that surely pass: the server in front of the API gives up at about 4 kB (414)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a parameter is refused. `is_masked`: the role does not see what it would answer."""

    parameter: str
    sentence: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice in words, and the address without it."""

    sentence: str
    without: str


@dataclass(frozen=True, slots=True)
class Query:
    """`filters`: parameter -> canonical value, in the declared order; `default_ordering` stands where none was asked for.

    `typed`: what was refused, parameter -> text as it was typed, so that a form can show it again."""

    filters: Mapping[str, str] = field(default_factory=dict)
    ordering: str = ""
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    key: str = ""
    default_ordering: str = ""
    problems: tuple[Problem, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, str]:
        """What goes upstream, whole."""
        return {
            **self.filters,
            "ordering": self.ordering or self.default_ordering,
            "page": str(self.page),
            "page_size": str(self.page_size),
        }

    @property
    def address(self) -> str:
        """The canonical query string, without what is the default; `?` alone clears an address."""
        asked = dict(self.filters)
        if self.ordering:
            asked["ordering"] = self.ordering
        if self.page > 1:
            asked["page"] = str(self.page)
        if self.page_size != PAGE_SIZES[0]:
            asked["page_size"] = str(self.page_size)
        if self.key:
            asked["key"] = self.key
        return f"?{urlencode(asked, safe=',:', quote_via=quote)}"

    @property
    def status(self) -> int:
        """The HTTP status of its refusal: 403 where the role is all that stands in the way."""
        return 403 if all(problem.is_masked for problem in self.problems) else 400

    def only(self, filters: Mapping[str, str]) -> "Query":
        return replace(self, filters=filters, page=1)

    @property
    def masked(self) -> list[str]:
        """Parameters that the role may not ask; all of them are the contract's."""
        return [problem.parameter for problem in self.problems if problem.is_masked]

    @property
    def refused_names(self) -> set[str]:
        return {problem.parameter for problem in self.problems}

    def refused(self, problem: Problem) -> "Query":
        return replace(self, problems=(*self.problems, problem))

    def on_page(self, page: int) -> "Query":
        return replace(self, page=page)

    def sorted_by(self, ordering: str) -> str:
        return replace(self, ordering=ordering, page=1).address

    def sized(self, page_size: int) -> str:
        return replace(self, page_size=page_size, page=1).address

    def without(self, parameter: str, value: str = "") -> str:
        """The address without one parameter, or without one of its comma-separated values."""
        rest = ",".join(part for part in self.filters[parameter].split(",") if value and part != value)
        changed = {**self.filters, parameter: rest}
        kept = {name: text for name, text in changed.items() if text}
        return replace(self, filters=kept, page=1).address

    @property
    def first(self) -> str:
        return self.on_page(1).address

    @property
    def unfiltered(self) -> str:
        return replace(self, filters={}, page=1).address


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a query for one listing, one person's sight and one zone."""

    parameters: Mapping[str, tuple[Filter, str]]
    sortable: Mapping[str, DataClass]
    default_ordering: str
    sight: frozenset[DataClass]
    zone: ZoneInfo

    def read(self, given: QueryDict) -> Query:
        problems: list[Problem] = []
        filters: dict[str, str] = {}
        paging: dict[str, str] = {}
        for name, text in joined(given):
            try:
                if name in (*PAGING, *OURS):
                    paging[name] = text
                else:
                    parameter, value = self.one(name, text)
                    filters[parameter] = value
            except BadValue as error:
                problems.append(Problem(name, str(error)))
            except Masked as error:
                problems.append(Problem(name, str(error), is_masked=True))
        ordered = {name: filters[name] for name in self.parameters if name in filters}
        query = Query(ordered, default_ordering=self.default_ordering, key=paging.pop("key", ""))
        for name, text in paging.items():
            try:
                query = self.paged(query, name, text)
            except BadValue as error:
                problems.append(Problem(name, str(error)))
            except Masked as error:
                problems.append(Problem(name, str(error), is_masked=True))
        if len(query.address) > MOST_ADDRESS:
            problems.append(
                Problem(
                    "",
                    f"These filters are too long for one call: {MOST_ADDRESS:,} characters fit. Ask for fewer values.",
                )
            )
        typed = dict(joined(given))
        return replace(
            query,
            problems=tuple(problems),
            typed={problem.parameter: typed.get(problem.parameter, "") for problem in problems},
        )

    def one(self, name: str, text: str) -> tuple[str, str]:
        """The parameter to send and its canonical value."""
        if name not in self.parameters:
            raise BadValue(f"There is no filter “{name[:60]}”.{did_you_mean(name, self.parameters)} {IGNORED}")
        declared, lookup = self.parameters[name]
        if not ({declared.data_class} | declared.needs(text)) <= self.sight:
            raise Masked(f"Your role does not see what “{declared.label}” would answer, so it cannot be asked.")
        try:
            value = declared.read(lookup, text, self.zone)
        except BadValue as error:
            raise BadValue(f"{declared.label}: {error}.") from None
        if not value:
            raise BadValue(f"{declared.label}: a value is expected.")
        if declared.kind is TRUTH and lookup == "in":
            if "," in value:
                raise BadValue(f"{declared.label}: yes and no together filter nothing. Choose one.")
            return (
                declared.name,
                value,
            )  # the API answers a boolean `__in` with a crash: the exact parameter says the same
        return name, value

    def paged(self, query: Query, name: str, text: str) -> Query:
        if name == "ordering":
            bare = text.removeprefix("-")
            if bare not in self.sortable:
                raise BadValue(f"The list cannot be sorted by “{bare[:60]}”.{did_you_mean(bare, self.sortable)}")
            if self.sortable[bare] not in self.sight:
                raise Masked(f"Your role does not see “{bare}”, so the list cannot be sorted by it.")
            return replace(query, ordering="" if text == self.default_ordering else text)
        wanted = int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0
        if name == "page_size" and wanted not in PAGE_SIZES:
            raise BadValue(f"Rows on a page: {', '.join(map(str, PAGE_SIZES))} are offered, not “{text[:20]}”.")
        if name == "page" and wanted < 1:
            raise BadValue(f"A page is a whole number from 1, not “{text[:20]}”.")
        return replace(query, page=wanted) if name == "page" else replace(query, page_size=wanted)


class Masked(Exception):
    """The role does not see what this would answer."""


def joined(given: QueryDict) -> Iterator[tuple[str, str]]:
    """name, value of what was asked: blanks of a plain form left out, a repeated parameter joined by commas."""
    for name, texts in given.lists():
        present = [text.strip() for text in texts if text.strip()]
        if present:
            yield name, ",".join(present)


def did_you_mean(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.7)
    return f" Did you mean “{close[0]}”?" if close else ""


def chips(
    query: Query, parameters: Mapping[str, tuple[Filter, str]], zone: ZoneInfo, names: Mapping[str, str]
) -> list[Chip]:
    """`names`: offering number -> its name, for the chips that name one."""
    found = []
    for parameter, value in query.filters.items():
        declared, lookup = parameters[parameter]
        for part in value.split(",") if lookup == "in" else [value]:
            without = query.without(parameter, part if lookup == "in" else "")
            found.append(Chip(spoken(declared, lookup, part, zone, names), without))
    return found


def spoken(declared: Filter, lookup: str, value: str, zone: ZoneInfo, names: Mapping[str, str]) -> str:
    if declared.name == "offering" and value in names:
        return f"{declared.label} {declared.kind.words[lookup]} {names[value]}"
    return declared.sentence(lookup, value, zone)
