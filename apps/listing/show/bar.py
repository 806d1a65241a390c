"""The quick bar: the most used filters as a plain form. Everything else in the address is kept in hidden inputs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.listing import values
from apps.listing.query.chips import spoken
from apps.listing.query.list_request import ListRequest
from apps.listing.query.query import Query
from apps.listing.ranges import RANGES
from apps.listing.schema.filters import TEXT, Control, Filter, parameter
from apps.listing.schema.lookups import WITHIN
from apps.staff import drawing
from apps.tenants.zones import zone_words

UTC = ZoneInfo("UTC")
INVALID = mark_safe('aria-invalid="true" aria-describedby="refusal"')
NOT_APPLIED = "not applied"


@dataclass(frozen=True, slots=True)
class FieldInput:
    """A text or date input. `invalid`: the attributes that tie it to its error message."""

    name: str
    label: str
    text: str
    type: str
    keyboard: str
    invalid: str


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool
    tally: str = ""


@dataclass(frozen=True, slots=True)
class FilterControl:
    """One control of the filter line: `names` are the parameters it sends, `texts` their values, `refused` those of them
    that could not be read. `said`: what it asks now, without its label, "" for nothing; `without`: the
    address that doesn't ask it."""

    kind: str
    label: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    choices: tuple[Choice, ...] = ()
    field: str = ""
    keyboard: str = "text"
    refused: frozenset[str] = frozenset()
    said: str = ""
    without: str = ""

    @property
    def inputs(self) -> list[FieldInput]:
        """What is typed or picked: one text, or the two bounds of a range."""
        return [
            FieldInput(
                name,
                f"{self.label} {bound}".strip(),
                text,
                # a date input would lose a moment that does not bound a day
                "date" if self.kind == Control.DAYS and len(text) in (0, 10) else "text",
                self.keyboard,
                INVALID if name in self.refused else "",
            )
            for name, bound, text in zip(self.names, BOUNDS.get(self.kind, ("",)), self.texts, strict=False)
        ]

    @property
    def options(self) -> SafeString:
        """The choices as HTML: a template's loop over them took a third of the bar's time."""
        name = escape(self.names[-1])
        blank = Choice("", "Any", not any(choice.is_chosen for choice in self.choices))
        return mark_safe("".join(option(name, choice) for choice in (blank, *self.choices)))  # noqa: S308 - escaped one by one

    @property
    def tallies(self) -> list[str]:
        return [choice.tally for choice in self.choices]


BOUNDS: dict[str, tuple[str, ...]] = {Control.RANGE: ("at least", "at most"), Control.DAYS: ("from", "through")}


def option(name: str, choice: Choice) -> str:
    checked = " checked" if choice.is_chosen else ""
    radio = f'<input type="radio" name="{name}" value="{escape(choice.value)}"{checked}>'
    return f'<label class="check">{radio}{escape(choice.label[:1].upper() + choice.label[1:])}</label>'


@dataclass(frozen=True, slots=True)
class Bar:
    """`search`: its first control, if that is a field; `asks`: the others; all of them drawn. `handled`: the parameters that
    they stand for."""

    search: SafeString
    asks: tuple[SafeString, ...]
    kept: tuple[tuple[str, str], ...]
    handled: frozenset[str]


def bar(list_request: ListRequest) -> Bar:
    query, shown = list_request.query, list_request.visible_classes
    offered = [
        each for each in list_request.listing.filters if each.control and {each.data_class} | each.needs("a") <= shown
    ]
    handled = frozenset[str]().union(*(stands_for(each, query) for each in offered))
    asks = [drawn(list_request, declared) for declared in offered]
    search = asks.pop(0) if offered and offered[0].control is Control.SEARCH else SafeString("")
    return Bar(search, tuple(asks), tuple(query.kept(*handled)), handled)


def drawn(list_request: ListRequest, declared: Filter) -> SafeString:
    """A filter that asks nothing holds nothing that anybody typed, so its HTML is kept: on most pages most are such."""
    query, url, zone = list_request.query, list_request.list_url, zone_words(list_request.zone)
    if stands_for(declared, query).isdisjoint(query.filters.keys() | query.typed.keys() | query.refused_names):
        offerings = list_request.offerings if declared.control is Control.OFFERING else {}
        return drawn_unasked(declared, tuple(offerings.items()), url, zone)
    control = filter_control(list_request, declared)
    return render_to_string(template_of(declared), {"control": control, "list_url": url, "zone": zone})


@lru_cache(maxsize=512)
def drawn_unasked(declared: Filter, offerings: tuple[tuple[str, str], ...], list_url: str, zone: str) -> SafeString:
    control = control_of(Query(), UTC, dict(offerings), declared)
    return drawing.drawn(template_of(declared), {"control": control, "list_url": list_url, "zone": zone})


def template_of(declared: Filter) -> str:
    return "components/search.html" if declared.control is Control.SEARCH else "components/ask.html"


