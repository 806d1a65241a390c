"""The condition of this installation: what is checked, what is wrong, and what to do. `/healthz/ready` tells the part
that is quick to find out, `manage.py doctor` all of it."""

import os
import shutil
import socket
import stat
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from apps.audit import guards, outage
from apps.audit.models import Unsealed
from apps.disclaimers.models import Push, PushState
from apps.evidence import heads, sealing
from apps.evidence.models import Check, Kept
from apps.exports import files as exported
from apps.staff.models import PasswordMail
from apps.upstream.transport import LOOPBACK

from . import stored_secrets
from .models import WorkerBeat

SILENT = timedelta(seconds=60)
"""A worker that is alive says so every few seconds."""
WAITING = timedelta(minutes=10)
LEAST_FREE = 500 * 1024 * 1024
SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """`words`: what was found; `remedy`: what to do, "" if it is well."""

    words: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return not self.remedy


@dataclass(frozen=True, slots=True)
class Condition:
    """`stops_pages`: no page can be served without it. `is_quick`: may be asked every few seconds."""

    name: str
    find: Callable[[], Finding]
    stops_pages: bool = False
    is_quick: bool = False
    needs_database: bool = True


def database() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except outage.AWAY as error:
        return Finding(
            f"cannot be reached ({type(error).__name__})", "Start it, or correct DATABASE_URL in the environment."
        )
    return Finding(f"{connection.display_name} answers")


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Finding(f"{len(missing)} not applied", "Run: manage.py migrate")
    return Finding("all applied")


def encryption_keys() -> Finding:
    lost = stored_secrets.lost()
    if lost:
        missing = ", ".join(f"“{key_id}” ({number})" for key_id, number in sorted(lost.items()))
        return Finding(
            f"{lost.total()} stored secrets cannot be opened; missing keys: {missing}",
            "Put the missing keys back into ENCRYPTION_KEYS, behind the first one.",
        )
    if older := stored_secrets.to_reseal():
        return Finding(f"open every stored secret, {older.total()} of them with an older key")
    return Finding("open every stored secret")


def cache() -> Finding:
    cache = caches["sessions"]
    if "locmem" in type(cache).__module__:
        return Finding("in this process's memory")
    cache.set("doctor", "well", 10)
    if cache.get("doctor") == "well":
        return Finding("answers")
    return Finding("cannot be reached; pages go on without it", "Start Redis or Valkey, or correct CACHE_URL.")


def worker() -> Finding:
    latest = WorkerBeat.objects.order_by("-at").first()
    if latest is None or timezone.now() - latest.at > SILENT:
        since = f"; the last one was seen {latest.at:%Y-%m-%d %H:%M:%S} UTC" if latest else ""
        return Finding(f"none is running{since}", "Start one: manage.py worker")
    return Finding(f"{WorkerBeat.objects.filter(at__gte=timezone.now() - SILENT).count()} running")


def publications() -> Finding:
    waiting = Push.objects.filter(state=PushState.QUEUED, at__lt=timezone.now() - WAITING).count()
    unknown = Push.objects.filter(state=PushState.UNKNOWN).count()
    if waiting:
        return Finding(
            f"{waiting} have waited for over 10 minutes, {unknown} are unconfirmed",
            "Look at the worker's log, and whether Tokeny can be reached.",
        )
    return Finding(f"none waits long, {unknown} are unconfirmed")


def emails() -> Finding:
    since = timezone.now() - WAITING
    waiting = PasswordMail.objects.filter(sent_at=None, given_up_at=None, asked_at__lt=since).count()
    if waiting:
        return Finding(f"{waiting} have waited for over 10 minutes", "Look at the worker's log, and at EMAIL_URL.")
    return Finding("none waits long")


def audit_log() -> Finding:
    """Whether the log is sealed, guarded, and kept outside the database."""
    if missing := guards.missing(connection):
        return Finding(f"triggers are missing: {', '.join(missing)}", "Ask why, then run: manage.py guard_audit")
    late = timezone.now() - SILENT
    if any(entry.at < late for entry in sealing.waiting(1)):
        waiting = f"{Unsealed.objects.count():,} entries"
        return Finding(
            f"{waiting} aren’t sealed, the oldest after a minute", "Look at the worker’s log, and at ENCRYPTION_KEYS."
        )
    if found := next((each for each in Check.objects.all() if each.wrong), None):
        return Finding(
            f"it differs from what was sealed: {found.wrong[0]}",
            "Run: manage.py verify_audit, and find out who did it.",
        )
    if failed := Kept.objects.filter(place__in=heads.used(), failed_at__isnull=False).first():
        setting, _ = heads.PLACES[failed.place]
        return Finding(f"its heads can’t be kept since {failed.failed_at:%Y-%m-%d %H:%M} UTC", f"Correct {setting}.")
    if settings.IS_PRODUCTION and not heads.used():
        return Finding("sealed, but its heads are kept in emails alone", "Set AUDIT_HEADS_FILE or AUDIT_HEADS_URL.")
    return Finding("sealed")


