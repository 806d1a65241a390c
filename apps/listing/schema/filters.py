"""A filter, declared once: form control, address, upstream parameter, sentence and refusal derive from one row.

Its operators are read from the contract's parameters, so none is offered that the API would silently ignore.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from apps.listing import ranges, values
from apps.listing.values import BadValue
from apps.tenants.permissions import DataClass
from apps.tenants.zones import zone_words
from apps.upstream.issuance.contract import labels

from .lookups import BY_SUFFIX, LOOKUPS, WITHIN


class Control(StrEnum):
    """The filter's control in the quick bar; without one, it is offered by "Add filter" and the address only."""

    NONE = ""
    SEARCH = "search"
    TEXT = "text"
    SELECT = "select"
    CHECKS = "checks"
    RANGE = "range"
    DAYS = "days"
    OFFERING = "offering"


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is read and shown. `read(text, zone, lookup)` returns canonical text or raises BadValue."""

    name: str
    read: Callable[[str, ZoneInfo, str], str]
    say: Callable[[str, ZoneInfo, str], str]

    def words(self, lookup: str) -> str:
        found = BY_SUFFIX[lookup]
        return (self is MOMENT and found.moment_words) or found.words


@dataclass(frozen=True, slots=True, eq=False)
class Filter:
    """Declared once, and equal to itself alone. `group`: the heading under which "Add filter" offers it."""

    name: str
    label: str
    group: str
    kind: Kind
    data_class: DataClass
    control: Control = Control.NONE
    choices: Mapping[str, str] = field(default_factory=dict)
    needs: Callable[[str], frozenset[DataClass]] = lambda text: frozenset()
    """Further classes that a value would give away; see `search`."""

    @property
    def parameter(self) -> str:
        """The parameter sent by a single control; a list in a text field is asked by `contains`."""
        return parameter(self.name, "contains") if self.control is Control.SELECT and self.kind is TEXT else self.name

    @property
    def keyboard(self) -> str:
        """The `inputmode` of its input."""
        if self.kind in (MONEY, NUMBER):
            return "decimal" if self.kind is MONEY else "numeric"
        return "email" if self.name.endswith("email") else "search" if self.control is Control.SEARCH else "text"

    def sentence(self, lookup: str, value: str, zone: ZoneInfo, now: datetime) -> str:
        if special := BY_SUFFIX[lookup].sentence:
            return special(self.label, value, zone, now)
        named = f" ({zone_words(zone)})" if self.kind is MOMENT else ""
        return f"{self.label} {self.kind.words(lookup)} {self.say(value, zone, lookup)}{named}"

    def say(self, value: str, zone: ZoneInfo, lookup: str) -> str:
        return self.choices.get(value) or self.kind.say(value, zone, lookup)

    def read(self, lookup: str, text: str, zone: ZoneInfo) -> str:
        """The canonical value. Raises BadValue with a sentence."""
        special = BY_SUFFIX[lookup].read
        return special(text) if special else self._read_one(text, zone, lookup)

    def read_several(self, parts: Iterable[str], zone: ZoneInfo) -> list[str]:
        """The canonical values of a list, each once. Raises BadValue with a sentence."""
        return list(dict.fromkeys(self._read_one(part, zone, "in") for part in parts))

    def _read_one(self, text: str, zone: ZoneInfo, lookup: str) -> str:
        if self.kind is CHOICE and lookup == "contains":
            return values.words(text)
        if self.kind is CHOICE and text not in self.choices:
            raise BadValue(f"“{text[:40]}” isn’t one of {', '.join(self.choices)}")
        return self.kind.read(text, zone, lookup)


def plain(text: str, zone: ZoneInfo, lookup: str) -> str:
    return f"“{text}”"


def say_money(text: str) -> str:
    """$5,000.00: at least two decimals, and all further digits kept."""
    whole, _, rest = text.partition(".")
    sign = "-" if text.startswith("-") else ""
    return f"{sign}${values.grouped(whole.lstrip('-'))}.{rest.ljust(2, '0')}"


def say_day(text: str) -> str:
    return ranges.say_day(datetime.fromisoformat(text).date())


def say_moment(text: str, zone: ZoneInfo, lookup: str) -> str:
    """The bound of a whole day is shown as the day, anything else with its time."""
    day = values.as_day(text, zone, lookup)
    return say_day(day) if day else values.short_time(datetime.fromisoformat(text), zone)


MONEY = Kind("money", lambda text, zone, lookup: values.money(text), lambda text, zone, lookup: say_money(text))
NUMBER = Kind("number", lambda text, zone, lookup: values.number(text), lambda text, zone, lookup: text)
TEXT = Kind("text", lambda text, zone, lookup: values.words(text), plain)
CHOICE = Kind("choice", lambda text, zone, lookup: text, plain)
TRUTH = Kind(
    "truth", lambda text, zone, lookup: values.truth(text), lambda text, zone, lookup: "yes" if text == "true" else "no"
)
MOMENT = Kind("moment", values.moment, say_moment)


def text_search(
    name: str, label: str, text: frozenset[DataClass], numbers: frozenset[DataClass], codes: Iterable[str] = ()
) -> Filter:
    """Free search. Which fields it covers is up to the server, so its answer may reveal what any text field holds. Each
    term is judged alone, as the server splits them: one without a letter may match a figure, and one that is part of
    `codes` a masked choice; these need the classes of `numbers`. Terms are judged in every way the server may read
    them."""
    known = tuple(map(folded, codes))

    def needs(said: str) -> frozenset[DataClass]:
        terms = [term for term in re.split(r"[\s,]+", folded(said)) if term]
        is_telling = any(not any(map(str.isalpha, term)) or is_part(term, known) for term in terms)
        return numbers if is_telling else text

    return Filter(name, label, "", TEXT, DataClass.IDENTITY, Control.SEARCH, needs=needs)


def folded(text: str) -> str:
    """The text as broadly as it may be compared: the server strips quotes and backslashes from a term, and databases
    compare without regard to case in either direction (a dotless ı is an I in upper case), width or accents."""
    signs = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper().casefold())
    return "".join(sign for sign in signs if sign.isspace() or not is_passed_over(sign))


def is_passed_over(sign: str) -> bool:
    return sign in "\"'\\" or unicodedata.category(sign) in ("Mn", "Cf", "Cc")


def is_part(term: str, codes: Iterable[str]) -> bool:
    """From three letters on: a shorter term matches nearly everything, and may be a name."""
    return len(term) > 2 and any(term in code for code in codes)


def choice(
    name: str, label: str, group: str, enum: str, data_class: DataClass, control: Control = Control.NONE
) -> Filter:
    return Filter(name, label, group, CHOICE, data_class, control, labels(enum))


def operators(declared: Filter, parameters: Container[str]) -> list[str]:
    """The lookups that the contract lists for this filter, in the order of LOOKUPS, and ours if both bounds are
    available."""
    borders = (parameter(declared.name, "gte"), parameter(declared.name, "lte"))
    has_range = declared.kind is MOMENT and all(border in parameters for border in borders)
    found = [lookup.suffix for lookup in LOOKUPS if parameter(declared.name, lookup.suffix) in parameters]
    return [*found, WITHIN] if has_range and WITHIN not in found else found


def parameter(name: str, lookup: str) -> str:
    return f"{name}__{lookup}" if lookup else name


def by_parameter(filters: Iterable[Filter], specs: Container[str]) -> dict[str, tuple[Filter, str]]:
    """Parameter name -> its filter and lookup."""
    return {
        parameter(declared.name, lookup): (declared, lookup)
        for declared in filters
        for lookup in operators(declared, specs)
    }


def resolve(
    filters: Mapping[str, str], parameters: Mapping[str, tuple[Filter, str]], now: datetime, zone: ZoneInfo
) -> dict[str, str]:
    """What canonical filters send upstream: each as it is, a range of days as two instants."""
    sent: dict[str, str] = {}
    for name, value in filters.items():
        declared, lookup = parameters[name]
        if lookup == WITHIN:
            found = ranges.window(value, now, zone)
            sent[parameter(declared.name, "gte")] = found.first.isoformat()
            sent[parameter(declared.name, "lte")] = found.last.isoformat()
        else:
            sent[name] = value
    return sent
