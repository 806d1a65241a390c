"""Notes: who wrote what when, quoting status and amount as they were; who sees them; nothing is lost."""

from html import unescape

import pytest

from apps.audit.models import Entry
from apps.investments.models import Note
from apps.tenants.models import Tenant
from apps.tenants.permissions import GRANTS, Permission, Role
from tests.conftest import ACME, BOREALIS, Person, person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")


@pytest.fixture
def row(acme: Tenant, sandbox: Sandbox) -> dict[str, object]:
    return sandbox.rows(ACME)[0]


def test_a_note_quotes_status_and_amount_as_they_were(ana: Person, sandbox: Sandbox, row: dict[str, object]) -> None:
    path = f"{LIST}{row['id']}/"
    sandbox.fault("changed", path=f"/api/investments/{row['id']}/", value={"status": "received", "amount": "1234.50"})
    page = ana.post(f"{path}notes/?status=received", text="Called 3 Nov,\nwill wire <b>Friday</b>.")
    assert "Note saved." in page
    assert "Called 3 Nov,<br>will wire &lt;b&gt;Friday&lt;/b&gt;." in page
    assert "At the time: Received, $1,234.50" in " ".join(page.split())
    sandbox.reset()
    page = ana.get(path)
    assert "At the time: Received, $1,234.50" in " ".join(page.split()), (
        "though the investment is another's status by now"
    )
    assert "ana@acme.example" in page
    entry = Entry.objects.get(action="note written")
    assert (entry.subject, entry.details) == (f"investment:{row['id']}", {"note": Note.objects.get().pk})


def test_a_note_is_saved_though_the_api_is_down_and_says_so(
    ana: Person, sandbox: Sandbox, row: dict[str, object]
) -> None:
    sandbox.fault("html-500")
    page = ana.post(f"{LIST}{row['id']}/notes/", text="Do not lose me")
    assert "saved without status and amount" in page
    assert "Do not lose me" in page
    assert "Status and amount weren’t available at the time" in page


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_a_note_that_cannot_be_is_said_and_stays_typed(ana: Person, row: dict[str, object], text: str) -> None:
    page = ana.post(f"{LIST}{row['id']}/notes/", text=text)
    assert page.status == 400
    assert "Enter a note." in page or "Notes can have up to 2,000 characters. This one has 2,001." in page
    assert text.strip() in page
    assert not Note.objects.exists()


def test_an_investment_of_another_issuer_gets_no_note(ana: Person, sandbox: Sandbox) -> None:
    foreign = sandbox.rows(BOREALIS)[0]["id"]
    assert ana.post(f"{LIST}{foreign}/notes/", text="hello").status == 404
    assert not Note.objects.exists()


def test_notes_are_for_the_roles_that_may(someone: Person, role: Role, ana: Person, row: dict[str, object]) -> None:
    ana.post(f"{LIST}{row['id']}/notes/", text="canary-note")
    may = role in GRANTS[Permission.VIEW_NOTES]
    page = someone.get(f"{LIST}{row['id']}/")
    assert ("canary-note" in page) == may
    assert ("Note" in page) == may
    assert ("Remove" in page) == (someone.member == ana.member)


def test_another_teams_notes_on_the_same_number_are_not_seen(
    ben: Person, acme: Tenant, borealis: Tenant, sandbox: Sandbox
) -> None:
    number = sandbox.rows(BOREALIS)[0]["id"]
    Note.objects.create(tenant=acme, investment=number, text="canary-note")
    assert "canary-note" not in ben.get(f"/borealis/investments/{number}/")


def test_only_who_wrote_a_note_removes_it(ana: Person, acme: Tenant, row: dict[str, object]) -> None:
    ana.post(f"{LIST}{row['id']}/notes/", text="mine")
    note = Note.objects.get()
    olga = person("olga@acme.example", acme, Role.OWNER)
    assert olga.post(f"{LIST}{row['id']}/notes/{note.pk}/remove/").status == 404
    assert "Note deleted." in unescape(ana.post(f"{LIST}{row['id']}/notes/{note.pk}/remove/"))
    assert Entry.objects.filter(action="note removed").exists()
