"""A page's figures are of one pass, though another one ends while it is read."""

import random
import re
import threading
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from apps.overview.models import Fact, Snapshot
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import ACME_KEY, Person, connect, person, team
from tests.overview.conftest import read_anew
from tests.stand_in import Sandbox

ROUNDS, ENOUGH = 400, 6
PAUSE = 0.05
"""Seconds from one pass to the next, at most: a page on a busy machine is read between some, and over the end of others."""
MONEY = r"\$([0-9,]+\.\d\d)"


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one connection at a time changes the tests' SQLite")
@pytest.mark.usefixtures("transactional_db")
def test_figures_never_mix_two_passes(sandbox: Sandbox) -> None:
    """As a pass ends, all amounts change, again and again; each page's parts make up its whole."""
    acme: Tenant = team("acme", "Acme Robotics", "America/New_York")
    connect(acme, sandbox, ACME_KEY)
    read_anew(acme)
    ana: Person = person("ana@acme.example", acme, Role.OWNER)
    is_over = threading.Event()

    def passes() -> None:
        dice = random.Random(7)
        while not is_over.wait(dice.random() * PAUSE):
            with transaction.atomic():
                Fact.objects.update(amount=F("amount") + 1_000_000)
                Snapshot.objects.update(number=F("number") + 1)
        connections.close_all()

    thread = threading.Thread(target=passes)
    thread.start()
    try:
        seen = set()
        for _ in range(ROUNDS):
            if len(seen) >= ENOUGH:
                break
            page = ana.get("/acme/?offering=2")
            if "Sums changed while we read them" in page:
                continue
            whole = amount(re.search(rf"class=\"figure\">\s*<a[^>]*>{MONEY}", page)[1])  # type: ignore[index]
            parts = re.findall(rf"</svg>[^<]*<b>{MONEY}</b>", page)
            assert len(parts) == 3
            assert sum(map(amount, parts)) == whole
            lines = re.findall(rf"pill-[a-z]+\">[^<]*</span>.*?{MONEY}", page, re.DOTALL)
            total = amount(re.search(rf"investments</a> {MONEY}", page)[1])  # type: ignore[index]
            assert sum(map(amount, lines)) == total
            seen.add(whole)
        assert len(seen) >= ENOUGH
    finally:
        is_over.set()
        thread.join()
