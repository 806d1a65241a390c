"""Upstream's data are as hostile as a stranger's: whatever a field holds, the page stands and nothing of it is code."""

import re

import pytest

from apps.investments.fields import INVESTMENT
from apps.investments.listing import COLUMNS
from tests.conftest import Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "</td></tr></table><h1>gone",
    "{{ 7*7 }}{% csrf_token %}",
    "javascript:alert(1)",
    '" hx-get="/acme/settings/members/" hx-trigger="load',
)


def dangerous(page: str) -> list[str]:
    return re.findall(r"<script>alert|<img src=x|onmouseover='|<h1>gone|hx-trigger=\"load|>49<", page)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_every_field_at_once_is_shown_as_text(ana: Person, sandbox: Sandbox, attack: str) -> None:
    number = sandbox.rows(1)[0]["id"]
    hostile = {name: attack for name in INVESTMENT.specs if name != "id"} | {"new_field": attack, attack: "x"}
    sandbox.fault("changed", path="/api/investments/", value={**hostile, "results": hostile})
    for path in (LIST, f"{LIST}{number}/", "/acme/investments/attention/"):
        page = ana.get(path)
        assert page.status == 200
        assert dangerous(page) == []


def test_an_attack_in_the_names_of_offerings_and_statuses_is_shown_as_text(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/offerings/", value={"results": {"name": ATTACKS[1]}})
    sandbox.fault("replaced", path="/api/investments/statuses/", value=["Received", "<script>alert(1)<\\/script>"])
    for _ in range(2):
        page = ana.get(f"{LIST}?status=received")
        assert page.status == 200
        assert dangerous(page) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_the_address_is_shown_as_text(ana: Person, attack: str) -> None:
    for name in ("search", "investor__user__email", "statuss", "status", "ordering", "page", "key"):
        page = page_of(ana, name, attack)
        assert dangerous(page) == []


def page_of(ana: Person, name: str, attack: str) -> str:
    from urllib.parse import quote

    return ana.get(f"{LIST}?{name}={quote(attack)}")


@pytest.mark.parametrize(
    "value", [None, "", "-", "NaN", 12, 1.5, True, [], {}, [1, {"a": None}], "x" * 5000, "\u202eabc", "\x00"]
)
def test_any_kind_of_value_in_any_field_leaves_the_page_standing(ana: Person, sandbox: Sandbox, value: object) -> None:
    number = sandbox.rows(1)[0]["id"]
    odd = dict.fromkeys(INVESTMENT.specs, value)
    sandbox.fault("changed", path="/api/investments/", value={**odd, "results": odd})
    for path in (LIST, "/acme/investments/attention/"):
        assert ana.get(path).status == 200
    is_of_a_strange_offering = type(value) is int  # a Boolean names no offerings
    assert ana.get(f"{LIST}{number}/").status == (404 if is_of_a_strange_offering else 200)


def test_a_row_that_is_no_object_is_counted_and_the_others_stand(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("replaced", path="/api/investments/", value=['"results":[', '"results":[null,"x",'])
    page = ana.get(LIST)
    assert "2 rows on this page couldn’t be read and aren’t shown." in page
    assert page.count('class="row-link"') == 25


def test_an_empty_row_is_still_a_row(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("without", path="/api/investments/", value=list(INVESTMENT.specs))
    page = ana.get(LIST)
    assert page.count('<tr><th scope="row"') == 25
    assert page.count(">Not included in lists<") == 25 * len(COLUMNS)


def test_what_is_beyond_the_contract_is_counted_where_an_owner_sees_it(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"status": "on_hold", "mood": "good"}})
    sandbox.fault("without", path="/api/investments/$", value=["bonus_shares"])
    page = ana.get(LIST)
    assert ">on_hold</span>" in page
    said = ana.get("/acme/settings/connections/")
    assert "“mood” is sent but not documented (25 rows)" in said
    assert "“status” has an undocumented value: “on_hold” (25 rows)" in said
    assert "good" not in said.split("Differences from the API documentation")[1].split("</dd>")[0].replace(
        "pill-good", ""
    )
