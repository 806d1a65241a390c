"""The folder of files, which pages and workers share. A file is read by its owner alone, belongs to one claim of one job, and
can be downloaded only once the job's row names it."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from apps.jobs.models import Job, State
from apps.tenants.models import Tenant

KIND, SUM = "export", "sum"
KINDS = (KIND, SUM)
"""Jobs that have files while they run; a sum has none afterwards."""
KEPT = timedelta(hours=24)
TIDIED = 600.0
"""Seconds between two rounds of each worker."""
ORPHANED = 3600.0
"""Seconds after which a file that no job names is taken away."""
PIECE = 256 * 1024
AT_ONCE = 512 * 1024
"""Bytes that are written at once: each write lets other threads run, and waits for them."""
_next = 0.0


def folder() -> Path:
    path = Path(settings.EXPORTS_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(name: str) -> Path:
    return folder() / name


def create(name: str) -> BinaryIO:
    """A new file, to be written and read."""
    return os.fdopen(os.open(path_of(name), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", AT_ONCE)


def remove(name: str) -> None:
    path_of(name).unlink(missing_ok=True)


def pieces(name: str) -> Iterator[bytes]:
    with path_of(name).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def used(tenant: Tenant) -> int:
    """Bytes of a team's files."""
    kept = done().filter(tenant=tenant).values_list("result", flat=True)
    return sum(int(result.get("bytes", 0)) for result in kept if result.get("file"))


def done() -> QuerySet[Job]:
    """Exports that may still have a file: what is older, `tidy` has taken away."""
    return Job.objects.filter(kind=KIND, state=State.DONE, ended_at__gte=timezone.now() - 2 * KEPT)


def delete(job: Job) -> bool:
    """Takes the file away; what it held stays known by its manifest. Whether there was one."""
    name = job.result.get("file", "")
    if not name:
        return False
    job.result = {**job.result, "file": ""}
    changed = Job.objects.filter(pk=job.pk, state=State.DONE).update(result=job.result)
    remove(name)
    return bool(changed)


def forget(job: Job) -> None:
    """Takes away what was written of a job that no one goes on with. A worker that still does writes to no name."""
    for part in ("file", "log"):
        if name := job.reached.get(part):
            remove(name)


def tidy() -> bool:
    """Takes away files whose day has passed, and those that no job names. False: there is nothing more to do at once."""
    global _next
    if time.monotonic() < _next:
        return False
    _next = time.monotonic() + TIDIED
    for job in done().filter(ended_at__lt=timezone.now() - KEPT):
        delete(job)
    if not Path(settings.EXPORTS_DIR).is_dir():
        return False
    open_ = Job.objects.filter(kind__in=KINDS, state__in=(State.QUEUED, State.RUNNING))
    named = {name for job in (*open_, *done()) for name in names_of(job)}
    for path in folder().iterdir():
        if path.name not in named and time.time() - path.stat().st_mtime > ORPHANED:
            path.unlink(missing_ok=True)
    return False


def names_of(job: Job) -> list[str]:
    """The files that a job still needs."""
    held = [job.reached.get(part) for part in ("file", "log")] if job.is_open else [job.result.get("file")]
    return [str(name) for name in held if name]
