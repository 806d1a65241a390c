"""Two-step sign-in: setting it up, using it, losing it; and that nothing is reached before it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from apps.audit.models import Entry
from apps.staff import outbox
from apps.staff.models import StaffMember, StaffSession
from apps.tenants import members
from apps.tenants.known import two_step_of
from apps.tenants.middleware import OPEN
from apps.tenants.models import Tenant
from apps.tenants.permissions import NEED_TWO_STEP, Role
from apps.tenants.two_step import GRACE, REACHED, Stands, needs_since
from tests.conftest import PASSWORD, Page, Person, person, team
from tests.tenants.test_access import EVERY, address

pytestmark = pytest.mark.usefixtures("both_worlds")

INDEX, SECOND = "/accounts/two-step/", "/accounts/two-step/sign-in/"
TEAM_PAGE = "/acme/notices/"
LATER = GRACE + timedelta(days=1)


def member(who: Person) -> StaffMember:
    assert who.member
    return who.member


def code(secret: str, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + steps))


def enrolled(who: Person) -> str:
    """Sets up an authenticator app behind the pages; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(member(who), secret)
    return secret


def signing_in(who: Person) -> Person:
    """In a browser of its own, after the password."""
    client = Client(raise_request_exception=False)
    client.post("/accounts/login/", {"login": member(who).email, "password": PASSWORD})
    return Person(member(who), client)


def is_asked_for_the_second(who: Person) -> bool:
    return who.get("/acme/notices/", follow=False).headers.get("Location", "").startswith("/accounts/login/")


Committing = Callable[..., AbstractContextManager[Any]]
"""pytest-django's: allauth tells of some changes when their transaction has ended; a test's never does."""


def set_up(who: Person, committing: Committing) -> Page:
    """An authenticator app, on the pages; what they show then."""
    found = re.search(r'class="secret">(\w+)<', form := who.get("/accounts/two-step/app/"))
    assert found
    assert "<svg" in form
    assert "<?xml" not in form
    with committing(execute=True):
        answer = who.client.post("/accounts/two-step/app/", {"code": code(found[1])})
    return who.get(answer["Location"])


# setting up


def test_an_app_is_set_up_and_counts_as_used(acme: Tenant, django_capture_on_commit_callbacks: Committing) -> None:
    ana = signing_in(person("ana@acme.example", acme, "owner"))
    shown = set_up(ana, django_capture_on_commit_callbacks)
    assert "Each signs you in once" in shown
    assert len(re.findall(r"<li><code>\d{8}</code>", shown)) == 10
    assert "They were shown once" in ana.get("/accounts/two-step/codes/")
    assert StaffSession.objects.get(person=ana.member, browser="Unknown browser", factor="totp")
    assert "required from" not in ana.get(TEAM_PAGE)
    while outbox.work():
        pass
    assert [message.subject for message in mail.outbox] == ["An authenticator app was added to your account"]
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert stored.startswith("v1:")


def test_a_wrong_code_sets_nothing_up(acme: Tenant) -> None:
    ana = signing_in(person("ana@acme.example", acme, "owner"))
    ana.get("/accounts/two-step/app/")
    assert "That isn’t right" in ana.post("/accounts/two-step/app/", code="000000")
    assert not Authenticator.objects.exists()


def test_setting_up_ends_other_sessions(acme: Tenant, django_capture_on_commit_callbacks: Committing) -> None:
    first = person("ana@acme.example", acme, "owner")
    other, here = signing_in(first), signing_in(first)
    set_up(here, django_capture_on_commit_callbacks)
    assert here.get(TEAM_PAGE).status == 200
    assert "<h1>Sign in</h1>" in other.get(TEAM_PAGE)


def test_one_confirms_who_one_is_before_a_change_after_a_while(acme: Tenant) -> None:
    ana = signing_in(person("ana@acme.example", acme, "owner"))
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        asked = ana.get("/accounts/two-step/app/")
        assert "Confirm it’s you" in asked
        assert "Set up an authenticator app" in ana.post(
            asked.response.request["PATH_INFO"] + "?next=/accounts/two-step/app/", password=PASSWORD
        )


