"""Filters, order and pages against a plain Python filter over the sandbox's own rows. `make soak` runs it at 100,000."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import ACME, Person
from tests.investments.test_list import LIST, ids
from tests.stand_in import Sandbox

Row = dict[str, Any]

ASKED: list[tuple[str, Callable[[Row], bool]]] = [
    ("", lambda row: True),
    ("status=received", lambda row: row["status"] == "received"),
    ("status__in=received,invested", lambda row: row["status"] in ("received", "invested")),
    ("offering=2", lambda row: row["offering"] == 2),
    ("offering__in=1,3", lambda row: row["offering"] in (1, 3)),
    ("amount__gte=5000", lambda row: Decimal(row["amount"]) >= 5000),
    ("amount__gt=100&amount__lt=200", lambda row: 100 < Decimal(row["amount"]) < 200),
    ("amount__lte=30.25", lambda row: Decimal(row["amount"]) <= Decimal("30.25")),
    ("created_at__gte=2026-03-08&created_at__lte=2026-03-08", lambda row: "2026-03-08 05:00" <= row["created_at"] < "2026-03-09 04:00"),
    ("created_at__gte=2026-06-01", lambda row: row["created_at"] >= "2026-06-01 04:00"),
    ("investor__entity__kyc_status=failed", lambda row: row["kyc_status"] == "failed"),
    ("processing_issue_statuses__contains=kyc_failed", lambda row: "kyc_failed" in row["processing_issue_statuses"]),
    ("processing_issue_statuses__contains=_", lambda row: row["processing_issue_statuses"] != ""),
    ("processing_issue_statuses__startswith=kyc", lambda row: row["processing_issue_statuses"].startswith("kyc")),
    ("investor__type__in=trust,trust_ira", lambda row: row["investor_type"] in ("trust", "trust_ira")),
    ("investor__entity__isnull=true", lambda row: row["entity"] is None),
    ("processed_at__isnull=false&quantity=19", lambda row: row["processed_at"] is not None and row["quantity"] == 19),
    ("watchlistentity__has_hits=true", lambda row: row["has_hits"] == 1),
    ("investmentapproval__is_approved=false", lambda row: row["is_approved"] == 0),
    ("search=nakamura", lambda row: any("nakamura" in str(row[name]).lower() for name in ("reference_id", "email", "first_name", "last_name"))),
    ("status__in=received,invested&amount__gte=1000&offering=1", lambda row: row["status"] in ("received", "invested") and Decimal(row["amount"]) >= 1000 and row["offering"] == 1),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "wanted"), ASKED, ids=[asked or "all" for asked, _ in ASKED])
def test_the_rows_are_those_of_a_plain_filter(
    ana: Person, sandbox: Sandbox, asked: str, wanted: Callable[[Row], bool]
) -> None:
    expected = [row["id"] for row in sandbox.rows(ACME) if wanted(row)]
    assert expected, "a filter that finds nothing shows nothing"
    page = ana.get(f"{LIST}?{asked}&page_size=100")
    assert ids(page) == expected[:100]
    assert f"<strong>{len(expected):,}</strong>" in page
    last = -(-len(expected) // 100)
    assert ids(ana.get(f"{LIST}?{asked}&page_size=100&page={last}")) == expected[(last - 1) * 100 :]
    assert f"Page {last + 1} doesn’t exist" in ana.get(f"{LIST}?{asked}&page_size=100&page={last + 1}")


@pytest.mark.parametrize(
    "ordering", ["amount", "-amount", "updated_at", "-updated_at", "quantity", "reference_id", "-created_at"]
)
def test_the_order_is_the_one_asked_for(ana: Person, sandbox: Sandbox, ordering: str) -> None:
    name = ordering.removeprefix("-")
    rows = {row["id"]: row for row in sandbox.rows(ACME)}

    def key(row: Row) -> Any:
        return Decimal(row[name]) if name == "amount" else row[name]

    expected = sorted((key(row) for row in rows.values()), reverse=ordering.startswith("-"))
    for page in (1, 2, -(-len(rows) // 100)):
        shown = [key(rows[number]) for number in ids(ana.get(f"{LIST}?ordering={ordering}&page_size=100&page={page}"))]
        assert shown == expected[(page - 1) * 100 : page * 100]
