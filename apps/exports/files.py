"""The folder of files, which pages and workers share. A file is read by its owner alone, belongs to one claim of one job, and
can be downloaded only once the job's row names it.

Where web and workers run on several hosts, a file that is whole may be handed over to a storage of Django's, such as an object
store (EXPORTS_STORAGE); what is being made stays in the worker's own folder.
"""

import errno
import os
import re
import time
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import QuerySet
from django.utils import timezone

from apps.jobs.models import Job, State
from apps.tenants.models import Tenant

KIND, SUM, RECORD = "export", "sum", "record"
KINDS = (KIND, SUM)
"""Jobs that read lists, and have files while they do."""
FILED = (KIND, RECORD)
"""Jobs that have a file afterwards."""
KEPT = timedelta(hours=24)
TIDIED = 600.0
"""Seconds between two rounds of each worker."""
ORPHANED = 3600.0
"""Seconds after which a file that no job names is taken away."""
PIECE = 256 * 1024
AT_ONCE = 512 * 1024
"""Bytes that are written at once: each write lets other threads run, and waits for them."""
OURS = re.compile(r"[0-9a-f-]{36}\.[0-9a-f-]{36}(?:\.log)?").fullmatch
"""Names of files, which begin with their job's ID; folder and storage may hold others' things."""
TICK = 0.2
_next = 0.0


def folder() -> Path:
    path = Path(settings.EXPORTS_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(name: str) -> Path:
    return Path(settings.EXPORTS_DIR) / name


def create(name: str) -> BinaryIO:
    """A new file, to be written and read."""
    return os.fdopen(os.open(folder() / name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "r+b", AT_ONCE)


def remove(name: str) -> None:
    """From the folder."""
    path_of(name).unlink(missing_ok=True)


# what is whole


def storage() -> Storage | None:
    return storages["exports"] if "exports" in settings.STORAGES else None


def hand_over(name: str, tick: Callable[[], None]) -> None:
    """Gives a whole file to the storage, if there is one. Calls `tick` meanwhile. Raises what the storage raises."""
    held = storage()
    if held is None:
        return
    with path_of(name).open("rb") as opened, ThreadPoolExecutor(1) as sender:
        sent = sender.submit(held.save, name, File(opened))
        while not wait([sent], TICK).done:
            tick()
    if sent.result() != name:
        raise OSError(errno.EEXIST, "the storage gave a file another name")


def is_over(job: Job) -> bool:
    """Whether its day has passed, even if no worker has taken it away."""
    return bool(job.ended_at and job.ended_at + KEPT < timezone.now())


def is_there(name: str) -> bool:
    held = storage()
    return path_of(name).exists() or bool(held and held.exists(name))


def pieces(name: str) -> Iterator[bytes]:
    held = storage()
    with held.open(name) if held and not path_of(name).exists() else path_of(name).open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def take_away(name: str) -> None:
    remove(name)
    if held := storage():
        held.delete(name)


def used(tenant: Tenant) -> int:
    """Bytes of a team's files."""
    kept = done().filter(tenant=tenant).values_list("result", flat=True)
    return sum(int(result.get("bytes", 0)) for result in kept if result.get("file"))


def done() -> QuerySet[Job]:
    """Jobs that may still have a file: what is older, `tidy` has taken away."""
    return Job.objects.filter(kind__in=FILED, state=State.DONE, ended_at__gte=timezone.now() - 2 * KEPT)


def delete(job: Job) -> bool:
    """Takes the file away; what it held stays known by its manifest. Whether there was one."""
    name = job.result.get("file", "")
    if not name:
        return False
    job.result = {**job.result, "file": "", "beside": {}}
    changed = Job.objects.filter(pk=job.pk, state=State.DONE).update(result=job.result)
    take_away(name)
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
    for job in Job.objects.filter(kind__in=FILED, state=State.DONE, ended_at__lt=timezone.now() - KEPT).exclude(
        result__file=""
    ):
        delete(job)
    if not Path(settings.EXPORTS_DIR).is_dir():
        return False
    paths = [
        path for path in folder().iterdir() if path.is_file()
    ]  # first, so that none is of a job that is not seen below
    open_ = Job.objects.filter(kind__in=(*KINDS, RECORD), state__in=(State.QUEUED, State.RUNNING))
    named = {name for job in (*open_, *done()) for name in names_of(job)}
    going_on = {str(job.pk) for job in open_}
    for path in paths:
        if path.name not in named and (is_old(path) or (OURS(path.name) and path.name[:36] not in going_on)):
            path.unlink(missing_ok=True)
    if held := storage():
        tidy_storage(held, named)
    return False


def is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > ORPHANED
    except FileNotFoundError:
        return False


def tidy_storage(held: Storage, named: Container[str]) -> None:
    """Its worker lost the job, or was gone, before the job named the file."""
    before = timezone.now() - timedelta(seconds=ORPHANED)
    try:
        names = held.listdir("")[1]
    except FileNotFoundError:  # nothing was handed over yet
        return
    for name in names:
        if OURS(name) and name not in named and held.get_modified_time(name) < before:
            held.delete(name)


def names_of(job: Job) -> list[str]:
    """The files that a job still needs."""
    held = [job.reached.get(part) for part in ("file", "log")] if job.is_open else [job.result.get("file")]
    return [str(name) for name in held if name]
