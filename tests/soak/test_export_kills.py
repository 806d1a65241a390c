"""Two workers that are killed again and again while they make exports: each file in the end is whole and right, none is
offered before, and no page is written by a worker that lost its job.

On PostgreSQL beside `tests.services`, on SQLite with TEST_DATABASE_FILE: a file that several processes share.
"""

import csv
import io
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F

from apps.exports import files, manifest
from apps.jobs.models import Job, State
from tests.conftest import ACME, Person
from tests.exports.conftest import ask
from tests.stand_in import ROOT, Sandbox

KILLS = int(os.environ.get("EXPORT_KILLS", "200"))
pytestmark = pytest.mark.skipif(
    connection.vendor == "sqlite" and "TEST_DATABASE_FILE" not in os.environ,
    reason="make soak runs it on a database that several processes share",
)


def worker() -> "subprocess.Popen[bytes]":
    """On the database of this test."""
    name = str(connection.settings_dict["NAME"])
    server = os.environ.get("TEST_DATABASE_URL", "").rpartition("/")[0]
    environment = {
        **os.environ,
        "TEST_DATABASE_URL": f"{server}/{name}" if server else f"sqlite:///{name}",
        "TEST_EXPORTS_DIR": str(settings.EXPORTS_DIR),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)


def let_time_pass() -> None:
    """As if half a minute had passed: what a lost worker had claimed is taken up again."""
    Job.objects.filter(state=State.RUNNING).update(leased_until=F("leased_until") - timedelta(seconds=31))


def numbers(job: Job) -> list[str]:
    content = files.path_of(job.result["file"]).read_bytes()
    if job.asked["format"] == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(content), read_only=True)["Investments"].iter_rows(min_row=2)
        return [str(row[1].value) for row in rows if row[0].value != "Total"]
    if job.asked["format"] == "csv":
        return [row["Investment ID"] for row in csv.DictReader(io.StringIO(content.decode()))]
    return [line.split(b'"id":')[1].split(b",")[0].decode() for line in content.splitlines()]


def is_right(job: Job, wanted: list[str]) -> bool:
    proof: dict[str, Any] = job.result["proof"]
    path = files.path_of(job.result["file"])
    return (
        manifest.check(manifest.sha256_of(path), proof, {proof["public_key"]})["is_complete"] and numbers(job) == wanted
    )


def test_workers_that_are_killed_make_every_file_whole(transactional_db: None, ana: Person, sandbox: Sandbox) -> None:
    dice = random.Random(16)
    sandbox.state(page_size_cap=50, latency_ms=30)
    wanted = sorted((str(row["id"]) for row in sandbox.rows(ACME)), key=int)
    workers = [worker(), worker()]
    seen: Counter[str] = Counter()
    taken_up = killed = 0
    try:
        while killed < KILLS:
            while Job.objects.filter(state__in=(State.QUEUED, State.RUNNING)).count() < 2:
                ask(ana, "?cols=reference_id,id,amount&ordering=id", format=dice.choice(["csv", "xlsx", "jsonl"]))
            time.sleep(dice.random() * 3)
            place = dice.randrange(2)
            workers[place].send_signal(signal.SIGKILL)
            workers[place].wait()
            killed += 1
            seen.update("under way" if job.steps else "begun" for job in Job.objects.filter(state=State.RUNNING))
            taken_up += Job.objects.filter(state=State.RUNNING, tries__gt=1).count()
            let_time_pass()
            workers[place] = worker()
            for job in Job.objects.filter(state=State.DONE).order_by("-ended_at")[:2]:
                assert is_right(job, wanted), job.pk
        until = time.monotonic() + 120
        while Job.objects.filter(state__in=(State.QUEUED, State.RUNNING)).exists():
            assert time.monotonic() < until
            let_time_pass() if dice.random() < 0.1 else time.sleep(0.2)
    finally:
        for each in workers:
            each.terminate()
            each.wait(30)
    ended = Counter(Job.objects.values_list("state", flat=True))
    print(f"\n{connection.vendor}: killed {killed} times; jobs seen at a kill {dict(seen)}; ended {dict(ended)}")
    assert set(ended) == {State.DONE}
    for job in Job.objects.all():
        assert is_right(job, wanted), job.pk
