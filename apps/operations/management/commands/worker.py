import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from django.core.management import BaseCommand
from django.db import close_old_connections

from apps.disclaimers import sending
from apps.staff import outbox

log = structlog.get_logger("worker")
PAUSE = 1.0


def did(work: Callable[[], bool]) -> bool:
    """Whether there was anything to do. If one kind of work fails, the others still run."""
    try:
        return work()
    except sending.AWAY_DATABASE:
        log.exception("the database is away; trying again")
    except Exception:
        log.exception("a step of the worker broke off; going on with the next")
    return False


class Command(BaseCommand):
    help = "Publish what waits to be published, look for what is not known, send mail. Several may run at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        self.is_ending = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.end)
        while not self.is_ending:
            done = [did(work) for work in (sending.work, outbox.work)]
            is_busy = any(done)
            close_old_connections()
            if once and not is_busy:
                return
            if not is_busy:
                time.sleep(PAUSE)

    def end(self, number: int, frame: FrameType | None) -> None:
        """What is under way is brought to its end first."""
        self.is_ending = True
