"""The active filters in words, one chip for each choice."""

from dataclasses import dataclass

from .list_request import ListRequest


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice in words, and the address without it."""

    sentence: str
    without: str
    parameter: str


def chips(list_request: ListRequest) -> list[Chip]:
    query, found = list_request.query, []
    for parameter, value in query.filters.items():
        is_list = list_request.listing.parameters[parameter][1] == "in"
        for part in value.split(",") if is_list else [value]:
            without = query.without(parameter, part if is_list else "")
            found.append(Chip(spoken(list_request, parameter, part), without, parameter))
    return found


def spoken(list_request: ListRequest, parameter: str, value: str) -> str:
    """A filter as a sentence, with offerings by name and ranges of days as of the request's moment."""
    declared, lookup = list_request.listing.parameters[parameter]
    name = list_request.offerings.get(value) if declared.name == "offering" else None
    if name is not None:
        return f"{declared.label} {declared.kind.words(lookup)} {name}"
    return declared.sentence(lookup, value, list_request.zone, list_request.now)
