"""Goals and deadlines over a hundred days: each told once to who asks for it then, whatever the money does and whoever stops."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from apps.notices import telling
from apps.notices.models import Kind
from apps.overview import reaching
from apps.overview.models import Fact
from apps.overview.money import MILLIONTHS
from apps.tenants import members
from apps.tenants.permissions import Role
from tests.conftest import Person, person
from tests.disclaimers.conftest import member
from tests.overview.test_figures import TERMS, World, world  # noqa: F401 - a fixture

BEGIN = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
DEADLINE = date(2026, 12, 7)
AIMS = (("Filing target", 1_000), ("Offering target", 5_000), ("Maximum", 1_000_000))


class Killed(Exception):
    """The worker ended before its transaction did."""


def so(received: int, day: date) -> set[str]:
    """What is so of the offering by then, computed plainly."""
    found = {f"goal:1:{label}" for label, amount in AIMS if received >= amount}
    found |= {"close:1"} if 100 * received >= 90 * AIMS[-1][1] else set()
    left = (DEADLINE - day).days
    return found | ({f"deadline:1:{DEADLINE}"} if 0 <= left <= 7 else set())


def learn(world: World, at: datetime, before: list[str], *, is_killed: bool) -> list[str]:  # noqa: F811
    try:
        with transaction.atomic():
            now = reaching.tell_new(world.scope(), at, before)
            if is_killed:
                raise Killed
    except Killed:
        return before
    return now


def come_or_go(world: World, who: Person, owner: Person, dice: random.Random) -> None:  # noqa: F811
    """One's wish changes, or one leaves, comes back, or has another role: marketing sees no overview."""
    held = world.tenant.memberships.filter(person=member(who)).first()
    step = dice.choice(["wish", "wish", "role", "go"])
    if held is None:
        members.add(world.tenant, member(who).email, Role.SUPPORT, member(owner))
    elif step == "wish":
        telling.choose(world.tenant, member(who).pk, Kind.GOALS, is_wanted=dice.random() < 0.7)
    elif step == "role":
        members.change_role(held, dice.choice([Role.SUPPORT, Role.MARKETING]), member(owner))
    else:
        members.remove(held, member(owner))


def wanting(world: World, everybody: list[Person]) -> set[str]:  # noqa: F811
    held = {each.person_id: each.role for each in world.tenant.memberships.all()}
    return {
        str(member(who).email)
        for who in everybody
        if held.get(member(who).pk) in (Role.OWNER, Role.SUPPORT)
        and telling.wants(world.tenant, member(who).pk, Kind.GOALS)
    }


@pytest.mark.parametrize("seed", range(4))
def test_a_hundred_days_of_money(world: World, seed: int) -> None:  # noqa: F811
    dice, known, told, expected = random.Random(seed), list[str](), set[str](), list[tuple[str, str]]()
    owner = person("ana@acme.example", world.tenant, Role.OWNER)
    everybody = [owner, *(person(f"{name}@acme.example", world.tenant, Role.SUPPORT) for name in ("su", "sam"))]
    row, received = world.row(received_at="2026-08-01T00:00:00Z"), 100
    for day in range(100):
        at = BEGIN + timedelta(days=day)
        for who in everybody[1:]:
            if dice.random() < 0.3:
                come_or_go(world, who, owner, dice)
        received = max(0, int(received * dice.choice([0.6, 1, 1.4, 2]))) if received < 2_000_000 else 4_000
        Fact.objects.filter(number=row).update(amount=received * MILLIONTHS)
        is_killed = dice.random() < 0.2
        known = learn(world, at, known, is_killed=is_killed)
        if not is_killed:
            new = so(received, at.date()) - told
            told |= new
            expected += [(to, key) for to in wanting(world, everybody) for key in new]
        while telling.work(at + timedelta(days=1000)):
            pass
    assert len(told) >= 4
    assert sorted((each.to[0], key_of(each.subject)) for each in mail.outbox) == sorted(expected)


def key_of(subject: str) -> str:
    words: dict[str, Any] = {f"reached its {label.lower()}": f"goal:1:{label}" for label, _ in AIMS}
    words |= {"has come to 90%": "close:1", "ends ": f"deadline:1:{DEADLINE}"}
    assert str(TERMS["1"]["name"]) in subject
    return str(next(key for said, key in words.items() if said in subject))
