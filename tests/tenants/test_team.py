"""A team's own settings, its first steps, and what an invitation says."""

import re

import pytest
from django.core import mail

from apps.audit.models import Entry
from apps.staff import outbox
from apps.tenants import connections, members
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from apps.upstream.secret import Secret
from tests.conftest import Person, person, sent_link, sign_in_to_issuance
from tests.stand_in import Sandbox

PAGE, MEMBERS = "/acme/settings/team/", "/acme/settings/members/"


def test_an_owner_changes_name_and_zone_and_every_page_follows(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    page = ana.post(PAGE, name="Acme Robots", timezone="US/Pacific", url=sandbox.url)
    assert "Team settings saved." in page
    assert sandbox.ledger == [], "the URL is the same, so no key is tried"
    shown = ana.get("/acme/investments/")
    assert "Acme Robots" in shown
    assert "Times in PT" in shown
    entry = Entry.objects.filter(action="team saved").latest("pk")
    assert entry.details["fields"] == ["name", "timezone"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "", "This field is required."),
        ("timezone", "Mars/Base", "“Mars/Base” isn’t a time zone."),
        ("url", "https://evil.example", "Enter a URL that starts with https://"),
        ("url", "", "Enter the API URL: this team has connections that use it."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    ana: Person, acme: Tenant, sandbox: Sandbox, field: str, value: str, says: str
) -> None:
    page = ana.post(PAGE, **{"name": "Acme", "timezone": "UTC", "url": sandbox.url, field: value})
    assert page.status == 400
    assert says in page
    acme.refresh_from_db()
    assert (acme.name, acme.issuance_url) == ("Acme Robotics", sandbox.url)


def test_another_url_is_tried_with_every_key_first(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    given = {"name": "Acme", "timezone": "UTC", "url": "http://127.0.0.1:9"}
    page = ana.post(PAGE, **given)
    assert page.status == 400
    assert (
        "Not saved, because the test failed. “Acme Robotics, all offerings”: Couldn’t reach the Issuance API." in page
    )
    acme.refresh_from_db()
    assert acme.issuance_url == sandbox.url
    assert "Team settings saved." in ana.post(PAGE, **given, anyway="on")
    acme.refresh_from_db()
    assert acme.issuance_url == "http://127.0.0.1:9"


def test_only_owners_change_them(someone: Person, role: Role, acme: Tenant) -> None:
    assert (someone.get(PAGE).status == 200) == (role == Role.OWNER)
    assert (f'href="{PAGE}"' in someone.get("/acme/investments/")) == (role == Role.OWNER)


def test_a_key_whose_test_fails_is_saved_only_if_one_says_so(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    page = ana.post("/acme/settings/connections/", label="Typo", secret="sandbox_wrong")
    assert page.status == 400
    assert "Not saved, because the test failed. The Issuance API rejected the API key (HTTP 403)." in page
    assert "Save even if the test fails" in page
    assert "sandbox_wrong" not in page
    assert not acme.issuance_keys.filter(slug="typo").exists()
    page = ana.post("/acme/settings/connections/", label="Typo", secret="sandbox_wrong", anyway="on")
    assert "API key “Typo” saved." in page
    assert acme.issuance_keys.get(slug="typo").state == "refused"


def test_a_sign_in_whose_test_fails_is_saved_only_if_one_says_so(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    account, here = sandbox.accounts["Acme Robotics"], "/acme/settings/connections/sign-in/tokeny/"
    fields = {"base_url": sandbox.url, "identifier": account["email"], "password": "wrong"}
    page = ana.post(here, **fields)
    assert page.status == 400
    assert "Save even if the test fails" in page
    assert not hasattr(Tenant.objects.get(pk=acme.pk), "tokeny")
    assert "saved." in ana.post(here, **fields, anyway="on")
    assert Tenant.objects.get(pk=acme.pk).tokeny.state == "refused"


def test_one_that_works_is_never_replaced_by_one_that_fails_whatever_one_says(ana: Person, acme: Tenant) -> None:
    key = acme.issuance_keys.get()
    page = ana.post(f"/acme/settings/connections/{key.slug}/replace/", secret="sandbox_wrong", anyway="on")
    assert page.status == 400
    assert "so the current key stays in use." in page


def test_a_new_team_is_led_through_three_steps(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    shown = ana.get("/acme/investments/")
    assert "Set up Acme Robotics" in shown
    assert "0 of 3 done" in shown
    sign_in_to_issuance(acme, sandbox, "Acme Robotics")
    person("sue@acme.example", acme, Role.SUPPORT)
    shown = ana.get("/acme/investments/")
    assert "2 of 3 done" in shown
    assert ">Add API key</a>" in shown
    assert ">Invite members</a>" not in shown
    sue = person("sam@acme.example", acme, Role.SUPPORT)
    assert "Ask an owner to add one under" in sue.get("/acme/investments/")
    connections.save_key(acme, "Reg A", Secret(sandbox.key("Acme Robotics, all offerings")), sandbox.url, None)
    assert "Set up Acme Robotics" not in ana.get("/acme/investments/")


def test_an_invitation_names_who_invites_to_which_team_in_which_role(ana: Person, acme: Tenant) -> None:
    Tenant.objects.filter(pk=acme.pk).update(name="Smith & <b>Sons</b>")
    ana.post(MEMBERS, email="new@acme.example", role="compliance")
    while outbox.work():
        pass
    [message] = mail.outbox
    assert message.subject == "ana@acme.example invites you to Smith & <b>Sons</b> on Issuer Dashboard"
    assert "ana@acme.example invites you to Smith & <b>Sons</b> on Issuer Dashboard as compliance." in message.body
    [(html, kind)] = message.alternatives  # type: ignore[attr-defined]
    assert kind == "text/html"
    assert "<strong>Smith &amp; &lt;b&gt;Sons&lt;/b&gt;</strong>" in html
    assert html.count("/accounts/invitations/") == 2, "a button, and the link in words"


def test_a_reset_names_no_team(ana: Person, nobody: Person, acme: Tenant) -> None:
    nobody.post("/accounts/password/reset/", email="ana@acme.example")
    sent_link()
    [message] = mail.outbox
    assert message.subject == "Reset your Issuer Dashboard password"
    html = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert "Acme" not in message.body + html
    assert "3 days" in message.body
    assert "3 days" in html


def test_an_invitation_is_pending_until_the_person_signs_in(ana: Person, acme: Tenant) -> None:
    ana.post(MEMBERS, email="new@acme.example", role="support")
    row = re.compile(r"new@acme\.example.*?</tr>", re.DOTALL)
    pending = row.search(ana.get(MEMBERS)[ana.get(MEMBERS).index("<tbody>") :])
    assert pending
    assert "Invited" in pending[0]
    assert "Send again" in pending[0]
    person("known@else.example")
    ana.post(MEMBERS, email="known@else.example", role="support")
    page = ana.get(MEMBERS)
    assert page.count(">Invited<") == 2, "that an account was there before is not told"


def test_the_switcher_finds_one_team_of_many(ana: Person, acme: Tenant) -> None:
    for number in range(12):
        made = Tenant.objects.create(slug=f"team-{number}", name=f"Fund {number}", timezone="UTC")
        members.add(made, "ana@acme.example", Role.SUPPORT, None)
    assert 'id="find-team"' in ana.get("/acme/investments/")
    found = ana.get("/?q=fund 1", htmx="teams-found")
    assert re.findall(r"<bdi>(.*?)</bdi>", found) == ["Fund 1", "Fund 10", "Fund 11"]
    assert "Fund 11" in ana.get("/?q=fund 1")
    assert ana.get("/?q=team-7", follow=False).status == 302, "the only one is opened"
    assert "No team matches “nothing”." in ana.get("/?q=nothing")
    assert "Fund 1" not in ana.get("/?q=borealis", htmx="teams-found")
