"""Adding a filter, values to choose from, counts beside choices, newer rows, columns: each as a person meets it."""

import re
import time
from datetime import datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest

from apps.audit.models import Entry
from apps.investments.listing import FILTERS, INVESTMENTS, PARAMETERS
from apps.listing.models import Preference
from apps.listing.schema.operators import operators_of
from apps.listing.show.table import order_of
from apps.tenants.models import Tenant
from apps.tenants.permissions import VISIBLE_CLASSES, Role
from apps.upstream.decode import Row
from tests.cache_contents import contents
from tests.conftest import ACME, Person, person
from tests.investments.test_list import LIST, ids
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")

OPERATORS = [
    (declared.name, operator.name, operator.parameter)
    for declared in FILTERS
    if declared.group
    for operator in operators_of(declared, PARAMETERS)
]


def test_every_field_is_offered_in_its_group(ana: Person) -> None:
    page = unescape(ana.get(f"{LIST}filter/?status=received"))
    for declared in FILTERS:
        if declared.group:
            assert f'href="{LIST}filter/{declared.name}/?status=received"' in page
            assert f">{declared.group}<" in page


@pytest.mark.parametrize(("field", "operator", "parameter"), OPERATORS)
def test_an_operator_has_a_form_that_asks_the_list(
    ana: Person, sandbox: Sandbox, field: str, operator: str, parameter: str
) -> None:
    page = ana.get(f"{LIST}filter/{field}/{operator}/?amount__gte=5&page=3")
    assert page.status == 200
    form = page[page.index('class="adder-form"') :]
    assert f'name="{parameter}"' in form
    assert 'name="amount__gte" value="5"' in form
    assert 'name="page"' not in form, "another question begins at its first page"
    assert sandbox.ledger == []


def test_a_range_of_days_takes_the_place_of_its_borders_and_they_of_it(ana: Person) -> None:
    page = ana.get(f"{LIST}filter/created_at/within/?created_at__gte=2026-01-01&status=received")
    assert 'type="hidden" name="created_at__gte"' not in page
    page = ana.get(f"{LIST}filter/created_at/from/?created_at__within=today&status=received")
    assert 'type="hidden" name="created_at__within"' not in page
    assert 'type="hidden" name="status" value="received"' in page


def test_what_is_held_stands_in_the_input(ana: Person) -> None:
    page = ana.get(f"{LIST}filter/created_at/from-time/?created_at__gte=2026-03-08T09:30:00-04:00")
    assert 'value="2026-03-08T09:30:00"' in page
    assert 'type="datetime-local"' in page
    page = ana.get(f"{LIST}filter/created_at/on/?created_at__within=2026-03-08")
    assert 'value="2026-03-08"' in page


@pytest.mark.parametrize(
    "path",
    [
        "filter/nope/",
        "filter/search/",
        "filter/amount/contains/",
        "values/nope/",
        "counts/nope/",
        "newer/99999999999999999/",
    ],
)
def test_what_there_is_not_is_not_found(ana: Person, path: str) -> None:
    assert ana.get(LIST + path).status == 404


@pytest.mark.parametrize("what", ["filter", "values", "counts"])
@pytest.mark.parametrize("field", [declared.name for declared in FILTERS if declared.group])
def test_a_masked_field_cannot_be_shaped_by(
    someone: Person, role: Role, sandbox: Sandbox, what: str, field: str
) -> None:
    declared = INVESTMENTS.filter(field)
    assert declared is not None
    page = someone.get(f"{LIST}{what}/{field}/")
    assert (page.status == 200) == (declared.data_class in VISIBLE_CLASSES[role])
    if page.status != 200:
        assert sandbox.ledger == []


@pytest.mark.parametrize("shape", ['["a@b.example","c@d.example"]', '{"investor__user__email":["a@b.example","c@d.example"]}', '[{"value":"a@b.example","label":"Ana"},{"value":"c@d.example"}]'])  # fmt: skip
def test_values_are_offered_however_the_api_lays_them_out(ana: Person, sandbox: Sandbox, shape: str) -> None:
    sandbox.fault("body", path="values", value=f'{{"success":true,"message":"","data":{shape}}}')
    page = ana.get(f"{LIST}values/investor__user__email/")
    assert 'option value="a@b.example"' in page
    assert 'option value="c@d.example"' in page


