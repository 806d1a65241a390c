"""The three commands of README, in exactly their words."""

import io
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from tests.conftest import ACME_KEY, PASSWORD
from tests.stand_in import Sandbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*words: str, stdin: str = "") -> str:
        out = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        call_command(*words, stdout=out)
        return out.getvalue()

    return run


def test_a_team_is_made_and_changed(run: Any) -> None:
    made = run("create_tenant", "acme", "--name", "Acme Robotics", "--timezone", "America/New_York")
    assert made == "Made team acme: Acme Robotics, America/New_York.\n"
    assert run("create_tenant", "acme", "--name", "Acme", "--timezone", "UTC") == "Changed team acme: Acme, UTC.\n"
    assert run("create_tenant", "acme", "--name", "Acme") == "Changed team acme: Acme, UTC.\n"
    run("create_tenant", "acme", "--name", "Acme", "--timezone", "US/Pacific")
    assert run("create_tenant", "acme", "--name", "Acme Two") == "Changed team acme: Acme Two, US/Pacific.\n"


@pytest.mark.parametrize("slug", ["accounts", "static", "healthz", "A", "acme_1", "a b", "ä-b", "x" * 41, ""])
def test_a_slug_that_cannot_be_an_address_is_refused(run: Any, slug: str) -> None:
    with pytest.raises(CommandError):
        run("create_tenant", slug, "--name", "Acme")
    assert not Tenant.objects.exists()


def test_a_zone_must_exist(run: Any) -> None:
    with pytest.raises(CommandError, match="“Mars/Base” isn’t a time zone"):
        run("create_tenant", "acme", "--name", "Acme", "--timezone", "Mars/Base")


def test_a_key_is_saved_tried_and_replaced_by_label(run: Any, sandbox: Sandbox) -> None:
    run("create_tenant", "acme", "--name", "Acme")
    words = ("connect_issuance", "acme", "--label", "Reg A", "--base-url", sandbox.url)
    assert "Saved API key “Reg A” for acme (working). The key works." in run(*words, stdin=sandbox.key(ACME_KEY) + "\n")
    assert "working" in run(*words, stdin=sandbox.key("Acme Robotics Series B"))
    assert Tenant.objects.get().issuance_keys.count() == 1


def test_a_peer_that_cannot_be_reached_is_saved_as_untested(run: Any) -> None:
    run("create_tenant", "acme", "--name", "Acme")
    said = run("connect_issuance", "acme", "--label", "Reg A", "--base-url", "http://127.0.0.1:9", stdin="abc")
    assert said.startswith("Saved API key “Reg A” for acme (untested). Couldn’t reach the Issuance API.")


def test_a_key_for_nobody_or_nothing_on_standard_input_is_said(run: Any, sandbox: Sandbox) -> None:
    with pytest.raises(CommandError, match="Team “acme”"):
        run("connect_issuance", "acme", "--label", "Reg A", "--base-url", sandbox.url, stdin="abc")
    run("create_tenant", "acme", "--name", "Acme")
    with pytest.raises(CommandError, match="Nothing came on standard input"):
        run("connect_issuance", "acme", "--label", "Reg A", "--base-url", sandbox.url)
    with pytest.raises(CommandError, match="Enter a URL that starts with https"):
        run("connect_issuance", "acme", "--label", "Reg A", "--base-url", "http://api.issuance.com", stdin="abc")


def test_a_person_is_made_and_an_existing_one_keeps_the_password(run: Any) -> None:
    run("create_tenant", "acme", "--name", "Acme")
    words = ("create_staff", "Ana@acme.example", "--tenant", "acme", "--role")
    assert run(*words, "owner", stdin=PASSWORD) == "ana@acme.example (made) is now owner of acme.\n"
    run("create_staff", "olga@acme.example", "--tenant", "acme", "--role", "owner", stdin=PASSWORD)
    assert (
        run(*words, "support", stdin="another-long-word-1")
        == "ana@acme.example (password unchanged) is now support of acme.\n"
    )
    ana = StaffMember.objects.get(email="ana@acme.example")
    assert ana.check_password(PASSWORD)
    assert ana.memberships.get().role == "support"


def test_the_last_owner_is_kept_from_the_shell_too(run: Any) -> None:
    run("create_tenant", "acme", "--name", "Acme")
    run("create_staff", "ana@acme.example", "--tenant", "acme", "--role", "owner", stdin=PASSWORD)
    with pytest.raises(CommandError, match="is the last owner of acme"):
        run("create_staff", "ana@acme.example", "--tenant", "acme", "--role", "support")


@pytest.mark.parametrize(
    ("email", "password"), [("no-address", PASSWORD), ("a@b.example", "short"), ("a@b.example", "password1234")]
)
def test_a_bad_address_or_a_weak_password_is_refused(run: Any, email: str, password: str) -> None:
    run("create_tenant", "acme", "--name", "Acme")
    with pytest.raises(CommandError):
        run("create_staff", email, "--tenant", "acme", "--role", "owner", stdin=password)
    assert not StaffMember.objects.exists()


def test_both_sign_ins_are_saved_tried_and_compared_from_the_shell(run: Any, sandbox: Sandbox) -> None:
    run("create_tenant", "acme", "--name", "Acme", "--timezone", "UTC")
    account = sandbox.accounts["Acme Robotics"]
    firebase = (
        "connect_firebase", "acme", "--email", account["email"], "--web-api-key", sandbox.web_api_key,
        "--identity-url", f"{sandbox.url}/identitytoolkit.googleapis.com",
        "--token-url", f"{sandbox.url}/securetoken.googleapis.com", "--base-url", sandbox.url,
    )  # fmt: skip
    assert "for acme (working). The sign-in works." in run(*firebase, stdin=account["password"])
    tokeny = ("connect_tokeny", "acme", "--identifier", account["email"], "--base-url")
    assert "for acme (working). The sign-in works." in run(*tokeny, sandbox.url, stdin=account["password"])
    assert run("watch_disclaimers") == "acme: 0 differ from the published text\n"
    with pytest.raises(CommandError, match="Not saved"):
        run(*tokeny, "http://elsewhere.example", stdin=account["password"])
    with pytest.raises(CommandError, match="the current one stays in use"):
        run(*firebase, stdin="not-the-password")
