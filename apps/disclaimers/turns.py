"""Whose turn it is with each disclaimer, kept beside it: every page tells its person how many wait for them, and reads no
draft, version, review or publication for it.

Whatever may change a disclaimer's next step marks its turn as unknown in the same transaction (models.PASSED); who needs
it next reads it. `turn`: the permission that the step needs, by name, "" if it waits for nobody; `turn_not`: IDs of those who may not,
though their role may; `turns` counts the marks, so that what was read before one is not kept after it.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from apps.tenants.known import PARTS, Part
from apps.tenants.models import Membership
from apps.tenants.permissions import Permission, Role, may

from . import states
from .models import TURN_UNKNOWN, Disclaimer

COLUMNS = ("id", "tenant_id", "turn", "turn_not", "turns")
NEEDED = "tenant__approvals_needed"

PARTS["turns"] = Part(Disclaimer, "tenant_id = team.id AND NOT (turn = '')", columns=COLUMNS)


def waiting_for(person: int, role: Role, turns: Sequence[Disclaimer]) -> int:
    """How many of a team wait for the person. `turns`: those that wait for anybody, or whose turn is unknown."""
    settle([each for each in turns if each.turn == TURN_UNKNOWN])
    return sum(bool(each.turn) and may(role, Permission[each.turn]) and person not in each.turn_not for each in turns)


def waiting_in_teams(memberships: Sequence[Membership]) -> dict[UUID, int]:
    """A team's ID -> how many wait there for its member; of one person's teams."""
    teams = [each.tenant_id for each in memberships]
    held = Disclaimer.objects.filter(~Q(turn=""), tenant__in=teams).select_related("tenant").only(*COLUMNS, NEEDED)
    turns: dict[UUID, list[Disclaimer]] = {team: [] for team in teams}
    for each in held.order_by():
        turns[each.tenant_id].append(each)
    settle([each for team in turns.values() for each in team if each.turn == TURN_UNKNOWN])
    return {each.tenant_id: waiting_for(each.person_id, Role(each.role), turns[each.tenant_id]) for each in memberships}


def settle(unknown: Sequence[Disclaimer]) -> None:
    """Reads their turns, and keeps each unless it was marked again meanwhile. Each knows its team as it was when the
    mark was read."""
    if not unknown:
        return
    known = {each.pk: each for each in unknown}
    alike: dict[tuple[str, tuple[int, ...], int], list[int]] = defaultdict(list)
    held = Disclaimer.objects.filter(pk__in=known).select_related("live").defer("live__text", "drift_text", "notes")
    for facts in states.facts_of(list(held)):
        each = known[facts.disclaimer.pk]
        step = states.next_step(facts, states.state_of(facts, each.tenant.approvals_needed))
        each.turn, each.turn_not = (step.permission.name, sorted(step.but)) if step else ("", [])
        alike[each.turn, tuple(each.turn_not), each.turns].append(each.pk)
    for (turn, but, turns), numbers in alike.items():
        Disclaimer.objects.filter(pk__in=numbers, turns=turns).update(turn=turn, turn_not=list(but))
