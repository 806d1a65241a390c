"""How many others must approve: an owner alone does not do away with the second person where there is another owner."""

import pytest

from apps.audit.models import Entry
from apps.disclaimers import approving, drafting
from apps.disclaimers.models import ApprovalsAsked
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import Role
from tests.conftest import Person, person
from tests.disclaimers.conftest import LIST, member, published, written

PATH = f"{LIST}approvals/"


@pytest.fixture
def otto(acme: Tenant) -> Person:
    return person("otto@acme.example", acme, Role.OWNER)


def needed(acme: Tenant) -> int:
    acme.refresh_from_db()
    return acme.approvals_needed


def test_fewer_approvals_wait_for_another_owner(acme: Tenant, ana: Person, otto: Person) -> None:
    assert "Another owner must confirm it" in ana.post(PATH, needed="0")
    assert needed(acme) == 1
    assert "ana@acme.example asks for 0 required approvals instead of 1." in otto.get(LIST)
    assert 'name="confirm"' not in ana.get(LIST)
    assert "You asked for it" in ana.post(PATH, needed="0", confirm="1")
    assert needed(acme) == 1
    assert "0 approvals by others are required" in otto.post(PATH, needed="0", confirm="1")
    assert needed(acme) == 0
    confirmed = Entry.objects.filter(action="approvals needed").first()
    assert confirmed
    assert confirmed.details["asked_by"] == member(ana).pk


def test_what_was_asked_is_confirmed_and_nothing_else(acme: Tenant, ana: Person, otto: Person) -> None:
    approving.ask_for(acme, 3, member(ana))
    approving.ask_for(acme, 2, member(ana))
    assert "No one is asking" in otto.post(PATH, needed="0", confirm="1")
    assert "stays as it is" in otto.post(PATH, needed="2", keep="1")
    assert (needed(acme), ApprovalsAsked.objects.count()) == (3, 0)


def test_more_approvals_need_nobody_else(acme: Tenant, ana: Person, otto: Person) -> None:
    assert "2 approvals by others are required" in ana.post(PATH, needed="2")
    assert needed(acme) == 2


def test_an_owner_alone_decides_and_every_page_receipt_and_entry_says_so(
    acme: Tenant, ana: Person, at_tokeny: TokenySignIn
) -> None:
    assert "0 approvals by others are required" in ana.post(PATH, needed="0")
    lowered = Entry.objects.filter(action="approvals needed").first()
    assert lowered
    assert lowered.details["note"] == "without a second person"
    made = written(acme, ana, "You may lose all.\n")
    drafting.send_for_approval(made, member(ana))
    published(made, ana)
    for path in ("", f"{made.pk}/", f"{made.pk}/versions/1/", f"{made.pk}/edit/"):
        assert "published without a second approver" in ana.get(f"{LIST}{path}"), path
    for action in ("push begun", "push confirmed"):
        entry = Entry.objects.filter(action=action).first()
        assert entry
        assert entry.details["note"] == "published without a second approver"
