"""Every figure of the overview is a plain sum over the sandbox's rows, and its link opens exactly these rows: for random keys,
offerings, roles and zones."""

import html
import json
import random
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest

from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import ACME, Page, Person, connect, person
from tests.overview.conftest import read_anew
from tests.sampling import WHOLE
from tests.stand_in import Sandbox

CHOICES = 50
ROLES = (Role.OWNER, Role.MANAGER, Role.COMPLIANCE, Role.SUPPORT)
ZONES = ("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Auckland", "UTC")
COMMUNITY = "Acme Robotics Community Round"
PAGES = ("/acme/", "/acme/overview/breakdown/")
CLOSED = {"cancelled", "refunded", "not_approved", "invested", "accepted_escrow_closed"}
OPENED = None if WHOLE else 12
"""Links of a page that are followed to their last row."""
Row = dict[str, Any]


class Anchors(HTMLParser):
    """(address, words) of each link, and the amount in the cell behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self.is_within, self.cell, self.row_of = False, "", -1

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append([dict(attributes).get("href") or "", "", ""])
            self.is_within = True
        elif tag == "tr":
            self.row_of = len(self.found)

    def handle_data(self, data: str) -> None:
        if self.is_within:
            self.found[-1][1] += data
        elif data.strip().startswith(("$", "-$")) and self.row_of == len(self.found) - 1:
            self.found[-1][2] = self.found[-1][2] or data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.is_within = False
        elif tag == "tr":
            self.row_of = -1


def anchors(page: str) -> list[tuple[str, str, str]]:
    found = Anchors()
    found.feed(page[page.index("<main") :])
    wanted = ("/acme/overview/rows/", "/acme/investments/?")
    return [(href, " ".join(words.split()), amount) for href, words, amount in found.found if href.startswith(wanted)]


def at(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def of_facts(name: str) -> Callable[[Row], Any]:
    return lambda row: json.loads(row["facts"]).get(name)


MOMENTS = {
    "received": of_facts("received_at"),
    "invested": of_facts("invested_at"),
    "refunded": of_facts("refunded_at"),
}


def day_of(text: str | None, zone: ZoneInfo) -> date | None:
    return at(text).astimezone(zone).date() if text else None


def codes(row: Row) -> set[str]:
    return {code for code in row["processing_issue_statuses"].split(",") if code}


def waits(row: Row, text: str) -> bool:
    held = codes(row) | ({"payment_failed"} if row["status"] == "payment_failed" else set())
    return row["status"] not in CLOSED and bool(held & {*text.split(",")})


def paced(row: Row) -> bool:
    received, invested = MOMENTS["received"](row), MOMENTS["invested"](row)
    return bool(received and invested and at(invested) >= at(received))


SIZES = {"under-1000": (0, 1000), "1000": (1000, 5000), "5000": (5000, 25_000), "25000": (25_000, 100_000), "100000": (100_000, 10**12)}  # fmt: skip


def within(text: str, day: date | None) -> bool:
    first, last = map(date.fromisoformat, text.split(".."))
    return day is not None and first <= day <= last


def monday_of(row: Row, own: ZoneInfo) -> date:
    day = at(row["created_at"]).astimezone(own).date()
    return day - timedelta(days=day.weekday())


def begin(text: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(date.fromisoformat(text), time.min, zone)


DAY = timedelta(days=1)
FITS: dict[str, Callable[[Row, str, ZoneInfo, ZoneInfo], bool]] = {
    "statuses": lambda row, text, zone, own: row["status"] in text.split(","),
    "status__in": lambda row, text, zone, own: row["status"] in text.split(","),
    "offering": lambda row, text, zone, own: row["offering"] == int(text),
    "method": lambda row, text, zone, own: bool(row["payment_method"] == text),
    "payment_method": lambda row, text, zone, own: bool(row["payment_method"] == text),
    "size": lambda row, text, zone, own: SIZES[text][0] <= Decimal(row["amount"]) < SIZES[text][1],
    "amount__gte": lambda row, text, zone, own: Decimal(row["amount"]) >= Decimal(text),
    "amount__lte": lambda row, text, zone, own: Decimal(row["amount"]) <= Decimal(text),
    "waits": lambda row, text, zone, own: waits(row, text),
    "received": lambda row, text, zone, own: within(text, day_of(MOMENTS["received"](row), zone)),
    "invested": lambda row, text, zone, own: within(text, day_of(MOMENTS["invested"](row), zone)),
    "refunded": lambda row, text, zone, own: within(text, day_of(MOMENTS["refunded"](row), zone)),
    "started": lambda row, text, zone, own: monday_of(row, own) == date.fromisoformat(text),
    "paced": lambda row, text, zone, own: paced(row),
    "created_at__gte": lambda row, text, zone, own: at(row["created_at"]) >= begin(text, zone),
    "created_at__lte": lambda row, text, zone, own: (
        at(row["created_at"]) < datetime.combine(date.fromisoformat(text) + DAY, time.min, zone)
    ),
    "updated_at__gte": lambda row, text, zone, own: at(row["updated_at"]) >= at(text),
    "investor__type": lambda row, text, zone, own: bool(row["investor_type"] == text),
    "requested_payment_method": lambda row, text, zone, own: bool(row["requested_payment_method"] == text),
    "investor__entity__kyc_status": lambda row, text, zone, own: bool(row["kyc_status"] == text),
    "key": lambda row, text, zone, own: True,
    "tz": lambda row, text, zone, own: True,
}
"""What each part of an address asks for, as a person reads it. `own`: the team's zone."""


