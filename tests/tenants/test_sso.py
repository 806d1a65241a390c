"""Single sign-on: who comes in by a team's provider, what that opens, and who doesn't, however the provider tries."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.staff.models import StaffMember, StaffSession
from apps.tenants import invitations
from apps.tenants.models import ProvenDomain, ProviderAccount, SingleSignOn, Tenant
from apps.tenants.permissions import Role
from tests.conftest import PASSWORD, Person, page, person
from tests.staff.test_two_step import enrolled
from tests.tenants.provider import IdentityProvider
from tests.tenants.signing_on import come_in, connect, is_in

SETTINGS = "/acme/settings/sso/"

# the right person


def test_a_member_comes_in_and_is_known_by_the_providers_name_from_then_on(
    sso: SingleSignOn, provider: IdentityProvider, acme: Tenant
) -> None:
    client = Client()
    assert "<h1>Overview</h1>" in come_in(client)
    assert StaffSession.objects.filter(only_team=acme.id).exists()
    account = ProviderAccount.objects.get()
    assert (account.subject, account.person.email) == ("subject-1", "ana@acme.example")
    provider.claims = {"email": "ana.rivera@acme.example", "email_verified": None}
    assert "<h1>Overview</h1>" in come_in(Client()), "the name counts, not the email"
    assert not [path for path in provider.asked if "userinfo" in path]


def test_it_is_started_by_a_link_with_everything_that_proves_it(sso: SingleSignOn, provider: IdentityProvider) -> None:
    client = Client()
    asked = {
        name: values[0]
        for name, values in parse_qs(urlsplit(client.get("/accounts/sso/start/acme/")["Location"]).query).items()
    }
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert asked["redirect_uri"].endswith("/accounts/sso/done/")
    assert provider.secret not in str(asked)


def test_it_is_found_by_the_emails_domain(sso: SingleSignOn) -> None:
    assert 'href="/accounts/sso/start/acme/"' in page(Client().get("/accounts/sso/?email=Ana@ACME.example"))
    assert "No team here uses single sign-on" in page(Client().get("/accounts/sso/?email=x@else.example"))
    assert page(Client().get("/accounts/sso/start/borealis/")).status == 404


def test_someone_invited_joins_without_a_password(
    sso: SingleSignOn, provider: IdentityProvider, acme: Tenant, ana: Person
) -> None:
    invitations.invite(acme, "sue@acme.example", "Sue Park", Role.SUPPORT, ana.member)  # type: ignore[arg-type]
    provider.claims = {"email": "Sue@acme.example", "sub": "sue"}
    assert "<h1>Overview</h1>" in come_in(Client())
    sue = StaffMember.objects.get(email="sue@acme.example")
    assert (sue.name, sue.has_usable_password()) == ("Sue Park", False)
    assert acme.memberships.get(person=sue).role == Role.SUPPORT


@pytest.mark.parametrize(("amr", "declared", "counts"), [
    (None, False, False), (["pwd"], False, False), (["pwd", "mfa"], False, True), ("mfa", False, False), (None, True, True),
])  # fmt: skip
def test_what_counts_as_the_second_step(
    acme: Tenant, ana: Person, sso: SingleSignOn, provider: IdentityProvider, amr: Any, declared: bool, counts: bool
) -> None:
    SingleSignOn.objects.update(is_factor=declared)
    provider.claims = {"amr": amr}
    shown = come_in(Client())
    assert ("Two-step sign-in is required from" in shown) != counts
    assert StaffSession.objects.get(only_team=acme.id).factor == ("sso" if counts else "")


def test_ones_own_second_step_is_asked_where_the_provider_asks_for_none(sso: SingleSignOn, ana: Person) -> None:
    enrolled(ana)
    assert "Confirm it’s you" in come_in(Client())


def test_entra_sends_no_email_verified_so_a_declared_directory_stands_for_it(
    acme: Tenant, sso: SingleSignOn, provider: IdentityProvider
) -> None:
    provider.claims = {"email_verified": None, "tid": "directory-1"}
    assert "(the claim “email_verified”)" in come_in(Client())
    SingleSignOn.objects.update(directory="directory-1")
    assert "<h1>Overview</h1>" in come_in(Client())
    provider.claims = {"email_verified": None, "tid": "directory-2"}
    assert "another directory" in come_in(Client())


# what it opens


def test_it_opens_its_own_team_alone(sso: SingleSignOn, acme: Tenant, borealis: Tenant, ana: Person) -> None:
    borealis.memberships.create(person=ana.member, role=Role.OWNER)
    client = Client()
    come_in(client)
    assert is_in(client)
    refused = page(client.get("/borealis/notices/"))
    assert (refused.status, "opens only that team" in refused) == (403, True)
    assert client.get("/")["Location"] == "/acme/"
    assert 'href="/borealis/"' not in page(client.get("/acme/notices/"))
    for path in (
        "/accounts/two-step/",
        "/accounts/passkeys/add/",
        "/accounts/two-step/app/",
        "/accounts/password/change/",
    ):
        assert "You signed in through one team’s single sign-on" in page(client.get(path)), path
    assert is_in(ana.client, "borealis"), "signed in by a password, all are open"


def test_who_has_no_other_team_manages_their_own_account(sso: SingleSignOn) -> None:
    client = Client()
    come_in(client)
    assert "<h1>Two-step sign-in</h1>" in page(client.get("/accounts/two-step/"))


def test_a_team_may_open_by_it_alone_but_for_one_owner(sso: SingleSignOn, acme: Tenant, ana: Person) -> None:
    olga = person("olga@acme.example", acme, Role.OWNER)
    post = {"what": "require", "is_only": "on", "break_glass": str(olga.member.pk)}  # type: ignore[union-attr]
    assert "Sign in by single sign-on once" in ana.post(SETTINGS, **post)
    come_in(client := Client())
    assert "Choose an owner" in ana.post(SETTINGS, what="require", is_only="on")
    assert "Saved." in olga.post(SETTINGS, **post)
    assert "requires single sign-on" in ana.get("/acme/notices/")
    assert is_in(client)
    assert is_in(olga.client)
    acme.memberships.filter(person=olga.member).update(role=Role.SUPPORT)
    assert not is_in(olga.client), "no longer an owner"


def test_a_step_up_goes_to_the_provider(
    sso: SingleSignOn, provider: IdentityProvider, acme: Tenant, ana: Person
) -> None:
    client = Client()
    come_in(client)
    StaffSession.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    asked = page(client.post("/acme/settings/members/", {"email": "x@acme.example", "role": "support"}))
    assert asked.status == 403
    assert "/accounts/sso/start/acme/?confirm=1" in asked
    assert 'name="confirm-password"' not in asked
    held = {"confirm-held": asked.partition('name="confirm-held" value="')[2].partition('"')[0]}
    assert "hasn’t confirmed yet" in page(client.post("/acme/settings/members/", held))
    provider.claims = {"auth_time": None}
    assert "(the claim “auth_time”)" in come_in(client, query="?confirm=1")
    provider.claims = {"auth_time": int(timezone.now().timestamp()) - 3600}
    assert "(the claim “auth_time”)" in come_in(client, query="?confirm=1")
    provider.claims = {}
    assert "<h1>Confirmed</h1>" in come_in(client, query="?confirm=1")
    client.post("/acme/settings/members/", held)
    assert acme.invitations.filter(email="x@acme.example").exists()


def test_another_person_at_the_provider_confirms_nothing(
    sso: SingleSignOn, provider: IdentityProvider, acme: Tenant
) -> None:
    person("max@acme.example", acme, Role.MANAGER)
    client = Client()
    come_in(client)
    provider.claims = {"sub": "max", "email": "max@acme.example"}
    assert "someone else" in come_in(client, query="?confirm=1")


# settings


def test_an_owner_sets_it_up_and_the_secret_is_sealed(acme: Tenant, ana: Person, provider: IdentityProvider) -> None:
    fields = {"what": "save", "kind": "okta", "issuer": provider.issuer, "client_id": "dashboard"}
    assert "Enter the client secret." in ana.post(SETTINGS, **fields)
    assert "Your provider responds" in ana.post(SETTINGS, **fields, secret=provider.secret)
    held = SingleSignOn.objects.get()
    assert held.sealed.startswith("v1:")
    assert provider.secret not in ana.get(SETTINGS)
    assert "Your provider responds" in ana.post(SETTINGS, **fields), "the secret stays"
    assert "Single sign-on was removed." in ana.post(SETTINGS, what="remove")
    assert not SingleSignOn.objects.exists()


def test_another_issuer_ends_all_links(
    acme: Tenant, sso: SingleSignOn, provider: IdentityProvider, ana: Person
) -> None:
    come_in(Client())
    SingleSignOn.objects.update(issuer="https://former.okta.com")
    connect(acme, provider)
    assert not ProviderAccount.objects.exists()


def test_a_domain_is_one_teams(acme: Tenant, borealis: Tenant) -> None:
    call_command("prove_domain", "acme", "Acme.Example.")
    with pytest.raises(CommandError, match="is recorded as acme’s"):
        call_command("prove_domain", "borealis", "acme.example")
    for wrong in ("", "acme", "a b.example", "x-.example", "acme.example/x", "аcme.example"):
        with pytest.raises(CommandError, match="isn’t a domain"):
            call_command("prove_domain", "acme", wrong)
    call_command("prove_domain", "acme", "acme.example", "--remove")
    assert not ProvenDomain.objects.exists()


def test_a_password_still_opens_a_team_that_does_not_require_it(sso: SingleSignOn, ana: Person) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": "ana@acme.example", "password": PASSWORD})
    assert is_in(client)
