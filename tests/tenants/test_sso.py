"""Single sign-on: who comes in by a team's provider, what that opens, and who doesn't, however the provider tries."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.audit.models import Entry
from apps.staff.models import StaffMember, StaffSession
from apps.tenants import invitations, members
from apps.tenants.models import ProvenDomain, ProviderAccount, SingleSignOn, Tenant
from apps.tenants.permissions import Role
from apps.tenants.sso import setup
from apps.upstream.secret import Secret
from tests.conftest import PASSWORD, Page, Person, page, person
from tests.staff.test_two_step import enrolled
from tests.tenants.provider import IdentityProvider, key_pair

SETTINGS = "/acme/settings/sso/"


@pytest.fixture(scope="session")
def running_provider() -> Iterator[IdentityProvider]:
    running = IdentityProvider()
    yield running
    running.stop()


@pytest.fixture
def provider(running_provider: IdentityProvider) -> IdentityProvider:
    running_provider.reset()
    return running_provider


@pytest.fixture
def sso(acme: Tenant, ana: Person, provider: IdentityProvider) -> SingleSignOn:
    """Acme's provider; the operator has seen that acme.example is theirs."""
    call_command("prove_domain", "acme", "acme.example")
    return connect(acme, provider)


def connect(tenant: Tenant, provider: IdentityProvider, **given: Any) -> SingleSignOn:
    usual = {
        "kind": "other", "issuer": provider.issuer, "client_id": provider.client_id, "directory": "", "is_factor": False,
    }  # fmt: skip
    actor = StaffMember.objects.filter(memberships__tenant=tenant).first()
    assert actor
    return setup.save(tenant, usual | given, Secret(provider.secret), actor)


def come_in(client: Client, slug: str = "acme", query: str = "") -> Page:
    """By the provider, as a browser goes; the page where one lands."""
    to = client.get(f"/accounts/sso/start/{slug}/{query}")
    if to.status_code != 302:
        return page(to)
    back = httpx.get(to["Location"], trust_env=False)
    return page(client.get(path_of(back.headers["Location"]), follow=True))


def path_of(url: str) -> str:
    found = urlsplit(url)
    return f"{found.path}?{found.query}"


def is_in(client: Client, slug: str = "acme") -> bool:
    return client.get(f"/{slug}/notices/").status_code == 200


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
    assert (refused.status, "opens that team alone" in refused) == (403, True)
    assert client.get("/")["Location"] == "/acme/"
    assert 'href="/borealis/"' not in page(client.get("/acme/notices/"))
    for path in (
        "/accounts/two-step/",
        "/accounts/passkeys/add/",
        "/accounts/two-step/app/",
        "/accounts/password/change/",
    ):
        assert "You came in by one team’s provider" in page(client.get(path)), path
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
    assert "opens by single sign-on" in ana.get("/acme/notices/")
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


# ways to take over


def refusal(says: str, reason: str, shown: Page) -> None:
    assert shown.status in (400, 403)
    assert "You weren’t signed in" in shown
    assert says in shown
    if reason:
        assert Entry.objects.filter(action="single sign-on refused", details__reason=reason).exists()


CLAIMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an email of another company": ({"email": "ben@borealis.example"}, "hasn’t proven", "domain"),
    "a look-alike domain": ({"email": "ana@acme.examp1e"}, "hasn’t proven", "domain"),
    "a look-alike in other letters": ({"email": "ana@аcme.example"}, "the claim “email”", "no email"),
    "a domain below": ({"email": "ana@x.acme.example"}, "hasn’t proven", "domain"),
    "two ats": ({"email": "ana@acme.example@else.example"}, "the claim “email”", "no email"),
    "no email": ({"email": None}, "the claim “email”", "no email"),
    "an email that is not verified": ({"email_verified": False}, "the claim “email_verified”", "email not verified"),
    "verified in other words": ({"email_verified": "yes"}, "the claim “email_verified”", "email not verified"),
    "nobody of the team": ({"email": "who@acme.example"}, "not a member", "not a member"),
    "no nonce": ({"nonce": None}, "isn’t for this sign-in", "nonce"),
    "another nonce": ({"nonce": "another"}, "isn’t for this sign-in", "nonce"),
    "for another client": ({"aud": "another"}, "isn’t for this sign-in", "InvalidAudienceError"),
    "for several clients": ({"aud": ["dashboard", "another"]}, "for another application", "azp"),
    "by another issuer": ({"iss": "https://accounts.google.com"}, "isn’t for this sign-in", "InvalidIssuerError"),
    "expired": ({"exp": 1_700_000_000}, "isn’t for this sign-in", "ExpiredSignatureError"),
    "of yesterday": ({"iat": 1_700_000_000}, "too old", "iat"),
    "no subject": ({"sub": ""}, "doesn’t say who you are", "sub"),
}  # fmt: skip


