"""Investors: the list, one of them, who sees what, and the sign-in that reads them."""

import re

import pytest

from apps.audit.models import Entry
from apps.investors.fields import INVESTOR
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import VISIBLE_CLASSES, DataClass, Role
from tests.conftest import Person, person
from tests.stand_in import Sandbox

LIST = "/acme/investors/"


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="row-link" href="/\w+/investors/(\d+)/', page)]


def test_the_list_shows_investors_of_the_team_alone(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    theirs = sorted({row["investor"] for row in sandbox.rows(1)}, reverse=True)
    page = ana.get(LIST)
    assert page.status == 200
    assert ids(page) == theirs[:25]
    assert f"<strong>{len(theirs):,}</strong> investors" in page


def test_without_a_sign_in_the_missing_step_is_named(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    page = ana.get(LIST)
    assert "Investors need an Issuance sign-in" in page
    assert 'href="/acme/settings/connections/sign-in/firebase/"' in page
    assert sandbox.ledger == []


@pytest.mark.parametrize("kind", ["person", "company", "trust", "trust_ira"])
def test_each_kind_is_shown_with_the_fields_that_came(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, kind: str
) -> None:
    number = next(row["investor"] for row in sandbox.rows(1) if row["investor_type"] == kind)
    page = ana.get(f"{LIST}{number}/")
    assert page.status == 200
    assert ("First name" in page) == (kind == "person")
    assert ("tax_id_last_digits" if kind == "person" else "ein_last_digits") in page
    assert "not sent" not in page


CANARIES: dict[str, object] = {
    "type": "canary-type", "name": "canary-name", "first_name": "canary-first_name", "last_name": "canary-last_name",
    "user": 8_000_017, "email": "canary-email", "phone": "canary-phone", "unheard_of": "canary-unheard_of",
}  # fmt: skip


@pytest.mark.parametrize("where", ["list", "detail"])
def test_a_field_reaches_who_may_see_it_and_nobody_else(
    someone: Person, role: Role, signed_in: FirebaseSignIn, sandbox: Sandbox, where: str
) -> None:
    number = sandbox.rows(1)[0]["investor"]
    sandbox.fault("changed", path="/api/investors/", value={**CANARIES, "results": CANARIES})
    page = someone.get(LIST if where == "list" else f"{LIST}{number}/")
    assert page.status == 200
    for name, value in CANARIES.items():
        is_seen = INVESTOR.data_class(name) in VISIBLE_CLASSES[role]
        is_there = str(value) in page
        if where == "detail":
            assert is_there == is_seen, f"{name} for {role}"
        else:
            assert is_seen or not is_there, f"{name} leaks to {role}"
    if where == "list" and DataClass.UNKNOWN in VISIBLE_CLASSES[role]:
        assert "canary-unheard_of" in someone.get(f"{LIST}?cols=unheard_of")


def test_a_masked_filter_is_refused_and_nothing_is_asked(
    acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    page = person("m@acme.example", acme, Role.MARKETING).get(f"{LIST}?type=person")
    assert page.status == 403
    assert sandbox.ledger == []


def test_their_investments_stand_beside_them(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    row = sandbox.rows(1)[0]
    page = ana.get(f"{LIST}{row['investor']}/")
    assert f'hx-get="/acme/investments/of-investor/{row["investor"]}/"' in page
    assert f'href="/acme/investments/?investor={row["investor"]}"' in page
    fragment = ana.get(f"/acme/investments/of-investor/{row['investor']}/")
    theirs = [each["id"] for each in sandbox.rows(1) if each["investor"] == row["investor"]]
    assert [int(number) for number in re.findall(r"/acme/investments/(\d+)/", fragment)] == theirs[:25]


def test_a_missing_investor_is_said_to_be_missing(ana: Person, signed_in: FirebaseSignIn) -> None:
    page = ana.get(f"{LIST}99999999/")
    assert page.status == 404
    assert "Investor 99999999 not found" in page


def test_who_looked_is_in_the_record_by_number_alone(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    number = sandbox.rows(1)[0]["investor"]
    ana.get(f"{LIST}{number}/")
    entry = Entry.objects.filter(action="investor viewed").get()
    assert (entry.subject, entry.details["ids"]) == (f"investor:{number}", [number])


def test_rows_that_repeat_are_shown_as_sent(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    """Filtering by the issuer's email joins, so the API may send an investor twice."""
    twice = next(row for row in sandbox.rows(1) if row["user"] % 50 == 0)
    page = ana.get(f"{LIST}?user__thirdpartyissueruser__email={twice['email']}")
    found = ids(page)
    assert len(found) > 1
    assert set(found) == {twice["investor"]}
