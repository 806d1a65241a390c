"""Words that were false: what is said of a fault is about what was asked, and what cannot all be true is said."""

from typing import Any

import pytest

from apps.offerings.models import Exposure, ExposureCheck
from apps.tenants.models import FirebaseSignIn, Tenant
from tests.conftest import ACME, Person
from tests.investments.test_list import LIST
from tests.offerings.test_exposure import PATH, SUMMARY, told
from tests.stand_in import Sandbox

NEW_USER = "/acme/users/create/"


def test_a_404_of_a_list_speaks_of_the_url_and_one_of_a_row_of_the_row(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("status", value=404, path="/api/investments/$")
    page = ana.get(LIST)
    assert "has nothing at this URL (HTTP 404)" in page
    assert "no such record" not in page
    assert ana.get(f"{LIST}999999/").status == 404


def test_a_400_of_no_field_names_none(ana: Person, sandbox: Sandbox) -> None:
    number = sandbox.rows(ACME)[0]["id"]
    sandbox.fault("refused", value=[400, '["Null characters are not allowed."]'], path=r"/api/investments/")
    for path in (LIST, f"{LIST}{number}/"):
        page = ana.get(path)
        assert "Null characters are not allowed." in page
        assert "search:" not in page
    assert "Loosen the filters" not in page


@pytest.mark.parametrize("field", ["type", "status"])
def test_an_unknown_word_in_an_offering_is_not_taken_for_sound(ana: Person, sandbox: Sandbox, field: str) -> None:
    sandbox.fault("changed", path="/api/offerings/1/", value={field: "something-new"})
    page = ana.get("/acme/offerings/1/")
    assert "No rule finds anything." not in page
    assert "checks couldn’t run" in page


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ('[{"value":1,"label":"One"},{"value":2.50}]', ['value="1"', 'value="2.50"']),
        ("[1, 2.5, true]", ['value="1"', 'value="2.5"', 'value="true"']),
        ('[{"value":"a","label":null}, null, ""]', ['value="a"']),
    ],
)
def test_values_of_any_plain_type_are_offered(ana: Person, sandbox: Sandbox, values: str, offered: list[str]) -> None:
    sandbox.fault("body", path="/values/", value=f'{{"success":true,"data":{values}}}')
    page = ana.get("/acme/investments/values/payment_method/", htmx="x")
    assert all(each in page for each in offered)


def test_values_in_an_unknown_form_are_no_empty_list(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("body", path="/values/", value='{"success":true,"data":[["a"],{"v":1}]}')
    page = ana.get("/acme/investments/values/payment_method/", htmx="x")
    assert "tells no values" not in page
    assert "Couldn’t read" in page


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"results": {"id": 7}}, "24 rows are on this page more than once"),
        ({"results": {"id": "7"}}, "Issuance sent IDs as text"),
        ({"results": {"id": None}}, "25 rows are missing a readable ID"),
        ({"count": 10**9, "next": None}, "the count can’t be right"),
        ({"count": 0}, "the count can’t be right"),
        ({"count": 3, "next": None}, "the count can’t be right"),
    ],
)
def test_what_cannot_all_be_true_is_said(ana: Person, sandbox: Sandbox, over: dict[str, Any], says: str) -> None:
    sandbox.fault("changed", path="/api/investments/$", value=over)
    page = ana.get(LIST)
    assert says in page
    assert page.count('<tr><th scope="row"') == 25
    assert "1,000,000,000</strong>" not in page
    assert "No investments yet" not in page


def test_a_count_without_rows_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("body", path="/api/investments/$", value='{"count":57,"next":null,"results":[]}')
    page = ana.get(LIST)
    assert "Issuance sent no rows" in page
    assert "the count can’t be right" in page


def test_a_row_whose_id_came_as_text_has_its_link(ana: Person, sandbox: Sandbox) -> None:
    first = sandbox.rows(ACME)[0]["id"]
    sandbox.fault("replaced", path="/api/investments/$", value=[f'"id":{first},', f'"id":"{first}",'])
    assert f'href="{LIST}{first}/"' in ana.get(LIST)


