"""What an address asks for, as a value. The canonical address and the chips are made from it; `reader` makes it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import quote

OURS = ("key", "view", "cols", "tz")
"""Our own parameters, and `*__within`; every other name must be the contract's."""
PAGE_SIZES = (25, 50, 100)
LAST_KEY = "-id"
BEHIND = ("ordering", "page", "page_size", "key", "cols", "tz", "view")
"""What an address holds behind its filters, in this order."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a parameter is refused. `is_masked`: the role may not see what it would answer."""

    parameter: str
    sentence: str
    is_masked: bool = False


@dataclass(frozen=True)
class Query:
    """`filters`: parameter -> canonical value, in the declared order; `sent`: the same as sent upstream, with ranges of
    days resolved; `default_ordering` applies if none was requested. `typed`: parameter -> refused text as typed, so
    that a form can show it again."""

    filters: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, str] = field(default_factory=dict)
    ordering: str = ""
    page: int = 1
    page_size: int = PAGE_SIZES[0]
    key: str = ""
    view: str = ""
    cols: tuple[str, ...] = ()
    tz: str = ""
    default_ordering: str = ""
    problems: tuple[Problem, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def params(self) -> dict[str, str]:
        """The complete upstream query."""
        return {
            **self.sent,
            "ordering": total(self.ordering or self.default_ordering),
            "page": str(self.page),
            "page_size": str(self.page_size),
        }

    @cached_property
    def asked(self) -> dict[str, str]:
        """What the canonical address holds, parameter -> text, without defaults."""
        others = {
            "ordering": self.ordering,
            "page": str(self.page) if self.page > 1 else "",
            "page_size": str(self.page_size) if self.page_size != PAGE_SIZES[0] else "",
            "key": self.key,
            "cols": ",".join(self.cols),
            "tz": self.tz,
            "view": self.view,
        }
        return {**self.filters, **{name: text for name, text in others.items() if text}}

    @cached_property
    def pairs(self) -> dict[str, str]:
        """What is asked, as an address writes it: parameter -> `parameter=text`."""
        return {name: pair(name, text) for name, text in self.asked.items()}

    @property
    def address(self) -> str:
        """The canonical query string; `?` alone clears an address."""
        return f"?{'&'.join(self.pairs.values())}"

    def address_with(self, **changed: str) -> str:
        """The canonical query string with other texts of what stands behind the filters; "" leaves one out."""
        rest = {name: pair(name, text) for name, text in changed.items() if text}
        if self.pairs:
            pairs = {**self.pairs, **dict.fromkeys(changed, ""), **rest}
            rest = {name: pairs[name] for name in (*self.filters, *BEHIND) if pairs.get(name)}
        return f"?{'&'.join(rest.values())}"

    def kept(self, *left_out: str) -> list[tuple[str, str]]:
        """The hidden inputs of a form: all of the address except the page and the form's own parameters."""
        return [(name, text) for name, text in self.asked.items() if name not in ("page", *left_out)]

    @property
    def status(self) -> int:
        """The HTTP status of a refusal: 403 if the role is the only obstacle, else 400."""
        return 403 if all(problem.is_masked for problem in self.problems) else 400

    def only(self, filters: Mapping[str, str]) -> "Query":
        """The same query with these filters instead, none of which is a range of days."""
        return replace(self, filters=filters, sent=filters, page=1)

    @property
    def masked(self) -> list[str]:
        """The contract's parameters that the role may not use."""
        return [problem.parameter for problem in self.problems if problem.is_masked]

    @property
    def refused_names(self) -> set[str]:
        return {problem.parameter for problem in self.problems}

    def refused(self, problem: Problem) -> "Query":
        return replace(self, problems=(*self.problems, problem))

    def on_page(self, page: int) -> str:
        return self.address_with(page=str(page) if page > 1 else "")

    def sorted_by(self, ordering: str) -> str:
        return self.address_with(ordering=ordering, page="")

    def sized(self, page_size: int) -> str:
        return self.address_with(page_size=str(page_size) if page_size != PAGE_SIZES[0] else "", page="")

    def in_zone(self, tz: str) -> str:
        return self.address_with(tz=tz)

    def without(self, parameter: str, value: str = "") -> str:
        """The address without one parameter, or without one of its comma-separated values."""
        rest = ",".join(part for part in self.filters[parameter].split(",") if value and part != value)
        changed = {**self.filters, parameter: rest}
        kept = {name: text for name, text in changed.items() if text}
        return self.with_filters(kept)

    def with_filters(self, filters: Mapping[str, str]) -> str:
        return replace(self, filters=filters, page=1).address

    @property
    def first(self) -> str:
        return self.on_page(1)

    @property
    def unfiltered(self) -> str:
        return replace(self, filters={}, page=1).address


IS_PLAIN = re.compile(r"[\w.~,:-]*", re.ASCII).fullmatch
"""What an address writes as it is, which most texts are."""


def pair(name: str, text: str) -> str:
    return f"{name}={text if IS_PLAIN(text) else quote(text, safe=',:')}"


def total(ordering: str) -> str:
    """The order with an ID as its last key. Ties come in a different order at every request, so without it some rows
    are lost between two pages and others appear twice."""
    return ordering if {"id", "-id"} & set(ordering.split(",")) else f"{ordering},{LAST_KEY}"