@pytest.mark.parametrize(
    "body", ["[]", '{"data":"a"}', '{"data":{"other":[]}}', '{"data":{"investor__user__email":"a"}}']
)
def test_values_that_are_not_understood_leave_free_text(ana: Person, sandbox: Sandbox, body: str) -> None:
    sandbox.fault("body", path="values", value=body)
    page = ana.get(f"{LIST}values/investor__user__email/")
    assert page.status == 200
    assert "Couldn’t load the values for this field." in page


def test_values_are_recorded_by_the_name_of_the_filter_and_kept_nowhere(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}values/investor__user__email/")
    mail = re.findall(r'option value="([^"]+)"', page)[0]
    entry = Entry.objects.get(action="values listed")
    assert entry.details["filter"] == "investor__user__email"
    assert mail not in str(entry.details)
    assert mail not in str(contents("counts"))


def test_counts_stand_beside_choices_with_their_age(ana: Person, sandbox: Sandbox) -> None:
    rows = [row for row in sandbox.rows(ACME) if row["offering"] == 1]
    page = ana.get(f"{LIST}counts/status/?offering=1&status=received", htmx="c-status__in")
    for status in ("received", "invested"):
        wanted = sum(row["status"] == status for row in rows)
        assert re.search(rf'value="{status}"[^>]*>[^<]*<span class="tally">{wanted}</span>', page), status
    assert "As of" in page
    assert len(sandbox.asked()) == 11
    ana.get(f"{LIST}counts/status/?offering=1&status=invested", htmx="c-status__in")
    assert len(sandbox.asked()) == 11, "for a minute they are kept"


def test_at_most_four_counts_are_asked_for_at_a_time(ana: Person, sandbox: Sandbox) -> None:
    sandbox.state(latency_ms=150)
    ana.get(f"{LIST}counts/status/", htmx="c-status__in")
    calls = [
        call["at"]
        for call in sandbox.ledger
        if "page_size=1" in call["query"] and "page_size=1&" not in call["query"] + "&x"
    ]
    calls = [call["at"] for call in sandbox.ledger if call["query"].endswith("page_size=1")]
    assert len(calls) == 11
    assert max(sum(abs(other - at) < 0.07 for other in calls if other >= at) for at in calls) <= 4


