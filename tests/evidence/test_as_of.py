"""Access as of a moment, and what was live at a moment: read from the log, they are what the database itself held then."""

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.disclaimers import bindings, history, publishing, watching
from apps.disclaimers.history import State
from apps.disclaimers.models import Disclaimer, UntrackedText
from apps.evidence import access, rights
from apps.staff import trail
from apps.staff.models import StaffMember
from apps.tenants import connections, members, two_step
from apps.tenants.models import Tenant, TokenyPlace, TokenySignIn
from apps.tenants.permissions import Role
from apps.upstream.secret import Secret
from tests.conftest import Person, person
from tests.disclaimers.conftest import approved, at_tokeny, member, published, rewritten, written  # noqa: F401 - a fixture
from tests.sampling import WHOLE
from tests.stand_in import Sandbox

pytestmark = pytest.mark.django_db
HISTORIES = 200 if WHOLE else 20
OF_TOKENY = 200 if WHOLE else 6
ACTS = 12


# access

Snapshot = tuple[dict[int, tuple[str, Counter[str]]], set[str]]


def now_held(team: Tenant) -> Snapshot:
    """Straight from the tables."""
    held = {
        each.person_id: (
            each.role,
            Counter(Authenticator.objects.filter(user=each.person).values_list("type", flat=True)),
        )
        for each in team.memberships.select_related("person")
    }
    return held, {str(key.id) for key in team.issuance_keys.all()}


def as_read(team: Tenant, at: datetime) -> Snapshot:
    found = access.as_of(team.id, at)
    people = {number: (each.role, +(each.factors or Counter())) for number, each in found.members.items()}
    return people, {subject.partition(":")[2] for subject in found.connections}


def add_factor(who: StaffMember, kind: str) -> None:
    Authenticator.objects.create(user=who, type=kind, data={})
    trail.by(who, Action.FACTOR_ADDED, factor=kind, sessions=0)


def remove_factor(who: StaffMember, chance: random.Random) -> None:
    if held := list(Authenticator.objects.filter(user=who)):
        gone = chance.choice(held)
        trail.by(who, Action.FACTOR_REMOVED, factor=str(gone.type), sessions=0)
        gone.delete()


def act(team: Tenant, people: list[StaffMember], chance: random.Random) -> None:
    who, role = chance.choice(people), Role(chance.choice(Role.values))
    held = team.memberships.filter(person=who).first()
    owner = team.memberships.filter(role="owner").first()
    assert owner
    try:
        match chance.randrange(8):
            case 0 | 1:
                members.add(team, who.email, role, owner.person)
            case 2 if held:
                members.change_role(held, role, owner.person)
            case 3 if held:
                members.remove(held, owner.person)
            case 4 if held:
                members.leave(held)
            case 5:
                has_app = Authenticator.objects.filter(user=who, type="totp").exists()
                add_factor(who, "webauthn" if has_app else chance.choice(["totp", "webauthn"]))
            case 6:
                remove_factor(who, chance)
            case 7 if held and team.memberships.filter(person=who).exists():
                two_step.reset(who, "Lost", owner.person, team.id)
            case _:
                label = chance.choice(["One", "Two"])
                if key := team.issuance_keys.filter(label=label).first():
                    connections.remove_key(key, owner.person)
                else:
                    trial = connections.Trial("untested", "", [])
                    connections.keep_key(team, label, Secret("x" * 20), "http://localhost:1", owner.person, trial)
    except members.LastOwner:
        pass


