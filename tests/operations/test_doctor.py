"""Each line of the doctor, on an installation that is broken in just that way; and what a load balancer is told."""

import json
import socket
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings as current
from django.core import checks
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from apps.disclaimers.models import Disclaimer, Push, PushState
from apps.operations import condition, stored_secrets
from apps.operations.models import WorkerBeat
from apps.staff.models import PasswordMail
from apps.tenants.models import FirebaseSignIn, IssuanceKey, SigningKey, SingleSignOn, Tenant, TokenySignIn
from tests.conftest import person
from tests.operations.conftest import Installation, key
from tests.staff.test_two_step import code, enrolled

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("both_worlds"),
    pytest.mark.xdist_group("installation"),
]


def finding(name: str) -> condition.Finding:
    return next(found for each, found in condition.examine(is_quick=False) if each.name == name)


def ready() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/healthz/ready", headers={"Host": "anything.example"})
    return answer.status_code, json.loads(answer.content)


@pytest.fixture
def beating(db: None) -> None:
    WorkerBeat.objects.create(process="here:1", at=timezone.now())


def test_a_sound_installation_is_well_in_every_line(beating: None, settings: Any) -> None:
    settings.UPSTREAM_HOSTS = ["localhost"]
    assert {each.name: found for each, found in condition.examine(is_quick=False) if not found.is_well} == {}
    call_command("doctor")


def test_it_answers_under_any_host_and_tells_the_version(beating: None) -> None:
    status, told = ready()
    assert (status, told["ready"], told["version"]) == (200, True, current.VERSION)
    assert Client().get("/healthz/live", headers={"Host": "x:6666"}).content == b"ok"
    assert Client().get("/healthz").content == b"ok"


def test_without_a_worker_pages_are_served_and_it_is_said(db: None) -> None:
    assert finding("worker").remedy == "Start one: manage.py worker"
    WorkerBeat.objects.create(process="here:1", at=timezone.now() - timedelta(minutes=2))
    assert "the last one was seen" in finding("worker").words
    status, told = ready()
    assert (status, told["worker"]["ok"]) == (200, False)


def test_a_migration_that_is_missing_stops_pages(beating: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="operations").delete()
    assert finding("migrations") == condition.Finding("1 not applied", "Run: manage.py migrate")
    assert ready()[0] == 503