def test_a_count_that_fails_is_a_question_mark(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("status", path="/api/investments/$", value=500, times=1)
    page = ana.get(f"{LIST}counts/status/", htmx="c-status__in")
    assert page.count(">?<") == 1
    assert "the API didn’t return a count" in page


def test_newer_rows_are_counted_by_the_apis_own_clock(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(LIST)
    url = unescape(re.findall(r'hx-get="([^"]+/newer/[^"]+)"', page)[0])
    since = int(url.split("/newer/")[1].split("/")[0])
    assert abs(since - time.time()) < 60
    assert "newer" not in ana.get(url)
    assert f">{len(sandbox.rows(ACME)):,} new<" in ana.get(url.replace(str(since), "0"))
    asked = sandbox.asked()[-1]
    assert "updated_at__gte=1970-01-01T00:00:01%2B00:00" in asked
    assert asked.endswith("page=1&page_size=1")


def test_newer_rows_keep_the_lists_own_filters(ana: Person, sandbox: Sandbox) -> None:
    ana.get(f"{LIST}newer/0/?status=received&updated_at__gte=2026-06-01")
    assert sandbox.asked()[-1].startswith("status=received&updated_at__gte=2026-06-01T00:00:00-04:00")


def test_asking_for_newer_rows_does_not_keep_the_sign_in_alive(ana: Person) -> None:
    ana.get(LIST)
    expires = ana.client.session.model.objects.get().expire_date
    page = ana.get(f"{LIST}newer/0/")
    assert "Set-Cookie" not in page.headers
    assert ana.client.session.model.objects.get().expire_date == expires


def test_columns_are_chosen_ordered_and_remembered_for_one_person(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    def heads() -> list[str]:
        return [
            unescape(re.sub("<[^>]+>|[↑↓]", "", head)).strip()
            for head in re.findall(r'<th scope="col"[^>]*>(.*?)</th>', ana.get(LIST))
        ]

    usual = heads()
    path = f"{LIST}columns/"
    ana.post(path, step="show net_worth")
    assert heads() == [*usual, "Net worth at investment (USD)"]
    ana.post(path, step="down investor_individual_name")
    assert heads()[:4] == ["Reference", "Amount (USD)", "Investor", "Status"]
    ana.post(path, step="hide reference_id")
    assert heads()[0] == "Reference", "it leads to the investment, so it stays"
    ana.post(path, density="dense")
    assert "rows-dense" in ana.get(LIST)
    assert Preference.objects.get().person == ana.member
    ana.post(path, step="reset")
    assert heads() == usual


def test_columns_of_the_address_go_before_the_persons_own(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?cols=amount,net_worth")
    assert re.findall(r'id="sort-(\w+)"', page) == ["reference_id", "amount", "net_worth"]
    assert ana.get(f"{LIST}?cols=amont").status == 200, "an owner sees unknown fields, so it may be one"
    assert "amont (undocumented)" in ana.get(f"{LIST}?cols=amont")


def test_a_masked_column_is_refused_and_not_offered(someone: Person, role: Role, sandbox: Sandbox) -> None:
    columns = someone.get(f"{LIST}columns/")
    for field, data_class in INVESTMENTS.classes.items():
        page = someone.get(f"{LIST}?cols={field}", htmx="listing")
        assert (page.status == 403) == (data_class not in VISIBLE_CLASSES[role])
        assert (
            f'value="show {field}"' in columns or f'value="hide {field}"' in columns or field == "reference_id"
        ) == (data_class in VISIBLE_CLASSES[role])


def test_a_masked_column_that_was_kept_is_not_shown(someone: Person, role: Role, acme: Tenant) -> None:
    assert someone.member
    Preference.objects.create(
        tenant=acme,
        person=someone.member,
        listing="investment",
        columns=["net_worth", "amount", "processing_issue_statuses", "secret_field"],
    )
    page = someone.get(LIST)
    assert ("Net worth" in page) == (INVESTMENTS.classes["net_worth"] in VISIBLE_CLASSES[role])


def test_a_field_that_the_description_does_not_know_is_named_and_can_be_a_column(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path="/api/investments/", value={"results": {"mood": "hopeful", "a<b": "x"}})
    page = unescape(ana.get(LIST))
    assert ">mood</a>" in page
    href = re.findall(r'<a href="([^"]+)">mood</a>', page)[0]
    assert "hopeful" in ana.get(href)
    assert ">mood (undocumented)<" in ana.get(href)


def test_a_list_row_with_fewer_fields_says_not_in_the_list(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("without", path="/api/investments/$", value=["payment_method"])
    assert ana.get(LIST).count(">Not included in lists<") == 25


def test_rows_that_are_not_in_the_order_asked_for_get_no_arrow(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("unordered", path="/api/investments/$")
    page = ana.get(f"{LIST}?ordering=-amount")
    assert "aria-sort" not in page
    assert "not sorted by Issuance" in page
    assert "Issuance didn’t sort by “-amount”" in page


def test_an_order_that_rows_cannot_prove_is_said_to_be_unchecked(ana: Person) -> None:
    page = ana.get(f"{LIST}?ordering=created_at")
    assert "These rows don’t show whether it did" in page
    assert "aria-sort" not in page


def test_text_that_is_equal_and_stands_apart_was_not_sorted(ana: Person, sandbox: Sandbox) -> None:
    assert "aria-sort" in ana.get(f"{LIST}?ordering=status")
    rows: list[Row] = [{"status": "b"}, {"status": "a"}, {"status": "b"}]
    assert order_of(rows, "status", INVESTMENTS.schema.specs) == "ignored"
    assert order_of(rows[:2], "status", INVESTMENTS.schema.specs) == "unknown"
    assert order_of(rows[:2], "-status", INVESTMENTS.schema.specs) == "kept"
    assert order_of([{}, {}], "amount", INVESTMENTS.schema.specs) == "unknown"


def test_the_address_at_the_api_holds_the_question_and_never_the_key(ana: Person, sandbox: Sandbox) -> None:
    page = unescape(ana.get(f"{LIST}?created_at__within=2026-03-08&amount__gte=5"))
    assert (
        f"{sandbox.url}/api/investments/?amount__gte=5&created_at__gte=2026-03-08T00:00:00-05:00&created_at__lte="
        in page
    )
    assert "Authorization: Api-Key YOUR_KEY" in page
    assert sandbox.key("Acme Robotics, all offerings") not in page


def test_ids_are_those_of_the_rows(ana: Person) -> None:
    assert len(ids(ana.get(f"{LIST}?cols=amount"))) == 25


def test_what_stands_above_the_list_follows_it_in_a_swap(ana: Person) -> None:
    page = ana.get(f"{LIST}?offering=2&tz=US/Pacific", htmx="listing")
    assert 'id="list-head" hx-swap-oob="true"' in page
    assert "Times in PT" in page


def test_a_refused_count_is_said_above_the_rows_and_not_in_the_menu(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}counts/status/?amount__gte=abc", htmx="c-status__in")
    assert page.status == 400
    assert page.headers["HX-Retarget"] == "#results"
    assert "<header" not in page
    assert sandbox.ledger == []


def test_a_count_and_its_list_tell_the_time_of_one_zone(ana: Person) -> None:
    zone = ZoneInfo("America/New_York")
    hours = {f"{at.hour % 12 or 12}" for at in (datetime.now(zone), datetime.now(zone) + timedelta(minutes=1))}
    told = re.search(r"As of (\d+):", ana.get(f"{LIST}counts/status/"))
    here = re.search(r">(\d+):\d\d:\d\d [AP]M</time>", ana.get(LIST))
    assert told
    assert here
    assert {told[1], here[1]} <= hours


def test_one_blocker_is_counted_as_it_would_be_asked(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}counts/processing_issue_statuses/")
    assert re.search(r'type="radio"[^>]* name="processing_issue_statuses__contains"', page)
    assert all(query.startswith("processing_issue_statuses__contains=") for query in sandbox.asked())


def test_a_value_that_is_refused_stands_in_its_form_again(ana: Person) -> None:
    page = ana.get(f"{LIST}?quantity=abc", htmx="listing")
    assert "Shares or units: enter a whole number." in page
    assert 'id="operand" name="quantity" value="abc"' in page


def test_yes_and_no_of_one_filter_are_refused_however_they_are_spelled(ana: Person, sandbox: Sandbox) -> None:
    page = ana.get(f"{LIST}?watchlistentity__has_hits=true&watchlistentity__has_hits__in=false")
    assert page.status == 400
    assert "Watchlist hit: select Yes or No, not both." in page
    assert sandbox.ledger == []


def test_a_moment_beyond_all_years_is_not_found(ana: Person) -> None:
    assert ana.get(f"{LIST}newer/253402300799/").status == 404


def test_columns_are_ticked_in_the_list_s_popover(ana: Person, acme: Tenant) -> None:
    fragment = ana.get(f"{LIST}columns/?status=received", htmx="columns")
    assert "<html" not in fragment
    assert 'value="amount" checked' in " ".join(fragment.split())
    wanted = ["status", "id", "amount", "net_worth_nonsense"]
    ana.client.post(f"{LIST}columns/?status=received", {"columns": wanted, "density": "dense", "step": "choose"})
    kept = Preference.objects.get(person=ana.member)
    assert kept.columns == ["reference_id", "amount", "status", "id"], (
        "those that stay keep their order; the rest follow"
    )
    page = ana.get(f"{LIST}?status=received")
    assert re.findall(r'id="sort-(\w+)"', page) == ["reference_id", "amount", "status", "id"]
    back = ana.client.post(f"{LIST}columns/?status=received", {"density": kept.density, "step": "reset"})
    assert back.headers["Location"] == f"{LIST}?status=received", "back at the list it was opened from"


def test_a_masked_column_cannot_be_ticked(acme: Tenant) -> None:
    support = person("sue@acme.example", acme, Role.SUPPORT)
    support.client.post(f"{LIST}columns/", {"columns": ["net_worth", "status"], "density": "normal", "step": "choose"})
    assert Preference.objects.get(person=support.member).columns == ["reference_id", "status"]
