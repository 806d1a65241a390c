"""What the navigation, and a person's list of teams, say of disclaimers that wait for them.

That turns are right after each transaction is looked at in every test of this directory: conftest._turns_are_right.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.disclaimers import approving, drafting, turns
from apps.disclaimers.models import Disclaimer, turn_passed
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import Person, person, team
from tests.disclaimers.conftest import LIST, approved, member, written
from tests.investments.test_list import LIST as INVESTMENTS


def badge(who: Person, path: str = LIST) -> int:
    """In the navigation of the page."""
    side = who.get(path).split('<nav class="side"')[1].split("</nav>")[0]
    found = re.search(r"(\d+)<span class=\"vh\"> waiting for you<", side)
    return int(found[1]) if found else 0


@pytest.fixture
def mo(acme: Tenant) -> Person:
    return person("mo@acme.example", acme, Role.MARKETING)


def test_each_is_told_what_waits_for_them(acme: Tenant, ana: Person, max_: Person, cora: Person, mo: Person) -> None:
    first = written(acme, max_, "One.\n", "First")
    everybody = (ana, max_, cora, mo)
    assert [badge(who) for who in everybody] == [0, 0, 0, 0]
    version = drafting.send_for_approval(first, member(max_))
    assert [badge(who) for who in everybody] == [1, 0, 1, 0]
    approving.review(version, version.sha256, member(cora), approves=True)
    second = written(acme, ana, "Two.\n", "Second")
    rejected = drafting.send_for_approval(second, member(ana))
    approving.review(rejected, rejected.sha256, member(cora), "No.", approves=False)
    for who in everybody:
        listed = re.search(r"Needs you <span class=\"count-badge\">(\d+)<", who.get(LIST))
        assert badge(who) == int(listed[1] if listed else 0)
    assert [badge(ana), badge(max_), badge(cora)] == [2, 2, 0]


def test_it_stands_on_every_page_at_no_statement_more(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            ana.get("/acme/settings/team/")
        return len(asked)

    badge(ana)
    before = statements()
    drafting.send_for_approval(written(acme, max_, "One.\n"), member(max_))
    assert badge(ana, INVESTMENTS) == 1
    assert statements() == before


def test_more_approvals_needed_are_another_turn(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    approved(written(acme, max_, "One.\n"), max_, cora)
    assert (badge(max_), badge(ana)) == (1, 1)
    approving.ask_for(acme, 2, member(ana))
    assert (badge(max_), badge(ana), badge(cora)) == (0, 1, 0)


def test_what_was_read_before_a_change_is_not_kept_after_it(acme: Tenant, ana: Person, max_: Person) -> None:
    made = written(acme, max_, "One.\n")
    read = list(Disclaimer.objects.select_related("tenant").filter(pk=made.pk))
    with CaptureQueriesContext(connection):  # while it counts, conftest does not look
        turn_passed(made.pk)
        turns.settle(read)
    made.refresh_from_db()
    assert (made.turn, read[0].turn) == ("?", "")


def test_an_agency_sees_what_waits_in_each_team(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    other = team("borealis", "Borealis Energy", "UTC")
    other.memberships.create(person=member(ana), role=Role.MARKETING)
    for title in ("First", "Second"):
        drafting.send_for_approval(written(acme, max_, f"{title}.\n", title), member(max_))
    theirs = person("bo@borealis.example", other, Role.OWNER)
    drafting.send_for_approval(written(other, theirs, "Theirs.\n"), member(theirs))
    home = ana.get("/")
    assert "2 disclaimers waiting for you" in " ".join(home.split())
    assert home.count("waiting for you") == 1
    assert ana.get(f"{LIST}?tab=yours").count('class="row-link"') == 2
