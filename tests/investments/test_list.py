import re
import time

import pytest

from apps.audit.models import Entry
from apps.tenants.models import Tenant
from tests.conftest import ACME, ACME_KEY, Person, connect, person
from tests.stand_in import Sandbox

LIST = "/acme/investments/"


def one_line(page: str) -> str:
    """The page without its line breaks, so that a test need not know how a tag is laid out."""
    return " ".join(page.split())


def ids(page: str) -> list[int]:
    """The investments of a table, top to bottom."""
    return [int(number) for number in re.findall(r'class="row-link" href="/\w+/investments/(\d+)/', page)]


def test_a_list_shows_the_newest_investments_with_their_count(ana: Person, sandbox: Sandbox) -> None:
    rows = sandbox.rows(ACME)
    page = ana.get(LIST)
    assert page.status == 200
    assert ids(page) == [row["id"] for row in rows[:25]]
    assert f"<strong>{len(rows):,}</strong> investments" in page


def test_a_page_costs_one_call_once_the_words_are_known(ana: Person, sandbox: Sandbox) -> None:
    ana.get(LIST)
    assert sorted(call["path"] for call in sandbox.ledger) == [
        "/api/investments/",
        "/api/investments/statuses/",
        "/api/offerings/",
    ]
    sandbox.reset()
    ana.get(LIST)
    assert [call["path"] for call in sandbox.ledger] == ["/api/investments/"]


def test_the_address_is_the_query_that_goes_upstream(ana: Person, sandbox: Sandbox) -> None:
    ana.get(f"{LIST}?status__in=received,invested&amount__gte=1000&ordering=-amount&page=2&page_size=50")
    assert sandbox.asked() == ["status__in=received,invested&amount__gte=1000&ordering=-amount,-id&page=2&page_size=50"]


