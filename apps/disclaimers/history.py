"""What investors could read, and from when through when: read from the audit log, which no one changes.

Known is what was published and what comparisons with Tokeny found; between two comparisons nobody looked.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.tenants.models import Tenant

from .models import Drift, Push

OF_ONE = (
    Action.PUSH_CONFIRMED, Action.DISCLAIMER_IMPORTED, Action.DRIFT_FOUND, Action.DRIFT_ENDED, Action.DRIFT_ADOPTED,
    Action.BINDING_ENDED,
)  # fmt: skip
NOWHERE = "elsewhere"
"""The team's sign-in leads to another Tokeny, where this text isn't."""


class State(NamedTuple):
    """`version`: the number of the one that was published, or last was; `differs`: a Drift, NOWHERE, or "" where Tokeny held
    exactly that version; `push`: that put it there."""

    version: int | None
    differs: str = ""
    push: int | None = None


class Period(NamedTuple):
    """`last`: None while it lasts."""

    first: datetime
    last: datetime | None
    state: State


def periods(tenant: Tenant) -> dict[int, list[Period]]:
    """Of each disclaimer that was ever in Tokeny, in their order."""
    states: dict[int, State] = {}
    begun: dict[int, datetime] = {}
    found: dict[int, list[Period]] = defaultdict(list)
    told = entries(tenant)
    versions = versions_of(told)
    for entry in told:
        for number, state in after(entry, states, versions):
            if states.get(number) == state:
                continue
            if number in states:
                found[number].append(Period(begun[number], entry.at, states[number]))
            states[number], begun[number] = state, entry.at
    for number, state in states.items():
        found[number].append(Period(begun[number], None, state))
    return dict(found)


def versions_of(told: list[Entry]) -> dict[int, int]:
    """Of the publications that were confirmed: push -> number of its version."""
    numbers = [entry.details.get("push") for entry in told if entry.action == Action.PUSH_CONFIRMED]
    pushes = Push.objects.filter(pk__in=[number for number in numbers if isinstance(number, int)])
    return dict(pushes.values_list("pk", "version__number"))


def entries(tenant: Tenant) -> list[Entry]:
    held = [
        entry
        for action in (*OF_ONE, Action.BINDINGS_FOLLOWED)
        for entry in Entry.objects.filter(tenant=tenant.id, action=action).defer("salt", "content", "leaf")
    ]
    return sorted(held, key=lambda entry: (entry.at, entry.pk))


def after(entry: Entry, before: Mapping[int, State], versions: Mapping[int, int]) -> list[tuple[int, State]]:
    """The disclaimers that an entry is about, each with its state from then on."""
    details: dict[str, Any] = entry.details if isinstance(entry.details, dict) else {}
    if entry.action == Action.BINDINGS_FOLLOWED:
        return followed(details, before)
    kind, _, text = entry.subject.partition(":")
    if kind != "disclaimer" or not text.isdecimal():
        return []
    held, push = before.get(int(text), State(None)), details.get("push", 0)
    became = {
        Action.PUSH_CONFIRMED: State(versions.get(push), "", push),
        Action.DISCLAIMER_IMPORTED: State(1),
        Action.DRIFT_ADOPTED: State(details.get("version")),
        Action.DRIFT_FOUND: held._replace(differs=details.get("drift", Drift.CHANGED.value)),
        Action.DRIFT_ENDED: held._replace(differs=""),
        Action.BINDING_ENDED: held._replace(differs=Drift.GONE.value),
    }
    return [(int(text), became[Action(entry.action)])]


def followed(details: Mapping[str, Any], before: Mapping[int, State]) -> list[tuple[int, State]]:
    """A former release kept numbers alone: which it moved isn't known."""
    aside, up = details.get("set_aside"), details.get("taken_up")
    found: list[tuple[int, State]] = []
    if isinstance(aside, list):
        found += [(number, before[number]._replace(differs=NOWHERE)) for number in aside if number in before]
    if isinstance(up, dict):
        found += [(int(number), State(version)) for number, version in up.items() if number.isdecimal()]
    return found


def during(found: Iterable[Period], first: datetime, last: datetime) -> list[Period]:
    """Those that overlap a span of time."""
    return [each for each in found if each.first <= last and (each.last is None or each.last > first)]
