from typing import Any

import pytest

from apps.audit.models import Entry
from apps.staff.models import StaffMember
from apps.tenants import members
from apps.tenants.models import Membership, Tenant
from apps.tenants.permissions import Role
from tests.conftest import PASSWORD, Person, person

pytestmark = pytest.mark.usefixtures("both_worlds")

PAGE = "/acme/settings/members/"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"email": "no-address", "role": "support"}, "Enter a valid email address."),
        ({"email": "", "role": "support"}, "This field is required."),
        ({"email": "x@acme.example", "role": "emperor"}, "Select a valid choice."),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(ana: Person, fields: dict[str, str], says: str) -> None:
    page = ana.post(PAGE, **fields)
    assert page.status == 400
    assert says in page
    assert f'value="{fields["email"]}"' in page or not fields["email"]


def test_a_changed_role_acts_at_the_next_request(ana: Person, acme: Tenant) -> None:
    sue = person("sue@acme.example", acme, Role.SUPPORT)
    assert sue.get(PAGE).status == 403
    ana.post(f"{PAGE}{acme.memberships.get(person=sue.member).pk}/role/", role="owner")
    assert sue.get(PAGE).status == 200


def test_removing_asks_once_and_says_what_will_happen(ana: Person, acme: Tenant) -> None:
    sue = person("sue@acme.example", acme, Role.SUPPORT)
    address = f"{PAGE}{acme.memberships.get(person=sue.member).pk}/remove/"
    assert "They lose access to Acme Robotics" in ana.get(address)
    assert sue.get("/acme/investments/").status == 200
    assert "sue@acme.example was removed." in ana.post(address)
    assert sue.get("/acme/investments/").status == 404


@pytest.mark.parametrize("action", [("role/", {"role": "manager"}), ("remove/", {})])
def test_the_last_owner_stays(ana: Person, acme: Tenant, action: tuple[str, dict[str, Any]]) -> None:
    own = acme.memberships.get(person=ana.member)
    page = ana.post(f"{PAGE}{own.pk}/{action[0]}", **action[1])
    assert "A team needs at least one owner." in page
    own.refresh_from_db()
    assert own.role == Role.OWNER


def test_an_owner_may_go_when_another_stays(ana: Person, acme: Tenant) -> None:
    person("olga@acme.example", acme, Role.OWNER)
    page = ana.post(f"{PAGE}{acme.memberships.get(person=ana.member).pk}/remove/")
    assert "You’re not a member of any team." in page


def test_a_member_of_another_team_cannot_be_changed_from_here(ana: Person, ben: Person, borealis: Tenant) -> None:
    foreign = borealis.memberships.get(person=ben.member)
    for action in ("role/", "remove/"):
        assert ana.post(f"{PAGE}{foreign.pk}/{action}", role="marketing").status == 404
    foreign.refresh_from_db()
    assert foreign.role == Role.OWNER


def test_each_change_is_recorded_with_who_and_whom(ana: Person, acme: Tenant) -> None:
    members.add(acme, "sue@acme.example", Role.SUPPORT, ana.member)
    sue = Membership.objects.get(person__email="sue@acme.example")
    ana.post(f"{PAGE}{sue.pk}/role/", role="manager")
    ana.post(f"{PAGE}{sue.pk}/remove/")
    entries = Entry.objects.filter(tenant=acme.id, actor=ana.member, subject=f"staff:{sue.person_id}").order_by("pk")
    assert [entry.action for entry in entries] == ["member added", "member changed", "member removed"]
    assert StaffMember.objects.filter(email="sue@acme.example").exists(), "the sign-in stays"
    assert PASSWORD not in str(list(Entry.objects.values()))
