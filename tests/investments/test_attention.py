import re
from typing import Any

from apps.investments.listing import NEEDS_ATTENTION
from apps.investments.stages import CLOSED
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person, person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

PAGE = "/acme/investments/attention/"


def wanted(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], ...]:
    still = [row for row in rows if row["status"] not in CLOSED]
    return (
        [row for row in still if row["processing_issue_statuses"]],
        [row for row in still if row["status"] == "payment_failed"],
        [row for row in still if row["kyc_status"] == "failed"],
    )


def test_three_lists_show_what_a_plain_filter_finds(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(PAGE)
    for section, found in zip(NEEDS_ATTENTION, wanted(sandbox.rows(ACME)), strict=True):
        assert f'{section.label} <span class="count-badge">{len(found):,}</span>' in page
        assert f'>View all {len(found):,}<span class="vh">: {section.label}<' in page


def test_the_oldest_come_first(ana: Person, sandbox: Sandbox) -> None:
    blocked = sorted(row["id"] for row in wanted(sandbox.rows(ACME))[0])
    shown = re.findall(r'class="row-link" href="/acme/investments/(\d+)/', ana.get(PAGE))
    assert [int(number) for number in shown[:10]] == blocked[:10]


def test_it_can_be_narrowed_to_an_offering(ana: Person, sandbox: Sandbox) -> None:
    rows = [row for row in sandbox.rows(ACME) if row["offering"] == 1]
    page = ana.get(f"{PAGE}?offering=1")
    for section, found in zip(NEEDS_ATTENTION, wanted(rows), strict=True):
        assert f'{section.label} <span class="count-badge">{len(found):,}</span>' in page
    assert 'value="1" checked>' in page


def test_a_closed_one_with_a_watchlist_hit_is_one_quiet_line(ana: Person, sandbox: Sandbox) -> None:
    hits = [row for row in sandbox.rows(ACME) if row["status"] in CLOSED and row["has_hits"]]
    page = ana.get(PAGE)
    assert hits
    link = re.search(rf'{len(hits)} closed investments? with a watchlist hit:\s+<a href="([^"]+)"', page)
    assert link
    assert f"<strong>{len(hits)}</strong>" in ana.get(link[1].replace("&amp;", "&"))


def test_a_count_leads_to_exactly_its_rows(ana: Person, sandbox: Sandbox) -> None:
    link = re.search(r'<a\s+href="([^"]+)"\s*>View all', ana.get(PAGE))
    assert link
    blocked = len(wanted(sandbox.rows(ACME))[0])
    assert f"<strong>{blocked:,}</strong>" in ana.get(link[1].replace("&amp;", "&"))


def test_each_list_fails_alone(ana: Person, sandbox: Sandbox) -> None:
    ana.get(PAGE)
    sandbox.fault("status", value=404, path="/api/investments/", query="kyc_status=failed")
    page = ana.get(PAGE)
    assert page.count('class="panel"') == 1
    assert page.count("<table") == 2


def test_marketing_does_not_see_it(acme: Tenant, sandbox: Sandbox) -> None:
    mary = person("mary@acme.example", acme, "marketing")
    assert "Needs attention</a>" not in mary.get(LIST)
    sandbox.reset()
    assert mary.get(PAGE).status == 403
    assert sandbox.ledger == []


def test_a_filter_in_its_address_is_refused_not_left_aside(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{PAGE}?status=refunded")
    assert page.status == 400
    assert "Filters, sorting, and paging aren’t available here." in page
    assert sandbox.ledger == []
