"""Invitations: sent by the worker, open for seven days, accepted by whoever has the mailbox; and leaving by oneself."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.audit.models import Entry
from apps.staff import outbox
from apps.staff.models import PasswordMail, StaffMember
from apps.tenants import invitations
from apps.tenants.models import Invitation, Membership, Tenant
from apps.tenants.permissions import Role
from tests.conftest import PASSWORD, Person, page, person

pytestmark = pytest.mark.usefixtures("both_worlds")

PAGE, NEW = "/acme/settings/members/", "correct-horse-battery-9"


def worker() -> None:
    while outbox.work():
        pass


def again(who: Person) -> None:
    """Signed in anew, with a second step: sessions do not last for days."""
    assert who.member
    who.client.force_login(who.member)
    who.member.sessions.update(factor="totp")


def invited(ana: Person, email: str = "sue@acme.example", role: str = "support", name: str = "Sue Park") -> str:
    """The path of the link in the email."""
    ana.post(PAGE, email=email, role=role, name=name)
    return link()


def link() -> str:
    worker()
    found = re.search(r"/accounts/invitations/\S+", mail.outbox[-1].body)
    assert found
    return found[0]


def test_a_newcomer_joins_and_lands_in_the_team(acme: Tenant, ana: Person, nobody: Person) -> None:
    assert ana.member
    StaffMember.objects.filter(pk=ana.member.pk).update(name="Ana Rivera")
    answer = ana.post(PAGE, email="Sue@Acme.example", role="support", name="Sue Park")
    assert "We’re sending sue@acme.example an invitation as support." in answer
    assert not StaffMember.objects.filter(email="sue@acme.example").exists()
    path = link()
    message = mail.outbox[-1]
    assert message.to == ["sue@acme.example"]
    assert message.subject == "Ana Rivera invites you to Acme Robotics on Issuer Dashboard"
    assert "Hello Sue Park,\n\nAna Rivera invites you to Acme Robotics on Issuer Dashboard as support." in message.body
    form = nobody.get(path)
    assert "Ana Rivera invites you as <strong>support</strong>" in form
    assert 'value="Sue Park"' in form
    assert nobody.post(path, name="Sue Park", password="short").status == 400
    landed = nobody.post(path, name="Sue Park", password=NEW)
    assert "<h1>Overview</h1>" in landed
    sue = StaffMember.objects.get(email="sue@acme.example")
    assert (sue.name, sue.check_password(NEW)) == ("Sue Park", True)
    assert acme.memberships.get(person=sue).role == Role.SUPPORT
    assert [entry.action for entry in Entry.objects.filter(action__contains="invit").order_by("pk")] == [
        "member invited", "invitation accepted",
    ]  # fmt: skip


def test_who_has_an_account_signs_in_and_joins(acme: Tenant, ana: Person, ben: Person) -> None:
    path = invited(ana, "BEN@borealis.example", "manager", "")
    stranger = Person(None, Client())
    shown = stranger.get(path)
    assert "You have an account already." in shown
    assert f"/accounts/login/?next={quote(path)}" in shown
    assert not acme.memberships.filter(person=ben.member).exists()
    assert "You joined Acme Robotics as manager." in ben.post(path)
    assert acme.memberships.get(person=ben.member).role == Role.MANAGER


def test_somebody_else_does_not_join_with_it(acme: Tenant, ana: Person, ben: Person) -> None:
    path = invited(ana)
    assert "You’re signed in as ben@borealis.example." in ben.get(path)
    ben.post(path, name="Ben", password=NEW)
    assert acme.memberships.count() == 1


@pytest.mark.parametrize("why", ["late", "withdrawn", "sent again", "used", "nonsense", "another's signature"])
def test_a_link_that_is_not_open_opens_nothing(acme: Tenant, ana: Person, why: str) -> None:
    path = invited(ana)
    made = Invitation.objects.get()
    if why == "late":
        Invitation.objects.update(until=timezone.now() - timedelta(seconds=1))
    elif why == "withdrawn":
        assert "The invitation of sue@acme.example was withdrawn." in ana.post(f"{PAGE}invitations/{made.pk}/withdraw/")
    elif why == "sent again":
        assert "sue@acme.example a new link" in ana.post(f"{PAGE}invitations/{made.pk}/send-again/")
    elif why == "used":
        Person(None, Client()).post(path, name="Sue", password=NEW)
    else:
        path = "/accounts/invitations/x:y:z/" if why == "nonsense" else path[:-3] + "AA/"
    before = acme.memberships.count()
    client = Client()
    for answer in (client.get(path), client.post(path, {"name": "Sue", "password": NEW})):
        assert answer.status_code == 404
        assert "This invitation isn’t open anymore" in page(answer)
    assert acme.memberships.count() == before
    if why == "sent again":
        assert Client().get(link()).status_code == 200


def test_pending_ones_are_listed(acme: Tenant, ana: Person) -> None:
    invited(ana)
    shown = ana.get(PAGE)
    assert "Sue Park" in shown
    assert "by ana@acme.example, ends in 6 days" in shown
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        again(ana)
        assert "ended" in ana.get(PAGE)


def test_five_a_day_to_one_address_whoever_invites(acme: Tenant, borealis: Tenant, ana: Person, ben: Person) -> None:
    for number in range(5):
        who, slug = ((ana, "acme"), (ben, "borealis"))[number % 2]
        Invitation.objects.all().delete()
        assert "We’re sending" in who.post(f"/{slug}/settings/members/", email="sue@acme.example", role="support")
    refused = ana.post(PAGE, email="sue@acme.example", role="support")
    assert (refused.status, "got 5 emails of this kind today" in refused) == (400, True)
    worker()
    assert len(mail.outbox) <= 5
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        again(ana)
        assert "We’re sending" in ana.post(PAGE, email="sue@acme.example", role="support")


def test_a_member_is_not_invited_again_and_an_invitation_takes_the_new_role(acme: Tenant, ana: Person) -> None:
    refused = ana.post(PAGE, email="ANA@acme.example", role="support")
    assert (refused.status, "ana@acme.example is already a member (owner)." in refused) == (400, True)
    invited(ana, role="support")
    invited(ana, role="manager")
    assert [each.role for each in Invitation.objects.all()] == ["manager"]


def test_a_mail_that_waits_for_an_invitation_that_was_taken_back_is_not_sent(acme: Tenant, ana: Person) -> None:
    ana.post(PAGE, email="sue@acme.example", role="support")
    invitations.withdraw(Invitation.objects.get(), ana.member)  # type: ignore[arg-type]
    worker()
    assert mail.outbox == []


def test_one_that_a_former_release_queued_is_still_sent(acme: Tenant) -> None:
    sue = StaffMember.objects.create_user("sue@acme.example")
    words = {"inviter": "ana@acme.example", "team": "Acme Robotics", "role": "support"}
    kind, now = PasswordMail.Kind.INVITATION, timezone.now()
    PasswordMail.objects.create(person=sue, address="x", kind=kind, due_at=now, invitation=words)
    worker()
    assert [message.to for message in mail.outbox] == [["sue@acme.example"]]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body


def test_the_queue_holds_no_link(acme: Tenant, ana: Person) -> None:
    ana.post(PAGE, email="sue@acme.example", role="support")
    assert Invitation.objects.get().nonce not in str(list(PasswordMail.objects.values()))


def test_an_invitation_of_another_team_does_not_exist(acme: Tenant, borealis: Tenant, ana: Person, ben: Person) -> None:
    invited(ana)
    made = Invitation.objects.get()
    for action in ("send-again", "withdraw"):
        assert ben.post(f"/borealis/settings/members/invitations/{made.pk}/{action}/").status == 404
    made.refresh_from_db()
    assert made.withdrawn_at is None


def test_a_deactivated_person_does_not_come_in_by_it(acme: Tenant, ana: Person, ben: Person) -> None:
    path = invited(ana, "ben@borealis.example")
    StaffMember.objects.filter(pk=ben.member.pk).update(is_active=False)  # type: ignore[union-attr]
    assert Client().get(path).status_code == 404


def test_an_account_without_a_password_sets_one(acme: Tenant, ana: Person) -> None:
    StaffMember.objects.create_user("sue@acme.example")
    path = invited(ana)
    assert "<h1>Overview</h1>" in Person(None, Client()).post(path, name="Sue", password=NEW)


def test_one_leaves_a_team_by_oneself(acme: Tenant) -> None:
    sue = person("sue@acme.example", acme, Role.SUPPORT)
    assert "You lose access at once." in sue.get("/acme/settings/leave/")
    assert "You left Acme Robotics." in sue.post("/acme/settings/leave/")
    assert sue.get("/acme/").status == 404
    assert Entry.objects.filter(action="member left", actor=sue.member).exists()


def test_the_last_owner_does_not_leave(acme: Tenant, ana: Person) -> None:
    assert "A team needs at least one owner." in ana.post("/acme/settings/leave/")
    assert acme.memberships.filter(person=ana.member).exists()


def test_a_name_is_shown_where_people_are_named(acme: Tenant, ana: Person) -> None:
    assert "Name saved." in ana.post("/accounts/profile/", name="Ana Rivera")
    shown = ana.get(PAGE)
    assert "Ana Rivera" in shown
    assert ">AR<" in shown
    assert "ana@acme.example" in shown


def test_members_shows_who_was_last_seen_when(acme: Tenant, ana: Person) -> None:
    sue = person("sue@acme.example", acme, Role.SUPPORT)
    assert "Never" in ana.get(PAGE)
    sue.get("/acme/notices/")
    assert Membership.objects.get(person=sue.member).seen_at


def test_the_switcher_tells_what_waits_in_each_team(acme: Tenant, borealis: Tenant, ana: Person) -> None:
    from apps.disclaimers import drafting
    from tests.disclaimers.conftest import member, written

    theirs = person("bo@borealis.example", borealis, Role.MANAGER)
    borealis.memberships.create(person=member(ana), role=Role.COMPLIANCE)
    drafting.send_for_approval(written(borealis, theirs, "Theirs.\n"), member(theirs))
    found: Any = ana.get("/", htmx="teams-found")
    assert '<span class="count-badge">1<span class="vh"> waiting</span></span>' in found
    assert found.count("count-badge") == 1


def test_signing_in_by_the_link_needs_the_password_of_before(acme: Tenant, ana: Person, ben: Person) -> None:
    """An invitation is no way around a password."""
    path = invited(ana, "ben@borealis.example")
    client = Client()
    client.post(path, {"name": "Ben", "password": NEW})
    ben.member.refresh_from_db()  # type: ignore[union-attr]
    assert ben.member.check_password(PASSWORD)  # type: ignore[union-attr]
    assert "_auth_user_id" not in client.session