@pytest.mark.parametrize("part", range(4))
def test_access_as_of_any_moment_is_what_it_was(part: int) -> None:
    for seed in range(part * HISTORIES // 4, (part + 1) * HISTORIES // 4):
        chance = random.Random(seed)
        team = Tenant.objects.create(slug=f"team-{seed}", name="Team")
        people = [StaffMember.objects.create_user(f"{name}-{seed}@acme.example") for name in ("ana", "ben", "cleo")]
        members.add(team, people[0].email, Role.OWNER, None)
        seen = [(timezone.now(), now_held(team))]
        for _ in range(ACTS):
            act(team, people, chance)
            seen.append((timezone.now(), now_held(team)))
        for at, held in seen:
            assert as_read(team, at) == held, f"seed {seed}"


def test_what_roles_could_do_is_noted_when_a_release_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = timezone.now()
    for _ in range(2):
        monkeypatch.setattr(rights, "_is_noted", False)
        rights.work()
    assert Entry.objects.filter(action="rights of roles changed").count() == 1
    assert rights.as_of(before) is None
    assert rights.as_of(timezone.now()) == rights.tables()


# what was live


def there(team: Tenant) -> dict[int, State]:
    """Straight from the rows, as far as they say it."""
    held = Disclaimer.objects.filter(tenant=team).select_related("live")
    return {each.pk: State(each.live.number, each.drift) for each in held if each.live and each.drift != "gone"}


def read_at(found: dict[int, list[history.Period]], at: datetime) -> dict[int, State]:
    return {
        number: each.state._replace(push=None)
        for number, periods in found.items()
        for each in periods
        if each.first <= at
        and (each.last is None or at < each.last)
        and each.state.differs not in (history.NOWHERE, "gone")
    }


def publish_or_change(
    team: Tenant, ana: Person, max_: Person, cora: Person, sandbox: Sandbox, chance: random.Random
) -> None:
    held = list(team.disclaimers.select_related("live"))
    live = [each for each in held if each.tokeny_id]
    choice = chance.randrange(8)
    each = chance.choice(live) if live else None
    if choice == 0 or each is None:
        made = written(team, max_, f"Text {chance.random()}.\n", f"Title {len(held)}")
        approved(made, max_, cora)
        published(made, max_)
    elif choice == 1:
        rewritten(each, max_, cora, f"Text {chance.random()}.\n")
        each.refresh_from_db()
        with suppress(publishing.NotPushed):
            published(each, max_)
    elif choice == 2:
        sandbox.by_others(f"By others {chance.random()}.", id=each.tokeny_id)
        watching.compare(team)
    elif choice == 3 and each.live:
        sandbox.by_others(each.live.text, id=each.tokeny_id)
        watching.compare(team)
    elif choice == 4:
        sandbox.removed_by_others(each.tokeny_id or 0)
        watching.compare(team)
    elif choice == 5:
        watching.adopt(each, member(ana))
    elif choice == 6:
        watching.leave(each, member(ana), "as it is")
    else:
        sandbox.by_others(f"Of others {chance.random()}.")
        watching.compare(team)
        if untracked := UntrackedText.objects.filter(tenant=team).first():
            watching.import_untracked(untracked, member(ana))


@pytest.mark.parametrize("seed", range(OF_TOKENY))
def test_what_was_live_at_any_moment_is_what_it_was(
    acme: Tenant,
    at_tokeny: TokenySignIn,  # noqa: F811
    ana: Person,
    sandbox: Sandbox,
    seed: int,
) -> None:
    chance, max_ = random.Random(seed), person("max@acme.example", acme, "manager")
    cora = person("cora@acme.example", acme, "compliance")
    elsewhere = TokenyPlace.objects.create(tenant=acme, base_url="http://localhost:1", identifier="x")
    seen: list[tuple[datetime, Any]] = []
    for _ in range(ACTS):
        publish_or_change(acme, ana, max_, cora, sandbox, chance)
        seen.append((timezone.now(), there(acme)))
        if chance.random() < 0.1:
            for place in (elsewhere, at_tokeny.place):
                bindings.follow(acme, place)
                seen.append((timezone.now(), there(acme)))
    found = history.periods(acme)
    for at, held in seen:
        assert read_at(found, at) == held


# the pages


def test_the_page_of_access_says_who_was_what_on_a_day(acme: Tenant, ana: Person) -> None:
    sue = members.add(acme, "sue@acme.example", Role.SUPPORT, member(ana))[0]
    rights._is_noted = False
    rights.work()
    page = ana.get("/acme/audit/access/")
    assert "sue@acme.example" in page
    assert "API key “Acme Robotics, all offerings”" in page
    assert "View the audit log" in page
    members.remove(sue, member(ana))
    assert "sue@acme.example" not in ana.get("/acme/audit/access/")
    assert "names no members on that day" in ana.get("/acme/audit/access/?on=2020-01-01")
    assert ana.get("/acme/audit/access/?on=yesterday").status == 400


def test_the_page_of_what_was_live_names_text_approver_and_proof(
    acme: Tenant,
    at_tokeny: TokenySignIn,  # noqa: F811
    ana: Person,
    sandbox: Sandbox,
) -> None:
    max_, cora = person("max@acme.example", acme, "manager"), person("cora@acme.example", acme, "compliance")
    made = written(acme, max_, "A text.\n", "Risk notice")
    version = approved(made, max_, cora)
    push = published(made, max_)
    page = cora.get("/acme/disclaimers/live/")
    for words in (
        "Risk notice",
        f"versions/{version.number}/",
        "cora@acme.example",
        version.sha256,
        "read back byte for byte",
    ):
        assert words in page
    sandbox.by_others("Another.", id=push.tokeny_id)
    watching.compare(acme)
    assert "Another text than v1: it was changed in Tokeny" in cora.get("/acme/disclaimers/live/")
    assert "Nothing was live on Jan 1, 2020" in cora.get("/acme/disclaimers/live/?on=2020-01-01")
    assert cora.get("/acme/disclaimers/live/?on=x").status == 400
