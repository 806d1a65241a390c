"""Ways in which a provider, or who stands between, tries to take over: all are refused, recorded, and said in words that help."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.core.management import call_command
from django.test import Client

from apps.staff.models import StaffMember
from apps.tenants import members
from apps.tenants.models import ProviderAccount, SingleSignOn, Tenant
from apps.tenants.permissions import Role
from tests.conftest import Person, page, person
from tests.tenants.provider import IdentityProvider, key_pair
from tests.tenants.signing_on import come_in, connect, is_in, path_of, refusal

SETTINGS = "/acme/settings/sso/"

CLAIMS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an email of another company": ({"email": "ben@borealis.example"}, "isn’t a verified domain", "domain"),
    "a look-alike domain": ({"email": "ana@acme.examp1e"}, "isn’t a verified domain", "domain"),
    "a look-alike in other letters": ({"email": "ana@аcme.example"}, "the claim “email”", "no email"),
    "a domain below": ({"email": "ana@x.acme.example"}, "isn’t a verified domain", "domain"),
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
    refusal("isn’t a verified domain", "domain", come_in(client, "borealis"))
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
    assert (answer.status, "An administrator sets these as SSO_HOSTS" in answer) == (400, True)
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
    refusal("isn’t a verified domain", "domain", come_in(Client()))


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
