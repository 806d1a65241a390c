"""The operators of a filter, each with the parameter it sends and the input it takes.

Only what the contract has is offered. A range of days, a single day and "is empty" are separate operators here, though
they share parameters in the address.
"""

from collections.abc import Container
from dataclasses import dataclass

from .filters import CHOICE, Filter, operators, parameter
from .lookups import BY_SUFFIX, Input


@dataclass(frozen=True, slots=True)
class Operator:
    """`name`: its name in our addresses; `hint`: what may surprise about it, "" for nothing."""

    name: str
    words: str
    parameter: str
    input: Input
    value: str = ""
    hint: str = ""


def operators_of(declared: Filter, parameters: Container[str]) -> list[Operator]:
    """In the order offered; the first is the most used."""
    is_list = bool(declared.choices) and declared.kind is not CHOICE
    kind = "list" if is_list else declared.kind.name
    offered = [
        (offer, parameter(declared.name, suffix))
        for suffix in operators(declared, parameters)
        for offer in BY_SUFFIX[suffix].offers
        if offer.fits(kind)
    ]
    return [
        Operator(
            offer.name,
            offer.words,
            sent,
            offer.inputs.get(kind, offer.input),
            offer.value,
            offer.list_hint if is_list else offer.hint,
        )
        for offer, sent in sorted(offered, key=lambda each: each[0].order)
    ]
