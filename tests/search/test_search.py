"""Find anything: all lists at once, each part as it arrives and failing alone, masks kept, numbers lead straight on."""

import re

import pytest

from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import Role
from tests.conftest import Person, connect, person
from tests.investments.test_masks import SPELLINGS_OF_INCOME
from tests.stand_in import Sandbox

SEARCH = "/acme/search/?q="


def parts(page: str) -> list[str]:
    return re.findall(r'<section class="part part-(\w+)"', page)


def test_one_term_is_asked_for_in_every_list(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    page = ana.get(f"{SEARCH}Nakamura")
    assert sorted(parts(page)) == ["investment", "investor", "offering", "user"]
    found = next(row for row in sandbox.rows(1) if row["last_name"] == "Nakamura")
    assert found["reference_id"] in page
    asked = {call["path"] for call in sandbox.ledger if "search=Nakamura" in call["query"]}
    assert asked == {"/api/investments/", "/api/investors/", "/api/offerings/", "/api/users/"}


def test_a_part_that_fails_leaves_the_others(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("html-500", path="/api/users/")
    page = ana.get(f"{SEARCH}acme")
    assert page.status == 200
    assert len(parts(page)) == 4
    assert page.count('class="panel"') == 1
    assert "The Issuance API returned an error (HTTP 500)." in page


def test_a_slow_part_comes_last_and_holds_nobody_up(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("slow", path="/api/investments/$", value=1.5)
    page = ana.get(f"{SEARCH}acme")
    assert parts(page)[-1] == "investment"


def test_a_number_of_several_lists_is_looked_up_in_each_and_nothing_is_offered_that_is_not_there(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    page = ana.get(f"{SEARCH}4")
    assert "id=4&" in " ".join(sandbox.asked())
    assert 'href="/acme/offerings/4/' in page
    assert 'href="/acme/users/4/' in page
    assert "/acme/investments/4/" not in page
    assert "Go to" not in page


def test_how_many_there_are_is_said(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    page = ana.get(f"{SEARCH}Nakamura")
    count = len([row for row in sandbox.rows(1) if row["last_name"] == "Nakamura"])
    assert count > 5
    assert f"5 of {count}." in page
    assert f"See all {count} investments" in page


def test_a_term_that_is_too_long_is_refused_and_not_cut(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(SEARCH + "a" * 101)
    assert page.status == 400
    assert "A search can have 100 characters; this one has 101. Nothing was searched." in page
    assert "a" * 101 in page
    assert sandbox.ledger == []


def test_a_reference_is_found_as_such(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    reference = sandbox.rows(1)[7]["reference_id"]
    page = ana.get(SEARCH + reference)
    assert any(query.startswith(f"reference_id={reference}") for query in sandbox.asked())
    assert f"<h1>{reference}" in page


def test_what_a_role_may_not_search_is_not_asked(acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    page = person("m@acme.example", acme, Role.MARKETING).get(f"{SEARCH}Nakamura")
    assert parts(page) == ["investment", "investor"]
    assert "Your role can’t search this list for that term." in page
    assert sandbox.ledger == []
    support = person("s@acme.example", acme, Role.SUPPORT)
    assert "Nakamura" in support.get(f"{SEARCH}Nakamura")
    sandbox.reset()
    support.get(f"{SEARCH}250000")
    assert not [query for query in sandbox.asked() if "search" in query]


@pytest.mark.parametrize("term", SPELLINGS_OF_INCOME)
def test_quotes_and_odd_letters_do_not_ask_what_is_masked(
    acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox, term: str
) -> None:
    person("s@acme.example", acme, Role.SUPPORT).get(SEARCH + term)
    assert not [query for query in sandbox.asked() if "search" in query]


def test_without_a_sign_in_the_rest_is_searched(ana: Person, acme: Tenant) -> None:
    page = ana.get(f"{SEARCH}acme")
    assert page.count("Not connected.") == 2


@pytest.mark.parametrize("term", ["", "   ", "%00", "<script>alert(1)</script>", "9" * 100, "é" * 100])
def test_odd_terms_break_nothing(ana: Person, term: str) -> None:
    page = ana.get(SEARCH + term)
    assert page.status == 200
    assert page.rstrip().endswith("</html>")
    assert "<script>alert" not in page


def test_without_a_script_it_is_the_same_page(ana: Person, signed_in: FirebaseSignIn) -> None:
    page = ana.get("/acme/investments/")
    assert 'action="/acme/search/"' in page
    assert 'name="q"' in page


def test_every_key_is_asked_and_a_row_leads_on_with_its_own(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    for label in ("Acme Robotics Series B", "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    page = ana.get(f"{SEARCH}Robotics")
    assert 'href="/acme/offerings/2/?key=acme-robotics-community-round"' in page
    assert 'href="/acme/offerings/3/?key=acme-robotics-series-b"' in page
    assert "/acme/investments/?search=Robotics&amp;key=all" in ana.get(f"{SEARCH}Robotics") or "No results" in page
    row = next(each for each in sandbox.rows(1) if each["offering"] == 2)
    assert row["reference_id"] in ana.get(f"/acme/investments/of-investor/{row['investor']}/")
