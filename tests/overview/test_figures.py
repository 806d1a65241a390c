"""Figures on few investments, each written by hand: borders of weeks, days on which clocks change, refunds, zero and negative
amounts, missing values, unknown statuses, six decimals, two keys."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.overview import breakdown, cards, facts, figures, goals, waits
from apps.overview.models import Fact, Snapshot
from apps.overview.money import MILLIONTHS
from apps.overview.scope import Scope
from apps.overview.slices import COUNTED, INVESTED, Days, Slice
from apps.overview.windows import monday
from apps.tenants.models import IssuanceKey, Tenant
from apps.tenants.permissions import Role
from tests.conftest import team

NEW_YORK, AUCKLAND, LORD_HOWE = (
    ZoneInfo(name) for name in ("America/New_York", "Pacific/Auckland", "Australia/Lord_Howe")
)
AS_OF = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
TERMS = {
    "1": {
        "name": "Community",
        "type": "reg_cf",
        "status": "opened",
        "zone": "America/New_York",
        "deadline": "2026-12-07",
        "minimum_amount_raised": "1000.00",
        "maximum_amount_raised": "5000.00",
        "reg_cf_amount_raised_tier": "1000000.00",
    },
    "2": {"name": "Tier 2", "type": "reg_a", "status": "opened", "unit_price": "3.141593", "number_of_shares": "1000"},
}


@dataclass
class World:
    """A team's facts, put there row by row as the API would send them."""

    tenant: Tenant
    keys: list[IssuanceKey]
    number: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def row(self, created: date | None = None, key: int = 0, number: int = 0, **sent: Any) -> int:
        self.number = number or self.number + 1
        row = {"id": self.number, "status": "received", "amount": "100.00", "offering": 1, **sent}
        day = created or date(2026, 11, 2)
        start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
        fact = Fact(key=self.keys[key], generation=1, number=self.number, week=monday(day), **facts.read(row))
        fact.created_from, fact.created_until = start, start
        fact.save()
        return self.number

    def scope(self, zone: ZoneInfo = NEW_YORK, offering: int | None = None, key: int | None = None) -> Scope:
        keys = {str(each.pk): {"offerings": [1, 2] if not place else [2]} for place, each in enumerate(self.keys)}
        held = {"keys": keys, "offerings": TERMS}
        snapshot = Snapshot(tenant=self.tenant, generation=1, as_of=AS_OF, zone=zone.key, held=held)
        return Scope(
            self.tenant, Role.OWNER, snapshot, self.keys, zone, None if key is None else self.keys[key], offering
        )

    def facts(self, zone: ZoneInfo = NEW_YORK, **narrowed: Any) -> cards.Facts:
        return cards.read(self.scope(zone, **narrowed))


@pytest.fixture
def world(db: None, both_worlds: None) -> World:
    tenant = team("acme", "Acme Robotics", "America/New_York")
    keys = [
        IssuanceKey.objects.create(tenant=tenant, label=label, slug=label.lower(), offerings=seen, sealed="-")
        for label, seen in (("First", [{"id": 1, "name": "", "zone": ""}, {"id": 2, "name": "", "zone": ""}]), ("Second", [{"id": 2, "name": "", "zone": ""}]))
    ]  # fmt: skip
    return World(tenant, keys)


def weeks(world: World, zone: ZoneInfo) -> dict[str, str]:
    found = cards.by_week(world.facts(zone))
    return {row.label: row.received.money for row in found.rows if row.received.count}


