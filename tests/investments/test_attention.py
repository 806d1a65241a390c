from apps.investments.listing import NEEDS_ATTENTION
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person, person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

PAGE = "/acme/investments/attention/"


def test_three_lists_show_what_a_plain_filter_finds(ana: Person, sandbox: Sandbox) -> None:
    rows = sandbox.rows(ACME)
    page = ana.get(PAGE)
    wanted = (
        [row for row in rows if row["processing_issue_statuses"]],
        [row for row in rows if row["status"] == "payment_failed"],
        [row for row in rows if row["kyc_status"] == "failed"],
    )
    for section, found in zip(NEEDS_ATTENTION, wanted, strict=True):
        assert f'>{section.label} <span class="count-badge">{len(found):,}</span>' in page
        assert f'>See all {len(found):,}<span class="visually-hidden">: {section.label}<' in page


def test_a_count_leads_to_exactly_its_rows(ana: Person, sandbox: Sandbox) -> None:
    blocked = len([row for row in sandbox.rows(ACME) if row["processing_issue_statuses"]])
    assert f"<strong>{blocked:,}</strong>" in ana.get(f"{LIST}?processing_issue_statuses__contains=_")


def test_each_list_fails_alone(ana: Person, sandbox: Sandbox) -> None:
    ana.get(PAGE)
    sandbox.fault("status", value=404, path="/api/investments/", times=1)
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
    assert "This page takes no filters, no order and no pages." in page
    assert sandbox.ledger == []
