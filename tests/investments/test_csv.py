import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apps.audit.models import Entry
from apps.investments.blockers import BLOCKERS
from apps.investments.fields import INVESTMENT
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person, person
from tests.stand_in import Sandbox

FILE = "/acme/investments/export.csv"


EVERY = "cols=" + ",".join(["reference_id", "id", *(each.name for each in INVESTMENT.fields[2:])])


def table(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_file_holds_the_filtered_rows_in_their_order(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{FILE}?status=refunded&ordering=-amount&cols=id,amount")
    wanted = [row for row in sandbox.rows(ACME) if row["status"] == "refunded"]
    rows = table(page)
    assert page.headers["Content-Disposition"] == 'attachment; filename="investments.csv"'
    assert {row["Investment ID"] for row in rows} == {str(row["id"]) for row in wanted}
    assert [float(row["Amount (USD)"]) for row in rows] == sorted(
        (float(row["amount"]) for row in wanted), reverse=True
    )


def test_amounts_in_the_file_are_the_strings_that_the_api_sent(ana: Person, sandbox: Sandbox) -> None:
    amounts = {str(row["id"]): row["amount"] for row in sandbox.rows(ACME)}
    for row in table(ana.get(f"{FILE}?status=refunded&cols=id,amount")):
        assert row["Amount (USD)"] == amounts[row["Investment ID"]]


def test_a_file_cut_at_1000_rows_says_so_in_name_and_last_line(ana: Person, sandbox: Sandbox) -> None:
    count = len(sandbox.rows(ACME))
    page = ana.get(FILE)
    lines = page.splitlines()
    assert page.headers["Content-Disposition"] == f'attachment; filename="investments-first-1000-of-{count}.csv"'
    assert lines[-1] == f'"Incomplete export: 1,000 of {count:,} rows. Narrow the filters to export the rest."'
    assert len(lines) == 1 + 1000 + 1
    assert f"Export CSV has the first 1,000 of {count:,} rows" in ana.get("/acme/investments/")


def test_a_row_that_moved_between_pages_stands_once_and_the_gap_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=100)
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"id": 7}})
    rows = table(ana.get(f"{FILE}?status=invested&cols=id"))
    assert [row["Investment ID"] for row in rows].count("7") == 1
    assert rows[-1]["Reference"].startswith("Incomplete export: ")


def test_formulas_and_control_characters_do_no_harm(ana: Person, sandbox: Sandbox) -> None:
    for name, safe in (
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("@x", "'@x"),
        ("-2+3", "'-2+3"),
        ("  =1", "'  =1"),
        ("\t=1", "\ufffd=1"),
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\u202eb", "a\ufffdb"),
        ("-5.00", "-5.00"),
    ):
        sandbox.reset()
        sandbox.fault("changed", value={"results": {"investor_individual_name": name}})
        assert table(ana.get(f"{FILE}?status=refunded"))[0]["Investor"] == safe


def test_what_is_written_stays_as_it_is(ana: Person, sandbox: Sandbox) -> None:
    for name in ("علی\u200cرضا", "👩\u200d🚀 Ana", "two\nlines", "a\u00adb", "Zoë", "ni\u00a0ce"):
        sandbox.reset()
        sandbox.fault("changed", value={"results": {"investor_individual_name": name}})
        assert table(ana.get(f"{FILE}?status=refunded"))[0]["Investor"] == name


def test_the_file_is_the_page(ana: Person, sandbox: Sandbox) -> None:
    """The chosen columns in their order, words for codes and numbers, times in the page's zone."""
    ana.get("/acme/investments/")
    asked = "status=refunded&cols=reference_id,updated_at,status,offering,processing_issue_statuses,has_investor_signed"
    for zone, name in (("", "America/New_York"), ("&tz=Asia/Tokyo", "Asia/Tokyo")):
        rows = table(ana.get(f"{FILE}?{asked}{zone}"))
        head = f"Last updated ({name})"
        assert list(rows[0]) == [
            "Reference",
            head,
            "Status",
            "Offering",
            "Blocker / action required from",
            "Investor signed",
        ]
        by_reference = {row["reference_id"]: row for row in sandbox.rows(ACME)}
        for row in rows:
            real = by_reference[row["Reference"]]
            at = datetime.fromisoformat(real["updated_at"]).replace(tzinfo=UTC).astimezone(ZoneInfo(name))
            assert row[head] == f"{at:%Y-%m-%d %H:%M:%S}"
            assert row["Status"] == "Refunded"
            assert row["Offering"] == real["offering_name"]
            assert row["Investor signed"] in ("Yes", "No", "")
            codes = [code for code in real["processing_issue_statuses"].split(",") if code]
            assert row["Blocker / action required from"] == "; ".join(BLOCKERS[code].label for code in codes)


def test_a_person_s_own_columns_are_the_file_s(ana: Person) -> None:
    ana.post("/acme/investments/columns/", step="hide investor_individual_name")
    ana.post("/acme/investments/columns/", step="show price")
    heads = list(table(ana.get(f"{FILE}?status=refunded"))[0])
    assert "Investor" not in heads
    assert heads[-1] == "Price per share or unit (USD)"


def test_support_and_compliance_may_not_export(acme: Tenant, sandbox: Sandbox) -> None:
    for role in ("support", "compliance"):
        page = person(f"{role}@acme.example", acme, role).get(FILE)
        assert page.status == 403
        assert "To export investments, you need the owner, manager, or marketing role." in page
    assert sandbox.ledger == []


def test_marketings_file_has_marketings_columns(acme: Tenant) -> None:
    page = person("mary@acme.example", acme, "marketing").get(f"{FILE}?amount__gte=5000")
    assert list(table(page)[0]) == ["Reference", "Investor", "Amount (USD)"]


def test_an_export_is_recorded_by_ids_and_columns(ana: Person) -> None:
    ana.get(f"{FILE}?status=refunded")
    entry = Entry.objects.filter(action="investments exported").get()
    assert len(entry.details["ids"]) > 10
    assert "amount" in entry.details["columns"]


def test_a_file_that_cannot_be_had_is_a_page_that_says_why(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("html-500")
    page = ana.get(FILE)
    assert page.status == 502
    assert "The Issuance API returned an error (HTTP 500)." in page