@pytest.mark.parametrize("how", CLAIMS)
def test_a_provider_says_what_is_not_so(sso: SingleSignOn, provider: IdentityProvider, how: str) -> None:
    claims, says, reason = CLAIMS[how]
    provider.claims = claims
    client = Client()
    refusal(says, reason, come_in(client))
    assert "_auth_user_id" not in client.session
    assert not ProviderAccount.objects.exists()


def test_a_token_that_others_signed(sso: SingleSignOn, provider: IdentityProvider) -> None:
    provider.signs_with, _ = key_pair("one")
    refusal("isn’t for this sign-in", "InvalidSignatureError", come_in(Client()))
    provider.header = {"kid": "another"}
    refusal("isn’t signed by a key of its own", "key", come_in(Client()))
    provider.header, provider.algorithm = {}, "HS256"
    provider.signs_with = "x" * 40  # type: ignore[assignment]
    refusal("isn’t signed by a key of its own", "key", come_in(Client()))
    provider.algorithm, provider.signs_with = "none", None  # type: ignore[assignment]
    refusal("isn’t signed by a key of its own", "key", come_in(Client()))


def test_the_same_subject_of_another_teams_provider(
    sso: SingleSignOn, provider: IdentityProvider, acme: Tenant, borealis: Tenant, ben: Person
) -> None:
    come_in(Client())
    call_command("prove_domain", "borealis", "borealis.example")
    connect(borealis, provider)
    provider.claims = {"email": "ana@acme.example"}
    client = Client()
    refusal("hasn’t proven", "domain", come_in(client, "borealis"))
    assert not is_in(client)
    assert not is_in(client, "borealis")


def test_another_subject_with_the_same_email(sso: SingleSignOn, provider: IdentityProvider) -> None:
    come_in(Client())
    provider.claims = {"sub": "an impostor"}
    refusal("linked to another account", "another subject", come_in(Client()))


@pytest.mark.parametrize("says", [
    {"issuer": "https://accounts.google.com"},
    {"token_endpoint": "http://198.51.100.7/token"},
    {"token_endpoint": "https://evil.example/token"},
    {"jwks_uri": "https://10.0.0.1/jwks"},
    {"jwks_uri": "file:///etc/passwd"},
    {"authorization_endpoint": "https://evil.example/authorize"},
    {"token_endpoint": ""},
    {"authorization_endpoint": None},
], ids=str)  # fmt: skip
def test_a_discovery_that_changed(sso: SingleSignOn, provider: IdentityProvider, says: dict[str, Any]) -> None:
    provider.says = says
    shown = page(Client().get("/accounts/sso/start/acme/"))
    assert (shown.status, "You weren’t signed in" in shown) == (403, True)


def test_a_discovery_that_leads_elsewhere_is_not_followed(sso: SingleSignOn, provider: IdentityProvider) -> None:
    provider.redirects = f"{provider.issuer}/elsewhere"
    assert page(Client().get("/accounts/sso/start/acme/")).status == 403
    assert "/elsewhere" not in provider.asked


@pytest.mark.parametrize("issuer", [
    "http://accounts.google.com", "https://evil.example", "https://accounts.google.com.evil.example",
    "https://accounts.google.com@evil.example", "https://okta.com.evil.example", "https://evilokta.com", "https://10.0.0.1",
    "https://169.254.169.254", "ftp://accounts.google.com", "accounts.google.com", "https://", "javascript:alert(1)",
])  # fmt: skip
def test_an_issuer_that_is_not_allowed_is_not_asked(acme: Tenant, ana: Person, issuer: str) -> None:
    fields = {"what": "save", "kind": "other", "issuer": issuer, "client_id": "x", "secret": "y"}
    answer = ana.post(SETTINGS, **fields)
    assert (answer.status, "The operator sets these as SSO_HOSTS" in answer) == (400, True)
    assert not SingleSignOn.objects.exists()


def test_a_name_of_a_private_address_is_not_asked(acme: Tenant, ana: Person, settings: Any) -> None:
    settings.SSO_HOSTS = ["ip6-localhost", "localhost.localdomain"]
    for host in settings.SSO_HOSTS:
        fields = {"what": "save", "kind": "other", "issuer": f"https://{host}", "client_id": "x", "secret": "y"}
        assert ana.post(SETTINGS, **fields).status == 400


