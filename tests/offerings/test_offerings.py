"""Offerings: the list with every parameter, one of them with every field, counts, deadline, and who sees what."""

import re
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.listing.coverage import ways
from apps.offerings.fields import OFFERING, TABS
from apps.offerings.listing import OFFERINGS
from apps.offerings.views import days_left
from apps.tenants.permissions import VISIBLE_CLASSES, DataClass, Permission, Role, may
from apps.upstream.issuance import contract
from tests.conftest import ACME, Person
from tests.stand_in import Sandbox

LIST = "/acme/offerings/"
WAYS = ways(OFFERINGS, contract.parameters("/api/offerings/"), ZoneInfo("America/New_York"))


def ids(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="row-link" href="/\w+/offerings/(\d+)/', page)]


def test_the_list_shows_the_offerings_of_the_team(ana: Person) -> None:
    page = ana.get(LIST)
    assert ids(page) == [4, 3, 2, 1]
    assert "<strong>4</strong> offerings" in page


@pytest.mark.parametrize("way", WAYS, ids=[way.parameter for way in WAYS])
def test_each_filter_reaches_the_api_as_said(ana: Person, sandbox: Sandbox, way: Any) -> None:
    assert way.control
    assert ana.get(LIST + way.address).status == 200
    assert any(query.startswith(way.sent.removeprefix("?")) for query in sandbox.asked("/api/offerings/"))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("status=opened", [2, 1]), ("status__in=closed,pending", [4, 3]), ("type__contains=reg_d", [3]),
        ("name__contains=Series", [3]), ("archived=true", [3]), ("slug=acme-robotics-series-b", [3]), ("id__in=1,4", [4, 1]),
        ("type__in=reg_a,reg_cf&ordering=id", [1, 2]), ("archived__in=false", [4, 2, 1]),
    ],
)  # fmt: skip
def test_a_filter_narrows_the_rows(ana: Person, query: str, wanted: list[int]) -> None:
    assert ids(ana.get(f"{LIST}?{query}")) == wanted


EACH: dict[str, Any] = {
    "text": "canary-{name}", "email": "canary-{name}@x.example", "uri": "https://canary-{name}.example/x",
    "any": "canary-{name}", "decimal": "90{place:04}.{zeros}", "integer": 8_000_000, "date": "2031-0{m}-1{m}",
    "date-time": "2031-0{m}-1{m}T0{m}:07:00Z",
}  # fmt: skip


def canary(name: str, place: int) -> Any:
    """A value that stands nowhere else; None for a boolean, which cannot."""
    spec = OFFERING.specs[name]
    if spec.type == "boolean" or name == "default_timezone":
        return None
    form = EACH[spec.type]
    if isinstance(form, int):
        return form + place
    return form.format(name=name, place=place, zeros="0" * spec.places, m=1 + place % 8)


CANARIES = {
    name: value for place, name in enumerate(OFFERING.specs) if (value := canary(name, place)) is not None and name != "id"
} | {"unheard_of": "canary-unheard_of"}  # fmt: skip


def shown_forms(name: str) -> list[str]:
    value, spec = CANARIES[name], OFFERING.specs.get(name)
    if spec and spec.type in ("date", "date-time"):
        return [str(value)[:10]]
    return [str(value)] + ([f"{value:,}"] if isinstance(value, int) else [])


def test_all_81_fields_are_declared() -> None:
    assert len(OFFERING.fields) == 81
    assert len({field.name for field in OFFERING.fields}) == 81


@pytest.mark.parametrize("name", CANARIES)
def test_a_field_reaches_who_may_see_it_and_nobody_else(
    acme: Any, sandbox: Sandbox, name: str, request: pytest.FixtureRequest
) -> None:
    from tests.conftest import person

    sandbox.fault("changed", path="/api/offerings/", value={**CANARIES, "results": {}})
    for role in Role:
        who = person(f"{role}@acme.example", acme, role)
        page = who.get(f"{LIST}1/")
        if not may(role, Permission.VIEW_OFFERINGS):
            assert page.status == 403
            assert "canary" not in page
            continue
        is_there = any(form in page for form in shown_forms(name))
        assert is_there == (OFFERING.data_class(name) in VISIBLE_CLASSES[role]), f"{name} for {role}"


def test_booleans_are_shown_and_help_and_unit_stand_beside(ana: Person) -> None:
    page = ana.get(f"{LIST}2/")
    for field in OFFERING.fields:
        assert f">{escape(field.label, quote=True)}" in page, field.name
    field = OFFERING.field("minimum_amount_raised")
    assert field
    assert f'title="{escape(field.help)}"' in page
    assert "Reg CF filing target (escrow minimum) (USD)" in page
    assert "Time between wire reminders (days)" in page


