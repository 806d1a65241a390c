import os
import signal
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from django.core.management import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from apps.audit import outage
from apps.disclaimers import sending, watching
from apps.evidence import checking, heads, recording, retention, rights, sealing
from apps.evidence import telling as heads_by_email
from apps.exports import files, making
from apps.jobs.running import SWITCH, Runner
from apps.notices import telling
from apps.operations import housekeeping
from apps.operations.models import WorkerBeat
from apps.overview import passes, schedule
from apps.staff import outbox

log = structlog.get_logger("worker")
PAUSE = 1.0
BEAT = 5.0
"""Seconds between two signs of life."""
URGENT = (sending.work, outbox.work, telling.work, heads.work)
AT_LEISURE = (
    schedule.work,
    watching.compare_due,
    housekeeping.work,
    files.tidy,
    heads_by_email.work,
    rights.work,
    retention.work,
    checking.schedule,
)
"""One step of these, when nothing urgent is left."""


def did(work: Callable[[], bool]) -> bool:
    """Whether there was anything to do. If one kind of work fails, the others still run."""
    try:
        return work()
    except Exception as error:
        outage.log_error(log, error, "a step of the worker broke off; going on with the next")
    return False


class Command(BaseCommand):
    help = (
        "Publish what waits to be published, make exports, add up the overview, look for what is not known, compare with "
        "Tokeny, send mail, seal the audit log, tidy up. "
        "Several may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="process what’s due now, then exit")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.is_ending, self.name, self.next_beat = False, f"{socket.gethostname()}:{os.getpid()}"[-100:], 0.0
        sys.setswitchinterval(SWITCH)
        kinds = {
            **dict.fromkeys(files.KINDS, making.make),
            passes.KIND: passes.make,
            files.RECORD: recording.make,
            checking.KIND: checking.make,
        }
        self.runner = Runner(kinds)
        jobs = self.runner.work_here if once else self.runner.work
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.end)
        sealer = threading.Thread(target=sealing.go_on, args=[lambda: self.is_ending], name="sealer", daemon=True)
        if not once:
            sealer.start()
        while not self.is_ending:
            did(self.beat)
            done = [did(work) for work in (*URGENT, jobs)]
            done = done if any(done) else [did(work) for work in AT_LEISURE]
            is_busy = any(done)
            close_old_connections()
            if once and not is_busy:
                break
            if not is_busy:
                time.sleep(PAUSE)
        self.runner.end()
        if once:
            did(sealing.work_off)
            did(heads.work)
        else:
            self.is_ending = True
            sealer.join()
        did(self.leave)

    def beat(self) -> bool:
        if time.monotonic() >= self.next_beat:
            self.next_beat = time.monotonic() + BEAT
            WorkerBeat.objects.update_or_create(process=self.name, defaults={"at": timezone.now()})
        return False

    def leave(self) -> bool:
        WorkerBeat.objects.filter(process=self.name).delete()
        return False

    def end(self, number: int, frame: FrameType | None) -> None:
        """Finishes what is under way first."""
        self.is_ending = True
