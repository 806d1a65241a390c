"""No text of anyone's becomes a formula, in any column of any list, in any format; and none is changed. What a spreadsheet makes
of a file is asked of two: openpyxl, and LibreOffice where it is installed (`make soak` installs it)."""

import csv
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, parse
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from apps.exports.asked import LISTINGS, Asked, Format
from apps.exports.cells import Kind, Out, clean, out
from apps.exports.writers import writer
from apps.listing import CellContext
from tests.exports.conftest import Export

SIGNS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "'=", "\u00a0=", "\u3000=", "\u200b=", "＝", "＋", "%=")
TEXTS = (
    "1+1", "SUM(A1:A9)", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.example","y")', "WEBSERVICE(A1)", "2+3+cmd|'x'!A", "A1",
    "IMPORTXML(A1)", "DDE(1)", "1e5", "-1+1", "@SUM(1)", "_x0041_", "<b>&\"'", "\u202e1+1", "1,2;3", '"=1"', "a\n=1+1", "1\t=1",
    "{1+1}",
)  # fmt: skip
PAYLOADS = [sign + text for sign in SIGNS for text in TEXTS]
KEPT = [
    "000123456789012345", "123456789012345678", "01234", "00501", "1-2", "3/4", "Jan 5", "1E10", "TRUE", "_x000D_", "_xD800_",
    "2026-11-02", "12:30", "50%", "$5", " two  spaces ", "two\nlines", "#N/A", "(5)", "1 1/2",
]  # fmt: skip
"""Texts of which a spreadsheet likes to make something else."""
SHOWN = CellContext(ZoneInfo("UTC"))
PROGRAM = shutil.which("soffice")
both = pytest.mark.parametrize("texts", [PAYLOADS, KEPT], ids=["formulas", "kept"])
in_libreoffice = pytest.mark.skipif(not PROGRAM, reason="LibreOffice is not installed")


def columns_of(listing: str, texts: Sequence[str]) -> list[Out]:
    """A payload stands in every column, whatever is expected there; what is kept, where a text is."""
    names = [name for name in LISTINGS[listing].catalog if name != "id"]
    every = out(Asked(listing, [], {}, {}, [], names, Format.EXCEL, "labels", "UTC", "?"))
    return every if texts is PAYLOADS else [each for each in every if each.kind is Kind.TEXT]


def written(folder: Path, listing: str, texts: Sequence[str], form: str) -> Path:
    """In pieces, as an export is; the texts are labels of keys and lines of the manifest, too."""
    file, columns = folder / f"{listing}.{Format(form).ending}", columns_of(listing, texts)
    with file.open("w+b") as opened:
        made = writer(Format(form), opened, "Rows", columns, {"names_keys": True})
        made.begin()
        for number, text in enumerate(texts):
            made.write([row_of(columns, text)], SHOWN, text)
            if number % 7 == 0:  # another worker goes on
                made = writer(Format(form), opened, "Rows", columns, json.loads(json.dumps(made.state)))
        made.more = [("Not matched", [(text, text) for text in texts])]
        made.end({}, [(text, text) for text in texts])
    return file


def row_of(columns: Sequence[Out], text: str) -> dict[str, Any]:
    return {column.name: text for column in columns}


def said(listing: str, texts: Sequence[str]) -> list[list[str]]:
    """What each row is to hold: its key, then its columns."""
    columns = columns_of(listing, texts)
    return [
        [clean(text), *(clean(column.text(text, row_of(columns, text), SHOWN)) for column in columns)] for text in texts
    ]


@both
@pytest.mark.parametrize("listing", LISTINGS)
def test_openpyxl_reads_every_text_as_text_and_unchanged(tmp_path: Path, listing: str, texts: list[str]) -> None:
    book = openpyxl.load_workbook(written(tmp_path, listing, texts, Format.EXCEL))
    cells = [list(row) for row in book["Rows"].iter_rows(min_row=2)]
    assert {cell.data_type for row in cells for cell in row} == {"s"}
    assert [[unescape(cell.value) for cell in row] for row in cells] == said(listing, texts)
    for name in ("Manifest", "Not matched"):
        pairs = [[unescape(cell.value) for cell in row] for row in book[name].iter_rows()]
        assert pairs == [[clean(text)] * 2 for text in texts]