# signing in


def test_the_second_step_is_asked_and_a_code_works_once(acme: Tenant) -> None:
    first = person("ana@acme.example", acme, "owner")
    secret = enrolled(first)
    ana = signing_in(first)
    assert is_asked_for_the_second(ana)
    assert "Second step" in ana.get(SECOND)
    used = code(secret)
    assert "<h1>Overview</h1>" in ana.post(SECOND, code=used)
    again = signing_in(first)
    assert "it was used already" in again.post(SECOND, code=used)
    assert is_asked_for_the_second(again)
    assert Entry.objects.filter(action="factor refused", subject=f"staff:{member(first).pk}").exists()


def test_it_leads_to_where_one_was_going(acme: Tenant) -> None:
    first = person("ana@acme.example", acme, "owner")
    secret = enrolled(first)
    client = Client()
    client.post("/accounts/login/", {"login": "ana@acme.example", "password": PASSWORD, "next": TEAM_PAGE})
    assert client.post(SECOND, {"code": code(secret)})["Location"] == TEAM_PAGE


def test_guesses_are_few(acme: Tenant) -> None:
    first = person("ana@acme.example", acme, "owner")
    secret = enrolled(first)
    ana = signing_in(first)
    pages = [ana.post(SECOND, code=f"{number:06}") for number in range(12)]
    assert "Too many failed sign-ins" in pages[-1]
    assert "Too many failed sign-ins" in ana.post(SECOND, code=code(secret))


def test_a_recovery_code_works_once(acme: Tenant, django_capture_on_commit_callbacks: Committing) -> None:
    first = person("ana@acme.example", acme, "owner")
    shown = set_up(signing_in(first), django_capture_on_commit_callbacks)
    one = re.findall(r"<li><code>(\d{8})</code>", shown)[3]
    assert "<h1>Overview</h1>" in signing_in(first).post(SECOND, code=one)
    assert StaffSession.objects.filter(factor="recovery_codes").exists()
    assert is_asked_for_the_second(late := signing_in(first))
    assert "it was used already" in late.post(SECOND, code=one)


# who needs it


USED = ("", "totp", "webauthn", "recovery_codes", "sso")
"""Nothing but a password or a provider that asks for no more; an app, a passkey, a code, a provider that asked for a second step."""
NEEDED = list(product(Role, (False, True), ("none", "app", "passkey"), USED, (False, True), (False, True)))


@pytest.mark.parametrize(("role", "rule", "has", "used", "trusted", "is_late"), NEEDED)
def test_what_a_session_reaches(
    acme: Tenant, role: Role, rule: bool, has: str, used: str, trusted: bool, is_late: bool
) -> None:
    """Role, the team's rule, what is set up, what was used in this session, a cookie of a trusted browser, which changes nothing,
    and whether the days of grace are over."""
    acme.two_step_since = timezone.now() if rule else None
    acme.save()
    who = person("who@acme.example", acme, role)
    if has == "app":
        enrolled(who)
    elif has == "passkey":
        WebAuthn.add(member(who), "Key", {})
    if trusted:
        who.client.cookies["mfa_trusted"] = "anything"
    with time_machine.travel(timezone.now() + (LATER if is_late else timedelta()), tick=False):
        who.client.force_login(member(who))
        member(who).sessions.update(factor=used)
        page = who.get(TEAM_PAGE, follow=False)
        leads = page.headers.get("Location", "").partition("?")[0]
        needs = role in NEED_TWO_STEP or rule
        if used:
            assert (page.status, "required from" in page) == (200, False)
        elif has != "none":
            assert leads.startswith("/accounts/two-step/confirm/")
        elif needs and is_late:
            assert leads == INDEX
        else:
            assert (page.status, "Two-step sign-in is required from" in page) == (200, needs)


