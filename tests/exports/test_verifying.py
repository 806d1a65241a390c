"""The page that says whether a file is what the team exported: it is told the file's hash alone."""

import hashlib
import json

import pytest

from apps.audit.models import Entry
from apps.tenants.models import Tenant
from tests.conftest import Person, person
from tests.exports.conftest import Export, Exported

PAGE = "/acme/exports/verify/"


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def made(export: Export) -> Exported:
    return export("?status=refunded")


def test_a_genuine_file_says_what_it_holds_and_by_whom_it_was_made(made: Exported, ana: Person) -> None:
    page = ana.post(PAGE, sha256=hash_of(made.content).upper())
    for words in ("Genuine", "ana@acme.example (Owner)", "Status is Refunded", f"{made.manifest['rows']} rows"):
        assert words in page
    assert [entry.details["genuine"] for entry in Entry.objects.filter(action="export verified")] == [True]


def test_a_changed_file_and_one_of_others_are_not(made: Exported, ana: Person, ben: Person) -> None:
    assert "Not verified" in ana.post(PAGE, sha256=hash_of(made.content + b"\r\n"))
    assert "Not verified" in ben.post("/borealis/exports/verify/", sha256=hash_of(made.content))
    assert "ana@acme.example" not in ben.post("/borealis/exports/verify/", sha256=hash_of(made.content))


def test_a_manifest_is_checked_too(made: Exported, ana: Person) -> None:
    sha256 = hash_of(made.content)
    assert "Genuine" in ana.post(PAGE, sha256=sha256, manifest=json.dumps(made.proof))
    anew = {**made.proof, "manifest": {**made.manifest, "rows": 1}}
    assert "The manifest was changed" in ana.post(PAGE, sha256=sha256, manifest=json.dumps(anew))
    assert "Genuine" not in ana.post(PAGE, sha256=sha256, manifest=json.dumps(anew))


@pytest.mark.parametrize("given", [{}, {"sha256": "abc"}, {"sha256": "0" * 64, "manifest": "[" * 100_000}])
def test_what_is_neither_is_said(ana: Person, given: dict[str, str]) -> None:
    assert ana.post(PAGE, **given).status == 400


def test_who_does_not_see_what_is_in_it_is_told_only_that_it_is_genuine(
    made: Exported, acme: Tenant, export: Export
) -> None:
    sha256 = hash_of(made.content)
    assert "Status is Refunded" in person("cora@acme.example", acme, "compliance").post(PAGE, sha256=sha256)
    page = person("mary@acme.example", acme, "marketing").post(PAGE, sha256=sha256)
    assert "Genuine" in page
    assert "Refunded" not in page
    assert person("sue@acme.example", acme, "support").get(PAGE).status == 403