RUNS = re.compile(r"\s*[=+@\-＝＋－＠]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@both
@pytest.mark.parametrize("listing", LISTINGS)
@pytest.mark.parametrize("form", [Format.CSV, Format.CSV_FOR_EXCEL])
def test_no_cell_of_plain_text_begins_as_a_formula_does(
    tmp_path: Path, listing: str, form: str, texts: list[str]
) -> None:
    with written(tmp_path, listing, texts, form).open(encoding="utf-8-sig", newline="") as opened:
        _, *lines = csv.reader(opened)
    wanted = said(listing, texts)
    assert len(lines) == len(wanted)
    for line, row in zip(lines, wanted, strict=True):
        for text, real in zip(line, row, strict=True):
            assert text in (real, f"'{real}")
            assert not RUNS.match(text) or NUMBER.fullmatch(text), repr(text)


# LibreOffice

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
AS_CSV = "44,34,76,1,,0,false,true,false,false,false,0,true"
"""UTF-8, commas, numbers and formulas recognized, as a person has it who opens the file without a thought."""


def opened_in_libreoffice(file: Path) -> Element:
    """The document as LibreOffice holds it once it has computed all there is to compute."""
    folder = file.parent / "opened"
    how = [f"--infilter=CSV:{AS_CSV}"] if file.suffix == ".csv" else []
    profile = f"-env:UserInstallation=file://{file.parent}/profile"
    command = [str(PROGRAM), profile, "--headless", *how, "--convert-to", "fods", "--outdir", str(folder), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return parse(folder / f"{file.stem}.fods").getroot()  # noqa: S314 - LibreOffice wrote it


def sheets(document: Element) -> dict[str, list[list[Element]]]:
    return {
        sheet.get(f"{TABLE}name", ""): [list(cells_of(row)) for row in sheet.iter(f"{TABLE}table-row") if cells_of(row)]
        for sheet in document.iter(f"{TABLE}table")
    }


def cells_of(row: Element) -> list[Element]:
    """Without the empty ones behind the last."""
    found = [each for each in row for _ in range(min(int(each.get(f"{TABLE}number-columns-repeated", "1")), 100))]
    while found and found[-1].find(f"{TEXT}p") is None:
        found.pop()
    return found


def words(cell: Element) -> str:
    return "\n".join("".join(pieces(each)) for each in cell.findall(f"{TEXT}p"))


def pieces(paragraph: Element) -> Iterator[str]:
    """A run of spaces, and a tab, are elements."""
    yield paragraph.text or ""
    for each in paragraph:
        if each.tag == f"{TEXT}s":
            yield " " * int(each.get(f"{TEXT}c", "1"))
        elif each.tag == f"{TEXT}tab":
            yield "\t"
        else:
            yield from pieces(each)
        yield each.tail or ""


def formulas(document: Element) -> list[str]:
    return [formula for cell in document.iter(f"{TABLE}table-cell") if (formula := cell.get(f"{TABLE}formula"))]


@in_libreoffice
def test_libreoffice_computes_what_is_a_formula(tmp_path: Path) -> None:
    """Else what follows would show nothing."""
    bare = tmp_path / "bare.csv"
    bare.write_text("head\n=1+1\n=2+3\n'=1+1\n")
    assert formulas(opened_in_libreoffice(bare)) == ["of:=1+1", "of:=2+3"]


@both
@in_libreoffice
@pytest.mark.parametrize("listing", LISTINGS)
def test_libreoffice_reads_every_text_as_text_and_unchanged(tmp_path: Path, listing: str, texts: list[str]) -> None:
    document = opened_in_libreoffice(written(tmp_path, listing, texts, Format.EXCEL))
    assert formulas(document) == []
    found = sheets(document)
    assert [[words(cell) for cell in row] for row in found["Rows"][1:]] == said(listing, texts)
    assert [[words(cell) for cell in row] for row in found["Manifest"]] == [[clean(text)] * 2 for text in texts]


@in_libreoffice
@pytest.mark.parametrize("form", [Format.CSV, Format.CSV_FOR_EXCEL])
def test_libreoffice_finds_no_formula_in_plain_text(tmp_path: Path, form: str) -> None:
    for listing in LISTINGS:
        document = opened_in_libreoffice(written(tmp_path, listing, PAYLOADS, form))
        assert formulas(document) == []
        (table,) = sheets(document).values()
        assert len(table) == 1 + len(PAYLOADS)


@in_libreoffice
def test_amounts_and_dates_are_numbers_and_dates_to_libreoffice(tmp_path: Path) -> None:
    columns = [
        each for each in columns_of("investment", PAYLOADS) if each.name in ("amount", "updated_at", "reference_id")
    ]
    rows = [
        {"reference_id": "00501", "amount": "12345678.90", "updated_at": "2026-11-02T10:00:00Z"},
        {"reference_id": "123456789012345678", "amount": "-0.10", "updated_at": "1999-12-31T23:59:59.999999-05:00"},
    ]
    file = tmp_path / "amounts.xlsx"
    with file.open("w+b") as opened:
        made = writer(Format.EXCEL, opened, "Rows", columns, {})
        made.begin()
        made.write(rows, SHOWN, "")
        made.end({"amount": "12345678.80"}, [])
    _, *lines, total = sheets(opened_in_libreoffice(file))["Rows"]
    by_kind = {Kind.NUMBER: "value", Kind.MOMENT: "date-value"}
    found = [
        [
            cell.get(f"{OFFICE}{by_kind[each.kind]}") if each.kind in by_kind else words(cell)
            for cell, each in zip(line, columns, strict=True)
        ]
        for line in lines
    ]
    assert found == [
        ["00501", "12345678.9", "2026-11-02T10:00:00"],
        ["123456789012345678", "-0.1", "2000-01-01T04:59:59"],
    ]
    assert [words(cell) for cell in total[:2]] == ["Total", "12,345,678.80"]


@in_libreoffice
def test_libreoffice_opens_a_whole_export(tmp_path: Path, export: Export) -> None:
    made = export("?status=refunded", format="xlsx", columns="all")
    file = tmp_path / "whole.xlsx"
    file.write_bytes(made.content)
    document = opened_in_libreoffice(file)
    assert formulas(document) == []
    found = sheets(document)
    assert [*found] == ["Investments", "Manifest"]
    assert len(found["Investments"]) == 1 + made.manifest["rows"] + 1