def test_a_code_is_good_once_and_in_the_browser_that_asked(sso: SingleSignOn, provider: IdentityProvider) -> None:
    provider.keeps_codes = True
    client = Client()
    back = httpx.get(client.get("/accounts/sso/start/acme/")["Location"], trust_env=False).headers["Location"]
    stranger = Client()
    refusal("began in another browser", "", page(stranger.get(path_of(back))))
    assert not is_in(stranger)
    client.get(path_of(back))
    assert is_in(client)
    client.post("/accounts/logout/")
    refusal("finished already", "", page(client.get(path_of(back))))
    refusal("began in another browser", "", page(client.get("/accounts/sso/done/?state=x&code=y")))


def test_a_code_of_another_sign_in_does_not_fit(sso: SingleSignOn, provider: IdentityProvider) -> None:
    """A victim's browser is sent back with the attacker's code."""
    attackers, victims = Client(), Client()
    back = httpx.get(attackers.get("/accounts/sso/start/acme/")["Location"], trust_env=False).headers["Location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(victims.get("/accounts/sso/start/acme/")["Location"]).query)["state"][0]
    refusal("", "", page(victims.get(f"/accounts/sso/done/?state={state}&code={code}")))
    assert not is_in(victims)


def test_a_member_who_left_does_not_come_in_by_the_link_of_before(
    sso: SingleSignOn, provider: IdentityProvider, acme: Tenant
) -> None:
    person("olga@acme.example", acme, Role.OWNER)
    come_in(Client())
    members.remove(acme.memberships.get(person__email="ana@acme.example"), None)
    refusal("not a member", "not a member", come_in(Client()))


def test_a_deactivated_person_does_not_come_in(sso: SingleSignOn, ana: Person) -> None:
    come_in(Client())
    StaffMember.objects.update(is_active=False)
    refusal("not a member", "not a member", come_in(Client()))


def test_where_one_lands_is_of_this_site(sso: SingleSignOn) -> None:
    client = Client()
    come_in(client, query="?next=https://evil.example/")
    assert "evil" not in str(client.session.items())


def test_a_domain_that_was_taken_back_lets_no_one_in(sso: SingleSignOn, provider: IdentityProvider) -> None:
    come_in(Client())
    call_command("prove_domain", "acme", "acme.example", "--remove")
    refusal("hasn’t proven", "domain", come_in(Client()))


@pytest.mark.parametrize("public", [
    {"n": None}, {"n": "!"}, {"n": ""}, {"kty": "oct", "k": "eA"}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": []},
    {"n": "A" * 100_000}, {"use": "enc"}, {"e": "AA"},
], ids=lambda each: str(each)[:30])  # fmt: skip
def test_a_key_of_any_making(sso: SingleSignOn, provider: IdentityProvider, public: dict[str, Any]) -> None:
    former, provider.public = provider.public, {**provider.public, **public}
    try:
        refusal("The provider’s", "", come_in(Client()))
    finally:
        provider.public = former


@pytest.mark.parametrize("claims", [
    {"sub": "a\0b"}, {"sub": 7}, {"sub": "x" * 300}, {"email": "a\0@acme.example"}, {"email": ["ana@acme.example"]}, {"iat": "soon"},
    {"nonce": {"a": 1}}, {"aud": [7]}, {"exp": "never"}, {"iss": 7}, {"amr": {"mfa": True}, "email": 7},
], ids=str)  # fmt: skip
def test_claims_of_any_making(sso: SingleSignOn, provider: IdentityProvider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    assert come_in(Client()).status == 403


def test_a_provider_makes_no_browser_known(sso: SingleSignOn) -> None:
    """Nor is it asked without end."""
    client = Client()
    come_in(client)
    assert "device" not in client.cookies
    said = [Client().get("/accounts/sso/start/acme/").status_code for _ in range(62)]
    assert said[-1] == 429


# settings


def test_an_owner_sets_it_up_and_the_secret_is_sealed(acme: Tenant, ana: Person, provider: IdentityProvider) -> None:
    fields = {"what": "save", "kind": "okta", "issuer": provider.issuer, "client_id": "dashboard"}
    assert "Enter the client secret." in ana.post(SETTINGS, **fields)
    assert "your provider answers" in ana.post(SETTINGS, **fields, secret=provider.secret)
    held = SingleSignOn.objects.get()
    assert held.sealed.startswith("v1:")
    assert provider.secret not in ana.get(SETTINGS)
    assert "your provider answers" in ana.post(SETTINGS, **fields), "the secret stays"
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
