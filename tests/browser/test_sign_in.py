"""Signing in with a second step, as people do it: an app, a passkey as the second step and alone, a recovery code."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import CDPSession, Page, expect

from apps.staff.models import StaffSession
from apps.tenants import invitations
from apps.tenants.models import SingleSignOn, Tenant
from apps.tenants.permissions import Role
from tests.browser.conftest import IS_FIREFOX, Accessible, Open
from tests.conftest import PASSWORD, Person, person
from tests.staff.test_two_step import code
from tests.stand_in import Sandbox
from tests.tenants.signing_on import provider, running_provider, sso  # noqa: F401 - fixtures

no_script = pytest.mark.skipif(IS_FIREFOX, reason="Debian's Firefox runs scripts, whatever Playwright asks of it")
only_chromium = pytest.mark.skipif(IS_FIREFOX, reason="only Chromium has a virtual authenticator")


@pytest.fixture
def max_(acme: Tenant, sandbox: Sandbox) -> Person:
    """Who has no second step yet, in the days of grace."""
    return person("max@acme.example", acme, "manager")


def sign_in(page: Page) -> None:
    page.get_by_label("Email").fill("max@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Account:").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def set_up_app(page: Page) -> str:
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("link", name="Set up an authenticator app").click()
    expect(page.get_by_role("img", name="QR code with the key below")).to_be_visible()
    secret = page.locator("code.secret").inner_text()
    page.get_by_role("textbox", name="Code").fill(code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret


def next_code(secret: str) -> str:
    """Not the one that was used to set it up."""
    return code(secret, 1 if timezone.now().timestamp() % 30 > 2 else -1)


@pytest.mark.parametrize("script", [True, pytest.param(False, marks=no_script)], ids=["script", "no script"])
def test_an_app_is_set_up_and_used(open_page: Open, max_: Person, accessible: Accessible, script: bool) -> None:
    page = open_page(None, "/accounts/login/", java_script_enabled=script)
    sign_in(page)
    expect(page.get_by_text("Two-step sign-in is required from")).to_be_visible()
    secret = set_up_app(page)
    one = page.locator(".codes li").nth(2).inner_text()
    if script:
        accessible(page)
    page.get_by_role("link", name="I’ve saved them").click()
    expect(page.get_by_text("10 left")).to_be_visible()
    page.goto(page.url.partition("/accounts/")[0] + "/accounts/logout/")
    page.get_by_role("button", name="Sign out").last.click()
    sign_in(page)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    if script:
        accessible(page)
    page.get_by_label("Code from your authenticator app").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("That isn’t right")).to_be_visible()
    page.get_by_label("Code from your authenticator app").fill(next_code(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.goto(page.url.partition("/acme/")[0] + "/accounts/logout/")
    page.get_by_role("button", name="Sign out").last.click()
    sign_in(page)
    page.get_by_label("Code from your authenticator app").fill(one)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def virtual_authenticator(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


@only_chromium
def test_a_passkey_is_both_steps(open_page: Open, max_: Person, accessible: Accessible) -> None:
    page = open_page(None, "/accounts/login/")
    virtual_authenticator(page)
    sign_in(page)
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("link", name="Add a passkey").click()
    accessible(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Create passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I’ve saved them").click()
    expect(page.get_by_text("My laptop added")).to_be_visible()
    expect(page.get_by_text("signs in alone")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Continue with a passkey").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert "required from" not in page.content()


@only_chromium
def test_a_passkey_is_the_second_step(open_page: Open, max_: Person) -> None:
    page = open_page(None, "/accounts/login/")
    virtual_authenticator(page)
    sign_in(page)
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Sign in with it alone").uncheck()
    page.get_by_role("button", name="Create passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(page)
    sign_in(page)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.goto(page.url.partition("/acme/")[0] + "/accounts/two-step/")
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Save name").click()
    page.get_by_role("link", name="Remove Blue key").click()
    page.get_by_role("button", name="Remove passkey").click()
    expect(page.get_by_text("Your passkey was removed.")).to_be_visible()


@only_chromium
def test_a_passkey_that_is_refused_says_so(open_page: Open, max_: Person) -> None:
    page = open_page(None, "/accounts/login/")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": False}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.get_by_role("button", name="Continue with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("use another way")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_a_team_s_provider_signs_one_in(
    open_page: Open,
    sso: SingleSignOn,  # noqa: F811
    settings: Any,
    live_server: Any,
    sandbox: Sandbox,
) -> None:
    settings.SITE_URL = live_server.url
    page = open_page(None, "/accounts/login/")
    page.get_by_role("link", name="Continue with SSO").click()
    page.get_by_label("Work email").fill("ana@acme.example")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Continue to Acme Robotics").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    StaffSession.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    page.goto(f"{live_server.url}/acme/settings/members/")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Email", exact=True).fill("sue@acme.example")
    page.get_by_role("button", name="Send invitation").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Confirm with your provider").click()
    expect(opened.value.get_by_role("heading", name="Confirmed")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("status")).to_contain_text("We’re sending sue@acme.example an invitation as support.")


def test_a_code_confirms_before_a_weighty_change(open_page: Open, max_: Person, acme: Tenant) -> None:
    acme.memberships.update(role="owner")
    page = open_page(None, "/accounts/login/")
    sign_in(page)
    secret = set_up_app(page)
    StaffSession.objects.update(confirmed_at=timezone.now() - timedelta(minutes=16))
    page.goto(page.url.partition("/accounts/")[0] + "/acme/settings/members/")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Email", exact=True).fill("sue@acme.example")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    page.get_by_label("Code from your authenticator app").fill(next_code(secret))
    page.get_by_role("button", name="Confirm and continue").click()
    expect(page.get_by_role("status")).to_contain_text("We’re sending sue@acme.example an invitation as support.")


def test_an_invitation_leads_to_the_first_page(open_page: Open, ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    made = invitations.invite(acme, "sue@acme.example", "Sue Park", Role.SUPPORT, ana.member)  # type: ignore[arg-type]
    page = open_page(None, f"/accounts/invitations/{invitations.token_of(made)}/")
    page.get_by_label("Password").fill("correct-horse-battery-9")
    page.get_by_role("button", name="Create account and join").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(page.get_by_role("button", name="Account: Sue Park")).to_be_visible()