@pytest.mark.parametrize(
    ("value", "says"),
    [(None, "No value"), ("", "Empty text"), ("absent", "Not sent by Issuance")],
    ids=["null", "blank", "absent"],
)
def test_null_blank_and_absent_are_told_apart(ana: Person, sandbox: Sandbox, value: str | None, says: str) -> None:
    kind = "without" if value == "absent" else "changed"
    sandbox.fault(
        kind, path="/api/offerings/1/", value=["description"] if value == "absent" else {"description": value}
    )
    page = ana.get(f"{LIST}1/")
    block = page[page.index(">Description") :]
    assert f">{says}</span>" in block[: block.index("</dd>")]


def test_links_open_without_a_referrer_and_pictures_are_not_fetched(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/offerings/1/", value={"circular_link": "javascript:alert(1)"})
    page = ana.get(f"{LIST}1/")
    assert "<img" not in page[page.index("<main") :]
    assert 'href="javascript' not in page
    assert "javascript:alert(1)" in page
    assert (
        '<a href="https://cdn.acme.example/logo.png" rel="noopener noreferrer" referrerpolicy="no-referrer" target="_blank">'
        in page
    )
    assert "opens cdn.acme.example" in page
    assert "(image, not loaded here)" in page


def test_colours_are_drawn_without_inline_style(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}1/")
    assert 'fill="#0b5fff"' in page
    assert "style=" not in page
    sandbox.fault("changed", path="/api/offerings/1/", value={"accent_color": 'red" onload="x'})
    assert 'fill="red' not in ana.get(f"{LIST}1/")


def test_the_deadline_is_counted_in_days_of_the_offerings_zone(ana: Person, sandbox: Sandbox) -> None:
    zone = ZoneInfo("US/Eastern")
    day = (datetime.now(UTC).astimezone(zone) + timedelta(days=12)).date()
    sandbox.fault("changed", path="/api/offerings/1/", value={"deadline_date": day.isoformat()})
    page = ana.get(f"{LIST}1/")
    assert "12 days left (ET)" in page
    assert "Times in ET" in page


@pytest.mark.parametrize(
    ("deadline", "says"),
    [
        ("2026-03-08", "Ends today"),
        ("2026-03-09", "1 day left (UTC)"),
        ("2026-03-07", "Passed 1 day ago"),
        (None, ""),
        ("soon", ""),
    ],
)
def test_days_left_in_words(deadline: str | None, says: str) -> None:
    assert days_left(deadline, datetime(2026, 3, 8, tzinfo=UTC).date(), ZoneInfo("UTC")) == says


def test_counts_by_status_lead_to_exactly_those_rows(ana: Person, sandbox: Sandbox) -> None:
    fragment = ana.get(f"{LIST}1/investments/", htmx="by-status")
    assert "<html" not in fragment
    rows = [row for row in sandbox.rows(ACME) if row["offering"] == 1]
    for status, href in re.findall(r'href="([^"]*status=(\w+)[^"]*)"', fragment):
        wanted = sum(row["status"] == href for row in rows)
        assert f"<strong>{wanted:,}</strong>" in ana.get(status.replace("&amp;", "&")) or wanted == 0
    assert f"{len(rows):,} in all." in fragment
    assert max(len(sandbox.ledger), 0) > 11


@pytest.mark.parametrize(("path", "says"), [("status=received", "in all."), ("offering=1&page", "didn’t say how many")])
def test_a_count_that_is_missing_is_said_and_no_sum_stands_for_the_total(
    ana: Person, sandbox: Sandbox, path: str, says: str
) -> None:
    total = len([row for row in sandbox.rows(ACME) if row["offering"] == 1])
    sandbox.fault("status", query=path, value=418)
    fragment = ana.get(f"{LIST}1/investments/", htmx="by-status")
    assert says in fragment
    assert ("<strong>?</strong>" in fragment) == (path == "status=received")
    assert (f"{total:,} in all." in fragment) == (path == "status=received")
    assert "Other statuses" not in fragment


def test_an_offering_of_another_team_is_missing(ana: Person) -> None:
    assert ana.get(f"{LIST}5/").status == 404


def test_plain_is_what_an_offerings_terms_are(ana: Person) -> None:
    assert OFFERING.data_class("unit_price") is DataClass.PLAIN


def test_each_section_of_settings_is_in_one_tab() -> None:
    placed = [label for _, labels in TABS.values() for label in labels]
    assert sorted(placed) == sorted({field.group for field in OFFERING.fields})


def test_a_tab_shows_its_sections_and_sends_the_others_hidden(ana: Person) -> None:
    page = ana.get(f"{LIST}1/settings/emails/")
    assert '<div class="groups" id="emails">' in page
    assert page.count('hidden="until-found"') == len(TABS) - 1
    assert sum(map(int, re.findall(r'count-badge">(\d+)</span></a>', page))) == len(OFFERING.fields)
    assert ana.get(f"{LIST}1/settings/nothing/").status == 404
