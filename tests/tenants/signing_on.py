"""Helpers and fixtures of single sign-on: a provider on loopback, a team that uses it, and a browser that goes there and back."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.management import call_command
from django.test import Client

from apps.audit.models import Entry
from apps.staff.models import StaffMember
from apps.tenants.models import SingleSignOn, Tenant
from apps.tenants.sso import setup
from apps.upstream.secret import Secret
from tests.conftest import Page, Person, page
from tests.tenants.provider import IdentityProvider


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


def refusal(says: str, reason: str, shown: Page) -> None:
    assert shown.status in (400, 403)
    assert "You weren’t signed in" in shown
    assert says in shown
    if reason:
        assert Entry.objects.filter(action="single sign-on refused", details__reason=reason).exists()
