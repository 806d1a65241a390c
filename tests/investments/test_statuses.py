"""Statuses that only the API's own list knows: offered, asked, counted, and open until someone says otherwise."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from apps.investments.stages import CLOSED, closed_among, open_among
from apps.tenants.label_cache import STATUSES
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person, connect
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")

NEW = "in_review"


@pytest.fixture
def five(sandbox: Sandbox) -> Iterator[list[int]]:
    """Five investments of one offering in a status that the contract does not list."""
    numbers = [row["id"] for row in sandbox.rows(ACME) if row["offering"] == 1 and row["status"] == "received"][:5]
    change(sandbox, NEW, numbers)
    statuses = [{"value": value, "label": label} for value, label in {**STATUSES, NEW: "In review"}.items()]
    sandbox.fault("body", path="/statuses/", value=json.dumps({"success": True, "data": {"statuses": statuses}}))
    yield numbers
    change(sandbox, "received", numbers)


def change(sandbox: Sandbox, status: str, numbers: list[int]) -> None:
    with sqlite3.connect(sandbox.file, timeout=20) as connection:
        connection.executemany(
            "update sandbox_investment set status = ? where id = ?", [(status, number) for number in numbers]
        )
    connection.close()


def test_it_is_offered_said_and_asked(ana: Person, five: list[int], sandbox: Sandbox) -> None:
    ana.get(LIST)
    page = ana.get(LIST)
    assert f'value="{NEW}"' in page
    for asked in (f"status={NEW}", f"status__in={NEW},cancelled"):
        page = ana.get(f"{LIST}?{asked}")
        assert page.status == 200
        assert "Status is In review" in page
    assert "<strong>5</strong>" in ana.get(f"{LIST}?status__in={NEW}")


def test_it_is_known_as_soon_as_a_key_is_saved(ana: Person, acme: Tenant, five: list[int], sandbox: Sandbox) -> None:
    statuses = json.dumps({"success": True, "data": {"statuses": [{"value": NEW, "label": "In review"}]}})
    acme.issuance_keys.all().delete()
    connect(acme, sandbox, "Acme Robotics, all offerings")
    sandbox.fault("body", path="/statuses/", value=statuses)
    ana.post("/acme/settings/connections/acme-robotics-all-offerings/test/")
    assert ana.get(f"{LIST}?status={NEW}").status == 200


def test_it_counts_in_the_total_of_an_offering(ana: Person, five: list[int], sandbox: Sandbox) -> None:
    total = len([row for row in sandbox.rows(ACME) if row["offering"] == 1])
    page = ana.get("/acme/offerings/1/investments/")
    assert f"{total:,} in all." in page
    assert "In review" in page


def test_what_no_status_covers_is_a_line_of_its_own(ana: Person, sandbox: Sandbox, five: list[int]) -> None:
    sandbox._ask("DELETE", "faults")
    total = len([row for row in sandbox.rows(ACME) if row["offering"] == 1])
    page = ana.get("/acme/offerings/1/investments/")
    assert "<span>Other statuses <b>5</b></span>" in page
    assert f"{total:,} in all." in page


def test_a_status_that_nobody_listed_is_open() -> None:
    assert {"cancelled", "refunded", "not_approved", "invested", "accepted_escrow_closed"} == CLOSED
    assert NEW in open_among([*STATUSES, NEW]).split(",")
    assert "accepted" in open_among(STATUSES).split(",")
    assert set(closed_among([*STATUSES, NEW]).split(",")) == CLOSED