BEFORE = {"set up": Stands.SET_UP, "use": Stands.USE}


@pytest.mark.parametrize("where", BEFORE)
@pytest.mark.parametrize(("route", "pattern"), EVERY, ids=[route or "home" for route, _ in EVERY])
def test_no_page_is_reached_before_the_second_step(acme: Tenant, where: str, route: str, pattern: Any) -> None:
    who = person("who@acme.example", acme, "owner")
    if where == "use":
        enrolled(who)
    names = REACHED[BEFORE[where]][0]
    path = address(route, "acme").replace("<path:key>", "x").replace("<str:token>", "x").replace("<int:pk>", "1")
    path = path.replace("^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", "password/reset/key/1-x/")
    with time_machine.travel(timezone.now() + LATER, tick=False):
        who.client.force_login(member(who))
        member(who).sessions.update(factor="")
        for ask in (who.client.get, who.client.post):
            answer = ask(path)
            leads = answer.headers.get("Location", "")
            if pattern.name in OPEN | names:
                continue
            assert answer.status_code == 302, path
            assert leads.startswith("/accounts/two-step/confirm/" if where == "use" else INDEX), path


def test_every_page_before_it_exists() -> None:
    names = {pattern.name for _, pattern in EVERY}
    assert names >= {*OPEN, *(name for reached, _ in REACHED.values() for name in reached)}
    assert get_resolver()


def test_days_of_grace_do_not_begin_again(acme: Tenant, ana: Person) -> None:
    """A role that needs it and another that does too: still the same days."""
    olga = person("olga@acme.example", acme, Role.OWNER)
    own = acme.memberships.get(person=olga.member)
    began = own.role_since
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        members.change_role(own, Role.MANAGER, member(ana))
        assert own.role_since == began
        members.change_role(own, Role.SUPPORT, member(ana))
        members.change_role(own, Role.OWNER, member(ana))
        assert own.role_since - began >= timedelta(days=3)


@pytest.mark.parametrize("seed", range(20))
def test_it_is_needed_by_the_strictest_of_ones_teams(db: None, seed: int) -> None:
    """What a page's one look-up finds, and what the members' page says, are one rule."""
    import random

    dice = random.Random(seed)
    who = person("who@acme.example")
    now = timezone.now()
    expected: list[datetime] = []
    for number in range(dice.randrange(4)):
        tenant = team(f"team-{number}", f"Team {number}", "UTC")
        tenant.two_step_since = dice.choice([None, now - timedelta(days=dice.randrange(50))])
        tenant.save()
        membership = tenant.memberships.create(
            person=member(who), role=dice.choice(list(Role)), role_since=now - timedelta(days=dice.randrange(50))
        )
        type(membership).objects.filter(pk=membership.pk).update(created_at=now - timedelta(days=dice.randrange(50)))
        membership.refresh_from_db()
        if since := needs_since(tenant, membership):
            expected.append(since)
    assert two_step_of(member(who)).since == min(expected, default=None)


def test_a_demo_asks_nobody_for_it_and_says_so(acme: Tenant, settings: Any) -> None:
    settings.ENVIRONMENT = "demo"
    ana = signing_in(person("ana@acme.example", acme, "owner"))
    with time_machine.travel(timezone.now() + LATER, tick=False):
        ana = signing_in(ana)
        assert "required from" not in ana.get(TEAM_PAGE)
        assert "though not in this demo" in ana.get(INDEX)
        assert ">Off</span>" in " ".join(ana.get("/acme/settings/members/").split())


# losing it


