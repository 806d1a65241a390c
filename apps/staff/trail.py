"""What people do with their own accounts, in the audit log of each of their teams: whoever answers for a team sees it there."""

from typing import Any
from uuid import UUID

from apps.audit.actions import Action
from apps.audit.record import record

from .models import StaffMember


def by(person: StaffMember, action: Action, only: UUID | None = None, **details: Any) -> None:
    """`only`: the one team that their session opens. Who belongs to none leaves an entry of no team."""
    for team in [only] if only else teams_of(person):
        record(action, actor=person, tenant=team, **details)


def teams_of(person: StaffMember) -> list[UUID] | list[None]:
    return [*person.memberships.values_list("tenant_id", flat=True)] or [None]


def about(action: Action, email: str, **details: Any) -> None:
    """Of an account that someone unknown tried to open, by its number; an address that no one has isn't stored. Asks as much of
    the database for both."""
    held = StaffMember.objects.filter(email__iexact=email).values_list("pk", "memberships__tenant_id")
    for number, team in held or [(None, None)]:
        record(action, actor=None, tenant=team, subject=f"staff:{number}" if number else "", **details)
