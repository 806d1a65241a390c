"""A masked field is shown for one page, to whom the table of rights lets, for a reason that is kept without the value."""

import pytest

from apps.audit.models import Entry
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.cache_contents import contents
from tests.conftest import Person, person
from tests.stand_in import Sandbox

PAGE, REVEAL = "/acme/investments/7/", "/acme/investments/7/reveal/"


@pytest.fixture
def sue(acme: Tenant) -> Person:
    return person("sue@acme.example", acme, Role.SUPPORT)


@pytest.fixture
def worth(sandbox: Sandbox) -> str:
    sandbox.fault("changed", path="/api/investments/7/", value={"net_worth": "73123456.00"})
    return "73,123,456"


def test_support_reveals_one_investment_for_one_page(sue: Person, worth: str) -> None:
    before = sue.get(PAGE)
    assert worth not in before
    assert "Reveal financial fields" in before
    shown = sue.post(REVEAL, reason="Asked by the investor, call of Nov 14")
    assert shown.status == 200
    assert worth in shown
    assert "shown on this page only" in shown
    assert shown.headers["Cache-Control"] == "no-store"
    assert worth not in sue.get(PAGE)


def test_the_reason_is_recorded_and_no_value(sue: Person, acme: Tenant, worth: str) -> None:
    sue.post(REVEAL, reason="Asked by the investor")
    entry = Entry.objects.get(action="fields revealed")
    assert (entry.subject, entry.details) == (
        "investment:7",
        {"classes": ["financial"], "reason": "Asked by the investor"},
    )
    assert "73123456" not in str(list(Entry.objects.values("details", "content", "subject")))
    assert "73123456" not in str([contents(name) for name in ("counts", "labels", "agreed")])
    owner = person("olga@acme.example", acme, Role.OWNER)
    page = owner.get("/acme/audit/")
    assert "1 reveal in the last 7 days" in page
    assert "reason: Asked by the investor" in owner.get("/acme/audit/?kind=reveals")


def test_without_a_reason_nothing_is_shown_or_recorded(sue: Person, worth: str) -> None:
    shown = sue.post(REVEAL, reason=" ")
    assert (shown.status, worth in shown, "This field is required." in shown) == (400, False, True)
    assert not Entry.objects.filter(action="fields revealed").exists()
    assert sue.get(REVEAL).status == 405


def test_marketing_reveals_nothing(acme: Tenant, worth: str, sandbox: Sandbox) -> None:
    mo = person("mo@acme.example", acme, Role.MARKETING)
    assert "Reveal financial fields" not in mo.get(PAGE)
    sandbox.reset()
    shown = mo.post(REVEAL, reason="Curious")
    assert (shown.status, worth in shown) == (403, False)
    assert sandbox.ledger == []


def test_who_sees_them_anyway_is_offered_nothing(acme: Tenant, worth: str) -> None:
    olga = person("olga@acme.example", acme, Role.OWNER)
    page = olga.get(PAGE)
    assert worth in page
    assert "Reveal financial fields" not in page


def test_a_filter_is_never_asked_with_what_is_revealed(sue: Person, sandbox: Sandbox, worth: str) -> None:
    sandbox.reset()
    sue.post(f"{REVEAL}?net_worth__gte=1", reason="Asked by the investor")
    assert not any("net_worth" in str(call) for call in sandbox.ledger)


def test_an_investment_that_fails_to_come_reveals_and_records_nothing(sue: Person, sandbox: Sandbox) -> None:
    sandbox.fault("status", path="/api/investments/7/", value=500)
    sue.post(REVEAL, reason="Asked by the investor")
    assert not Entry.objects.filter(action="fields revealed").exists()
