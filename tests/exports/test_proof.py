"""A manifest proves its file: what is changed in either, or forged, is found."""

import io
import json
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from apps.exports import archive, manifest, xlsx
from apps.exports.asked import Asked
from apps.exports.cells import out
from apps.exports.xlsx import Workbook, number_cell
from apps.listing import CellContext
from apps.tenants.models import SigningKey
from tests.exports.conftest import Export, Exported


@pytest.fixture
def made(export: Export) -> Exported:
    return export("?status=refunded", format="xlsx")


@pytest.fixture
def saved(made: Exported, tmp_path: Path) -> Path:
    """The file as it was downloaded, its manifest beside it."""
    file = tmp_path / made.manifest["file"]
    file.write_bytes(made.content)
    beside(file).write_text(made.who.get(f"/acme/exports/{made.job.pk}/manifest/"))
    return file


def beside(file: Path) -> Path:
    return file.with_name(file.name + manifest.ENDING)


def verified(file: Path, *more: str) -> str:
    said = io.StringIO()
    call_command("verify_export", str(file), *more, stdout=said)
    return said.getvalue()


def test_a_genuine_file_says_by_whom_it_was_made(saved: Path, made: Exported) -> None:
    said = verified(saved)
    assert "is genuine" in said
    assert f"{made.manifest['rows']} investments of Acme Robotics, complete" in said
    assert "for ana@acme.example (Owner)" in said
    assert verified(saved, "--public-key", made.proof["public_key"]) == said


def test_a_changed_file_is_found(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(content)
    with pytest.raises(CommandError, match="The file was changed"):
        verified(saved)


@pytest.mark.parametrize(
    ("name", "value"), [("rows", 1), ("made_for", "x@y.example"), ("sha256", "0" * 64), ("is_complete", False)]
)
def test_a_changed_manifest_is_found(saved: Path, name: str, value: Any) -> None:
    proof = json.loads(beside(saved).read_text())
    proof["manifest"][name] = value
    beside(saved).write_text(json.dumps(proof))
    with pytest.raises(CommandError, match="The manifest was changed"):
        verified(saved)


def test_a_manifest_written_anew_is_found(saved: Path, db: None) -> None:
    """By whoever signs a changed file with a key of their own."""

    saved.write_bytes(b"another file")
    key = Ed25519PrivateKey.generate()
    proof = json.loads(beside(saved).read_text())
    proof["manifest"]["sha256"] = manifest.sha256_of(saved)
    signature = b64encode(key.sign(manifest.canonical(proof["manifest"]))).decode()
    proof |= {"signature": signature, "public_key": b64encode(key.public_key().public_bytes_raw()).decode()}
    beside(saved).write_text(json.dumps(proof))
    with pytest.raises(CommandError, match="unknown key"):
        verified(saved)


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"manifest": 7}'])
def test_what_is_no_manifest_is_said(saved: Path, text: str) -> None:
    beside(saved).write_text(text)
    with pytest.raises(CommandError, match="manifest"):
        verified(saved)


def test_the_private_key_is_sealed(made: Exported) -> None:
    assert SigningKey.objects.get().sealed.startswith("v1:tests:")


KEPT = ["000123456789012345", "01234", "1-2", "3/4", "Jan 5", "1E10", "TRUE", "_x000D_", "=1+1", "two\nlines"]


def workbook(tmp_path: Path, texts: list[str]) -> Path:
    """One row a text, in a column of text; written in pieces, as an export is."""
    asked = Asked(
        "investment", [], {}, {}, [], ["reference_id", "investor_individual_name"], "xlsx", "labels", "UTC", "?"
    )
    shown, file = CellContext(ZoneInfo("UTC")), tmp_path / "texts.xlsx"
    with file.open("w+b") as opened:
        book = Workbook(opened, "Texts", out(asked), {})
        book.begin()
        for start in range(0, len(texts), 7):
            rows: list[Any] = [
                {"id": number, "reference_id": str(number), "investor_individual_name": text}
                for number, text in enumerate(texts[start : start + 7], start)
            ]
            book.write(rows, shown, "")
            book = Workbook(opened, "Texts", out(asked), json.loads(json.dumps(book.state)))  # another worker goes on
        book.end({}, [("Rows", str(len(texts)))])
    return file


@pytest.mark.parametrize(("digits", "written"), [("5.", "5"), (".5", "0.5"), ("-.50", "-0.50"), ("007.10", "007.10")])
def test_a_number_is_written_as_excel_reads_it(digits: str, written: str) -> None:
    assert f"<v>{written}</v>" in number_cell(digits, 6)


def test_a_number_of_more_digits_than_excel_keeps_is_text() -> None:
    assert "<v>" not in number_cell("1234567890123456", 6)
    assert "<v>" in number_cell("123456789012345", 6)


def test_large_members_have_sizes_of_64_bits_and_small_ones_do_not() -> None:
    small, large = (archive.local_header("a", 1, size, 7) for size in (5, 2**33))
    assert len(small) == len(large)
    assert (small[4], large[4]) == (20, 45)
    assert len(archive.central_header("a", 0, 1, 5, 7)) == 46 + 1
    assert len(archive.central_header("a", 2**33, 1, 5, 7)) == 46 + 1 + 28


def test_a_sheet_that_is_full_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 12)
    book = openpyxl.load_workbook(workbook(tmp_path, KEPT * 3))
    assert book.sheetnames == ["Texts", "Texts 2", "Texts 3", "Manifest"]
    assert [sheet.max_row - 1 for sheet in book.worksheets[:3]] == [10, 10, 10]


def test_the_archive_is_one_that_others_read(tmp_path: Path) -> None:
    file = workbook(tmp_path, KEPT)
    subprocess.run(["python3", "-m", "zipfile", "-t", str(file)], check=True, capture_output=True)
