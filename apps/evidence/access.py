"""Who had which access to a team at a moment: read from the audit log, in the order in which it was written."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.audit.actions import Action
from apps.audit.models import Entry

GONE = (Action.MEMBER_REMOVED, Action.MEMBER_LEFT)
OF_FACTORS = (Action.FACTOR_ADDED, Action.FACTOR_REMOVED, Action.FACTOR_RESET)
GAINED = (Action.KEY_ADDED, Action.FIREBASE_ADDED, Action.TOKENY_ADDED, Action.SSO_SAVED)
RENEWED = (Action.KEY_REPLACED, Action.FIREBASE_REPLACED, Action.TOKENY_REPLACED)
LOST = (Action.KEY_REMOVED, Action.FIREBASE_REMOVED, Action.TOKENY_REMOVED, Action.SSO_REMOVED)
READ = (Action.MEMBER_ADDED, Action.MEMBER_CHANGED, *GONE, *OF_FACTORS, *GAINED, *RENEWED, *LOST)


@dataclass(slots=True)
class Member:
    """`factors`: kind -> how many; None where the log doesn't say, of members that a former release added."""

    role: str
    since: datetime
    factors: Counter[str] | None


@dataclass(slots=True)
class Connection:
    """`replaced`: when its secret was last replaced."""

    label: str
    since: datetime
    replaced: datetime | None = None


@dataclass(slots=True)
class Access:
    """`members`: by the staff member's number; `connections`: by subject."""

    members: dict[int, Member] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)


def as_of(team: UUID, until: datetime) -> Access:
    found = Access()
    for entry in entries(team, until):
        details: dict[str, Any] = entry.details if isinstance(entry.details, dict) else {}
        action, about = Action(entry.action), entry.subject.partition(":")[2]
        if action in (*GAINED, *RENEWED, *LOST):
            connect(found, action, entry, details)
        elif action in OF_FACTORS:
            use_factor(found, action, entry, details)
        elif about.isdecimal():
            enlist(found, action, int(about), entry.at, details)
    return found


def entries(team: UUID, until: datetime) -> Iterator[Entry]:
    """Of each action by its own index, put in their order."""
    found = [
        entry
        for action in READ
        for entry in Entry.objects.filter(tenant=team, action=action, at__lte=until).defer("salt", "content", "leaf")
    ]
    yield from sorted(found, key=lambda entry: (entry.at, entry.pk))


def enlist(found: Access, action: Action, person: int, at: datetime, details: dict[str, Any]) -> None:
    if action == Action.MEMBER_ADDED:
        kinds = details.get("factors")
        found.members[person] = Member(details.get("role", ""), at, None if kinds is None else Counter(kinds))
    elif action in GONE:
        found.members.pop(person, None)
    elif member := found.members.get(person):
        member.role = details.get("role", member.role)


def use_factor(found: Access, action: Action, entry: Entry, details: dict[str, Any]) -> None:
    """One's own factor, but for a reset, which is somebody else's act. Whoever adds one has one, whatever was before."""
    number = entry.subject.partition(":")[2] if action == Action.FACTOR_RESET else str(entry.actor_id)
    member = found.members.get(int(number)) if number.isdecimal() else None
    if member is None:
        return
    if action == Action.FACTOR_RESET:
        member.factors = Counter()
    elif action == Action.FACTOR_ADDED:
        member.factors = (member.factors or Counter()) + Counter([details.get("factor", "")])
    elif member.factors is not None:
        member.factors -= Counter([details.get("factor", "")])


def connect(found: Access, action: Action, entry: Entry, details: dict[str, Any]) -> None:
    held = found.connections.get(entry.subject)
    if action in LOST:
        found.connections.pop(entry.subject, None)
    elif action == Action.SSO_SAVED and not entry.subject:
        return  # whether the team requires it
    elif held is None:
        found.connections[entry.subject] = Connection(details.get("label", ""), entry.at)
    else:
        held.label, held.replaced = details.get("label", held.label), entry.at
