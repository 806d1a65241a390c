"""Whole files in a storage of Django's, for hosts that have no folder in common."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, Storage

from apps.exports import files, making
from apps.jobs import queue
from apps.jobs.models import Job
from apps.operations import condition
from dashboard.environment import storage
from tests.conftest import Person
from tests.exports.conftest import Export, ask, file_of, work_off
from tests.stand_in import Sandbox


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The storage's own: no page and no worker looks there by itself."""
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "exports": backend}
    return tmp_path


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_a_whole_file_is_handed_over_and_downloaded_from_there(export: Export, folder: Path, form: str) -> None:
    made = export("?status=refunded", format=form)
    assert [path.name for path in folder.iterdir()] == [made.job.result["file"]]
    assert list(files.folder().glob(f"{made.job.pk}*")) == []
    assert len(made.content) == made.job.result["bytes"]
    made.who.post(f"/acme/exports/{made.job.pk}/delete/")
    assert list(folder.iterdir()) == []
    assert file_of(made.who, made.job)[0] == 410


def test_what_is_older_than_the_storage_is_still_found(ana: Person, export: Export, request: Any) -> None:
    made = export("?status=refunded")
    request.getfixturevalue("folder")
    assert file_of(ana, made.job)[:2] == (200, made.content)


class Broken(Storage):
    def exists(self, name: str) -> bool:
        return False

    def _save(self, name: str, content: Any) -> str:
        raise ConnectionError("gone")


def test_a_storage_that_fails_offers_no_file_and_is_said(ana: Person, sandbox: Sandbox, settings: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "exports": {"BACKEND": f"{__name__}.Broken"}}
    ask(ana, "?status=refunded")
    work_off()
    job = Job.objects.get()
    assert job.state == "failed"
    assert file_of(ana, job)[0] == 410
    found = condition.exports()
    assert found.words == "the storage takes no file (ConnectionError)"
    assert "EXPORTS_STORAGE" in found.remedy


sending = threading.Event()


class Slow(FileSystemStorage):
    def _save(self, name: str, content: Any) -> str:
        sending.set()
        time.sleep(0.5)
        return str(super()._save(name, content))  # type: ignore[misc]


@pytest.mark.parametrize(("state", "left"), [("canceled", 0), ("failed", 1)])
def test_a_job_that_was_lost_while_it_was_handed_over_leaves_nothing_in_the_end(
    ana: Person, sandbox: Sandbox, folder: Path, settings: Any, state: str, left: int
) -> None:
    slow = {**settings.STORAGES["exports"], "BACKEND": f"{__name__}.Slow"}
    settings.STORAGES = {**settings.STORAGES, "exports": slow}
    sending.clear()
    ask(ana, "?status=refunded")
    lease = queue.claim(["export"])
    assert lease

    def is_due() -> bool:
        """Meanwhile it is canceled, or ends otherwise."""
        return sending.is_set() and bool(Job.objects.filter(state="running").update(state=state, holder=None))

    lease.is_due = is_due  # type: ignore[method-assign]
    with pytest.raises(queue.Lost):
        making.make(lease)
    job = Job.objects.get()
    assert file_of(ana, job)[0] == 410
    assert len([*folder.iterdir()]) == left
    (folder / "of others").write_text("")
    for each in folder.iterdir():
        os.utime(each, (time.time() - 2 * files.ORPHANED,) * 2)
    files._next = 0.0
    files.tidy()
    assert [path.name for path in folder.iterdir()] == ["of others"]


def test_the_doctor_hands_a_file_over(folder: Path) -> None:
    assert condition.exports().words == "files can be written, and handed over"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["x", "[]", "7", '{"OPTIONS": {}}', '{"BACKEND": "no.such.Storage"}', '{"BACKEND": 7}']
)
def test_what_is_no_storage_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="BACKEND"):
        storage(text)


def test_no_storage_is_none() -> None:
    assert storage("") == storage("{}") == {}
