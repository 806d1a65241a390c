"""What a file holds: the page's rows, columns and words, as of one moment, and what it says of itself."""

import io
import resource
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.exports import files
from apps.investments.blockers import BLOCKERS
from apps.investments.fields import INVESTMENT
from apps.jobs.models import Job
from apps.tenants.models import FirebaseSignIn, Tenant
from tests.conftest import ACME, ACME_KEY, Person, connect, person
from tests.exports.conftest import Export, ask, exported, file_of, work_off
from tests.stand_in import Sandbox

LIST = "/acme/investments/"


def test_the_file_holds_every_row_that_matches(export: Export, sandbox: Sandbox) -> None:
    made = export("?cols=reference_id,id,amount")
    wanted = sandbox.rows(ACME)
    assert len(wanted) > 1000
    assert [row["Investment ID"] for row in made.table] == [str(row["id"]) for row in wanted]
    assert [row["Amount (USD)"] for row in made.table] == [row["amount"] for row in wanted]
    assert made.manifest["is_complete"]
    assert made.manifest["rows"] == len(wanted)
    assert made.manifest["totals"] == {"amount": str(sum(Decimal(row["amount"]) for row in wanted))}
    assert made.manifest["count_at_start_and_end"] == {"Acme Robotics, all offerings": [len(wanted)] * 2}
    assert f"{len(wanted):,} rows" in made.page


def test_the_file_is_the_page(export: Export, sandbox: Sandbox) -> None:
    """The chosen columns in their order, words for codes and numbers, times in the page's zone."""
    asked = (
        "?status=refunded&cols=reference_id,updated_at,status,offering,processing_issue_statuses,has_investor_signed"
    )
    for zone, name in (("", "America/New_York"), ("&tz=Asia/Tokyo", "Asia/Tokyo")):
        rows, head = export(asked + zone).table, f"Last updated ({name})"
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


def test_formulas_and_control_characters_do_no_harm(export: Export, sandbox: Sandbox) -> None:
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
        assert export("?status=refunded").table[0]["Investor"] == safe


def test_what_is_written_stays_as_it_is(export: Export, sandbox: Sandbox) -> None:
    for name in ("علی\u200cرضا", "👩\u200d🚀 Ana", "two\nlines", "a\u00adb", "Zoë", "ni\u00a0ce"):
        sandbox.reset()
        sandbox.fault("changed", value={"results": {"investor_individual_name": name}})
        for form in ("csv", "csv-excel"):
            made = export("?status=refunded", format=form)
            assert made.table[0]["Investor"] == name
            assert made.text.startswith("\ufeff") == (form == "csv-excel")


def test_values_of_any_kind_are_in_the_file_as_sent(export: Export, sandbox: Sandbox) -> None:
    first = sandbox.rows(ACME)[0]
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"updated_at": "2026-11-02T10:00:00"}})
    assert "2026-11-02T10:00:00" in export("?status=refunded").text
    sandbox.reset()
    sandbox.fault("replaced", path="/api/investments/$", value=[f'"id":{first["id"]},', f'"id":"{first["id"]}",'])
    assert first["reference_id"] in export("").text


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
@pytest.mark.parametrize(
    "value", [None, "", "-", "NaN", 1.5, True, [], {}, [1, {"a": None}], "x" * 2_000, "\u202eabc", "\x00", 10**400]
)
def test_any_kind_of_value_in_any_field_makes_a_file(
    export: Export, sandbox: Sandbox, value: object, form: str
) -> None:
    odd = dict.fromkeys(INVESTMENT.specs, value)
    sandbox.fault("changed", path="/api/investments/$", value={"results": odd})
    made = export("?status=refunded", columns="all", format=form)
    assert not made.manifest["is_complete"], "an ID that cannot be read keeps no order"
    if form == "xlsx":
        openpyxl.load_workbook(io.BytesIO(made.content))


def test_values_may_be_codes(export: Export, sandbox: Sandbox) -> None:
    rows = export("?status=refunded&cols=reference_id,status,offering,amount", values="codes").table
    by_reference = {row["reference_id"]: row for row in sandbox.rows(ACME)}
    for row in rows:
        assert row["Status"] == "refunded"
        assert row["Offering"] == str(by_reference[row["Reference"]]["offering"])


def test_a_person_s_own_columns_are_the_file_s_or_all_of_them(ana: Person, export: Export) -> None:
    ana.post(f"{LIST}columns/", step="hide investor_individual_name")
    ana.post(f"{LIST}columns/", step="show price")
    heads = list(export("?status=refunded").table[0])
    assert "Investor" not in heads
    assert heads[-1] == "Price per share or unit (USD)"
    every = list(export("?status=refunded", columns="all").table[0])
    assert every[: len(heads)] == heads
    assert len(every) == 35


@pytest.mark.parametrize("listing", ["investors", "users", "offerings"])
def test_every_list_can_be_exported(export: Export, signed_in: FirebaseSignIn, sandbox: Sandbox, listing: str) -> None:
    made = export("", listing, columns="all", format="jsonl")
    assert made.manifest["is_complete"]
    assert len(made.lines) == made.manifest["rows"] == made.manifest["count_at_start_and_end"].popitem()[1][1]
    numbers = [line["id"] for line in made.lines]
    assert numbers == sorted(set(numbers), reverse=True)


