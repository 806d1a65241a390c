"""Single sign-on with a provider that others wrote: oidc-provider-mock, over HTTP. Another one is in tests/browser/test_sso.py."""

from collections.abc import Iterator

import httpx
import pytest
from django.core.management import call_command
from django.test import Client

from apps.staff.models import StaffSession
from apps.tenants.models import ProviderAccount, Tenant
from apps.tenants.sso import setup
from apps.upstream.secret import Secret
from tests.conftest import Page, Person, page
from tests.tenants.providers import CLIENT, SECRET, oidc_provider_mock
from tests.tenants.signing_on import is_in, path_of, refusal

PEOPLE = (
    {"sub": "ana", "email": "ana@acme.example", "email_verified": True, "amr": ["pwd", "mfa"]},
    {"sub": "ben", "email": "ana@acme.example", "email_verified": False},
    {"sub": "cleo", "email": "ana@acme.example.evil.example", "email_verified": True},
    {"sub": "sue", "email": "sue@acme.example", "email_verified": True},
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock(*PEOPLE) as running:
        yield running


@pytest.fixture
def _connected(acme: Tenant, ana: Person, issuer: str) -> None:
    call_command("prove_domain", "acme", "acme.example")
    given = {"kind": "other", "issuer": issuer, "client_id": CLIENT, "directory": "", "is_factor": False}
    setup.save(acme, given, Secret(SECRET), ana.member)  # type: ignore[arg-type]


def come_in_as(subject: str, client: Client) -> Page:
    to = client.get("/accounts/sso/start/acme/")["Location"]
    back = httpx.post(to, data={"sub": subject}, trust_env=False)
    return page(client.get(path_of(back.headers["Location"]), follow=True))


@pytest.mark.usefixtures("_connected")
def test_a_member_comes_in(acme: Tenant) -> None:
    client = Client()
    assert "<h1>Overview</h1>" in come_in_as("ana", client)
    assert is_in(client)
    assert ProviderAccount.objects.get().subject == "ana"
    assert StaffSession.objects.filter(only_team=acme.id, factor="sso").exists(), (
        "its token said that two were asked for"
    )


@pytest.mark.usefixtures("_connected")
def test_nobody_else_does(acme: Tenant) -> None:
    refusal("email_verified", "email not verified", come_in_as("ben", Client()))
    refusal("acme.example.evil.example", "domain", come_in_as("cleo", Client()))
    refusal("not a member", "not a member", come_in_as("sue", Client()))
    assert not ProviderAccount.objects.exists()


@pytest.mark.usefixtures("_connected")
def test_a_code_opens_once_and_only_where_it_was_asked_for() -> None:
    client = Client()
    to = client.get("/accounts/sso/start/acme/")["Location"]
    back = path_of(httpx.post(to, data={"sub": "ana"}, trust_env=False).headers["Location"])
    other = Client()
    other.get("/accounts/sso/start/acme/")
    assert page(other.get(back, follow=True)).status in (400, 403)
    assert "<h1>Overview</h1>" in page(client.get(back, follow=True))
    client.post("/accounts/logout/")
    assert page(client.get(back, follow=True)).status in (400, 403)