def test_two_statuses_and_an_amount_give_the_rows_that_a_plain_filter_gives(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?status__in=received,invested&amount__gte=5000&ordering=amount")
    wanted = [
        row for row in sandbox.rows(ACME) if row["status"] in ("received", "invested") and float(row["amount"]) >= 5000
    ]
    assert {row["id"] for row in wanted} >= set(ids(page))
    assert f"<strong>{len(wanted):,}</strong>" in page


def test_amounts_stand_as_sent(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(LIST)
    for row in sandbox.rows(ACME)[:25]:
        assert f'<data value="{row["amount"]}">{float(row["amount"]):,.2f}</data>' in page


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("statuss=received", "Unknown filter “statuss”. Did you mean “status”?"),
        ("status__lt=received", "Unknown filter “status__lt”."),
        ("status=recieved", "Status: “recieved” isn’t one of started, not_received"),
        ("status__in=received,nope", "Status: “nope” isn’t one of"),
        ("amount__gte=lots", "Amount: enter an amount, such as 5000 or 5,000.00."),
        ("amount__gte=1e5", "Amount: enter an amount"),
        ("amount__gte=NaN", "Amount: enter an amount"),
        ("created_at__gte=yesterday", "Created: enter a date or time"),
        ("created_at__gte=0001-01-01T00:00:00%2B14:00", "Created: enter a year between 1900 and 2999."),
        ("id__in=99999999999999999999", "Investment ID: enter a whole number."),
        ("search=a%00b", "Search: it contains a NUL character."),
        ("watchlistentity__has_hits=maybe", "Watchlist hit: enter true or false."),
        ("watchlistentity__has_hits__in=true,false", "select Yes or No, not both"),
        ("ordering=amounts", "This list can’t be sorted by “amounts”. Did you mean “amount”?"),
        ("page=0", "Page must be a whole number, 1 or higher, not “0”."),
        ("page=abc", "Page must be a whole number, 1 or higher"),
        ("page_size=1000", "Rows per page can be 25, 50, or 100, not “1000”."),
        ("key=none", "API key “none” doesn’t exist in this team."),
        (
            "reference_id__in=" + ",".join(f"X-{number:06}" for number in range(600)),
            "Reference: 600 values are too many for one request. Use the first 383 or fewer.",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words_and_nothing_is_asked(
    ana: Person, sandbox: Sandbox, asked: str, says: str
) -> None:
    page = ana.get(f"{LIST}?{asked}")
    assert page.status == 400
    assert says in page
    assert "These filters or settings can’t be applied" in page
    assert sandbox.ledger == []


def test_a_refused_filter_leaves_the_others_in_the_form(ana: Person) -> None:
    page = ana.get(f"{LIST}?statuss=x&amount__gte=5000")
    assert 'name="amount__gte" value="5000"' in one_line(page)


def test_a_boolean_list_of_one_becomes_the_exact_parameter(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?watchlistentity__has_hits__in=true")
    assert page.status == 200
    assert "watchlistentity__has_hits=true" in sandbox.asked()[-1]
    assert "__in" not in sandbox.asked()[-1]


def test_a_plain_form_with_blanks_and_repeats_is_sent_to_the_canonical_address(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?search=&status__in=received&status__in=invested&amount__gte=&page=1", follow=False)
    assert page.status == 302
    assert page.headers["Location"] == f"{LIST}?status__in=received,invested"
    assert sandbox.ledger == []


def test_the_canonical_address_is_not_redirected(ana: Person) -> None:
    page = ana.get(f"{LIST}?status__in=received,invested&amount__gte=1,000", follow=False)
    assert page.headers["Location"] == f"{LIST}?status__in=received,invested&amount__gte=1000"
    assert ana.get(page.headers["Location"], follow=False).status == 200


def test_a_day_is_its_first_instant_and_its_last_microsecond_in_the_teams_zone(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?created_at__gte=2026-03-08&created_at__lte=2026-03-08")
    assert sandbox.asked()[-1].startswith(
        "created_at__gte=2026-03-08T00:00:00-05:00&created_at__lte=2026-03-08T23:59:59.999999-04:00"
    )
    assert "Created from Mar 8, 2026" in page
    assert "Created through Mar 8, 2026" in page
    assert 'name="created_at__gte" value="2026-03-08" type="date"' in one_line(page)


def test_a_page_has_one_zone_whatever_it_is_narrowed_to(ana: Person, sandbox: Sandbox) -> None:
    """Narrowing a list never adds a row to it."""
    ana.get(LIST)
    page = ana.get(f"{LIST}?offering=2&created_at__gte=2026-03-01")
    assert "created_at__gte=2026-03-01T00:00:00-05:00" in sandbox.asked()[-1]
    assert "Times in ET" in page
    assert "Created from Mar 1, 2026 (ET)" in page
    link = re.search(r'<a href="([^"]+)" title="US/Pacific">PT \(the offering\)', page)
    assert link
    page = ana.get(LIST + link[1].replace("&amp;", "&"))
    assert "offering=2" in sandbox.asked()[-1]
    assert "Times in PT" in page
    assert ">ET (your team)</a>" in page


def test_another_zone_is_asked_by_the_address(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?created_at__gte=2026-03-01&tz=Asia/Tokyo")
    assert "created_at__gte=2026-03-01T00:00:00%2B09:00" in sandbox.asked()[-1]
    assert "Created from Mar 1, 2026 (Tokyo time)" in page
    assert "tz=Asia" in page[page.index('class="row-link"') :][:400], "what a row leads to is in the same zone"
    assert 'name="tz" value="Asia/Tokyo"' in page
    assert ana.get(f"{LIST}?tz=America/New_York", follow=False).headers["Location"] == LIST
    refused = ana.get(f"{LIST}?tz=Mars/Base")
    assert refused.status == 400
    assert "“Mars/Base” isn’t a time zone." in refused


def test_a_plus_sign_reaches_the_api_as_one(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?created_at__gte=2026-03-08T00:00:00%2B02:00")
    assert page.status == 200
    assert "created_at__gte=2026-03-08T00:00:00%2B02:00" in sandbox.asked()[-1]


def test_a_fragment_is_the_listing_alone_and_pushes_the_canonical_address(ana: Person) -> None:
    page = ana.get(f"{LIST}?search=&status__in=received", htmx="listing")
    assert "<html" not in page
    assert 'class="bar"' in page
    assert "<table" in page
    assert page.headers["HX-Push-Url"] == f"{LIST}?status__in=received"


def test_the_target_decides_not_the_mere_presence_of_htmx(ana: Person) -> None:
    assert "<html" not in ana.get(LIST, htmx="listing")
    assert "<html" in ana.get(LIST, htmx="main")


def test_each_filter_can_be_taken_back(ana: Person) -> None:
    page = ana.get(f"{LIST}?status__in=received,invested&amount__gte=5000")
    assert "Amount is at least $5,000.00" in page
    assert 'href="/acme/investments/?amount__gte=5000"' in page
    assert 'href="/acme/investments/?status__in=received,invested"' in page


def test_nothing_found_names_the_filters_to_loosen(ana: Person) -> None:
    page = ana.get(f"{LIST}?amount__gte=99999999")
    assert "No investments match these filters" in page
    assert ">Amount is at least $99,999,999.00</a>" in page


def test_a_page_past_the_end_says_so(ana: Person) -> None:
    page = ana.get(f"{LIST}?page=9999")
    assert page.status == 200
    assert "Page 9999 doesn’t exist" in page
    assert 'href="/acme/investments/?"' in page


def test_the_last_page_is_not_past_the_end(ana: Person, sandbox: Sandbox) -> None:
    count = len(sandbox.rows(ACME))
    last = -(-count // 25)
    page = ana.get(f"{LIST}?page={last}")
    assert f"{(last - 1) * 25 + 1:,}–{count:,} of {count:,}" in page
    assert ids(page) == [row["id"] for row in sandbox.rows(ACME)[(last - 1) * 25 :]]


def test_a_page_size_capped_by_the_api_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(page_size_cap=20)
    count = len(sandbox.rows(ACME))
    last = -(-count // 20)
    for number in (1, 2, last):
        page = ana.get(f"{LIST}?page={number}")
        assert f"{(number - 1) * 20 + 1:,}–{min(count, number * 20):,} of {count:,}" in page
        assert "(Issuance limits pages to 20 rows)" in page
        assert ('rel="next"' in page) == (number < last)


def test_the_arrow_stands_only_where_the_rows_are_in_order(ana: Person, sandbox: Sandbox) -> None:
    assert 'aria-sort="descending"' in ana.get(f"{LIST}?ordering=-amount")
    sandbox.fault("unordered", path="/api/investments/")
    page = ana.get(f"{LIST}?ordering=-amount")
    assert "aria-sort" not in page
    assert "Issuance didn’t sort by “-amount”" in page


def test_an_unreachable_api_is_a_panel_in_a_whole_page(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    Tenant.objects.filter(pk=acme.pk).update(issuance_url="http://127.0.0.1:9")
    page = ana.get(LIST)
    assert page.status == 200
    assert "Couldn’t reach the Issuance API." in page
    assert re.search(r"Reference ID <code>[0-9a-f]{12}</code>", page)
    assert 'class="bar"' in page


def test_a_refused_key_is_said_and_noted_on_the_connection(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    sandbox.revoke(ACME_KEY)
    try:
        page = ana.get(LIST)
    finally:
        sandbox.revoke(ACME_KEY, revoked=False)
    assert "The Issuance API rejected the API key (HTTP 403)." in page
    assert acme.issuance_keys.get().state == "refused"


def test_a_team_without_a_key_is_told_the_missing_step(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    page = ana.get(LIST)
    assert "Set up Acme Robotics" in page
    assert 'href="/acme/settings/connections/"' in page
    support = person("sue@acme.example", acme, "support")
    assert "Ask an owner to add one" in support.get(LIST)
    assert sandbox.ledger == []


def test_words_for_codes_fail_alone(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("html-500", path="/api/offerings/")
    page = ana.get(LIST)
    assert len(ids(page)) == 25
    assert "Received" in page


def test_words_that_hang_cost_half_a_second_once(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("slow", value=3, path="/api/offerings/")
    began = time.monotonic()
    assert len(ids(ana.get(LIST))) == 25
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert len(ids(ana.get(LIST))) == 25
    assert time.monotonic() - began < 0.5
    assert len({call["request_id"] for call in sandbox.ledger if call["path"] == "/api/offerings/"}) == 1


def test_the_list_of_offerings_does_not_shrink_when_the_api_shows_it_in_parts(
    ana: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    sandbox.state(page_size_cap=2)
    ana.get(LIST)
    assert len(acme.issuance_keys.get().offerings) == 4


def test_a_value_that_the_form_does_not_offer_stays_when_the_form_is_sent(ana: Person) -> None:
    page = ana.get(f"{LIST}?processing_issue_statuses__contains=kyc&offering=4444&created_at__gte=2026-03-01T09:30:00Z")
    assert 'value="kyc" checked>Kyc</label>' in page
    assert 'value="4444" checked>4444</label>' in page
    assert 'name="created_at__gte" value="2026-03-01T09:30:00+00:00"' in one_line(page)


def test_a_chip_says_the_day_only_where_the_whole_day_was_asked(ana: Person) -> None:
    page = ana.get(f"{LIST}?created_at__lte=2026-03-09T00:00:00-04:00")
    assert "Created through Mar 9, 2026, 12:00 AM" in page


def test_a_blocker_inside_another_says_what_else_it_finds(ana: Person) -> None:
    page = ana.get(f"{LIST}?processing_issue_statuses__contains=watchlist_hits")
    assert "Blocker contains Watchlist hit (also finds: Beneficial owner watchlist hit)" in page


def test_offerings_that_no_single_key_sees_are_not_half_answered(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    for label in ("Acme Robotics Reg A Tier 2", "Acme Robotics Community Round"):
        connect(acme, sandbox, label)
    page = ana.get(f"{LIST}?offering__in=1,2")
    assert "No single API key covers all of these offerings." in page
    assert sandbox.ledger == []


def test_what_is_asked_although_masked_is_recorded(acme: Tenant) -> None:
    mary = person("mary@acme.example", acme, "marketing")
    mary.get(f"{LIST}?status=received")
    assert Entry.objects.get(action="refused", actor=mary.member).details["parameters"] == ["status"]


def test_a_refused_value_stays_in_the_form_tied_to_the_reason(ana: Person) -> None:
    page = ana.get(f"{LIST}?amount__gte=lots")
    assert re.search(
        r'name="amount__gte" value="lots"[^>]* aria-invalid="true" aria-describedby="refusal"', one_line(page)
    )
    assert 'id="refusal"' in page


def test_as_many_values_as_are_said_to_fit_do_fit_and_one_more_does_not(ana: Person, sandbox: Sandbox) -> None:
    values = [f"X-{number:06}" for number in range(384)]
    assert ana.get(f"{LIST}?reference_id__in={','.join(values[:383])}").status == 200
    assert len(sandbox.asked()) == 1
    assert ana.get(f"{LIST}?reference_id__in={','.join(values)}").status == 400
    assert len(sandbox.asked()) == 1
