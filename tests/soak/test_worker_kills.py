"""A worker that is killed twenty times while it publishes, on PostgreSQL: nothing is lost, and nothing is sent twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from apps.disclaimers import publishing
from apps.disclaimers.models import UNSETTLED, Push, PushState
from apps.tenants.models import Tenant, TokenySignIn
from tests.conftest import Person
from tests.disclaimers.conftest import approved, member, written
from tests.stand_in import ROOT, Sandbox

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="make soak runs it beside PostgreSQL")
KILLS, TEXTS = 20, 30


def worker() -> "subprocess.Popen[bytes]":
    """On the database of this test."""
    server, name = os.environ["TEST_DATABASE_URL"].rpartition("/")[0], connection.settings_dict["NAME"]
    environment = {
        **os.environ,
        "TEST_DATABASE_URL": f"{server}/{name}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    return subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=environment)


def let_time_pass() -> None:
    """As if minutes had passed: what a lost worker had claimed is taken up again, what is unknown is looked for."""
    Push.objects.filter(state=PushState.SENDING).update(claimed_at=F("claimed_at") - timedelta(minutes=3))
    Push.objects.filter(state=PushState.UNKNOWN).update(look_at=timezone.now())


def wait_until_one_is_sent() -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if Push.objects.filter(state=PushState.SENDING).exists():
            return True
        time.sleep(0.02)
    return False


def test_a_worker_killed_twenty_times_loses_nothing_and_sends_nothing_twice(
    transactional_db: None,
    acme: Tenant,
    ana: Person,
    cora: Person,
    at_tokeny: TokenySignIn,
    sandbox: Sandbox,
) -> None:
    dice = random.Random(20)
    for number in range(TEXTS):
        made = written(acme, ana, f"Text {number:02}", f"Risks {number:02}")
        approved(made, ana, cora)
        publishing.push(made, member(ana))
    sandbox.fault("slow", value=0.3, path="/disclaimers")
    at_work: Counter[str] = Counter()
    for _ in range(KILLS):
        process = worker()
        assert wait_until_one_is_sent()
        time.sleep(dice.random() * 2.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
        at_work.update(push.sent_at is None for push in Push.objects.filter(state=PushState.SENDING))
        let_time_pass()
    sandbox._ask("DELETE", "faults")
    process = worker()
    until = time.monotonic() + 120
    while Push.objects.filter(state__in=UNSETTLED, looks__lt=len(publishing.LOOKS)).exists():
        assert time.monotonic() < until
        let_time_pass()
        time.sleep(0.5)
    process.terminate()
    process.wait(20)
    there = Counter(sandbox.disclaimers.values())
    ended = {push.version.text: push.state for push in Push.objects.select_related("version")}
    print(
        f"\nkilled {KILLS} times, {at_work[True]} before and {at_work[False]} after a request; {Counter(ended.values())}"
    )
    assert len(ended) == TEXTS
    assert {text: times for text, times in there.items() if times > 1} == {}
    for text, state in ended.items():
        assert (state, there[text]) in ((PushState.CONFIRMED, 1), (PushState.UNKNOWN, 0))
