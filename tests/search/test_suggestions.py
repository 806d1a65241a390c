"""Suggestions while typing: one call a list, one audit entry a pause with what was shown, and straight on from an ID or reference."""

import re

import pytest

from apps.audit.models import Entry
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import Role
from tests.conftest import Person, connect, person
from tests.stand_in import Sandbox

SUGGEST, SEARCH = "/acme/search/suggest/?q=", "/acme/search/?q="


def test_hits_of_every_list_come_in_one_call_each(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    ana.get("/acme/investments/")
    sandbox.reset()
    page = ana.get(f"{SUGGEST}Nakamura", htmx="find-hits")
    row = next(row for row in sandbox.rows(1) if row["last_name"] == "Nakamura")
    count = len([row for row in sandbox.rows(1) if row["last_name"] == "Nakamura"])
    for said in (row["reference_id"], "Nakamura", f"4 of {count}", "Investors", "Platform users"):
        assert said in page
    asked = [call["path"] for call in sandbox.ledger if "search=Nakamura" in call["query"]]
    assert sorted(asked) == ["/api/investments/", "/api/investors/", "/api/offerings/", "/api/users/"]
    entry = Entry.objects.get(action="suggestions shown")
    assert entry.details["shown"]["investments"] == [int(number) for number in re.findall(r"/investments/(\d+)/", page)]
    assert entry.details["letters"] == 8
    assert "Nakamura" not in str(entry.details)


@pytest.mark.parametrize("term", ["", "ab", " a ", "x" * 101])
def test_too_short_or_too_long_a_term_asks_nothing(ana: Person, sandbox: Sandbox, term: str) -> None:
    page = ana.get(f"{SUGGEST}{term}", htmx="find-hits")
    assert page.strip() == ""
    assert sandbox.ledger == []
    assert not Entry.objects.filter(action="suggestions shown").exists()


def test_a_list_that_fails_says_so_and_the_others_answer(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.fault("html-500", path="/api/users/")
    page = ana.get(f"{SUGGEST}acme", htmx="find-hits")
    assert page.count("couldn’t be searched") == 1
    assert "/acme/offerings/" in page


def test_a_role_is_suggested_what_it_may_see(acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    marketing = person("mark@acme.example", acme, Role.MARKETING)
    page = marketing.get(f"{SUGGEST}Nakamura", htmx="find-hits")
    assert "/acme/offerings/" not in page
    assert "pill" not in page, "a status is not for marketing"


def test_of_several_keys_the_first_is_asked_and_named(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    connect(acme, sandbox, "Acme Robotics Reg A Tier 2")
    sandbox.reset()
    page = ana.get(f"{SUGGEST}Nakamura", htmx="find-hits")
    assert "key “Acme Robotics, all offerings”" in page
    assert len([call for call in sandbox.ledger if call["path"] == "/api/investments/"]) == 1


def test_a_reference_leads_to_its_page(ana: Person, sandbox: Sandbox) -> None:
    row = sandbox.rows(1)[0]
    found = ana.get(f"{SEARCH}{row['reference_id']}", follow=False)
    assert found.status == 302
    assert found.headers["Location"].startswith(f"/acme/investments/{row['id']}/")


def test_an_id_of_one_record_leads_to_its_page_and_of_several_to_all(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    number = sandbox.rows(1)[0]["id"]
    found = ana.get(f"{SEARCH}{number}", follow=False)
    assert found.headers["Location"].startswith(f"/acme/investments/{number}/")
    several = ana.get(f"{SEARCH}4", follow=False)
    assert several.status == 200
    assert "/acme/offerings/4/" in several
    assert "/acme/users/4/" in several


def test_where_a_list_does_not_say_nothing_is_opened(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("html-500", path="/api/users/")
    assert ana.get(f"{SEARCH}{sandbox.rows(1)[0]['id']}", follow=False).status == 200
