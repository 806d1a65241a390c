"""What is held of a person, and of a team, can be listed, taken along, and removed; what stays says why."""

import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models

from apps.audit.models import Entry
from apps.disclaimers.models import Review, Version
from apps.evidence import retention, verify
from apps.evidence.verifying import trusted_keys
from apps.evidence.verifying import verify as verify_log
from apps.investments.models import Note
from apps.listing import SavedView
from apps.staff.models import StaffMember, StaffSession
from apps.tenants.models import FirebaseSignIn, Tenant, TokenySignIn
from tests.conftest import ACME_KEY, PASSWORD, Person, person
from tests.disclaimers.conftest import approved, at_tokeny, member, published, written  # noqa: F401 - a fixture
from tests.exports.conftest import exported
from tests.stand_in import Sandbox


def told(*given: str) -> str:
    out = StringIO()
    call_command(*given, stdout=out)
    return out.getvalue()


# an investor


def test_what_is_held_of_an_investor_is_listed_and_removed(
    acme: Tenant, ana: Person, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana.get("/acme/investments/7/")
    for investment in (7, 8):
        Note.objects.create(tenant=acme, investment=investment, author=ana.member, text="Called back.")
    for name, asked in (
        ("Theirs", {"investor": "3"}),
        ("By name", {"search": "Ann Lee"}),
        ("Other", {"investor": "33"}),
    ):
        SavedView.objects.create(tenant=acme, listing="investments", name=name, slug=name.lower(), asked=asked)
    given = ["investor_data", "acme", "3", "--investments", "7", "--words"]
    monkeypatch.setattr("sys.stdin", StringIO("ann lee\n"))
    said = told(*given)
    assert "1 notes on their investments: can be removed" in said
    assert "2 saved views that name them: can be removed" in said
    assert "kept until retention ends: entries hold numbers" in said
    assert Note.objects.count() == 2
    monkeypatch.setattr("sys.stdin", StringIO("ann lee\n"))
    told(*given, "--remove")
    assert [note.investment for note in Note.objects.all()] == [8]
    assert [view.name for view in SavedView.objects.all()] == ["Other"]
    entry = Entry.objects.get(action="data of a person removed")
    assert (entry.subject, entry.tenant) == ("investor:3", acme.id)
    with pytest.raises(CommandError):
        told("investor_data", "nobody", "3")


# a staff member


def test_what_is_held_of_a_staff_member_is_listed_and_removed(acme: Tenant, ana: Person) -> None:
    sue = person("sue@acme.example", acme, "manager")
    approved(written(acme, sue, "A text."), sue, ana)
    assert "1 sessions, with browser and address: can be removed" in told("staff_data", "Sue@acme.example")
    said = told("staff_data", "sue@acme.example", "--remove")
    assert "1 memberships: removed" in said
    assert "versions and drafts of disclaimers that they wrote: kept" in said
    gone = StaffMember.objects.get(pk=member(sue).pk)
    assert (gone.email, gone.name, gone.is_active) == (f"removed-{gone.pk}@removed.invalid", "", False)
    assert not StaffSession.objects.filter(person=gone).exists()
    assert sue.get("/acme/investments/", follow=False).status == 302
    assert Version.objects.filter(author=gone).exists()
    assert set(Entry.objects.filter(subject=f"staff:{gone.pk}", tenant=acme.id).values_list("action", flat=True)) >= {
        "member removed", "data of a person removed",
    }  # fmt: skip
    assert "sue@" not in str(list(Entry.objects.values("details", "content", "subject")))


def test_a_team_s_only_owner_is_not_removed(ana: Person) -> None:
    with pytest.raises(CommandError, match="only owner"):
        told("staff_data", "ana@acme.example", "--remove")
    assert StaffMember.objects.filter(email="ana@acme.example", is_active=True).exists()
    with pytest.raises(CommandError, match="No one has this email"):
        told("staff_data", "stranger@else.example")


# a team


@pytest.fixture
def lived(
    acme: Tenant,
    at_tokeny: TokenySignIn,  # noqa: F811
    signed_in: FirebaseSignIn,
    ana: Person,
) -> None:
    max_ = person("max@acme.example", acme, "manager")
    made = written(acme, max_, "A text.\n", "Risk notice")
    approved(made, max_, ana)
    published(made, max_)
    Note.objects.create(tenant=acme, investment=7, author=ana.member, text="Called back.")
    exported(ana)


def test_a_team_is_taken_along_whole_without_its_secrets(
    lived: None, acme: Tenant, tmp_path: Path, sandbox: Sandbox
) -> None:
    file = tmp_path / "acme.zip"
    assert "To check it: python3 verify.py" in told("export_team", "acme", str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert verify.main([str(file)]) == 0
    with zipfile.ZipFile(file) as opened:
        content = {name: opened.read(name) for name in opened.namelist()}
    assert b"Called back." in content["notes.jsonl"]
    assert content["audit/entries.jsonl"].count(b"\n") == Entry.objects.filter(tenant=acme.id).count()
    everything = b"".join(content.values())
    for secret in (sandbox.key(ACME_KEY), sandbox.accounts["Acme Robotics"]["password"], PASSWORD):
        assert secret.encode() not in everything
    with pytest.raises(CommandError, match="is there already"):
        told("export_team", "acme", str(file))


def test_a_team_is_deleted_and_its_log_stays(lived: None, acme: Tenant, borealis: Tenant, ben: Person) -> None:
    kept, number = written(borealis, ben, "Theirs.", "Theirs"), Entry.objects.filter(tenant=acme.id).count()
    with pytest.raises(CommandError, match="Nothing was deleted"):
        told("delete_team", "acme")
    retention.hold(acme.id, "SEC inquiry", None)
    with pytest.raises(CommandError, match="legal hold: SEC inquiry"):
        told("delete_team", "acme", "--really", "acme")
    retention.release(acme.id, "Closed", None)
    said = told("delete_team", "acme", "--really", "acme")
    assert f"{number + 3} entries of its audit log, each for 6 years" in said
    assert left_of(acme) == []
    assert not Review.objects.exists()
    kept.refresh_from_db()
    report = verify_log(acme.id, trusted_keys())
    assert (report.findings, report.verified) == ([], number + 3)
    assert Entry.objects.filter(tenant=None, action="team deleted").exists()


def left_of(tenant: Tenant) -> list[Any]:
    """Rows of any model that names the team."""
    return [
        row
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Tenant
        for row in model._base_manager.filter(**{field.attname: tenant.pk})
    ]
