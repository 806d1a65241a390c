"""The one look-up of a page: what it finds is what the ORM would have, in one statement, and nothing of a stranger's."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.disclaimers.models import Disclaimer
from apps.disclaimers.turns import COLUMNS
from apps.listing.models import Preference, SavedView
from apps.overview.models import Digest
from apps.staff.models import StaffMember, StaffSession
from apps.tenants.known import PARTS, Known, look_up
from apps.tenants.models import FirebaseSignIn, IssuanceKey, Tenant
from tests.conftest import Person, person, team
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox


@pytest.fixture
def filled(acme: Tenant, ana: Person, ben: Person) -> Tenant:
    """A team with rows in every part, some of them another person's."""
    now = timezone.now()
    for label in ("One", "Second “key”"):
        IssuanceKey.objects.create(
            tenant=acme,
            label=label,
            slug=label[:3].lower(),
            sealed="sealed",
            last_refusal_at=now,
            last_refusal={"words": 'No \\ " ☃'},
            offerings=[{"id": 2**53 + 1, "name": "A “name”", "zone": "America/New_York"}],
            statuses={"received": "Received"},
        )
    FirebaseSignIn.objects.get_or_create(tenant=acme, defaults={"email": "a@b.example", "sealed": "sealed"})
    for owner in (None, ana.member, ben.member):
        Preference.objects.get_or_create(
            tenant=acme, person=owner or ana.member, listing="investment", defaults={"columns": ["id", "amount"]}
        )
        slug = f"v-{owner.pk if owner else 0}"
        SavedView.objects.create(
            tenant=acme, listing="investment", owner=owner, name=slug, slug=slug, asked={"status": "received"}
        )
    waits = {"Your team": 2**53 + 1}
    Digest.objects.create(tenant=acme, as_of=now, raised=-(2**60), raised_by=7, waits=waits)
    for turn in ("", "PUBLISH_DISCLAIMERS", "?"):
        Disclaimer.objects.create(tenant=acme, title=f"Turn {turn}", turn=turn, turn_not=[2**53 + 1])
    return acme


def found(who: Person, slug: str) -> Known:
    session = who.member.sessions.first() if who.member else None
    known = look_up(who.member.pk if who.member else None, slug, session.pk if session else None)
    assert known
    return known


def test_it_finds_what_the_orm_finds(filled: Tenant, ana: Person) -> None:
    """Every column of every model: one that is renamed or of an unknown type fails here."""
    known, own = found(ana, "acme"), {"tenant": filled}
    theirs = {
        "keys": IssuanceKey.objects.filter(**own),
        "sign_ins": FirebaseSignIn.objects.filter(**own),
        "preferences": Preference.objects.filter(**own, person=ana.member),
        "digests": Digest.objects.filter(**own),
        "turns": Disclaimer.objects.filter(**own).exclude(turn="").only(*COLUMNS).order_by("id"),
        "views": SavedView.objects.filter(**own).seen_by(ana.member).order_by("id"),
    }
    assert {*theirs} == {*PARTS}
    for part, rows in theirs.items():
        assert len(known.rows(part)) == len(rows) > 0, part
        for one, other in zip(known.rows(part), rows, strict=True):
            assert plain(one) == plain(other), part
            assert one.tenant is known.team
    assert plain(known.person) == plain(StaffMember.objects.get(email="ana@acme.example"))
    assert plain(known.team) == plain(Tenant.objects.get(slug="acme"))
    assert plain(known.session) == plain(StaffSession.objects.get(person=ana.member))
    assert known.role == "owner"


def plain(model: object) -> dict[str, object]:
    return {name: value for name, value in vars(model).items() if not name.startswith("_")}


def test_a_stranger_and_a_team_that_is_not_there_are_alike(filled: Tenant, borealis: Tenant, ben: Person) -> None:
    for slug in ("acme", "nobodys", "", "a'; DROP TABLE tenants_tenant; --"):
        known = found(ben, slug)
        assert (known.team, known.role) == (None, "")
        assert {part: known.rows(part) for part in PARTS} == {part: [] for part in PARTS}
        assert [each.slug for each in known.teams] == ["borealis"]


def test_nobody_is_found_for_a_session_without_a_person(db: None) -> None:
    assert look_up(None, "acme", None) is None
    assert look_up(10**9, "acme", None) is None


def test_a_session_is_its_persons_alone(filled: Tenant, ana: Person, ben: Person) -> None:
    assert ana.member
    assert ben.member
    theirs = ben.member.sessions.get().pk
    for number in (theirs, None, uuid4()):
        known = look_up(ana.member.pk, "acme", number)
        assert known
        assert known.session is None


def test_a_page_asks_once_and_for_each_request_anew(ana: Person, sandbox: Sandbox) -> None:
    ana.get(LIST)
    with CaptureQueriesContext(connection) as asked:
        assert ana.get(LIST).status == 200
    read = [each["sql"] for each in asked.captured_queries if each["sql"].startswith("SELECT")]
    assert len([sql for sql in read if "django_session" not in sql]) == 1
    assert len([each for each in asked.captured_queries if each["sql"].startswith("INSERT")]) == 1
    membership = ana.member.memberships.get()  # type: ignore[union-attr]
    membership.role = "marketing"
    membership.save()
    assert "Connections" not in ana.get(LIST)
    membership.delete()
    assert ana.get(LIST).status == 404


def test_who_may_not_sign_in_is_out_at_once(ana: Person, sandbox: Sandbox) -> None:
    assert ana.get(LIST).status == 200
    ana.member.is_active = False  # type: ignore[union-attr]
    ana.member.save()  # type: ignore[union-attr]
    assert "Sign in" in ana.get(LIST)


def test_the_switcher_names_the_first_teams(ana: Person, acme: Tenant) -> None:
    for number in range(14):
        person("ana@acme.example", team(f"team-{number:02}", f"Team {number}", "UTC"), "support")
    teams = found(ana, "acme").teams
    assert [each.slug for each in teams] == ["acme", *(f"team-{number:02}" for number in range(10))]
    assert teams[1].role_label == "Support"
