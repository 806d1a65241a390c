"""Single sign-on in a browser with a provider that others wrote: oidc-provider of Node.js, its own sign-in pages included."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.staff.models import StaffSession
from apps.tenants.models import ProviderAccount, Tenant
from apps.tenants.sso import setup
from apps.upstream.secret import Secret
from tests.browser.conftest import Accessible, Open
from tests.conftest import Person, person
from tests.stand_in import Sandbox
from tests.tenants.providers import CLIENT, SECRET, oidc_provider


@pytest.fixture
def issuer(acme: Tenant, ana: Person, settings: Any, live_server: Any, sandbox: Sandbox) -> Iterator[str]:
    settings.SITE_URL = live_server.url
    with oidc_provider(f"{live_server.url}/accounts/sso/done/") as running:
        call_command("prove_domain", "acme", "acme.example")
        given = {"kind": "other", "issuer": running, "client_id": CLIENT, "directory": "", "is_factor": True}
        setup.save(acme, given, Secret(SECRET), ana.member)  # type: ignore[arg-type]
        yield running


def sign_in_there(page: Page, name: str) -> None:
    page.get_by_placeholder("Enter any login").fill(name)
    page.get_by_placeholder("and password").fill("anything")
    page.get_by_role("button", name="Sign-in").click()


def begin(open_page: Open, name: str) -> Page:
    page = open_page(None, "/accounts/sso/?email=ana@acme.example")
    page.get_by_role("link", name="Continue to Acme Robotics").click()
    sign_in_there(page, name)
    page.get_by_role("button", name="Continue").click()  # the provider asks what it may tell us
    return page


def test_a_provider_signs_one_in_and_confirms_it(open_page: Open, issuer: str, live_server: Any, acme: Tenant) -> None:
    page = begin(open_page, "ana")
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert StaffSession.objects.filter(only_team=acme.id, factor="sso").exists()
    assert ProviderAccount.objects.get().subject == "ana"

    StaffSession.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    page.goto(f"{live_server.url}/acme/settings/members/")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Email", exact=True).fill("sue@acme.example")
    page.get_by_role("button", name="Send invitation").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm with your provider").click()
    sign_in_there(opened.value, "ana")  # it asks anew, though it knows this browser
    expect(opened.value.get_by_role("heading", name="Confirmed")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status")).to_contain_text("We’re sending sue@acme.example an invitation as support.")


def test_a_provider_that_knows_someone_else_opens_nothing(open_page: Open, issuer: str) -> None:
    page = begin(open_page, "mallory")
    expect(page.get_by_role("heading", name="You weren’t signed in")).to_be_visible()
    expect(page.get_by_text("not a member of Acme Robotics")).to_be_visible()
    assert not ProviderAccount.objects.exists()


@pytest.mark.parametrize(
    "look", [{}, {"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}], ids=["", "dark phone"]
)
def test_pages_that_refuse_read_well(
    open_page: Open, acme: Tenant, borealis: Tenant, ana: Person, accessible: Accessible, look: Any
) -> None:
    borealis.memberships.create(person=ana.member, role="support")
    Tenant.objects.filter(pk=acme.pk).update(is_sso_only=True)
    sue = person("sue@acme.example", acme, "support")
    number = acme.memberships.get(person=sue.member).pk
    for path, only_team, says in (
        ("/acme/", None, "Acme Robotics requires single sign-on"),
        ("/borealis/", acme.pk, "Sign in another way"),
        ("/accounts/password/change/", acme.pk, "Sign in another way"),
    ):
        StaffSession.objects.update(only_team=only_team)
        page = open_page(ana, path, **look)
        expect(page.get_by_role("heading", name=says)).to_be_visible()
        accessible(page)
    Tenant.objects.update(is_sso_only=False)
    StaffSession.objects.update(only_team=None)
    accessible(open_page(ana, f"/acme/settings/members/{number}/two-step/", **look))
    accessible(open_page(None, "/accounts/sso/done/?state=x&code=y", **look))
