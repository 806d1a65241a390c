"""Page, Excel and CSV hold the same, to the cell, for random filters, columns and orders in every role that exports; and
what is added up is a plain sum."""

import io
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from apps.exports.cells import clean, harmless
from apps.exports.manifest import BY_ID_WORDS
from apps.exports.sums import money
from apps.investments.listing import INVESTMENTS, PARAMETERS, SORTABLE
from apps.listing import cells
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role, visible_classes
from tests.conftest import ACME, Person, person
from tests.exports.conftest import exported, work_off
from tests.exports.test_moving_at_random import FILTERS
from tests.stand_in import Sandbox

LIST = "/acme/investments/"
ROUNDS = 50
ROLES = (Role.OWNER, Role.MANAGER, Role.MARKETING)
ZONES = ("America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
MORE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "amount__gte=2500&amount__lt=2600": lambda row: 2500 <= Decimal(row["amount"]) < 2600,
    "quantity=20": lambda row: row["quantity"] == 20,
    "shares_amount__lte=500": lambda row: Decimal(row["shares_amount"]) <= 500,
    "amount__gt=99999999": lambda row: False,
}
Fits = Callable[[dict[str, Any]], bool]


@dataclass
class Shown(HTMLParser):
    """A page's rows. A cell is what it says exactly: the digits of an amount, the instant of a time, the whole of what is
    cut; "" for what is missing."""

    rows: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.exact: str | None = None
        self.is_cell = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        names = given.get("class", "").split()
        if tag == "tr":
            self.rows.append([])
        elif tag == "td" or (tag == "th" and given.get("scope") == "row"):
            self.rows[-1].append("")
            self.exact, self.is_cell = None, True
        elif self.is_cell and tag in ("data", "time"):
            self.exact = given["value" if tag == "data" else "datetime"]
        elif self.is_cell and "nothing" in names:
            self.exact = ""
        elif self.is_cell and "blocker" in given.get("class", ""):
            self.exact = "; ".join(each.rpartition(": ")[0] for each in given["title"].split("; "))
        elif self.is_cell and "cut" in names:
            self.exact = given["title"]

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if self.is_cell and tag in ("td", "th"):
            if self.exact is not None:
                self.rows[-1][-1] = self.exact
            self.is_cell = False


def table(page: str) -> list[list[str]]:
    found = re.search(r"<tbody.*?</tbody>", page, re.DOTALL)
    shown = Shown()
    shown.feed(found[0] if found else "")
    return [row for row in shown.rows if row]


def on_pages(who: Person, address: str) -> list[list[str]]:
    """All of them, one after the other."""
    rows: list[list[str]] = []
    for number in range(1, 100):
        page = who.get(f"{LIST}{address}&page_size=100&page={number}")
        assert page.status == 200
        found = table(page)
        rows += found
        if len(found) < 100:
            return rows
    raise AssertionError("it never ends")


def in_excel(content: bytes) -> list[list[str]]:
    """As the page has them: amounts and times by their value."""
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Investments"]
    rows = [list(row) for row in sheet.iter_rows(min_row=2)]
    if rows and rows[-1][0].value == "Total":
        rows.pop()
    return [list(map(said_by_excel, row)) for row in rows]


def said_by_excel(cell: Any) -> str:
    assert cell.data_type in ("s", "n", "d"), cell
    if cell.value is None:
        return ""
    if isinstance(cell.value, datetime):
        return f"{cell.value:%Y-%m-%d %H:%M:%S}"
    return unescape(cell.value) if isinstance(cell.value, str) else plain(cell.value)


def as_in_a_file(row: list[str], names: list[str], zone: ZoneInfo) -> list[str]:
    """A page's row with its times on the zone's clocks."""

    def said(text: str, name: str) -> str:
        if INVESTMENTS.catalog[name].cell is not cells.moment or not text:
            return text
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M:%S}"

    return [said(text, name) for text, name in zip(row, names, strict=True)]


def as_excel_keeps_it(row: list[str], names: list[str]) -> list[str]:
    """An amount without the zeros behind it, which its format shows."""
    are_numbers = [INVESTMENTS.catalog[name].cell in (cells.money, cells.number) for name in names]
    return [
        plain(text) if is_number and text else clean(text) for text, is_number in zip(row, are_numbers, strict=True)
    ]


def plain(digits: object) -> str:
    return format(Decimal(str(digits)).normalize(), "f")


@dataclass(frozen=True)
class Asked:
    address: str
    names: list[str]
    fits: Fits
    zone: ZoneInfo


def random_view(dice: random.Random, role: Role) -> Asked:
    """What this role may ask for."""
    seen = visible_classes(role)
    known = FILTERS | MORE
    allowed = [
        asked
        for asked in known
        if all(PARAMETERS[part.split("=")[0]][0].data_class in seen for part in asked.split("&"))
    ]
    names = [name for name in INVESTMENTS.catalog if INVESTMENTS.schema.data_class(name) in seen]
    chosen = dice.sample(names, dice.randrange(1, min(len(names), 9) + 1))
    keys = [key for key, needed in SORTABLE.items() if needed in seen and key in INVESTMENTS.catalog]
    asked, order = dice.choice(allowed), dice.choice(["", *keys, *(f"-{key}" for key in keys)])
    zone = dice.choice(ZONES)
    chosen = [*dict.fromkeys(["reference_id", *chosen])]  # a list always shows what leads to the row
    address = f"?{asked}&cols={','.join(chosen)}&tz={zone}" + (f"&ordering={order}" if order else "")
    return Asked(address, chosen, known[asked], ZoneInfo(zone))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_page_and_files_agree_to_the_cell(acme: Tenant, sandbox: Sandbox, seed: int) -> None:
    dice = random.Random(seed)
    role = ROLES[seed % len(ROLES)]
    who = person(f"{role}@acme.example", acme, role)
    view = random_view(dice, role)
    wanted = [row for row in sandbox.rows(ACME) if view.fits(row)]
    shown = [as_in_a_file(row, view.names, view.zone) for row in on_pages(who, view.address)]
    assert len(shown) == len(wanted)

    in_csv = exported(who, view.address, format="csv")
    excel = exported(who, view.address, format="xlsx")
    if in_csv.manifest["order"] == BY_ID_WORDS:  # none was asked for, or Issuance keeps none by this field
        numbers = {row["reference_id"]: row["id"] for row in wanted}
        shown.sort(key=lambda row: int(numbers[row[0]]))
    for made in (in_csv, excel):
        assert made.manifest["is_complete"]
        assert made.manifest["rows"] == len(wanted)
        assert made.manifest["totals"] == {
            name: format(sum((Decimal(row[name]) for row in wanted), Decimal(0)), "f")
            for name in ("amount", "shares_amount")
            if name in view.names
        } | {name: made.manifest["totals"][name] for name in made.manifest["totals"] if name.startswith("price")}
    assert [list(row.values()) for row in in_csv.table] == [[harmless(text) for text in row] for row in shown]
    assert in_excel(excel.content) == [as_excel_keeps_it(row, view.names) for row in shown]

    who.post(f"/acme/exports/sums/{view.address}")
    work_off()
    total = sum((Decimal(row["amount"]) for row in wanted), Decimal(0))
    rows = f"{len(wanted):,} row{'s' if len(wanted) != 1 else ''}"
    assert f"<strong>{money(total)}</strong> added up, {rows}" in who.get(
        f"/acme/exports/sums/{view.address}", htmx="sums"
    )