def counted(href: str, rows: Iterable[Row], zone: ZoneInfo, own: ZoneInfo) -> list[Row]:
    asked = parse_qsl(urlsplit(href).query, keep_blank_values=True)
    return [row for row in rows if all(FITS[name](row, text, zone, own) for name, text in asked)]


def money(rows: Iterable[Row]) -> str:
    total = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
    return f"{'-' if total < 0 else ''}${abs(total):,.2f}"


FIGURE = re.compile(r"-?\$[0-9,.]+|\+?[0-9][0-9,]*(?:\.[0-9]+)?")


def says(words: str, rows: list[Row]) -> bool:
    """Whether each number in the words is the count or the sum of these rows. A week's column says first what it links to."""
    told = FIGURE.findall(re.sub(r"^Week of \w+ \d+(?: so far)?: (\S+) received,.*", r"\1", words))
    return bool(told) and all(
        each == money(rows) if "$" in each else int(each.lstrip("+").replace(",", "")) == len(rows) for each in told
    )


def opened(who: Person, href: str) -> set[int]:
    """The rows that a link leads to, page after page."""
    address, found = (
        href + ("&" if "page_size" in href else "&page_size=100") if "/investments/?" in href else href,
        set[int](),
    )
    while address:
        page: Page = who.get(address)
        assert page.status == 200, address
        found |= {int(number) for number in re.findall(r'href="/acme/investments/(\d+)/', page)}
        more = re.search(r'rel="next" href="([^"]+)"|href="([^"]+)"[^>]*rel="next"', page)
        address = html.unescape(more[1] or more[2]) if more else ""
    return found


@pytest.fixture
def two_keys(acme: Tenant, sandbox: Sandbox) -> Tenant:
    """One of all offerings, and one of an offering that the first sees as well."""
    connect(acme, sandbox, COMMUNITY)
    return acme


@pytest.mark.parametrize("seed", range(CHOICES))
def test_a_figure_is_a_plain_sum_and_its_link_opens_its_rows(two_keys: Tenant, sandbox: Sandbox, seed: int) -> None:
    dice = random.Random(seed)
    two_keys.timezone = dice.choice(ZONES)
    two_keys.save()
    own = ZoneInfo(two_keys.timezone)
    who = person("r@acme.example", two_keys, dice.choice(ROLES))
    read_anew(two_keys)
    every = sandbox.rows(ACME)
    narrowed = {
        "key": dice.choice(["", "", "acme-robotics-all-offerings", "acme-robotics-community-round"]),
        "offering": dice.choice(["", "", "1", "2", "4"]),
        "tz": dice.choice(["", dice.choice(ZONES)]),
    }
    if narrowed["key"].endswith("round"):
        narrowed["offering"] = ""
        every = [row for row in every if row["offering"] == 2]
    zone = ZoneInfo(narrowed["tz"] or two_keys.timezone)
    query = "&".join(f"{name}={text}" for name, text in narrowed.items() if text)
    for path in PAGES:
        page = who.get(f"{path}?{query}")
        assert page.status == 200
        links = anchors(page)
        assert len(links) > 15
        for href, words, amount in links:
            rows = counted(href, every, zone, own)
            if "offering=" not in href and narrowed["offering"]:
                raise AssertionError(f"{href} is wider than the page")
            assert says(words, rows), (href, words, len(rows), money(rows))
            assert not amount or amount == money(rows), (href, amount, money(rows))
        for href, *_ in dice.sample(links, min(len(links), OPENED or len(links))):
            assert opened(who, href) == {row["id"] for row in counted(href, every, zone, own)}, href
