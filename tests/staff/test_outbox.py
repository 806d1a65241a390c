"""Mails with a link: queued by the request, sent by the worker, at most five a day to one address."""

from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.staff import outbox
from apps.staff.models import PasswordMail, StaffMember
from apps.tenants.models import Tenant
from tests.conftest import Person, person

pytestmark = pytest.mark.usefixtures("both_worlds")

RESET = "/accounts/password/reset/"
MEMBERS = "/acme/settings/members/"


def worker() -> None:
    while outbox.work():
        pass


@pytest.fixture
def ana(acme: Tenant) -> Person:
    return person("ana@acme.example", acme, "owner")


def test_a_request_does_the_same_for_a_known_address_and_for_a_stranger_s(ana: Person, nobody: Person) -> None:
    nobody.post(RESET, email="warm@up.example")
    statements = []
    for address in ("ana@acme.example", "stranger@else.example"):
        with CaptureQueriesContext(connection) as asked:
            nobody.post(RESET, email=address)
        statements.append([query["sql"].split(" ")[0] for query in asked])
    assert statements[0] == statements[1]
    assert mail.outbox == []
    worker()
    assert [message.to for message in mail.outbox] == [["ana@acme.example"]]


def test_a_stranger_s_address_is_kept_nowhere(nobody: Person, db: None) -> None:
    nobody.post(RESET, email="stranger@else.example")
    assert "stranger" not in str(list(PasswordMail.objects.values()))
    worker()
    assert mail.outbox == []


def test_the_host_of_a_request_does_not_reach_the_link(ana: Person, nobody: Person, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["evil.example", "testserver"]
    settings.SITE_URL = "https://dashboard.example.com"
    for host in ("testserver:6666", "evil.example"):
        nobody.client.post(RESET, {"email": "ana@acme.example"}, HTTP_HOST=host)
    worker()
    for message in mail.outbox:
        assert "https://dashboard.example.com/accounts/password/reset/key/" in message.body
        assert "6666" not in message.subject + message.body
        assert "evil" not in message.subject + message.body
    assert len(mail.outbox) == 2


def test_an_address_gets_five_mails_a_day_of_a_kind_whoever_asks(ana: Person, nobody: Person, acme: Tenant) -> None:
    with time_machine.travel("2026-11-14T09:00:00Z", tick=True):
        for _ in range(8):
            page = nobody.post(RESET, email="Ana@Acme.example")
            assert "Check your email" in page
        for _ in range(8):
            page = ana.post(MEMBERS, email="sue@acme.example", role="support")
        assert "got 5 emails of this kind today" in page
        worker()
        assert sorted(message.to[0] for message in mail.outbox) == ["ana@acme.example"] * 5 + ["sue@acme.example"] * 5
    with time_machine.travel("2026-11-15T09:00:01Z", tick=True):
        ana.client.force_login(ana.member)  # type: ignore[arg-type]
        assert "We’re sending sue@acme.example an invitation" in ana.post(
            MEMBERS, email="sue@acme.example", role="support"
        )


def test_a_mail_server_that_is_down_is_asked_again_and_its_failure_shown(
    ana: Person, nobody: Person, settings: Any
) -> None:
    working = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    ana.post(MEMBERS, email="sue@acme.example", role="support")
    for minutes in (0, 1, 5, 30):
        PasswordMail.objects.update(due_at=PasswordMail.objects.get().asked_at)
        assert outbox.work(), minutes
    assert PasswordMail.objects.get().given_up_at
    assert "We couldn’t deliver the email." in ana.get(MEMBERS)
    settings.EMAIL_BACKEND = working
    ana.post(MEMBERS, email="sue@acme.example", role="support")
    worker()
    assert [message.to for message in mail.outbox] == [["sue@acme.example"]]
    assert "We couldn’t deliver the email" not in ana.get(MEMBERS)


def test_two_workers_send_a_mail_once(ana: Person, nobody: Person) -> None:
    nobody.post(RESET, email="ana@acme.example")
    row = PasswordMail.objects.get()
    assert PasswordMail.objects.filter(pk=row.pk, due_at=row.due_at).update(due_at=row.due_at + outbox.LEASE)
    assert not outbox.work(), "another worker has it"


def test_whoever_may_not_sign_in_gets_no_link(ana: Person, nobody: Person) -> None:
    StaffMember.objects.update(is_active=False)
    nobody.post(RESET, email="ana@acme.example")
    worker()
    assert mail.outbox == []


def test_a_mail_server_has_a_time_limit(settings: Any) -> None:
    assert settings.EMAIL_TIMEOUT == 10
