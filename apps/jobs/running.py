"""The jobs of one worker: each in a thread of its own, so that a long one keeps nothing else waiting."""

import threading
from collections.abc import Callable, Mapping

import structlog
from django.db import connection

from apps.audit import outage

from . import queue
from .queue import Lease, Lost

log = structlog.get_logger("jobs")
PLACES = 4
SWITCH = 0.0005
"""Seconds after which a thread that computes lets another one run. With Python's 5 ms, answers that came wait for a page that
is being written: a tenth of an export's time."""
FAULT = {"code": "fault"}
Work = Callable[[Lease], None]
"""Does a job to its end. Raises Lost, or Ending where it stopped because the worker does."""


class Ending(Exception):
    """The worker stops; what was reached is saved."""


class Runner:
    """`kinds`: the kind of a job -> what does it."""

    def __init__(self, kinds: Mapping[str, Work], places: int = PLACES) -> None:
        self.kinds, self.places = kinds, places
        self.threads: list[threading.Thread] = []
        self.is_ending = False

    def work(self) -> bool:
        """Begins a job if a place is free; whether there was one."""
        self.threads = [thread for thread in self.threads if thread.is_alive()]
        if len(self.threads) >= self.places or not (lease := self.claim()):
            return False
        thread = threading.Thread(target=self.run_apart, args=[lease], name=f"job-{lease.job.pk}")
        self.threads.append(thread)
        thread.start()
        return True

    def work_here(self) -> bool:
        """Does a job in this thread; whether there was one."""
        lease = self.claim()
        if lease:
            self.run(lease)
        return lease is not None

    def claim(self) -> Lease | None:
        lease = queue.claim(self.kinds.keys())
        if lease:
            lease.is_ending = lambda: self.is_ending
        return lease

    def run_apart(self, lease: Lease) -> None:
        try:
            self.run(lease)
        finally:
            connection.close()

    def run(self, lease: Lease) -> None:
        """A job that breaks off ends with a reason; one whose database is away is taken up again when its lease ends."""
        try:
            self.kinds[lease.job.kind](lease)
        except Lost:
            log.info("job lost", job=str(lease.job.pk))
        except Exception as error:
            self.give_up(lease, error)

    def give_up(self, lease: Lease, error: Exception) -> None:
        try:
            if isinstance(error, Ending):
                lease.give_back()
            elif not isinstance(error, outage.AWAY):
                log.exception("a job broke off", job=str(lease.job.pk))
                lease.fail(**FAULT)
        except (Lost, *outage.AWAY) as gone:
            log.info("job lost", job=str(lease.job.pk), why=type(gone).__name__)

    def end(self) -> None:
        """Jobs stop at their next sign of life and are given back."""
        self.is_ending = True
        for thread in self.threads:
            thread.join()
