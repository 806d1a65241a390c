"""What people type and paste: commas inside a value, marks that no one sees, amounts that can mean two things."""

import re
from urllib.parse import quote

import pytest

from apps.tenants.models import Tenant
from tests.conftest import ACME, Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

NAME = "Acme Robotics, Inc. Reg A"


def sent(sandbox: Sandbox) -> list[str]:
    return [query for query in sandbox.asked() if "page=" in query]


def test_one_value_with_a_comma_becomes_the_exact_parameter(ana: Person, sandbox: Sandbox) -> None:
    ana.get(f"{LIST}?offering__name__in={quote(chr(34) + NAME + chr(34))}")
    assert f"offering__name={quote(NAME, safe=',')}&" in sent(sandbox)[-1]
    assert "__in" not in sent(sandbox)[-1]


def test_a_known_name_is_one_value_without_quotation_marks(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    key = acme.issuance_keys.get()
    key.offerings = [{**key.offerings[0], "name": NAME}]
    key.save()
    ana.get(f"{LIST}?offering__name__in={quote(NAME)}")
    assert f"offering__name={quote(NAME, safe=',')}&" in sent(sandbox)[-1]


def test_several_values_with_a_comma_inside_are_refused_in_words(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?offering__name__in={quote(chr(34) + NAME + chr(34) + ',Other')}")
    assert page.status == 400
    assert f"“{NAME}” contains a comma" in page
    assert sandbox.ledger == []


def test_several_values_without_one_go_as_they_are(ana: Person, sandbox: Sandbox) -> None:
    ana.get(f"{LIST}?offering__name__in=A B,{quote(chr(34) + 'C' + chr(34))}, D")
    assert "offering__name__in=A%20B,C,D&" in sent(sandbox)[-1]


def test_the_picker_offers_values_with_a_comma_and_counts_them(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("body", path="/values/", value=f'{{"success":true,"data":["{NAME}","B"]}}')
    page = ana.get("/acme/investments/values/offering__name/?several=offering__name__in", htmx="x")
    assert f'value="{NAME}"' in page
    assert page.count("data-tick") == 2
    assert "2 values suggested." in page


def test_a_list_that_finds_nothing_is_offered_as_one_value(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?offering__name__in={quote(NAME)}")
    assert f'Did you mean <a href="/acme/investments/?offering__name={quote(NAME, safe=",")}">' in page


@pytest.mark.parametrize("mark", ["\u200b", "\u2060", "\ufeff", "\u202a", "\u202e", "\u00a0", "\u00ad", "\u2069", "\t"])
def test_invisible_marks_around_what_is_pasted_are_dropped(ana: Person, sandbox: Sandbox, mark: str) -> None:
    reference = sandbox.rows(ACME)[3]["reference_id"]
    for name in ("reference_id", "search", "reference_id__in"):
        sandbox.reset()
        page = ana.get(f"{LIST}?{name}={quote(mark + reference + mark)}")
        assert reference in page
        assert f"{name}={reference}&" in sent(sandbox)[-1]
    assert reference in ana.get(f"/acme/search/?q={quote(mark + reference + mark)}")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("O’Connor", "O'Connor"), ("O'Connor", "O’Connor"), ("O‘Connor", "O'Connor")],
)
def test_the_other_apostrophe_is_one_click_away(ana: Person, sandbox: Sandbox, typed: str, meant: str) -> None:
    sandbox.fault("body", path="/api/investments/$", value='{"count":0,"next":null,"results":[]}')
    page = ana.get(f"{LIST}?investor__user__entity__entityperson__last_name={quote(typed)}")
    link = re.search(r'Did you mean <a href="([^"]+)"', page)
    assert link
    assert link[1].endswith(f"last_name={quote(meant)}")


def test_an_email_in_lower_case_is_one_click_away(ana: Person, sandbox: Sandbox) -> None:
    email = sandbox.rows(ACME)[0]["email"]
    page = ana.get(f"{LIST}?investor__user__email={email.capitalize()}")
    link = re.search(r'Did you mean <a href="([^"]+)"', page)
    assert link
    assert sandbox.rows(ACME)[0]["reference_id"] in ana.get(link[1].replace("&amp;", "&"))


def test_inputs_leave_what_is_typed_alone(ana: Person) -> None:
    page = ana.get(LIST)
    for found in re.findall(r"<input[^>]*type=\"search\"[^>]*>", page):
        assert 'autocapitalize="none"' in found
        assert 'spellcheck="false"' in found
        assert "inputmode=" in found
    page = ana.get("/acme/investments/filter/investor__user__email/")
    assert 'inputmode="email"' in page


@pytest.mark.parametrize("typed", ["2.000", "$2.000", "12.345", "123.456", "-2.000"])
def test_three_digits_after_one_point_are_asked_about(ana: Person, sandbox: Sandbox, typed: str) -> None:
    page = ana.get(f"{LIST}?amount__gte={typed}")
    assert page.status == 400
    assert "can mean" in page
    assert f'value="{typed}"' in page
    assert sandbox.ledger == []


@pytest.mark.parametrize("typed", ["2.00", "2.0000", "0.125", "12345.678", "2000", "2,000", "$2,000.50"])
def test_what_can_mean_one_thing_is_read(ana: Person, typed: str) -> None:
    assert ana.get(f"{LIST}?amount__gte={typed}").status == 200


def test_marks_of_campaigns_are_dropped_without_a_word_and_all_else_is_refused(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?utm_source=mail&utm_x=1&fbclid=z&gclid=q&status=received", follow=False)
    assert page.headers["Location"] == f"{LIST}?status=received"
    assert ana.get(f"{LIST}?utm=1").status == 400
    assert ana.get("/acme/investments/attention/?utm_source=mail").status == 200
    assert ana.get(f"{LIST}?mc_cid=1").status == 400