def filter_control(list_request: ListRequest, declared: Filter) -> FilterControl:
    query, names = list_request.query, stands_for(declared, list_request.query)
    rest = {name: text for name, text in query.filters.items() if name not in names}
    control = control_of(query, list_request.zone, list_request.offerings, declared)
    said = answer(list_request, declared, names)
    refused = frozenset(query.refused_names & {*control.names})
    return replace(control, refused=refused, said=said, without=query.with_filters(rest) if said else "")


def answer(list_request: ListRequest, declared: Filter, names: Collection[str]) -> str:
    """What the filter asks now, in words without its label."""
    if list_request.query.refused_names & {*names}:
        return NOT_APPLIED
    held = [(name, text) for name, text in list_request.query.filters.items() if name in names]
    if declared.control in (Control.CHECKS, Control.SELECT, Control.OFFERING):
        labels = {**declared.choices, **(list_request.offerings if declared.control is Control.OFFERING else {})}
        return ", ".join(labels.get(value, value) for _, text in held for value in text.split(","))
    said = [
        spoken(list_request, name, text).removeprefix(f"{declared.label} ").removeprefix("is ") for name, text in held
    ]
    return ", ".join(each.removesuffix(f" ({list_request.zone.key})") for each in said)


def parameters_of(declared: Filter) -> tuple[str, ...]:
    """The parameters that a filter's control sends."""
    name = declared.name
    borders = (parameter(name, "gte"), parameter(name, "lte"))
    match declared.control:
        case Control.RANGE:
            return borders
        case Control.DAYS:
            return (*borders, parameter(name, WITHIN))
        case Control.CHECKS:
            return (parameter(name, "in"),)
        case Control.OFFERING:
            return (name,)
    return (declared.parameter,)


def stands_for(declared: Filter, query: Query) -> set[str]:
    """The parameters of the address that the control replaces. If a field is asked both singly and as a list, the
    single one is left alone."""
    sent = set(parameters_of(declared))
    if declared.control is Control.CHECKS and not (declared.name in query.filters and sent & query.filters.keys()):
        sent.add(declared.name)
    return sent


def control_of(query: Query, zone: ZoneInfo, offerings: Mapping[str, str], declared: Filter) -> FilterControl:
    """What was refused is shown as typed."""
    names = parameters_of(declared)
    held = {**query.typed, **query.filters}
    texts = tuple(held.get(name, "") for name in names)
    match declared.control:
        case Control.DAYS:
            days = tuple(shown_day(query, zone, name) for name in names[:2])
            offered = choices({key: words for key, (words, _) in RANGES.items()}, {texts[2]})
            return FilterControl(declared.control, declared.label, names, days, offered)
        case Control.CHECKS:
            return ticked(declared, query, declared.choices)
        case Control.OFFERING:
            return FilterControl(Control.SELECT, declared.label, names, (), choices(offerings, {texts[0]}))
        case Control.SELECT:
            return FilterControl(declared.control, declared.label, names, (), choices(declared.choices, {texts[0]}))
        case Control.RANGE:
            return FilterControl(declared.control, declared.label, names, texts)
    return FilterControl(declared.control, declared.label, names, texts, keyboard=declared.keyboard)


def ticked(declared: Filter, query: Query, labels: Mapping[str, str]) -> FilterControl:
    """One or several of `labels`."""
    held, several = {**query.typed, **query.filters}, parameter(declared.name, "in")
    chosen = set((held.get(several) or held.get(declared.name, "")).split(","))
    return FilterControl(Control.CHECKS, declared.label, (several,), (), choices(labels, chosen), declared.name)


def is_choosable(declared: Filter) -> bool:
    """Whether a menu can hold every value of the filter."""
    return bool(declared.choices) or declared.control is Control.OFFERING


def choosable(list_request: ListRequest, declared: Filter) -> FilterControl:
    """All choices of a filter: several if the API takes several, else one, as in the bar."""
    is_offering = declared.control is Control.OFFERING
    labels = declared.choices or (list_request.offerings if is_offering else {})
    if declared.kind is not TEXT:
        return ticked(declared, list_request.query, labels)
    name = declared.parameter
    chosen = {list_request.query.filters.get(name, "")}
    return FilterControl(Control.SELECT, declared.label, (name,), (), choices(labels, chosen), declared.name)


def with_tallies(control: FilterControl, tallies: Iterable[str]) -> FilterControl:
    counted = tuple(replace(choice, tally=tally) for choice, tally in zip(control.choices, tallies, strict=True))
    return replace(control, choices=counted)


def shown_day(query: Query, zone: ZoneInfo, name: str) -> str:
    """The day if it is one, else the moment or the text as typed."""
    canonical = query.filters.get(name)
    if canonical is None:
        return query.typed.get(name, "")
    return values.as_day(canonical, zone, name[-3:]) or canonical


def choices(labels: Mapping[str, str], chosen: set[str]) -> tuple[Choice, ...]:
    """The choices, and chosen values that are not among them: an address may say more than a form offers."""
    others = {value: value for value in sorted(chosen - {""}) if value not in labels}
    return tuple(Choice(value, label, value in chosen) for value, label in {**labels, **others}.items())
