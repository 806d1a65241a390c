"""Secrets and strangers' data appear nowhere they are not meant to; and the net that says so catches what is put into it."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants.models import Tenant
from tests.cache_contents import contents
from tests.conftest import ACME_KEY, PASSWORD, Person, connect, person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

STRANGER = "stranger.canary@mail.example"
FORM_PASSWORD = "canary-Password-77"


@pytest.fixture
def written(caplog: pytest.LogCaptureFixture) -> Iterator[io.StringIO]:
    """Every log line as the process writes it, through the real handler's formatter, at the finest level."""
    out = io.StringIO()
    real = next(
        handler
        for handler in logging.getLogger().handlers
        if handler.formatter and "Processor" in type(handler.formatter).__name__
    )
    probe = logging.StreamHandler(out)
    probe.setFormatter(real.formatter)
    root = logging.getLogger()
    level = root.level
    root.addHandler(probe)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(probe)
    root.setLevel(level)


def dump() -> str:
    """Every value of every table, as text."""
    with connection.cursor() as cursor:
        text = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select * from "{table}"')  # noqa: S608 - names of our own tables
            text += [str(row) for row in cursor.fetchall()]
    return "\n".join(text)


def kept() -> str:
    return str([contents(alias) for alias in ("sessions", "counts", "labels", "agreed")])


def work(ana: Person, nobody: Person, sandbox: Sandbox) -> list[str]:
    """A day at the office: pages that go well, that are refused, and that fail."""
    pages = [
        ana.get(f"{LIST}?investor__user__email={STRANGER}"),
        ana.get(f"{LIST}?search={STRANGER}"),
        ana.get(f"{LIST}?investor__user__emaill={STRANGER}"),
        ana.get(f"{LIST}{sandbox.rows(1)[0]['id']}/?investor__user__email={STRANGER}"),
        nobody.post("/accounts/login/", login=STRANGER, password=FORM_PASSWORD),
        nobody.post("/accounts/password/reset/", email=STRANGER),
        ana.post("/acme/settings/connections/", label="Two", secret=sandbox.key("Acme Robotics Series B")),
        ana.get("/acme/settings/connections/"),
    ]
    for fault, value in (("html-500", None), ("drip", 30), ("body", "nonsense"), ("status", 418)):
        sandbox.fault(fault, value=value, times=3)
        if fault != "drip":
            pages.append(ana.get(f"{LIST}?investor__user__email={STRANGER}"))
        sandbox._ask("DELETE", "faults")
    Tenant.objects.filter(slug="acme").update(issuance_url="http://127.0.0.1:9")
    pages.append(ana.get(f"{LIST}?investor__user__email={STRANGER}"))
    return pages


def test_no_secret_and_no_strangers_address_is_where_it_is_not_meant_to_be(
    ana: Person, ben: Person, nobody: Person, sandbox: Sandbox, written: io.StringIO
) -> None:
    pages = work(ana, nobody, sandbox)
    secrets = [sandbox.key(label) for label in (ACME_KEY, "Acme Robotics Series B")] + [PASSWORD, FORM_PASSWORD]
    for secret in secrets:
        assert not [page for page in pages if secret in page]
        for place in (written.getvalue(), dump(), kept()):
            assert secret not in place
    for place in (written.getvalue(), dump(), kept(), ben.get("/borealis/investments/")):
        assert STRANGER not in place
        assert STRANGER.replace("@", "%40") not in place
    assert '"route": "<slug:tenant>/investments/"' in written.getvalue(), "the log was really read"


@pytest.mark.parametrize("place", ["log", "database", "cache"])
def test_a_planted_leak_is_found(acme: Tenant, written: io.StringIO, place: str) -> None:
    leak = "planted-canary-123456"
    if place == "log":
        logging.getLogger("apps.planted").warning("the word is %s", leak)
        assert leak in written.getvalue()
    elif place == "database":
        record(Action.SEARCHED, actor=None, word=leak)
        assert leak in dump()
    else:
        caches["counts"].set("planted", leak)
        assert leak in kept()


def test_a_key_that_cannot_be_opened_is_a_panel_without_the_key(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    key = acme.issuance_keys.get()
    for sealed in (key.sealed.replace("v1:tests", "v1:lost"), "broken", "v1:tests:x:y"):
        acme.issuance_keys.update(sealed=sealed)
        page = ana.get(f"{LIST}?search={STRANGER}")
        assert page.status == 200
        assert "Couldn’t decrypt the saved key" in page
        assert sandbox.key(ACME_KEY) not in page


def test_a_traceback_of_ours_holds_no_secret(ana: Person, sandbox: Sandbox, written: io.StringIO) -> None:
    """Something went wrong, made real: the table that the page writes to is gone."""
    with connection.cursor() as cursor:
        cursor.execute("alter table audit_entry rename to audit_gone")
    page = ana.get(f"{LIST}?search={STRANGER}&investor__user__email={STRANGER}")
    assert "This section couldn’t be loaded" in page
    assert page.rstrip().endswith("</html>")
    assert "Traceback" in written.getvalue()
    assert STRANGER not in written.getvalue()
    for place in (page, written.getvalue()):
        assert sandbox.key(ACME_KEY) not in place


def test_a_dump_of_the_database_by_django_holds_no_key(acme: Tenant, sandbox: Sandbox) -> None:
    connect(acme, sandbox, "Acme Robotics Series B")
    person("sue@acme.example", acme, "support")
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    assert sandbox.key("Acme Robotics Series B") not in out.getvalue()
    assert PASSWORD not in out.getvalue()
