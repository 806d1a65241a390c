"""What asks again who one is: which acts do, and that nothing happens before, nor is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from apps.audit.models import Entry
from apps.jobs.models import Job
from apps.tenants.models import IssuanceKey, Tenant
from apps.tenants.permissions import Role
from tests.conftest import ACME_KEY, PASSWORD, Page, Person, person
from tests.disclaimers.conftest import member, written
from tests.staff.test_two_step import code, enrolled
from tests.stand_in import Sandbox
from tests.tenants.test_access import OF_TENANTS, address

MEMBERS, CONNECTIONS = "/acme/settings/members/", "/acme/settings/connections/"
WEIGHTY = {
    "invitation_send", "invitation_withdraw", "single_sign_on", "connection_list", "connection_replace", "connection_remove", "service_save", "service_remove", "member_list", "audit_retention", "log_export",
    "member_change", "member_remove", "member_reset", "team_settings", "approvals_needed", "version_review",
    "disclaimer_publish",
}  # fmt: skip
"""And exports of more than 1,000 rows, which their own test tries."""


def a_while_ago(who: Person) -> None:
    """Says who they were last sixteen minutes ago."""
    member(who).sessions.update(confirmed_at=timezone.now() - timedelta(minutes=16))


def held(page: str) -> str:
    found = re.search(r'name="confirm-held" value="([^"]+)"', page)
    assert found, page[:2000]
    return found[1]


def test_which_acts_ask_again() -> None:
    assert {pattern.name for _, pattern in OF_TENANTS if getattr(pattern.callback, "confirms", False)} == WEIGHTY


@pytest.mark.parametrize("name", sorted(WEIGHTY))
def test_each_asks_before_anything_happens(acme: Tenant, ana: Person, name: str) -> None:
    route = next(route for route, pattern in OF_TENANTS if pattern.name == name)
    path = address(route, "acme").replace("/some-key/", "/firebase/" if name.startswith("service") else "/some-key/")
    before = Entry.objects.count()
    a_while_ago(ana)
    page = ana.post(path, anything="x")
    assert (page.status, "Confirm it’s you" in page) == (403, True)
    assert Entry.objects.count() == before
    assert "Confirm it’s you" not in ana.get(path)


def test_a_password_confirms_who_has_no_second_step(acme: Tenant, ana: Person) -> None:
    a_while_ago(ana)
    page = ana.post(MEMBERS, email="sue@acme.example", role="support")
    wrong = ana.post(MEMBERS, **{"confirm-held": held(page), "confirm-password": "wrong"})
    assert (wrong.status, acme.invitations.count()) == (400, 0)
    done = ana.post(MEMBERS, **{"confirm-held": held(wrong), "confirm-password": PASSWORD})
    assert "We’re sending sue@acme.example an invitation as support." in done
    assert acme.invitations.filter(email="sue@acme.example").exists()
    assert Entry.objects.filter(action="confirmed who they are", actor=ana.member).exists()
    assert "We’re sending max@acme.example" in ana.post(MEMBERS, email="max@acme.example", role="manager"), "not again"


def test_a_code_confirms_who_has_one_and_a_password_does_not(acme: Tenant, ana: Person) -> None:
    secret = enrolled(ana)
    a_while_ago(ana)
    page = ana.post(MEMBERS, email="sue@acme.example", role="support")
    assert 'name="confirm-password"' not in page
    assert ana.post(MEMBERS, **{"confirm-held": held(page), "confirm-password": PASSWORD}).status == 400
    assert "an invitation as support" in ana.post(MEMBERS, **{"confirm-held": held(page), "confirm-code": code(secret)})


def test_a_key_that_was_typed_waits_sealed(acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
    a_while_ago(ana)
    fields = {"label": "Reg A", "secret": sandbox.key(ACME_KEY), "url": sandbox.url}
    page = ana.post(CONNECTIONS, **fields)
    assert page.status == 403
    assert fields["secret"] not in page
    assert not str(ana.client.session.items()).count(fields["secret"])
    before = acme.issuance_keys.count()
    ana.post(CONNECTIONS, **{"confirm-held": held(page), "confirm-password": PASSWORD})
    assert acme.issuance_keys.count() == before + 1
    assert IssuanceKey.objects.filter(label="Reg A").exists()


def refused(page: Page) -> bool:
    return page.status == 400 and "This waited too long" in page


def test_what_waits_is_for_this_address_session_team_and_ten_minutes(
    acme: Tenant, borealis: Tenant, ana: Person, ben: Person
) -> None:
    olga = person("olga@acme.example", acme, Role.OWNER)
    borealis.memberships.create(person=member(ana), role=Role.OWNER)
    a_while_ago(ana)
    waiting = held(ana.post(MEMBERS, email="sue@acme.example", role="owner"))
    answer = {"confirm-held": waiting, "confirm-password": PASSWORD}
    assert refused(ana.post(CONNECTIONS, **answer))
    assert refused(olga.post(MEMBERS, **answer))
    assert refused(ana.post("/borealis/settings/members/", **answer))
    assert refused(ana.post(MEMBERS, **{**answer, "confirm-held": "v1:x:y:z"}))
    assert refused(ana.post(MEMBERS, **{**answer, "confirm-held": ""}))
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert refused(ana.post(MEMBERS, **answer))
    assert acme.invitations.count() == 0


def test_what_waits_is_asked_of_a_role_that_may(acme: Tenant) -> None:
    """The right to do it is looked at again when it goes on."""
    person("olga@acme.example", acme, Role.OWNER)
    otto = person("otto@acme.example", acme, Role.OWNER)
    a_while_ago(otto)
    waiting = held(otto.post(MEMBERS, email="sue@acme.example", role="owner"))
    acme.memberships.filter(person=otto.member).update(role=Role.SUPPORT)
    page = otto.post(MEMBERS, **{"confirm-held": waiting, "confirm-password": PASSWORD})
    assert page.status == 403
    assert acme.invitations.count() == 0


def test_guesses_are_few(acme: Tenant, ana: Person) -> None:
    a_while_ago(ana)
    page = ana.post(MEMBERS, email="sue@acme.example", role="support")
    for number in range(12):
        page = ana.post(MEMBERS, **{"confirm-held": held(page), "confirm-password": f"wrong-{number}"})
    assert page.status == 429
    right = ana.post(MEMBERS, **{"confirm-held": held(page), "confirm-password": PASSWORD})
    assert "Too many" in right
    assert acme.invitations.count() == 0


def test_approving_and_publishing_go_on_where_they_were(acme: Tenant, ana: Person) -> None:
    cora = person("cora@acme.example", acme, Role.COMPLIANCE)
    made = written(acme, ana, "A text.")
    from apps.disclaimers import drafting

    version = drafting.send_for_approval(made, member(ana))
    path = f"/acme/disclaimers/{made.pk}/versions/{version.number}/review/"
    a_while_ago(cora)
    page = cora.post(path, sha256=version.sha256, verdict="approve")
    assert page.status == 403
    assert not version.reviews.exists()
    cora.post(path, **{"confirm-held": held(page), "confirm-password": PASSWORD})
    assert version.reviews.count() == 1


@pytest.mark.parametrize(("filters", "asks"), [("", True), ("?status=refunded", False)])
def test_an_export_of_many_rows_asks(ana: Person, sandbox: Sandbox, filters: str, asks: bool) -> None:
    a_while_ago(ana)
    path = f"/acme/exports/new/investments/{filters}"
    fields: dict[str, Any] = {"format": "csv", "values": "labels", "columns": "page"}
    page = ana.post(path, **fields)
    if asks:
        assert (page.status, Job.objects.count()) == (403, 0)
        page = ana.post(path, **{"confirm-held": held(page), "confirm-password": PASSWORD})
    assert Job.objects.filter(kind="export").count() == 1, page[:3000]
