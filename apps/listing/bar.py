"""The quick bar: the filters that are asked for most, as a plain form. All else that the address holds is kept, hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import escape
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe

from apps.tenants.permissions import DataClass

from . import values
from .filters import TEXT, Control, Filter, parameter
from .lookups import WITHIN
from .query import Query
from .ranges import RANGES


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool
    tally: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One control: `names` are the parameters it sends, `texts` what they hold."""

    control: str
    label: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    field: str = ""
    keyboard: str = "text"

    @property
    def types(self) -> list[str]:
        """Of the inputs of a range of days: a moment that is no day's border would be lost in a date input."""
        return ["date" if len(text) in (0, 10) else "text" for text in self.texts]

    @property
    def options(self) -> SafeString:
        """Of a menu that opens, as HTML: a template's loop over them was a third of the bar's time."""
        return mark_safe("".join(map(option, self.choices)))  # noqa: S308 - escaped one by one

    @property
    def tallies(self) -> list[str]:
        return [choice.tally for choice in self.choices]

    @property
    def chosen(self) -> int:
        return sum(choice.is_chosen for choice in self.choices)


def option(choice: Choice) -> str:
    selected = " selected" if choice.is_chosen else ""
    return f'<option value="{escape(choice.value)}"{selected}>{escape(choice.label)}</option>'


@dataclass(frozen=True, slots=True)
class Bar:
    controls: tuple[Asked, ...]
    kept: tuple[tuple[str, str], ...]


def bar(
    filters: Iterable[Filter], query: Query, sight: frozenset[DataClass], zone: ZoneInfo, offerings: Mapping[str, str]
) -> Bar:
    controls = []
    handled: set[str] = set()
    for declared in filters:
        if declared.control and {declared.data_class} | declared.needs("a") <= sight:
            asked, parameters = ask(declared, query, zone, offerings)
            controls.append(asked)
            handled |= parameters
    return Bar(tuple(controls), tuple(query.kept(*handled)))


def ask(declared: Filter, query: Query, zone: ZoneInfo, offerings: Mapping[str, str]) -> tuple[Asked, set[str]]:
    """The control, and the parameters of the address that it stands for. What was refused stays as it was typed."""
    control, name = declared.control, declared.name
    held = {**query.typed, **query.filters}
    if control in (Control.RANGE, Control.DAYS):
        names: tuple[str, ...] = (parameter(name, "gte"), parameter(name, "lte"))
        if control is Control.RANGE:
            return Asked(control, declared.label, names, tuple(held.get(each, "") for each in names)), set(names)
        texts = tuple(shown_day(each, query, zone) for each in names)
        names = (*names, parameter(name, WITHIN))
        offered = choices({key: words for key, (words, _) in RANGES.items()}, {held.get(names[2], "")})
        return Asked(control, declared.label, names, texts, offered), set(names)
    if control is Control.CHECKS:
        asked = ticked(declared, query, declared.choices)
        both = name in query.filters and parameter(name, "in") in query.filters
        return asked, {parameter(name, "in")} if both else {name, parameter(name, "in")}
    if control is Control.OFFERING:
        return Asked(Control.SELECT, declared.label, (name,), (), choices(offerings, {held.get(name, "")})), {name}
    single = declared.parameter
    if control is Control.SELECT:
        return Asked(control, declared.label, (single,), (), choices(declared.choices, {held.get(single, "")})), {
            single
        }
    texts = (held.get(single, ""),)
    return Asked(control, declared.label, (single,), texts, keyboard=declared.keyboard), {single}


def ticked(declared: Filter, query: Query, labels: Mapping[str, str]) -> Asked:
    """One or several of `labels`. An address that asks both is asked both: the single one is left as it is."""
    held, several = {**query.typed, **query.filters}, parameter(declared.name, "in")
    chosen = set((held.get(several) or held.get(declared.name, "")).split(","))
    return Asked(Control.CHECKS, declared.label, (several,), (), choices(labels, chosen), declared.name)


def is_choosable(declared: Filter) -> bool:
    """Whether a menu can hold all that the filter may be asked."""
    return bool(declared.choices) or declared.control is Control.OFFERING


def choosable(declared: Filter, query: Query, offerings: Mapping[str, str]) -> Asked:
    """All choices of a filter: several where the API takes several, else one, as the bar asks for it."""
    labels = declared.choices or (offerings if declared.control is Control.OFFERING else {})
    if declared.kind is not TEXT:
        return ticked(declared, query, labels)
    name = declared.parameter
    return Asked(
        Control.SELECT, declared.label, (name,), (), choices(labels, {query.filters.get(name, "")}), declared.name
    )


def with_tallies(asked: Asked, tallies: Iterable[str]) -> Asked:
    told = tuple(replace(choice, tally=tally) for choice, tally in zip(asked.choices, tallies, strict=True))
    return replace(asked, choices=told)


def shown_day(name: str, query: Query, zone: ZoneInfo) -> str:
    """The day where it is one, else the moment or what was typed."""
    canonical = query.filters.get(name)
    return query.typed.get(name, "") if canonical is None else values.as_day(canonical, zone, name[-3:]) or canonical


def choices(labels: Mapping[str, str], chosen: set[str]) -> tuple[Choice, ...]:
    """What can be chosen, and what is chosen although it is not among it: an address may say more than a form offers."""
    others = {value: value for value in sorted(chosen - {""}) if value not in labels}
    return tuple(Choice(value, label, value in chosen) for value, label in {**labels, **others}.items())
