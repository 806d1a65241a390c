import pytest

from apps.audit.actions import Action
from apps.audit.models import AppendOnly, Entry
from apps.audit.record import record
from apps.tenants.models import Tenant
from tests.conftest import ACME, Person
from tests.stand_in import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_worlds")]


def test_an_entry_is_never_changed_or_removed() -> None:
    record(Action.SEARCHED, actor=None)
    entry = Entry.objects.get()
    entry.action = "did not look"
    for attempt in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(action="x"),
    ):
        with pytest.raises(AppendOnly):
            attempt()
    assert Entry.objects.get().action == "searched"


def test_whose_data_were_seen_is_recorded_by_ids_and_never_by_values(
    ana: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    rows = sandbox.rows(ACME)
    email = rows[3]["email"]
    ana.get(f"/acme/investments/?investor__user__email={email}")
    ana.get(f"/acme/investments/{rows[0]['id']}/")
    listed, viewed = Entry.objects.filter(tenant=acme.id, action__startswith="investment").order_by("pk")
    assert (listed.action, viewed.action) == ("investments listed", "investment viewed")
    assert rows[3]["id"] in listed.details["ids"]
    assert listed.details["filters"] == ["investor__user__email"]
    assert viewed.subject == f"investment:{rows[0]['id']}"
    assert viewed.actor_id == ana.member.pk  # type: ignore[union-attr]
    held = str(list(Entry.objects.values("action", "subject", "details", "content")))
    assert email not in held
    assert "@" not in held


def test_an_entry_carries_the_id_that_stands_in_the_log(ana: Person) -> None:
    page = ana.get("/acme/investments/")
    assert Entry.objects.latest("pk").request_id == page.headers["X-Request-ID"]
