"""A page is read column by column, and what is usual is told of all its cells at once: with the same result as cell by cell."""

import io
import random
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from apps.exports import cells
from apps.exports.asked import Asked, Format
from apps.exports.cells import Out, harmless, out
from apps.exports.writers import writer
from apps.investments.listing import INVESTMENTS
from apps.listing import CellContext

USUAL = [
    "Ana",
    "received",
    "12.50",
    "0.00",
    "7",
    "2026-11-02T10:00:00Z",
    "2026-03-08T06:59:59.123456-06:00",
    "",
    None,
    12,
]
ODD = [
    "=1+1", " =1", "-5", "-5.00", "--5", "+1", "@x", "a|b", "|=1", "\t=", "a\nb", "a\r\nb", "\u00a0=1", "<b>&", "_x0041_", " a ",
    "x" * 40_000, True, False, 12.5, Decimal("1.10"), Decimal("1E+50"), 10**30, "1234567890123456", "007.10", ".5", "5.", "1e5", [], {"a": 1},
    "2026-11-02T10:00:00", "2026-11-02T25:00:00Z", "2026-11-02T10:00:00+05:30", "1899-11-02T10:00:00Z", "0001-01-01T00:00:00Z",
    "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-03-08T07:00:00Z", "2026-02-30T10:00:00Z", "\uff1d1", " \uff0b1", "\u202eabc", "\ud83d\ude00", "ß",
]  # fmt: skip
NAMES = [
    "reference_id",
    "investor_individual_name",
    "status",
    "offering",
    "amount",
    "quantity",
    "updated_at",
    "has_investor_signed",
]
ZONES = ["America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu"]


def pages(seed: int) -> list[dict[str, Any]]:
    """Columns of one page that are usual, hold one odd value, or are odd throughout."""
    dice = random.Random(seed)
    columns = {}
    for name in NAMES:
        values: list[Any] = [dice.choice(USUAL) for _ in range(12)]
        for _ in range(dice.choice((0, 0, 1, 12))):
            values[dice.randrange(12)] = dice.choice(ODD)
        columns[name] = values
    rows: list[dict[str, Any]] = [{"id": at} | {name: columns[name][at] for name in NAMES} for at in range(12)]
    del rows[3]["amount"], rows[4]["status"], rows[5]["updated_at"]
    return rows


def asked(form: Format, zone: str, words: str) -> Asked:
    return Asked("investment", [], {}, {}, [], NAMES, form, words, zone, "?")


def written(form: Format, columns: list[Out], rows: list[dict[str, Any]], shown: CellContext) -> bytes:
    file = io.BytesIO()
    made = writer(form, file, "Rows", columns, {})
    made.begin()
    made.write(rows, shown, "")
    made.end({}, [])
    return file.getvalue()


def sheet(content: bytes) -> list[list[object]]:
    return [
        [cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content))["Rows"].iter_rows(min_row=2)
    ]


@pytest.mark.parametrize("words", ["labels", "codes"])
@pytest.mark.parametrize("zone", ZONES)
def test_a_page_at_once_is_the_same_as_each_cell_alone(zone: str, words: str) -> None:
    shown = CellContext(
        ZoneInfo(zone), statuses={"received": "Funds received"}, offerings={"7": "Seven", "12": "=Twelve"}
    )
    for seed in range(40):
        rows = pages(seed)
        columns = out(asked(Format.CSV, zone, words))
        for column in columns:
            alone = [column.text(row.get(column.name, cells.cells.ABSENT), row, shown) for row in rows]
            together = cells.texts(column, shown)(rows)
            assert together == alone, (seed, column.name)
            assert list(cells.all_harmless(together)) == list(map(harmless, alone))
        if seed < 8:
            together_in_excel = sheet(written(Format.EXCEL, columns, rows, shown))
            assert together_in_excel == [sheet(written(Format.EXCEL, columns, [row], shown))[0] for row in rows]


def test_the_columns_are_of_every_kind() -> None:
    assert {column.kind for column in out(asked(Format.CSV, "UTC", "labels"))} == {
        cells.Kind.TEXT, cells.Kind.NUMBER, cells.Kind.MOMENT,
    }  # fmt: skip
    assert set(NAMES) <= set(INVESTMENTS.catalog)