def test_json_lines_are_as_sent(export: Export, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"amount": "0012.50", "price": 1.25}})
    made = export("?status=refunded", columns="all", format="jsonl")
    assert made.lines[0]["amount"] == "0012.50"
    assert made.lines[0]["status"] == "refunded"
    assert '"price":1.25,' in made.text


def test_several_keys_stand_in_one_file_with_their_labels(acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
    label = next(name for name in sandbox.keys if name.startswith("Acme Robotics") and name != ACME_KEY)
    connect(acme, sandbox, label)
    rows = exported(ana, "?key=all&status=refunded").table
    assert next(iter(rows[0])) == "API key"
    assert {row["API key"] for row in rows} == {ACME_KEY, label}
    assert len({row["Reference"] for row in rows if row["API key"] == ACME_KEY}) < len(rows)


def test_marketing_has_marketings_columns_and_others_none(acme: Tenant, sandbox: Sandbox) -> None:
    mary = person("mary@acme.example", acme, "marketing")
    made = exported(mary, "?amount__gte=5000", columns="all")
    assert {"Reference", "Investor", "Amount (USD)"} <= set(made.table[0])
    assert "Status" not in made.table[0]
    assert made.manifest["role"] == "Marketing"
    for role in ("support", "compliance"):
        page = ask(person(f"{role}@acme.example", acme, role))
        assert page.status == 403
        assert "To export investments, you need the owner, manager, or marketing role." in page


def test_an_export_is_recorded_by_ids_and_columns(export: Export) -> None:
    made = export("?status=refunded")
    ids = [number for entry in Entry.objects.filter(action="investments exported") for number in entry.details["ids"]]
    assert len(ids) == made.manifest["rows"] > 10
    assert {entry.action for entry in Entry.objects.filter(subject=f"export:{made.job.pk}")} == {
        "export requested",
        "investments exported",
        "export made",
        "export downloaded",
    }


def test_a_link_works_for_who_asked_and_for_owners(ana: Person, acme: Tenant, ben: Person, sandbox: Sandbox) -> None:
    max_, mia = person("max@acme.example", acme, "manager"), person("mia@acme.example", acme, "manager")
    job = exported(max_, "?status=refunded").job
    assert [file_of(who, job)[0] for who in (max_, ana, mia, ben)] == [200, 200, 404, 404]
    assert mia.get(f"/acme/exports/{job.pk}/").status == 404
    assert "No exports yet" in mia.get("/acme/exports/")
    assert "max@acme.example" in ana.get("/acme/exports/")


def test_only_who_asked_has_it_downloaded_by_itself_and_on_its_own_page(ana: Person, acme: Tenant) -> None:
    max_ = person("max@acme.example", acme, "manager")
    job = exported(max_, "?status=refunded").job
    page = f"/acme/exports/{job.pk}/"
    for who, here, is_at_once in ((max_, page, True), (max_, "/acme/exports/", False), (ana, page, False)):
        headers = {"HX-Request": "true", "HX-Target": f"export-{job.pk}", "HX-Current-URL": f"http://testserver{here}"}
        assert ("data-download-now" in who.client.get(page, headers=headers).content.decode()) == is_at_once


def test_a_filter_that_is_no_longer_known_is_for_those_who_see_everything(acme: Tenant, ana: Person) -> None:
    max_ = person("max@acme.example", acme, "manager")
    job = exported(max_, "?status=refunded").job
    Job.objects.filter(pk=job.pk).update(asked={**job.asked, "filters": {"gone__in": "x"}})
    assert [file_of(who, job)[0] for who in (max_, ana)] == [403, 200]
    assert max_.get("/acme/exports/").status == 200


def test_who_sees_less_today_has_it_no_more(acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
    max_ = person("max@acme.example", acme, "manager")
    job = exported(max_, "?status=refunded").job
    acme.memberships.filter(person=max_.member).update(role="marketing")
    assert file_of(max_, job)[0] == 403
    acme.memberships.filter(person=max_.member).update(role="support")
    assert max_.get(f"/acme/exports/{job.pk}/").status == 403


def test_who_loses_the_right_gets_no_file(acme: Tenant, sandbox: Sandbox) -> None:
    max_ = person("max@acme.example", acme, "manager")
    ask(max_, "?status=refunded")
    acme.memberships.filter(person=max_.member).delete()
    work_off()
    job = Job.objects.get()
    assert (job.state, job.result) == ("failed", {"code": "no right"})
    assert list(files.folder().glob(f"{job.pk}*")) == []


def test_a_revoked_key_is_said(ana: Person, sandbox: Sandbox) -> None:
    ask(ana, "?status=refunded")
    sandbox.fault("status", value=401)
    work_off()
    job = Job.objects.get()
    assert job.state == "failed"
    assert "Issuance" in ana.get(f"/acme/exports/{job.pk}/")
    assert "Failed" in ana.get("/acme/exports/")


def test_a_canceled_export_leaves_no_file(ana: Person, sandbox: Sandbox) -> None:
    ask(ana, "?status=refunded")
    job = Job.objects.get()
    assert "Waiting" in ana.get("/acme/exports/")
    ana.post(f"/acme/exports/{job.pk}/cancel/")
    work_off()
    job.refresh_from_db()
    assert job.state == "canceled"
    assert "Canceled" in ana.get("/acme/exports/")
    assert file_of(ana, job)[0] == 410


def test_a_deleted_file_is_gone_and_its_manifest_stays(ana: Person, export: Export) -> None:
    job = export("?status=refunded").job
    ana.post(f"/acme/exports/{job.pk}/delete/")
    assert file_of(ana, job)[0] == 410
    assert '"signature"' in ana.get(f"/acme/exports/{job.pk}/manifest/")
    assert list(files.folder().glob(f"{job.pk}*")) == []


def test_a_team_has_room_for_so_many_megabytes(ana: Person, export: Export, settings: object) -> None:
    job = export("?status=refunded").job
    Job.objects.filter(pk=job.pk).update(result={**job.result, "bytes": 3_000_000_000})
    page = ask(ana, "?status=refunded")
    assert page.status == 409
    assert "3,000 MB" in page
    assert "Delete a file first." in page


def test_what_cannot_be_asked_leads_to_the_list_that_says_why(ana: Person) -> None:
    page = ask(ana, "?nonsense=1")
    assert page.status == 400
    assert "nonsense" in page
    assert not Job.objects.exists()


def test_no_total_stands_where_an_amount_cannot_be_read(export: Export, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/$", value={"results": {"amount": "lots"}})
    made = export("?status=refunded&cols=reference_id,amount,shares_amount")
    assert made.manifest["totals"].keys() == {"shares_amount"}
    assert made.manifest["amounts_not_read"] == {"amount": made.manifest["rows"]}


def test_a_full_disk_leaves_nothing_and_is_said(ana: Person, sandbox: Sandbox) -> None:
    ask(ana, "", format="jsonl", columns="all")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))  # no file may grow further
    try:
        work_off()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    job = Job.objects.get()
    assert (job.state, job.result) == ("failed", {"code": "disk full"})
    assert "The server’s disk is full." in ana.get("/acme/exports/")
    assert list(files.folder().glob(f"{job.pk}*")) == []


def test_the_file_is_readable_by_its_owner_alone(export: Export) -> None:
    job = export("?status=refunded").job
    assert files.path_of(job.result["file"]).stat().st_mode & 0o777 == 0o600


def test_excel_has_numbers_dates_and_text(export: Export, sandbox: Sandbox) -> None:
    made = export("?status=refunded&cols=reference_id,id,amount,price,updated_at,status,quantity", format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    sheet = book["Investments"]
    _, *rows, total = sheet.iter_rows()
    by_id = {str(row["id"]): row for row in sandbox.rows(ACME)}
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:G{len(rows) + 1}"
    for row in rows:
        reference, number, amount, _, updated, status, quantity = (cell.value for cell in row)
        real = by_id[number]
        assert reference == real["reference_id"]
        assert Decimal(str(amount)) == Decimal(real["amount"])
        assert row[2].number_format == "#,##0.00"
        assert row[3].number_format == "#,##0.000000"
        at = datetime.fromisoformat(real["updated_at"]).replace(tzinfo=UTC).astimezone(ZoneInfo("America/New_York"))
        assert updated == at.replace(tzinfo=None, microsecond=0)
        assert (status, quantity) == ("Refunded", real["quantity"])
    assert total[0].value == "Total"
    assert Decimal(str(total[2].value)) == sum(Decimal(by_id[row[1].value]["amount"]) for row in rows)
    manifest = {name.value: value.value for name, value in book["Manifest"].iter_rows()}
    assert manifest["Rows"] == str(len(rows))
    assert manifest["Columns"].startswith("Reference, Investment ID, Amount (USD), ")
    assert manifest["Totals"] == f"Amount (USD): {made.manifest['totals']['amount']}"
    assert manifest["Made for"] == "ana@acme.example"


@pytest.mark.parametrize(
    ("address", "reached", "said"),
    [
        ("?status=refunded", {}, "about 30 seconds left"),
        ("?processing_issue_statuses__contains=_", {}, "about 70 seconds left"),
        ("?status=refunded&ordering=-amount", {"at": {"order": "-amount,-id"}}, "about 70 seconds left"),
        ("?processing_issue_statuses__contains=_", {"checked": 250}, "about 6 seconds left"),
        ("?status=refunded", {"at": {"order": "-id"}}, "about 70 seconds left"),
    ],
)
def test_the_time_left_counts_a_second_reading_where_there_is_one(
    ana: Person, sandbox: Sandbox, address: str, reached: dict[str, object], said: str
) -> None:
    ask(ana, address)
    since = timezone.now() - timedelta(seconds=10)
    Job.objects.update(
        state="running", steps=250, of=1000, started_at=since, reached=reached, leased_until=since + timedelta(hours=1)
    )
    assert said in ana.get(f"/acme/exports/{Job.objects.get().pk}/")
