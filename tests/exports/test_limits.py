"""What the API cannot be asked is applied to rows while they are read, and both numbers are said."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.investments.blockers import BLOCKERS
from apps.jobs.models import Job
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person, person
from tests.exports.conftest import Export, ask, file_of, work_off
from tests.stand_in import Sandbox

ZONE = ZoneInfo("America/New_York")
COLUMNS = "?cols=reference_id,id,received_at,processing_issue_statuses"
Row = dict[str, Any]


def facts(row: Row) -> Row:
    return dict(json.loads(row["facts"]))


def received_on(row: Row) -> str:
    at = facts(row)["received_at"]
    return f"{datetime.fromisoformat(at).astimezone(ZONE):%Y-%m-%d}" if at else ""


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2026-10-01", "2026-10-31", "Funds received from Oct 1, 2026 through Oct 31, 2026"),
        ("2026-11-01", "", "Funds received from Nov 1, 2026 on"),
        ("", "2026-03-08", "Funds received through Mar 8, 2026"),
    ],
)
def test_rows_of_certain_days_are_kept_and_both_numbers_said(
    export: Export, sandbox: Sandbox, first: str, last: str, words: str
) -> None:
    made = export(COLUMNS, received_at_from=first, received_at_to=last)
    every = sandbox.rows(ACME)
    wanted = [str(row["id"]) for row in every if received_on(row) and first <= received_on(row) <= (last or "9")]
    assert [row["Investment ID"] for row in made.table] == wanted
    assert 0 < len(wanted) < len(every)
    assert (made.manifest["rows"], made.manifest["rows_read"]) == (len(wanted), len(every))
    assert made.manifest["applied_here"] == [words]
    assert made.manifest["is_complete"]
    assert f"{len(wanted):,} rows of {len(every):,} read" in made.page
    assert words in made.page


def test_any_of_several_blockers(ana: Person, sandbox: Sandbox) -> None:
    wanted_codes = {"kyc_failed", "watchlist_hits"}
    page = ana.client.post(
        f"/acme/exports/new/investments/{COLUMNS}",
        {"format": "csv", "columns": "page", "values": "codes", "processing_issue_statuses": [*wanted_codes]},
    )
    assert page.status_code == 302
    work_off()
    job = Job.objects.get()
    text = file_of(ana, job)[1].decode()
    wanted = [
        str(row["id"]) for row in sandbox.rows(ACME) if wanted_codes & {*row["processing_issue_statuses"].split(",")}
    ]
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == wanted
    said = job.result["proof"]["manifest"]["applied_here"][0]
    assert all(BLOCKERS[code].label in said for code in wanted_codes)


def test_a_row_that_leaves_it_open_is_left_out_and_said(export: Export, sandbox: Sandbox) -> None:
    sandbox.fault("without", path="/api/investments/$", value=["received_at"])
    made = export(f"{COLUMNS}&status=refunded", received_at_from="2026-01-01")
    assert made.manifest["rows"] == 0
    assert "Issuance didn’t send what some rows are limited by" in made.manifest["incomplete_because"][0]


def test_days_the_wrong_way_round_are_refused(ana: Person) -> None:
    page = ask(ana, received_at_from="2026-11-02", received_at_to="2026-11-01")
    assert "This day is before the first one." in page


def test_who_does_not_see_a_field_is_not_offered_it(acme: Tenant, ana: Person) -> None:
    assert "Funds received" in ana.get("/acme/exports/new/investments/")
    page = person("mary@acme.example", acme, "marketing").get("/acme/exports/new/investments/")
    assert "Funds received" not in page
    assert "Only some of these rows" not in page