def email_server() -> Finding:
    if "smtp" not in settings.EMAIL_BACKEND:
        return Finding(f"not used ({settings.EMAIL_BACKEND.rpartition('.')[0].rpartition('.')[2]})")
    connection = mail.get_connection(timeout=SECONDS)
    try:
        connection.open()
        connection.close()
    except OSError as error:
        return Finding(f"does not answer ({type(error).__name__})", "Correct EMAIL_URL, or start the mail server.")
    return Finding("answers")


def static_files() -> Finding:
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.IS_PRODUCTION and not manifest.is_file():
        return Finding("not collected", "Run: manage.py collectstatic --noinput")
    return Finding("collected" if manifest.is_file() else "served from their folder")


def files() -> Finding:
    """Free space, and who may read the database file."""
    name = Path(str(settings.DATABASES["default"].get("NAME") or ""))
    folder = name.parent if name.is_file() else Path(settings.BASE_DIR)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        return Finding(f"{free // 1024**2} MB free on the disk", "Free some space: below 500 MB a backup may not fit.")
    open_to_others = [
        file.name for file in (name.parent.glob(f"{name.name}*") if name.is_file() else ()) if is_open(file)
    ]
    if open_to_others:
        return Finding(f"readable by others: {', '.join(open_to_others)}", "Run: chmod 600 on each of them.")
    return Finding(f"{free // 1024**3} GB free on the disk")


def exports() -> Finding:
    """Whether files can be written where web and worker share them, and are read by no one else."""
    try:
        folder = exported.folder()
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(b"well")
    except OSError as error:
        return Finding(
            f"no file can be written ({error.strerror})", "Correct EXPORTS_DIR, or make the folder writable."
        )
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return Finding(f"{folder} is open to others", f"Run: chmod 700 {folder}")
    return exports_storage()


def exports_storage() -> Finding:
    """Whether a whole file can be handed over, found again, and taken away. Whatever a storage raises is its own."""
    held = exported.storage()
    if held is None:
        return Finding("files can be written")
    try:
        name = held.save(f"{uuid.uuid4()}.{uuid.uuid4()}", ContentFile(b"well"))
        with held.open(name) as file:
            is_well = file.read() == b"well"
        held.delete(name)
    except Exception as error:
        return Finding(f"the storage takes no file ({type(error).__name__})", "Correct EXPORTS_STORAGE, or its rights.")
    return (
        Finding("files can be written, and handed over")
        if is_well
        else Finding("the storage changes files", "Choose another EXPORTS_STORAGE.")
    )


def is_open(file: Path) -> bool:
    return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)


def upstream_hosts() -> Finding:
    unreachable = [host for host in settings.UPSTREAM_HOSTS if host not in LOOPBACK and not is_reachable(host)]
    if unreachable:
        return Finding(
            f"cannot be reached: {', '.join(unreachable)}", "Let this machine connect to port 443 of each of them."
        )
    return Finding("can be reached")


def is_reachable(host: str) -> bool:
    try:
        with socket.create_connection((host, 443), timeout=SECONDS):
            return True
    except OSError:
        return False


def processes() -> Finding:
    if os.environ.get("WEB_CONCURRENCY", "1") != "1" and connection.vendor == "sqlite":
        return Finding("several web processes share SQLite", "Use PostgreSQL: DATABASE_URL=postgres://…")
    return Finding("fit the database")


CONDITIONS = (
    Condition("database", database, stops_pages=True, is_quick=True, needs_database=False),
    Condition("migrations", migrations, stops_pages=True, is_quick=True),
    Condition("encryption keys", encryption_keys, stops_pages=True, is_quick=True),
    Condition("cache", cache, is_quick=True, needs_database=False),
    Condition("worker", worker, is_quick=True),
    Condition("publications", publications, is_quick=True),
    Condition("emails", emails, is_quick=True),
    Condition("audit log", audit_log),
    Condition("mail server", email_server, needs_database=False),
    Condition("static files", static_files, needs_database=False),
    Condition("files", files, needs_database=False),
    Condition("exports", exports, needs_database=False),
    Condition("processes", processes, needs_database=False),
    Condition("APIs", upstream_hosts, needs_database=False),
)
SKIPPED = Finding("not checked without a database", "Start the database first.")


def examine(*, is_quick: bool) -> list[tuple[Condition, Finding]]:
    """Each condition with what was found; none raises for the database's sake."""
    found: list[tuple[Condition, Finding]] = []
    is_there = True
    for each in CONDITIONS:
        if is_quick and not each.is_quick:
            continue
        finding = SKIPPED
        if is_there or not each.needs_database:
            try:
                finding = each.find()
            except outage.AWAY as error:
                finding = Finding(f"cannot be told ({type(error).__name__})", "Look at the database.")
        is_there = is_there and not (each.find is database and not finding.is_well)
        found.append((each, finding))
    return found