def test_a_key_that_is_missing_stops_pages_and_the_check_names_it(acme: Tenant, beating: None, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = {"other": b"0123456789abcdef" * 2}
    found = finding("encryption keys")
    assert "1 stored secrets cannot be opened; missing keys: “tests” (1)" in found.words
    assert ready()[0] == 503
    (error,) = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    assert error.id == "operations.E001"
    assert "“tests”" in error.msg


def test_what_waits_long_is_said(acme: Tenant, at_tokeny: TokenySignIn, live: Disclaimer) -> None:
    Push.objects.update(state=PushState.QUEUED, at=timezone.now() - timedelta(minutes=11))
    assert "1 have waited for over 10 minutes" in finding("publications").words
    mail = PasswordMail.objects.create(address="x", kind="reset", due_at=timezone.now())
    PasswordMail.objects.filter(pk=mail.pk).update(asked_at=timezone.now() - timedelta(minutes=11))
    assert "1 have waited for over 10 minutes" in finding("emails").words


def test_a_mail_server_that_is_down_is_said(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free.getsockname()[1]
    assert finding("mail server").words == "does not answer (ConnectionRefusedError)"


def test_static_files_must_be_collected_in_production(settings: Any, tmp_path: Any) -> None:
    settings.IS_PRODUCTION, settings.STATIC_ROOT = True, tmp_path
    assert finding("static files").remedy == "Run: manage.py collectstatic --noinput"


def test_hosts_that_cannot_be_reached_are_named(settings: Any) -> None:
    settings.UPSTREAM_HOSTS = ["no-such-host.invalid", "localhost"]
    assert finding("APIs").words == "cannot be reached: no-such-host.invalid"


def test_a_cache_that_is_away_is_said(settings: Any, beating: None) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "sessions": {"BACKEND": "dashboard.shared_cache.SharedCache", "LOCATION": "redis://127.0.0.1:1/0"},
    }
    assert finding("cache").remedy == "Start Redis or Valkey, or correct CACHE_URL."
    assert ready()[0] == 200


def test_the_database_file_of_others(filled: Installation) -> None:
    (filled.folder / "dashboard.sqlite3").chmod(0o644)
    ended = filled.run("doctor")
    assert ended.returncode == 1
    assert "WRONG  files: readable by others: dashboard.sqlite3" in ended.stdout
    assert ". Run: chmod 600 on each of them." in ended.stdout
    assert "ok     database: SQLite answers." in ended.stdout


def test_several_processes_on_sqlite(installation: Installation) -> None:
    installation.settings |= {"WEB_CONCURRENCY": "2", "CACHE_URL": "redis://127.0.0.1:1/0"}
    assert "WRONG  processes: several web processes share SQLite." in installation.run("doctor").stdout


def test_a_database_that_is_away_is_said_and_the_rest_is_checked(installation: Installation) -> None:
    installation.settings["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/none"
    ended = installation.run("doctor")
    assert ended.returncode == 1
    assert "WRONG  database: cannot be reached (OperationalError)." in ended.stdout
    assert "WRONG  migrations: not checked without a database." in ended.stdout
    assert "static files:" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_every_field_that_holds_a_secret_is_known() -> None:
    fields = {
        (model, each.name)
        for model in (IssuanceKey, FirebaseSignIn, TokenySignIn, SigningKey, SingleSignOn)
        for each in model._meta.get_fields()
        if each.name.startswith("sealed")
    }
    factors = {(Authenticator, "data__secret"), (Authenticator, "data__seed")}
    assert fields | factors == {*stored_secrets.SEALED}


def test_second_steps_are_sealed_again_too(acme: Tenant, settings: Any) -> None:
    who = person("ana@acme.example", acme, "owner")
    secret = enrolled(who)
    codes = RecoveryCodes.activate(who.member).get_unused_codes()  # type: ignore[arg-type]
    old = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = {"new": b"0123456789abcdef" * 2, **old}
    assert stored_secrets.to_reseal() == {"tests": 3}
    assert all(stored_secrets.reseal())
    settings.ENCRYPTION_KEYS = {"new": settings.ENCRYPTION_KEYS["new"]}
    assert stored_secrets.lost().total() == 0
    app, kept = (Authenticator.objects.get(type=kind).wrap() for kind in ("totp", "recovery_codes"))
    assert app.validate_code(code(secret))
    assert kept.get_unused_codes() == codes
    settings.ENCRYPTION_KEYS = old
    assert stored_secrets.lost() == {"new": 3}
    assert not app.validate_code(code(secret, 1))
    assert not kept.validate_code(codes[0])


def test_secrets_are_sealed_again_with_the_first_key(acme: Tenant, settings: Any, capsys: Any) -> None:
    old = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = {"new": b"0123456789abcdef" * 2, **old}
    call_command("reseal", "--dry-run")
    assert "1 would be encrypted again with “new”. Nothing was changed." in capsys.readouterr().out
    assert IssuanceKey.objects.get().sealed.startswith("v1:tests:")
    call_command("reseal")
    said = capsys.readouterr().out
    assert "1 were encrypted again with “new”." in said
    assert "No longer used; may be removed from ENCRYPTION_KEYS: tests." in said
    assert IssuanceKey.objects.get().sealed.startswith("v1:new:")
    settings.ENCRYPTION_KEYS = {"new": settings.ENCRYPTION_KEYS["new"]}
    assert stored_secrets.lost().total() == 0
    call_command("reseal")
    assert "0 were encrypted again" in capsys.readouterr().out


def test_what_cannot_be_opened_stays_and_is_named(acme: Tenant, settings: Any) -> None:
    before = IssuanceKey.objects.get().sealed
    settings.ENCRYPTION_KEYS = {"new": b"0123456789abcdef" * 2}
    with pytest.raises(Exception, match=r"1 could not be opened, and stay as they were\. Missing keys: tests\."):
        call_command("reseal")
    assert IssuanceKey.objects.get().sealed == before


def test_a_start_without_a_key_in_use_is_refused(filled: Installation) -> None:
    words = ("connect_issuance", "acme", "--label", "Reg A", "--base-url", "http://127.0.0.1:9")
    filled.done(*words, stdin="abc")
    filled.settings["ENCRYPTION_KEYS"] = f"k2:{key('ihgfedcba')}"
    ended = filled.run("migrate")
    assert ended.returncode == 1
    assert "encrypted with the key “k1”, which ENCRYPTION_KEYS does not hold" in ended.stderr