@pytest.mark.parametrize("offering", ["999", 999, 999.0, -1, 10**30])
def test_rows_of_an_offering_that_is_not_the_key_s_are_dropped_however_it_is_spelled(
    ana: Person, sandbox: Sandbox, offering: Any
) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"offering": offering}})
    page = ana.get(LIST)
    assert 'class="row-link"' not in page
    assert "25 rows on this page were hidden" in page


def test_an_offering_spelled_as_text_is_the_key_s_own(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"offering": "1"}})
    assert ana.get(LIST).count('class="row-link"') == 25


@pytest.mark.parametrize(("has_own", "found"), [(True, Exposure.NOTHING), (False, Exposure.UNKNOWN)])
def test_a_total_of_nothing_is_compared_with_the_team_s_own_count(
    ana: Person, sandbox: Sandbox, has_own: bool, found: Exposure
) -> None:
    sandbox.fault("changed", path=SUMMARY, value=told(amount=0, count=0))
    if not has_own:
        sandbox.fault("body", path="/api/investments/$", value='{"count":0,"next":null,"results":[]}')
    page = ana.post(PATH)
    assert ExposureCheck.objects.get().found == found
    assert ("The public summary shows 0, although your API key sees" in page) == has_own


def test_a_wrong_prefix_is_no_refused_key(ana: Person, signed_in: FirebaseSignIn, acme: Tenant) -> None:
    FirebaseSignIn.objects.update(token_prefix="Wrong")
    page = ana.get("/acme/investors/")
    assert "rejected the sign-in" in page
    assert "rejected the API key" not in page


def test_a_write_that_is_refused_is_not_sent_again(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("refused-before", path="/api/users/$", method="POST", value=403)
    ana.post(NEW_USER, email="new@mail.example", password="a-long-new-word-7")
    posts = [call for call in sandbox.ledger if call["method"] == "POST" and call["path"] == "/api/users/"]
    assert len(posts) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 418, 429])
def test_whether_a_user_was_added_is_said_with_every_refusal(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, status: int
) -> None:
    ana.get("/acme/users/")
    sandbox.fault("refused-before", path="/api/users/$", method="POST", value=status)
    page = ana.post(NEW_USER, email="new@mail.example", password="a-long-new-word-7")
    assert page.status == 200
    assert "new@mail.example wasn’t added." in page
    assert 'value="new@mail.example"' in page


def test_a_search_before_the_write_that_fails_says_so_too(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.fault("html-500", path="/api/users/$", method="GET")
    page = ana.post(NEW_USER, email="new@mail.example", password="a-long-new-word-7")
    assert "new@mail.example wasn’t added." in page
    assert not [call for call in sandbox.ledger if call["method"] == "POST" and call["path"] == "/api/users/"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://api.issuance.com/api/", "Enter the API URL without a path: the dashboard adds /api/"),
        ("https://me@api.issuance.com", "Enter only https:// and the host"),
        ("https://else.example", "names one of"),
    ],
)
def test_an_api_url_is_refused_for_its_own_reason(ana: Person, acme: Tenant, url: str, says: str) -> None:
    acme.issuance_keys.all().delete()
    Tenant.objects.update(issuance_url="")
    assert says in ana.post("/acme/settings/connections/", label="Reg A", url=url, secret="abc")


def test_a_time_without_an_offset_is_shown_as_it_was_sent(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"updated_at": "2026-11-02T10:00:00"}})
    page = ana.get(LIST)
    assert page.count("Nov 2, 2026, 10:00 AM <small>(time zone not sent)</small>") == 25
    assert "Unreadable value" not in page


def test_three_keys_and_the_rows_of_one(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    from tests.conftest import connect

    for label in ("Acme Robotics Series B", "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    page = " ".join(ana.get(LIST).split())
    total = len(sandbox.rows(ACME))
    assert f"<strong>{total:,}</strong> investments of key “Acme Robotics, all offerings” ·" in page
    assert f'<a href="{LIST}?key=all">2 more keys</a>' in page