@pytest.mark.parametrize(
    ("zone", "moments", "expected"),
    [
        # the last instants of a week and the first of the next, on both days on which New York's clocks change
        (NEW_YORK, ["2026-11-02T04:59:59.999999Z", "2026-11-02T05:00:00Z"], {"Oct 26": "$100.00", "Nov 2": "$100.00"}),
        (NEW_YORK, ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"], {"Oct 26": "$200.00"}),
        (NEW_YORK, ["2026-09-07T03:59:59Z", "2026-09-07T04:00:00Z"], {"Aug 31": "$100.00", "Sep 7": "$100.00"}),
        # Auckland: clocks went forward on Sep 27, 2026
        (AUCKLAND, ["2026-09-27T10:59:59Z", "2026-09-27T11:00:00Z"], {"Sep 21": "$100.00", "Sep 28": "$100.00"}),
        (AUCKLAND, ["2026-09-20T11:59:59Z", "2026-09-20T12:00:00Z"], {"Sep 14": "$100.00", "Sep 21": "$100.00"}),
        # half an hour of daylight saving
        (LORD_HOWE, ["2026-10-04T12:59:59Z", "2026-10-04T13:00:00Z"], {"Sep 28": "$100.00", "Oct 5": "$100.00"}),
    ],
)
def test_a_week_begins_on_monday_in_the_pages_zone(
    world: World, zone: ZoneInfo, moments: list[str], expected: dict[str, str]
) -> None:
    for moment in moments:
        world.row(received_at=moment)
    assert weeks(world, zone) == expected


@pytest.mark.parametrize(
    ("zone", "day", "moments"),
    [
        # days of 23 and of 25 hours: the instant before the day, its first, its last, and the instant after
        (NEW_YORK, date(2026, 3, 8), ["2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"]),
        (NEW_YORK, date(2026, 11, 1), ["2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"]),
        (AUCKLAND, date(2026, 9, 27), ["2026-09-26T11:59:59Z", "2026-09-26T12:00:00Z", "2026-09-27T10:59:59Z", "2026-09-27T11:00:00Z"]),
        (AUCKLAND, date(2026, 4, 5), ["2026-04-04T10:59:59Z", "2026-04-04T11:00:00Z", "2026-04-05T11:59:59Z", "2026-04-05T12:00:00Z"]),
    ],
)  # fmt: skip
def test_a_day_on_which_clocks_change_is_whole(world: World, zone: ZoneInfo, day: date, moments: list[str]) -> None:
    for power, moment in enumerate(moments):
        world.row(received_at=moment, amount=f"{10**power}.00")
    found = world.facts(zone)
    assert found.received.within(day, day).money == "$110.00"
    assert Fact.objects.filter(Slice(received=Days(day, day)).q(zone)).count() == 2


def test_canceled_and_refunded_money_is_not_raised(world: World) -> None:
    for status in ("received", "approved", "accepted", "invested", "accepted_escrow_closed"):
        world.row(status=status)
    for status in ("started", "not_received", "payment_failed", "not_approved", "cancelled", "refunded", "brand_new"):
        world.row(status=status, received_at="2026-11-02T12:00:00Z", invested_at="2026-11-03T12:00:00Z")
    card = cards.raised(world.facts())[0]
    assert card.received.added.money == "$500.00"
    assert [(part.label, part.added.money) for part in card.parts] == [
        ("Invested", "$200.00"),
        ("Approved, not yet invested", "$200.00"),
        ("Received, not approved", "$100.00"),
    ]
    lines, every = cards.stands(world.facts(), {"received": "Received", "started": "Started"})
    assert [(line.label, line.added.number) for line in lines][:2] == [("Received", "1"), ("Started", "1")]
    assert "brand_new" in [line.label for line in lines]
    assert every.added.number == "12"


def test_zero_negative_and_six_decimals_are_added_exactly(world: World) -> None:
    for amount in ("0.00", "-50.25", "3.141593", "0.000001", "99999999999.99"):
        world.row(amount=amount)
    assert cards.raised(world.facts())[0].received.added.money == "$99,999,999,952.881594"


@pytest.mark.parametrize("amount", [None, "", "lots", "1e400", "0.0000001", "NaN", True, {"a": 1}, "9" * 30])
def test_an_amount_that_cannot_be_read_is_counted_and_said(world: World, amount: Any) -> None:
    world.row(amount=amount)
    world.row()
    added = cards.raised(world.facts())[0].received.added
    assert (added.number, added.money, added.unread) == ("2", "$100.00", 1)


@pytest.mark.parametrize("hostile", [None, 7, "x\0y" * 400, "2026-13-45T99:99:99Z", "2026-11-02T12:00:00", ["a"], {}])
def test_whatever_a_field_holds_a_row_is_kept(world: World, hostile: Any) -> None:
    names = (
        "status",
        "payment_method",
        "processing_issue_statuses",
        "updated_at",
        "received_at",
        "invested_at",
        "refunded_at",
        "processed_at",
        "offering",
    )
    world.row(**dict.fromkeys(names, hostile))
    fact = Fact.objects.get()
    assert (fact.received, fact.invested) == (None, None)
    figures.by_status(world.scope())
    figures.by_method_and_size(world.scope())


def test_money_without_a_day_is_said_apart(world: World) -> None:
    world.row(received_at=None)
    world.row(received_at="2026-11-03T12:00:00Z")
    world.row(received_at="2031-01-01T12:00:00Z")
    found = cards.by_week(world.facts())
    assert (found.undated.number, found.undated.money) == ("1", "$100.00")
    assert found.later.money == "$100.00"
    assert found.rows[0].in_all.money == "$100.00"


def test_weeks_before_the_chart_are_in_the_running_total(world: World) -> None:
    world.row(received_at="1990-01-03T12:00:00Z", amount="7.00")
    world.row(received_at="2026-11-25T12:00:00Z", amount="1.00")
    found = cards.by_week(world.facts())
    assert len(found.rows) == cards.CHART_WEEKS
    assert (found.before.money, found.rows[0].in_all.money, found.rows[0].is_over) == ("$7.00", "$8.00", False)


def test_goals_of_reg_cf(world: World) -> None:
    world.row(amount="600.00", received_at="2026-11-01T12:00:00Z")
    world.row(amount="500.00", received_at="2026-11-06T04:30:00Z", status="approved")
    world.row(amount="9000.00", received_at="2026-11-07T12:00:00Z", status="refunded")
    card = cards.raised(world.facts())[0]
    assert card.goals == [
        ("Filing target", "$1K", "Reached", "on Nov 5, 2026"),
        ("Offering target", "$5K", "$3,900.00 to go", ""),
        ("Maximum", "$1M", "$998,900.00 to go", ""),
    ]
    assert card.deadline == ("10 days", "Dec 7, 2026", True)
    assert card.a_day == ("$390.00", "for the offering target")


def test_goals_of_another_exemption_are_its_shares(world: World) -> None:
    world.row(offering=2, amount="141.59")
    card = next(each for each in cards.raised(world.facts()) if each.number == 2)
    assert card.goals == [("All shares or units", "$3,141.593", "$3,000.003 to go", "")]
    assert card.deadline is None


def test_a_goal_that_is_lost_again_is_not_reached(world: World) -> None:
    world.row(amount="1100.00", received_at="2026-11-01T12:00:00Z")
    world.row(amount="-300.00", received_at="2026-11-02T12:00:00Z")
    assert cards.raised(world.facts())[0].goals[0][2] == "$200.00 to go"
    world.row(amount="250.00", received_at="2026-11-03T12:00:00Z")
    assert cards.raised(world.facts())[0].goals[0][2:] == ("Reached", "on Nov 3, 2026")


@pytest.mark.parametrize(
    ("today", "days"), [(date(2026, 12, 6), 1), (date(2026, 12, 7), 1), (date(2026, 12, 8), 0), (date(2026, 11, 27), 10)]
)  # fmt: skip
def test_days_left_count_from_tomorrow_through_the_deadline(today: date, days: int) -> None:
    assert goals.days_left(date(2026, 12, 7), today) == days


@pytest.mark.parametrize("deadline", ["", "soon", "2026-02-30", None])
def test_no_deadline_needs_nothing_a_day(deadline: Any) -> None:
    assert goals.deadline({"deadline": deadline}) is None


def test_two_keys_count_an_investment_once(world: World) -> None:
    for key in (0, 1):
        world.row(key=key, number=7, offering=2, amount="10.00", received_at="2026-11-03T12:00:00Z")
    world.row(number=8, offering=1, amount="1.00", received_at="2026-11-03T12:00:00Z")
    assert world.facts().added().money == "$11.00"
    assert world.facts(key=1).added().money == "$10.00"
    assert cards.by_week(world.facts()).rows[0].in_all.money == "$11.00"
    assert [each.added.number for each in breakdown.methods_and_sizes(world.scope())["sizes"]] == ["2"]
    assert world.facts(offering=2).added().money == "$10.00"


def test_the_last_complete_days_and_those_before(world: World) -> None:
    """Nov 20 to 26 in New York; the day of the facts is not over."""
    for moment in ("2026-11-20T05:00:00Z", "2026-11-27T04:59:59Z", "2026-11-20T04:59:59Z", "2026-11-27T05:00:00Z"):
        world.row(received_at=moment)
    days, spans = cards.recent(world.facts(), 7)
    assert days == "Nov 20 – 26, 2026"
    assert (spans[0].label, spans[0].now.number, spans[0].before.number) == ("Funds received", "2", "1")


def test_a_cohort_is_what_was_started_in_a_week(world: World) -> None:
    for place in range(20):
        world.row(date(2026, 11, 4), status="invested" if place < 5 else "cancelled")
    world.row(date(2026, 11, 11), status="invested")
    found = breakdown.cohorts(world.scope())
    assert [(each.label, each.started, each.invested, each.share) for each in found] == [
        ("Nov 9", 1, 1, ""),
        ("Nov 2", 20, 5, "25%"),
    ]


def test_days_from_received_to_invested(world: World) -> None:
    start = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    for days in range(1, 21):
        invested = start + timedelta(days=days, seconds=-1)
        world.row(status="invested", received_at=start.isoformat(), invested_at=invested.isoformat())
    world.row(status="invested", received_at=start.isoformat(), invested_at=(start - timedelta(days=3)).isoformat())
    found = breakdown.pace(world.scope())
    assert found
    assert (found.median, found.most, found.count) == ("9.5 days", "17 days", 20)
    Fact.objects.filter(number__lte=2).delete()
    fewer = breakdown.pace(world.scope())
    assert fewer
    assert (fewer.median, fewer.most) == ("10.5 days", "")


def test_who_must_act(world: World) -> None:
    """Two blockers of two who act: counted under both, once in all. Closed ones and an unblocked one are left out."""
    old, new = date(2026, 11, 1), date(2026, 11, 26)
    world.row(old, processing_issue_statuses="kyc_failed, watchlist_hits", amount="10.00")
    world.row(new, processing_issue_statuses="kyc_failed", amount="5.00")
    world.row(new, processing_issue_statuses="beneficial_owners_watchlist_hits", amount="2.00")
    world.row(new, processing_issue_statuses="brand_new_code", amount="1.00")
    world.row(new, status="payment_failed", amount="3.00")
    world.row(new, status="cancelled", processing_issue_statuses="kyc_failed")
    world.row(new)
    found = waits.needs(world.scope())
    assert [(party.who, party.line.added.number, party.line.added.money) for party in found.parties] == [
        ("Broker-dealer", "2", "$12.00"),
        ("Investor", "3", "$18.00"),
        ("Not known", "1", "$1.00"),
    ]
    assert (found.all.number, found.all.money, found.several) == ("5", "$21.00", 1)
    watchlist = found.parties[0].lines
    assert [(line.label, line.added.number, line.oldest) for line in watchlist] == [
        ("Watchlist hit", "1", "26 days"),
        ("Beneficial owner watchlist hit", "1", "1 day"),
    ]
    counted = [Fact.objects.filter(Slice(waits=line.codes).q(NEW_YORK)).count() for line in watchlist]
    assert counted == [1, 1]


def test_many_blockers_of_one_are_drawn_together(world: World) -> None:
    codes = (
        "kyc_failed",
        "kyb_failed",
        "kyc_unverified",
        "kyb_unverified",
        "upload_id_required",
        "missing_investor_entity",
    )
    for place, code in enumerate(codes):
        world.row(date(2026, 11, 1) + timedelta(days=place), processing_issue_statuses=code)
    world.row(date(2026, 11, 20), processing_issue_statuses=",".join(codes))
    party = waits.needs(world.scope()).parties[0]
    assert [line.label for line in party.lines][-1] == "2 other blockers"
    assert (party.lines[-1].added.number, party.line.added.number) == ("3", "7")
    assert Fact.objects.filter(Slice(waits=party.lines[-1].codes).q(NEW_YORK)).count() == 3


def test_a_slice_is_read_as_it_is_written() -> None:
    for which in (
        Slice(COUNTED, received=Days(date(2026, 11, 2), date(2026, 11, 8))),
        Slice(INVESTED, method="", paced=True),
        Slice(waits=("kyc_failed", "x"), size="1000", started=date(2026, 11, 2)),
        Slice(),
    ):
        assert Slice.of(which.params) == which


@pytest.mark.parametrize(
    ("amount", "said"), [(50_000, "$50K"), (1_070_000, "$1.07M"), (999, ""), (1_234_567, ""), (0, "")]
)
def test_a_goal_is_said_short_where_nothing_is_lost(amount: int, said: str) -> None:
    assert goals.short(amount * MILLIONTHS) == said


def test_nothing_at_all_is_shown_as_nothing(world: World) -> None:
    found = cards.by_week(world.facts())
    assert (len(found.rows), found.chart) == (1, "")
    assert waits.needs(world.scope()).parties == []
    assert breakdown.pace(world.scope()) is None
    assert [card.received.added.money for card in cards.raised(world.facts())] == ["$0.00", "$0.00"]
