"""The overview's pages: who sees what, how old it is, what is said where there is nothing, and the rows behind a figure."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from apps.audit.models import Entry
from apps.disclaimers.models import Disclaimer
from apps.jobs.models import Job
from apps.overview import cards, schedule
from apps.overview.models import Fact, Snapshot
from apps.tenants import members
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role, visible_classes
from tests.conftest import ACME, Person, connect, person, team
from tests.disclaimers.conftest import written
from tests.overview.conftest import Rows, begin, read_anew, work_off
from tests.overview.test_agreement import COMMUNITY
from tests.stand_in import Sandbox

BLOCKED = "/acme/overview/rows/?waits=kyc_failed"
RECEIVED = {"statuses": "received,invested", "received": "2026-01-01..2026-06-30"}


def rows_url(**asked: str) -> str:
    return f"/acme/overview/rows/?{urlencode(asked)}"


def test_it_is_where_one_lands(acme: Tenant, someone: Person, role: Role) -> None:
    landed = someone.get("/")
    assert f"<h1>{'Investments' if role is Role.MARKETING else 'Overview'}</h1>" in landed
    assert ("Overview\n" in someone.get("/acme/investments/")) is (role is not Role.MARKETING)


def test_a_card_is_shown_to_who_may_filter_by_all_behind_it() -> None:
    assert cards.shown(visible_classes(Role.SUPPORT)) == [*cards.CARDS]
    assert cards.shown(visible_classes(Role.MARKETING)) == []


def test_before_the_first_pass_it_says_what_happens(acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
    assert "We’re about to add up your investments" in ana.get("/acme/")
    begin(acme)
    page = ana.get("/acme/")
    assert "Adding up your investments." in page
    assert 'hx-get="/acme/overview/progress/"' in page
    assert '<meta http-equiv="refresh"' in page
    assert sandbox.asked() == []
    part = ana.get("/acme/overview/progress/", htmx="reading")
    assert "Waiting to start" in part
    work_off()
    assert ana.get("/acme/overview/progress/", htmx="reading").headers["HX-Refresh"] == "true"
    assert "$118,741.69" in ana.get("/acme/")


def test_each_figure_has_its_age(acme: Tenant, ana: Person) -> None:
    read_anew(acme)
    assert "Sums as of" in ana.get("/acme/")
    Snapshot.objects.update(as_of=datetime(2026, 11, 25, 13, 30, tzinfo=UTC))
    page = ana.get("/acme/")
    assert "Sums as of Nov 25, 2026, 8:30 AM" in page
    assert "Changed since Nov 25, 2026, 8:30 AM" in page
    assert "Sums as of Nov 25, 2026, 1:30 PM" in ana.get("/acme/?tz=UTC")


def test_it_asks_issuance_little_and_shows_the_rest_if_it_does_not_answer(
    acme: Tenant, ana: Person, sandbox: Sandbox
) -> None:
    read_anew(acme)
    before = len(sandbox.asked())
    for path in ("/acme/", "/acme/overview/breakdown/"):
        ana.get(path)
    assert len(sandbox.asked()) - before == 18
    sandbox.fault("status", path="/api/investments/", value=418)
    page = ana.get("/acme/")
    assert "$118,741.69" in page
    assert "HTTP 418" in page
    assert page.count(">?<") >= 8
    head = ana.client.head("/acme/")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(("query", "words"), [("offering=abc", "Offering"), ("key=other", "doesn’t exist"), ("status=received", "aren’t available"), ("tz=Mars", "time zone")])  # fmt: skip
def test_what_it_cannot_be_narrowed_to_is_said(acme: Tenant, ana: Person, query: str, words: str) -> None:
    read_anew(acme)
    page = ana.get(f"/acme/?{query}")
    assert page.status == 400
    assert words in page
    assert "$118,741.69" not in page


def test_it_is_narrowed_to_an_offering_and_a_key(acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
    connect(acme, sandbox, COMMUNITY)
    read_anew(acme)
    page = ana.get("/acme/?key=acme-robotics-community-round")
    assert "$118,741.69" in page
    assert "$415,381.00" not in page
    assert page.count('class="card offer"') == 1
    assert ana.get("/acme/?offering=2").count('class="card offer"') == 1
    assert ana.get("/acme/?offering=99999").count('class="card offer"') == 0


def test_what_waits_for_a_person_stands_there(acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
    mia = person("mia@acme.example", acme, Role.MANAGER)
    disclaimer: Disclaimer = written(acme, mia, "A text.")
    mia.post(f"/acme/disclaimers/{disclaimer.pk}/send/")
    assert str(disclaimer.title) in ana.get("/acme/")
    assert "Nothing is waiting for you" in person("sam@acme.example", acme, Role.SUPPORT).get("/acme/")


# what other pages say


def test_what_waits_for_the_team_stands_in_the_navigation(acme: Tenant, ana: Person) -> None:
    badge = '30<span class="vh"> waiting for your team</span>'
    assert badge not in ana.get("/acme/offerings/")
    read_anew(acme)
    assert badge in ana.get("/acme/offerings/")
    assert badge not in person("mo@acme.example", acme, Role.MARKETING).get("/acme/exports/")


def test_an_agencys_home_tells_each_teams_figures(acme: Tenant, borealis: Tenant, ana: Person) -> None:
    read_anew(acme)
    members.add(borealis, "ana@acme.example", Role.OWNER, None)
    home = ana.get("/")
    assert "received in all" in home
    assert "Your team 30, Broker-dealer 15" in home
    assert home.count("received in all") == 1
    marketing = person("mo@acme.example", acme, Role.MARKETING)
    members.add(borealis, "mo@acme.example", Role.MARKETING, None)
    assert "received in all" not in marketing.get("/")


# update


def test_sums_are_updated_on_demand_once_at_a_time(acme: Tenant, ana: Person) -> None:
    read_anew(acme)
    ana.post("/acme/overview/update/")
    page = ana.post("/acme/overview/update/")
    assert "already reading what changed" in page
    job = Job.objects.get(state="queued")
    assert job.person == ana.member
    work_off()
    assert Entry.objects.filter(action="overview added up").count() == 2


# when a pass is due


def test_a_team_says_how_often(acme: Tenant, ana: Person) -> None:
    given = {"name": acme.name, "timezone": acme.timezone, "url": acme.issuance_url}
    assert "Every hour while someone looks" in ana.get("/acme/settings/team/")
    ana.post("/acme/settings/team/", **given, sums_every="15")
    acme.refresh_from_db()
    assert acme.sums_every == 15
    ana.post("/acme/settings/team/", **given)
    acme.refresh_from_db()
    assert acme.sums_every == 15
    assert ana.post("/acme/settings/team/", **given, sums_every="7").status == 400


def due(acme: Tenant, now: datetime) -> Any:
    return schedule.due(Tenant.objects.select_related("snapshot").get(pk=acme.pk), now)


def test_a_pass_is_due_at_first_each_night_and_while_somebody_looks(acme: Tenant, sandbox: Sandbox) -> None:
    now = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)  # 10 AM in New York
    assert due(acme, now) == {"is_whole": True}
    read_anew(acme)
    Snapshot.objects.update(as_of=now, whole_at=now)
    assert due(acme, now + timedelta(hours=3)) is None
    Snapshot.objects.update(looked_at=now + timedelta(minutes=30))
    assert due(acme, now + timedelta(minutes=59)) is None
    assert due(acme, now + timedelta(minutes=61)) == {"is_whole": False}
    Tenant.objects.update(sums_every=15)
    assert due(acme, now + timedelta(minutes=16)) == {"is_whole": False}
    Tenant.objects.update(sums_every=0)
    assert due(acme, now + timedelta(minutes=61)) is None
    Tenant.objects.update(sums_every=60)
    assert due(acme, now + timedelta(hours=3)) is None
    assert due(acme, datetime(2026, 11, 28, 6, 59, tzinfo=UTC)) is None
    assert due(acme, datetime(2026, 11, 28, 7, 0, tzinfo=UTC)) == {"is_whole": True}
    connect(acme, sandbox, COMMUNITY)
    assert due(acme, now) == {"is_whole": True}


def test_after_a_failure_it_is_tried_again_later_or_with_a_new_key(acme: Tenant) -> None:
    read_anew(acme)
    now = datetime.now(UTC)
    Snapshot.objects.update(whole_at=now - timedelta(days=2), failed={"code": "x", "at": now.isoformat()})
    assert due(acme, now + timedelta(minutes=9)) is None
    assert due(acme, now + timedelta(minutes=11)) == {"is_whole": True}
    acme.issuance_keys.update(replaced_at=now + timedelta(seconds=1))
    assert due(acme, now + timedelta(minutes=1)) == {"is_whole": True}


def test_a_worker_begins_what_is_due_once(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    team("empty", "No key", "UTC")
    for expected in (True, False):
        monkeypatch.setattr(schedule, "_next", 0.0)
        assert schedule.work() is expected
    assert Job.objects.count() == 1
    work_off()
    Job.objects.update(ended_at=datetime.now(UTC) - timedelta(days=3))
    monkeypatch.setattr(schedule, "_next", 0.0)
    schedule.work()
    assert not Job.objects.exists()


def test_another_zone_means_other_weeks(acme: Tenant, ana: Person) -> None:
    read_anew(acme)
    acme.timezone = "Pacific/Auckland"
    acme.save()
    assert "API keys or time zone changed" in ana.get("/acme/")
    assert due(acme, datetime.now(UTC)) == {"is_whole": True}


# the rows behind a figure


def test_rows_are_shown_as_they_are_now_with_what_changed(
    acme: Tenant, ana: Person, sandbox: Sandbox, rows: Rows
) -> None:
    read_anew(acme)
    page = ana.get(BLOCKED)
    assert "investments, $65,177.04 as of" in page
    assert "Changed since" not in page
    blocked = [row for row in sandbox.rows(ACME) if "kyc_failed" in row["processing_issue_statuses"].split(",")]
    opened = [row for row in blocked if row["status"] == "received"]
    rows.change(opened[0]["id"], status="invested")
    rows.change(opened[1]["id"], processing_issue_statuses="")
    rows.delete(opened[2]["id"])
    page = ana.get(BLOCKED)
    assert f">Investment {opened[0]['id']}</a> Status: Received → Invested" in page
    assert "Blockers changed" in page
    assert "1 of them can no longer be read" in page
    assert Entry.objects.filter(action="investments listed").exists()


def test_rows_come_page_by_page(acme: Tenant, ana: Person) -> None:
    read_anew(acme)
    first = ana.get(rows_url(**RECEIVED))
    assert 'rel="next"' in first
    assert "1–50 of" in first
    assert 'rel="prev"' in ana.get(rows_url(**RECEIVED, page="2"))
    assert ana.get(rows_url(**RECEIVED, page="999")).status == 404


@pytest.mark.parametrize(
    "asked",
    [
        {"waits": ""}, {"statuss": "received"}, {"waits": "kyc_failed", "page": "9" * 18}, {"waits": "a" * 61}, {"waits": ",".join(f"c{n}" for n in range(41))}, {"received": "soon"},
        {"received": "2026-11-02"}, {"received": "0001-01-01..9999-12-31"}, {"started": "2026-11-03"}, {"size": "7"},
        {"statuses": "x\0"}, {"paced": "no"}, {"waits": "kyc_failed", "page": "0"}, {"waits": "kyc_failed", "page": "x"},
        {"waits": "kyc_failed", "tz": "Mars"}, {"waits": "kyc_failed", "key": "other"},
        {"waits": "kyc_failed", "offering": "9" * 40}, {"waits": "kyc_failed", "offering": "-1"},
    ],
)  # fmt: skip
def test_an_address_that_no_figure_has_does_not_exist(acme: Tenant, ana: Person, asked: dict[str, str]) -> None:
    read_anew(acme)
    assert ana.get(rows_url(**asked)).status == 404


def test_there_are_no_rows_before_a_pass_and_none_of_another_team(acme: Tenant, ana: Person, ben: Person) -> None:
    assert ana.get(BLOCKED).status == 404
    read_anew(acme)
    assert ben.get(BLOCKED).status == 404
    assert Fact.objects.filter(key__tenant=acme).exists()
    assert "No investments" in ana.get(rows_url(waits="no_such_code"))