def test_an_owner_resets_a_members_with_a_reason(acme: Tenant, ana: Person) -> None:
    max_ = person("max@acme.example", acme, "manager")
    enrolled(max_)
    own = acme.memberships.get(person=max_.member)
    path = f"/acme/settings/members/{own.pk}/two-step/"
    assert ana.post(path, reason="").status == 400
    assert Authenticator.objects.exists()
    done = ana.post(path, reason="Called back at the number on file")
    assert "max@acme.example signs in with a password alone" in done
    assert not Authenticator.objects.exists()
    assert "<h1>Sign in</h1>" in max_.get(TEAM_PAGE)
    entry = Entry.objects.get(action="factors reset")
    assert (entry.actor_id, entry.subject) == (member(ana).pk, f"staff:{member(max_).pk}")
    assert entry.details["reason"] == "Called back at the number on file"
    while outbox.work():
        pass
    assert [message.to for message in mail.outbox] == [["max@acme.example"]]


def test_no_owner_resets_their_own_or_one_of_another_teams(acme: Tenant, borealis: Tenant, ana: Person) -> None:
    own = acme.memberships.get(person=ana.member)
    enrolled(ana)
    assert ana.post(f"/acme/settings/members/{own.pk}/two-step/", reason="x").status == 400
    both = person("both@acme.example", acme, "support")
    borealis.memberships.create(person=member(both), role="owner")
    enrolled(both)
    theirs = acme.memberships.get(person=both.member)
    answer = ana.post(f"/acme/settings/members/{theirs.pk}/two-step/", reason="x")
    assert answer.status == 400
    assert "They belong to another team too" in answer
    assert Authenticator.objects.count() == 2


def test_the_operator_resets_the_last_owners(acme: Tenant, ana: Person) -> None:
    enrolled(ana)
    call_command("reset_two_step", "ANA@acme.example", reason="Passport seen")
    assert not Authenticator.objects.exists()
    assert Entry.objects.get(action="factors reset").details == {"reason": "Passport seen", "via": "shell"}
    with pytest.raises(CommandError, match="No one has the email"):
        call_command("reset_two_step", "who@acme.example", reason="x")


def test_removing_the_app_ends_other_sessions_and_asks_first(acme: Tenant) -> None:
    first = person("ana@acme.example", acme, "owner")
    secret = enrolled(first)
    here, other = signing_in(first), signing_in(first)
    here.post(SECOND, code=code(secret))
    other.post(SECOND, code=code(secret, -1))
    assert other.get(TEAM_PAGE).status == 200
    assert "Your authenticator app was removed." in here.post("/accounts/two-step/app/remove/")
    assert "<h1>Sign in</h1>" in other.get(TEAM_PAGE)
    assert "Two-step sign-in is required from" in here.get(TEAM_PAGE), "like anyone who has none"


def test_a_password_that_was_reset_by_mail_still_needs_the_second_step(acme: Tenant, nobody: Person) -> None:
    first = person("ana@acme.example", acme, "owner")
    enrolled(first)
    member(first).set_password("another-horse-battery-9")
    member(first).save()
    nobody.post("/accounts/login/", login="ana@acme.example", password="another-horse-battery-9")
    assert is_asked_for_the_second(nobody)


def test_members_shows_what_each_has(acme: Tenant, ana: Person) -> None:
    sue = person("sue@acme.example", acme, "support")
    person("max@acme.example", acme, "manager")
    enrolled(ana)
    shown = " ".join(ana.get("/acme/settings/members/").split())
    due = (timezone.now() + GRACE).astimezone(acme.zone)
    assert ">Authenticator app</span>" in shown
    assert f">Off, due {due:%b} {due.day}</span>" in shown
    assert ">Off</span>" in shown
    assert sue


def test_a_team_requires_it_of_everyone(acme: Tenant, ana: Person) -> None:
    fields = {"name": acme.name, "timezone": acme.timezone, "url": acme.issuance_url, "sums_every": "60"}
    assert "Team settings saved." in ana.post("/acme/settings/team/", **fields, is_two_step="on")
    acme.refresh_from_db()
    began = acme.two_step_since
    assert began
    ana.post("/acme/settings/team/", **fields, is_two_step="on")
    acme.refresh_from_db()
    assert acme.two_step_since == began
    ana.post("/acme/settings/team/", **fields)
    acme.refresh_from_db()
    assert acme.two_step_since is None
