"""A team with several keys: one is picked, or each answers in a section of its own; one that fails says which."""

import re
from html import unescape

import pytest

from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import ACME, Person, connect, person
from tests.investments.test_list import LIST, ids
from tests.stand_in import Sandbox


@pytest.fixture
def other(acme: Tenant, sandbox: Sandbox) -> str:
    """A second key of the team, which sees one offering alone; its label."""
    label = next(
        label for label, entry in sandbox.keys.items() if label.startswith("Acme") and "all offerings" not in label
    )
    connect(acme, sandbox, label)
    return label


def test_each_key_has_a_section_with_its_own_count(ana: Person, other: str, acme: Tenant, sandbox: Sandbox) -> None:
    page = unescape(ana.get(f"{LIST}?key=all&status=received"))
    rows = [row for row in sandbox.rows(ACME) if row["status"] == "received"]
    key = acme.issuance_keys.get(label=other)
    of_other = [row for row in rows if row["offering"] == key.offerings[0]["id"]]
    assert f'API key “{other}” <span class="count-badge">{len(of_other):,}</span>' in page
    assert f'<span class="count-badge">{len(rows):,}</span>' in page
    assert f"{LIST}?status=received&key={key.slug}" in page
    assert ids(page) == [row["id"] for row in rows[:25]] + [row["id"] for row in of_other[:25]]
    assert "there’s no combined total" in page


def test_a_key_that_fails_is_named_and_the_other_answers(ana: Person, other: str, sandbox: Sandbox) -> None:
    ana.get(f"{LIST}?key=all")
    sandbox.revoke(other)
    try:
        page = unescape(ana.get(f"{LIST}?key=all"))
    finally:
        sandbox.revoke(other, revoked=False)
    failed = page[page.index(f"API key “{other}”") :]
    assert 'class="panel"' in failed
    assert len(ids(page)) == 25


def test_the_choice_of_a_key_keeps_the_question(ana: Person, other: str, acme: Tenant) -> None:
    slug = acme.issuance_keys.get(label=other).slug
    page = unescape(ana.get(f"{LIST}?status=received&amount__gte=5"))
    assert f'href="{LIST}?status=received&amount__gte=5&key={slug}"' in page
    assert f'href="{LIST}?status=received&amount__gte=5&key=all">Each key separately' in page


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("?key=all&page=2", "Paging works for one API key at a time."),
        ("attention/?key=all", "This page covers one API key."),
    ],
)
def test_what_needs_one_key_says_so(ana: Person, other: str, sandbox: Sandbox, path: str, says: str) -> None:
    page = ana.get(LIST + path)
    assert page.status == 400
    assert says in page
    assert sandbox.ledger == []


def test_a_detail_link_from_a_section_carries_its_key(ana: Person, other: str, acme: Tenant) -> None:
    slug = acme.issuance_keys.get(label=other).slug
    page = ana.get(f"{LIST}?key=all")
    assert f"?key={slug}" in page
    assert ana.get(f"{LIST}{ids(page)[0]}/?key=all").status == 200


def test_an_offering_that_another_key_sees_is_answered_by_that_key(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    """All offerings of all keys are in the menu; choosing one chooses its key, and the address names no other."""
    acme.issuance_keys.all().delete()
    for label in ("Acme Robotics Series B", "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    page = ana.get(f"{LIST}?key=acme-robotics-series-b")
    assert "Acme Robotics Community Round</label>" in page
    answer = ana.get(f"{LIST}?offering=2&key=acme-robotics-series-b", follow=False)
    assert answer.headers["Location"] == f"{LIST}?offering=2"
    assert ids(ana.get(f"{LIST}?offering=2"))


def test_marketing_is_not_told_which_offerings_a_key_sees(acme: Tenant, other: str) -> None:
    page = person("m@acme.example", acme, Role.MARKETING).get(f"{LIST}?key=all")
    assert page.status == 200
    assert "Sees " not in page


def test_rows_left_out_are_said_in_each_section(ana: Person, other: str, sandbox: Sandbox) -> None:
    ana.get(f"{LIST}?key=all")
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"offering": 777}})
    assert len(re.findall(r"rows on this page were\s+hidden", ana.get(f"{LIST}?key=all"))) == 2


def test_no_key_may_be_called_all(ana: Person, sandbox: Sandbox) -> None:
    page = ana.post("/acme/settings/connections/", label="All", secret=sandbox.key("Acme Robotics Series B"))
    assert "is reserved" in page
