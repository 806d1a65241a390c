"""Saved views: private and the team's, relative days that stay relative, what differs, and who may do what."""

import re
from html import unescape

import pytest

from apps.audit.models import Entry
from apps.listing.models import SavedView
from apps.tenants.models import Tenant
from apps.tenants.permissions import GRANTS, Permission, Role
from tests.conftest import Person, person
from tests.investments.test_list import LIST, ids
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")

STUCK = "?status__in=received,not_received&created_at__within=last-90-days&ordering=amount&cols=amount,price"


@pytest.fixture
def stuck(ana: Person) -> SavedView:
    """A view of the team's."""
    ana.post(f"{LIST}views/{STUCK}", action="save", name="Stuck", whose="team")
    return SavedView.objects.get()


def test_a_view_opens_at_its_whole_address_with_relative_days(ana: Person, stuck: SavedView, sandbox: Sandbox) -> None:
    whole = f"{LIST}{STUCK}&view={stuck.slug}"
    assert f'href="{whole}"' in unescape(ana.get(LIST))
    page = ana.get(whole)
    assert re.search(r'aria-current="page"\s*>Stuck</a>', page)
    assert "last 90 days:" in page
    assert "Differs from" not in page
    assert 'data-label="Price per share or unit (USD)"' in page
    assert ids(page)


def test_what_differs_from_a_view_is_said_and_can_be_undone(ana: Person, stuck: SavedView) -> None:
    page = " ".join(
        unescape(ana.get(f"{LIST}?status__in=received&amount__gte=5000&cols=amount,price&view={stuck.slug}")).split()
    )
    assert "Changed from the team view “Stuck”: Status is Received; Amount is at least $5,000.00;" in page
    assert "“Created last 90 days:" in page
    assert "different sort order" in page
    assert "different columns" not in page
    assert f'href="{LIST}{STUCK}&view={stuck.slug}">Reset to saved view' in page


def test_all_filters_of_a_view_can_be_taken_away(ana: Person, stuck: SavedView) -> None:
    page = ana.get(f"{LIST}?view={stuck.slug}", follow=False)
    assert page.status == 200
    assert "“Created last" in page


def test_a_view_keeps_the_columns_that_its_maker_sees(ana: Person) -> None:
    ana.post(f"{LIST}columns/", step="hide payment_method")
    ana.post(f"{LIST}views/?status=received", action="save", name="Застрявшие", whose="team")
    asked = SavedView.objects.get().asked
    assert asked["status"] == "received"
    assert "payment_method" not in asked["cols"]
    assert asked["cols"].startswith("reference_id,investor_individual_name,amount")


def test_a_view_can_be_changed_to_what_is_seen(ana: Person, stuck: SavedView) -> None:
    page = ana.post(f"{LIST}views/?status=invested&view={stuck.slug}", action="change", view=stuck.slug)
    assert "“Stuck” updated." in page
    stuck.refresh_from_db()
    assert stuck.asked == {"status": "invested"}


def test_a_view_of_ones_own_is_nobody_elses(ana: Person, acme: Tenant) -> None:
    ana.post(f"{LIST}views/?status=received", action="save", name="Mine", whose="mine")
    view = SavedView.objects.get()
    mia = person("mia@acme.example", acme, Role.MANAGER)
    assert "Mine" not in mia.get(LIST)
    page = mia.get(f"{LIST}?view={view.slug}")
    assert page.status == 400
    assert "Saved view" in page
    for action in ("change", "remove"):
        assert mia.post(f"{LIST}views/", action=action, view=view.slug).status == 404
    assert SavedView.objects.count() == 1


def test_a_view_of_another_team_does_not_exist(ben: Person, stuck: SavedView) -> None:
    page = ben.get(f"/borealis/investments/?view={stuck.slug}")
    assert page.status == 400
    assert "Stuck" not in page.replace(stuck.slug, "")
    assert ben.post("/borealis/investments/views/", action="remove", view=stuck.slug).status == 404


def test_a_view_that_asks_what_the_role_does_not_see_is_not_named(someone: Person, role: Role, ana: Person) -> None:
    ana.post(f"{LIST}views/?investor__entity__kyc_status=failed", action="save", name="Secret KYC", whose="team")
    sees = role is not Role.MARKETING
    assert ("Secret KYC" in someone.get(LIST)) == sees
    assert ("Secret KYC" in someone.get(f"{LIST}views/")) == sees
    page = someone.get(f"{LIST}?view={SavedView.objects.get().slug}")
    assert page.status == (200 if sees else 400)
    assert ("failed" in page) or not sees


def test_who_may_share_and_change_the_teams_views(someone: Person, role: Role, stuck: SavedView) -> None:
    may = role in GRANTS[Permission.SHARE_VIEWS]
    page = someone.post(f"{LIST}views/?amount__gte=5", action="save", name="Ours", whose="team")
    assert (page.status == 200) == may
    page = someone.post(f"{LIST}views/?amount__gte=7", action="change", view=stuck.slug)
    stuck.refresh_from_db()
    assert (stuck.asked == {"amount__gte": "7"}) == may
    assert ("Your role can’t" in page) or may or role is Role.MARKETING
    someone.post(f"{LIST}views/?amount__gte=5", action="save", name="Own", whose="mine")
    assert SavedView.objects.filter(owner=someone.member, name="Own").exists()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "of 1 to 40"),
        ("***", "of 1 to 40"),
        ("x" * 41, "of 1 to 40"),
        ("STUCK", "A view named “STUCK” already"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_stays_typed(ana: Person, stuck: SavedView, name: str, says: str) -> None:
    page = ana.post(f"{LIST}views/?amount__gte=5", action="save", name=name, whose="team")
    assert page.status == 400
    assert says in page
    assert f'value="{name}"' in page
    assert SavedView.objects.count() == 1


def test_the_record_tells_of_views_by_the_names_of_filters(ana: Person, stuck: SavedView) -> None:
    ana.post(f"{LIST}views/?search=Nakamura", action="change", view=stuck.slug)
    ana.post(f"{LIST}views/", action="remove", view=stuck.slug)
    told = [(entry.action, entry.details) for entry in Entry.objects.filter(action__startswith="view ").order_by("pk")]
    assert [action for action, _ in told] == ["view saved", "view changed", "view removed"]
    assert told[1][1] == {"whose": "the team's", "filters": ["search"]}
    assert "Nakamura" not in str(told)


def test_a_view_of_everything_is_a_view_too(ana: Person) -> None:
    ana.post(f"{LIST}views/", action="save", name="Everything", whose="mine")
    page = ana.get(f"{LIST}?view={SavedView.objects.get().slug}")
    assert page.status == 200
    assert re.search(r'aria-current="page"[^>]*>Everything</a>', page)
