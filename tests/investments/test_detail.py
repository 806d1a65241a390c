import re

import pytest

from apps.investments.blockers import BLOCKERS
from apps.investments.fields import INVESTMENT
from apps.tenants.models import Tenant
from tests.conftest import ACME, BOREALIS, Person, connect
from tests.investments.test_list import LIST, ids
from tests.stand_in import Sandbox


def newest(sandbox: Sandbox) -> int:
    return int(sandbox.rows(ACME)[0]["id"])


def test_all_35_fields_stand_on_the_page_by_their_labels(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}{newest(sandbox)}/")
    assert len(INVESTMENT.fields) == 35
    for field in INVESTMENT.fields:
        assert re.search(rf"<dt[^>]*>{re.escape(field.label)}( \(|<)", page), field.label


@pytest.mark.parametrize(
    ("value", "looks"),
    [
        (None, '<span class="nothing" title="No value"><i>—</i><span class="vh">No value</span></span>'),
        ("", '<span class="nothing" title="Empty text"><i>—</i><span class="vh">Empty text</span></span>'),
        ("pi_1", "pi_1"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ({"a": 1}, '<span class="unreadable" title="Issuance sent: {&#x27;a&#x27;: 1}">Unreadable value</span>'),
    ],
)
def test_null_blank_and_value_look_different(ana: Person, sandbox: Sandbox, value: object, looks: str) -> None:
    number = newest(sandbox)
    sandbox.fault("changed", path=f"/api/investments/{number}/", value={"payment_intent_id": value})
    assert f"Payment intent ID</dt><dd>{looks}" in plain(ana.get(f"{LIST}{number}/"))


def test_an_absent_field_looks_different_again(ana: Person, sandbox: Sandbox) -> None:
    number = newest(sandbox)
    sandbox.fault("without", path=f"/api/investments/{number}/", value=["payment_intent_id"])
    page = plain(ana.get(f"{LIST}{number}/"))
    assert (
        'Payment intent ID</dt><dd><span class="nothing" title="Not sent by Issuance"><i>—</i><span class="vh">Not sent by Issuance</span></span>'
        in page
    )


def plain(page: str) -> str:
    """Without the help that stands under a label."""
    return re.sub(r'<small class="why">.*?</small>', "", page)


@pytest.mark.parametrize("code", BLOCKERS)
def test_each_blocker_is_explained(ana: Person, sandbox: Sandbox, code: str) -> None:
    number = newest(sandbox)
    sandbox.fault("changed", path=f"/api/investments/{number}/", value={"processing_issue_statuses": code})
    page = ana.get(f"{LIST}{number}/")
    blocker = BLOCKERS[code]
    for words in (blocker.label, blocker.means, blocker.who, blocker.next):
        assert words.replace("'", "&#x27;") in page


def test_a_blocker_that_the_contract_does_not_know_is_shown_as_sent(ana: Person, sandbox: Sandbox) -> None:
    number = newest(sandbox)
    sandbox.fault(
        "changed", path=f"/api/investments/{number}/", value={"processing_issue_statuses": "kyc_failed,new_<b>"}
    )
    page = ana.get(f"{LIST}{number}/")
    assert "new_&lt;b&gt;" in page
    assert "Issuance sent a code that isn’t in its documentation." in page


def test_previous_and_next_walk_the_filtered_list_across_pages_without_a_gap(ana: Person, sandbox: Sandbox) -> None:
    asked = "?status=refunded"
    wanted = [row["id"] for row in sandbox.rows(ACME) if row["status"] == "refunded"][:60]
    assert len(wanted) > 30, "the walk must cross a page"
    here = re.search(rf'href="({LIST}{wanted[0]}/[^"]*)"', ana.get(LIST + asked))
    assert here
    walked, address = [], here[1]
    while address and len(walked) < len(wanted):
        page = ana.get(address.replace("&amp;", "&"))
        walked.append(int(address.split("/")[3]))
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found[1] if found else ""
    assert walked == wanted
    back = re.search(r'href="([^"]+)" rel="prev"', page)
    assert back
    assert back[1].startswith(f"{LIST}{wanted[-2]}/")


def test_back_leads_to_the_list_as_it_was(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}{newest(sandbox)}/?status__in=received,invested&amount__gte=10&page=2")
    assert f'href="{LIST}?status__in=received,invested&amp;amount__gte=10&amp;page=2"' in page


def test_an_investor_is_found_again_by_name(ana: Person, sandbox: Sandbox) -> None:
    row = next(row for row in sandbox.rows(ACME) if row["first_name"] and row["first_name"].isascii())
    page = ana.get(f"{LIST}{row['id']}/")
    link = re.search(r'href="([^"]+\?search=[^"]+)"', page)
    assert link
    assert row["id"] in ids(
        ana.get(link[1].replace("&amp;", "&")) + ana.get(link[1].replace("&amp;", "&") + "&page_size=100")
    )


def test_a_missing_and_a_foreign_investment_answer_alike(ana: Person, borealis: Tenant, sandbox: Sandbox) -> None:
    foreign = sandbox.rows(BOREALIS)[0]["id"]
    pages = [ana.get(f"{LIST}{number}/") for number in (foreign, 99999999)]
    assert [page.status for page in pages] == [404, 404]
    assert ref(pages[0]).replace(str(foreign), "N") == ref(pages[1]).replace("99999999", "N")


def ref(page: str) -> str:
    """Without what differs between any two answers: the form's token."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def test_without_a_named_key_each_is_tried_before_404_is_said(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    for label in ("Acme Robotics Reg A Tier 2", "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    second = next(row["id"] for row in sandbox.rows(ACME) if row["offering"] == 2)
    page = ana.get(f"{LIST}{second}/")
    assert page.status == 200
    assert "API key “Acme Robotics Community Round”" in page
    assert ana.get(f"{LIST}{second}/?key=acme-robotics-reg-a-tier-2").status == 404


def test_an_offering_in_the_query_chooses_the_key_that_sees_it(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    for label in ("Acme Robotics Reg A Tier 2", "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    wanted = [row["id"] for row in sandbox.rows(ACME) if row["offering"] == 2]
    assert ids(ana.get(f"{LIST}?offering=2")) == wanted[:25]


def test_times_are_in_the_page_s_zone_with_utc_on_hover(ana: Person, sandbox: Sandbox) -> None:
    row = next(row for row in sandbox.rows(ACME) if row["offering"] == 2)
    sandbox.fault("changed", path=f"/api/investments/{row['id']}/", value={"received_at": "2026-11-01T08:30:00Z"})
    page = ana.get(f"{LIST}{row['id']}/")
    assert "Times in ET" in page
    assert 'title="2026-11-01 08:30:00 UTC">Nov 1, 2026, 3:30 AM</time>' in page
    assert 'href="?tz=US%2FPacific" title="US/Pacific">PT (the offering)' in page
    page = ana.get(f"{LIST}{row['id']}/?tz=US/Pacific")
    assert "Times in PT" in page
    assert 'title="2026-11-01 08:30:00 UTC">Nov 1, 2026, 1:30 AM</time>' in page


def test_an_upstream_failure_is_a_panel(ana: Person, sandbox: Sandbox) -> None:
    number = newest(sandbox)
    sandbox.fault("html-500", path=f"/api/investments/{number}/")
    page = ana.get(f"{LIST}{number}/")
    assert page.status == 200
    assert "The Issuance API returned an error (HTTP 500)." in page


def test_the_way_through_the_list_fails_alone(ana: Person, sandbox: Sandbox) -> None:
    number = newest(sandbox)
    path = f"{LIST}{number}/?amount__gte=0.01"
    assert 'rel="next"' in ana.get(path)
    sandbox.fault("status", path="/api/investments/$", value=404)
    page = ana.get(path)
    assert page.status == 200
    assert "Blockers" in page or "no blocker" in page
    assert 'rel="next"' not in page


def test_under_a_capped_page_size_the_way_goes_on_to_the_end(ana: Person, sandbox: Sandbox) -> None:
    wanted = [row["id"] for row in sandbox.rows(ACME) if row["status"] == "refunded"]
    sandbox.state(page_size_cap=10)
    page = ana.get(f"{LIST}{wanted[9]}/?status=refunded")
    assert re.search(rf'href="{LIST}{wanted[10]}/[^"]*" rel="next"', page)
    last = -(-len(wanted) // 10)
    assert 'rel="next"' not in ana.get(f"{LIST}{wanted[-1]}/?status=refunded&page={last}")


@pytest.mark.parametrize("zone", ["America", "../etc/passwd", "x" * 300, "", "Mars/Base", None])
def test_a_zone_that_is_none_leaves_the_teams_own(ana: Person, sandbox: Sandbox, zone: str | None) -> None:
    number = newest(sandbox)
    sandbox.fault("changed", path="/api/offerings/", value={"results": {"default_timezone": zone}})
    for path in (f"{LIST}{number}/", f"{LIST}{number}/", f"{LIST}?offering=1"):
        page = ana.get(path)
        assert page.status == 200
        assert "America/New_York" in page
