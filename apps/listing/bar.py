"""The quick bar: the filters that are asked for most, as a plain form. All else that the address holds is kept, hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from apps.tenants.permissions import DataClass

from . import values
from .filters import Control, Filter, parameter
from .query import Query


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """One control: `names` are the parameters it sends, `texts` what they hold."""

    control: str
    label: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    choices: tuple[Choice, ...] = ()

    @property
    def types(self) -> list[str]:
        """Of the inputs of a range of days: a moment that is no day's border would be lost in a date input."""
        return ["date" if len(text) in (0, 10) else "text" for text in self.texts]

    @property
    def chosen(self) -> int:
        return sum(choice.is_chosen for choice in self.choices)


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
    kept = [(name, text) for name, text in query.filters.items() if name not in handled]
    paging = {
        "ordering": query.ordering,
        "key": query.key,
        "page_size": "" if query.page_size == 25 else str(query.page_size),
    }
    return Bar(tuple(controls), (*kept, *((name, text) for name, text in paging.items() if text)))


def ask(declared: Filter, query: Query, zone: ZoneInfo, offerings: Mapping[str, str]) -> tuple[Asked, set[str]]:
    """The control, and the parameters of the address that it stands for. What was refused stays as it was typed."""
    control, name = declared.control, declared.name
    held = {**query.typed, **query.filters}
    if control in (Control.RANGE, Control.DAYS):
        names = (parameter(name, "gte"), parameter(name, "lte"))
        texts = tuple(held.get(each, "") for each in names)
        if control is Control.DAYS:
            texts = tuple(shown_day(each, query, zone) for each in names)
        return Asked(control, declared.label, names, texts), set(names)
    if control is Control.CHECKS:
        several = parameter(name, "in")
        chosen = set(",".join((held.get(name, ""), held.get(several, ""))).split(","))
        return Asked(control, declared.label, (several,), (), choices(declared.choices, chosen)), {name, several}
    if control is Control.OFFERING:
        return Asked(Control.SELECT, declared.label, (name,), (), choices(offerings, {held.get(name, "")})), {name}
    single = declared.parameter
    if control is Control.SELECT:
        return Asked(control, declared.label, (single,), (), choices(declared.choices, {held.get(single, "")})), {
            single
        }
    return Asked(control, declared.label, (single,), (held.get(single, ""),)), {single}


def shown_day(name: str, query: Query, zone: ZoneInfo) -> str:
    """The day where it is one, else the moment or what was typed."""
    canonical = query.filters.get(name)
    return query.typed.get(name, "") if canonical is None else values.as_day(canonical, zone, name[-3:]) or canonical


def choices(labels: Mapping[str, str], chosen: set[str]) -> tuple[Choice, ...]:
    """What can be chosen, and what is chosen although it is not among it: an address may say more than a form offers."""
    others = {value: value for value in sorted(chosen - {""}) if value not in labels}
    return tuple(Choice(value, label, value in chosen) for value, label in {**labels, **others}.items())
