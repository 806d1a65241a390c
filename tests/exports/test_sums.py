"""The total under a list of investments: as Issuance says it, if it counts the same rows, and as a worker adds it up."""

import json
from decimal import Decimal
from typing import Any

import pytest

from apps.exports.sums import money
from apps.jobs.models import Job
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import Role
from tests.conftest import ACME, Person, person
from tests.exports.conftest import work_off
from tests.stand_in import Sandbox

PAGE = "/acme/exports/sums/?status=refunded"
SUMMARY = "/api/investments/summary/"


def real(sandbox: Sandbox, status: str = "refunded") -> tuple[Decimal, int]:
    amounts = [Decimal(row["amount"]) for row in sandbox.rows(ACME) if row["status"] == status]
    return sum(amounts, Decimal(0)), len(amounts)


def says(sandbox: Sandbox, answer: Any) -> None:
    sandbox.fault("body", path=SUMMARY, value=json.dumps(answer))


def test_the_list_leads_to_its_total(ana: Person) -> None:
    assert 'href="/acme/exports/sums/?status=refunded"' in ana.get("/acme/investments/?status=refunded")
    assert "/exports/sums/" not in ana.get("/acme/offerings/")


def test_what_issuance_says_is_shown_if_it_counts_the_same_rows(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    total, _ = real(sandbox)
    page = ana.get(PAGE, htmx="sums")
    assert f"<strong>{money(total)}</strong> committed" in page
    assert "not checked" not in page
    assert len([call for call in sandbox.ledger if call["path"] == SUMMARY]) == 1
    ana.get(PAGE, htmx="sums")
    assert len([call for call in sandbox.ledger if call["path"] == SUMMARY]) == 1, "it is kept for a minute"


def test_without_a_sign_in_nothing_is_asked(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(PAGE, htmx="sums")
    assert "committed" not in page
    assert "Add up all rows" in page
    assert sandbox.ledger == []


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        (lambda n: {"total_amount_committed": {"amount": 1234.5, "count": n}}, "<strong>$1,234.50</strong> committed"),
        (lambda n: {"total_amount_committed": {"amount": 1234.5, "investor_count": 3}}, "not checked"),
        (lambda n: {"total_amount_committed": {"investor_count": 3}}, "gives no amount"),
        (lambda n: {"success": True, "message": "", "data": {"total_amount_committed": {"amount": 1, "count": n}}}, "$1.00"),
        (lambda n: {"total_amount_committed": 12345678901234.56, "count": n}, "$12,345,678,901,234.56"),
        (lambda n: {"amount": "99.10", "count": n}, "$99.10"),
        (lambda n: {"total_amount_committed": {"amount": 5, "count": n + 1}}, "its total isn’t shown"),
        (lambda n: {"sums": ["<b>"]}, "in a layout we don’t know"),
        (lambda n: {"amount": "NaN"}, "in a layout we don’t know"),
        (lambda n: {"total_amount_committed": {"amount": "a lot", "count": n}}, "gives no amount"),
    ],
)  # fmt: skip
def test_each_layout_says_no_more_than_it_tells(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, shape: Any, shown: str
) -> None:
    says(sandbox, shape(real(sandbox)[1]))
    page = ana.get(PAGE, htmx="sums")
    assert shown in page
    assert "<b>" not in page


@pytest.mark.parametrize("kind", [{"kind": "html-500"}, {"kind": "status", "value": 403}, {"kind": "html-200"}])
def test_a_summary_that_fails_leaves_the_sum_to_be_added_up(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, kind: dict[str, Any]
) -> None:
    sandbox.fault(path=SUMMARY, **kind)
    page = ana.get(PAGE, htmx="sums")
    assert page.status == 200
    assert "Add up all rows" in page


def test_all_rows_are_added_up_exactly(ana: Person, sandbox: Sandbox) -> None:
    total, number = real(sandbox, "received")
    address = "/acme/exports/sums/?status=received"
    ana.post(address)
    assert "Waiting to start" in ana.get(address, htmx="sums")
    ana.post(address)
    assert Job.objects.filter(kind="sum").count() == 1, "one is enough"
    work_off()
    page = ana.get(address, htmx="sums")
    assert f"<strong>{money(total)}</strong> added up, {number} rows" in page
    assert "added up" not in ana.get("/acme/exports/sums/?status=invested", htmx="sums")
    assert "No exports yet" in ana.get("/acme/exports/")


def test_both_are_shown_with_their_difference(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    total, number = real(sandbox)
    says(sandbox, {"total_amount_committed": {"amount": float(total) + 0.25, "count": number}})
    ana.post(PAGE)
    work_off()
    page = ana.get(PAGE, htmx="sums")
    assert "Difference: $0.25" in page
    assert money(total) in page


def test_an_amount_that_cannot_be_read_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"amount": "lots"}})
    ana.post(PAGE)
    work_off()
    assert f"without {real(sandbox)[1]} amounts that couldn’t be read" in ana.get(PAGE, htmx="sums")


def test_each_role_adds_up_what_it_sees_and_its_own_alone(
    acme: Tenant, ana: Person, role: Role, sandbox: Sandbox
) -> None:
    who = person(f"{role}2@acme.example", acme, role)
    who.post("/acme/exports/sums/")
    work_off()
    assert "added up" in who.get("/acme/exports/sums/", htmx="sums")
    assert "added up" not in ana.get("/acme/exports/sums/", htmx="sums")
