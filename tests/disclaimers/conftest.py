"""A team with a sign-in to Tokeny: ana owns and writes, max manages and writes, cora of compliance approves."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.disclaimers import approving, drafting, publishing, sending, states, turns
from apps.disclaimers.models import TURN_UNKNOWN, Disclaimer, Push, Version
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import Role
from apps.tenants.sign_ins import tokeny
from apps.upstream.secret import Secret
from apps.upstream.tokeny import auth
from tests.conftest import Person, person
from tests.stand_in import Sandbox

LIST = "/acme/disclaimers/"


def connect_tokeny(tenant: Tenant, sandbox: Sandbox) -> TokenySignIn:
    account = sandbox.accounts["Acme Robotics"]
    saved, _ = tokeny.save(tenant, tokeny.Given(sandbox.url, account["email"], Secret(account["password"])), None)
    sandbox.reset()
    return saved


@pytest.fixture(autouse=True)
def _no_former_refusals() -> None:
    auth._refusals.clear()


@pytest.fixture
def at_tokeny(acme: Tenant, sandbox: Sandbox) -> TokenySignIn:
    sandbox.removed_by_others()
    return connect_tokeny(acme, sandbox)


@pytest.fixture
def max_(acme: Tenant) -> Person:
    return person("max@acme.example", acme, Role.MANAGER)


@pytest.fixture
def cora(acme: Tenant) -> Person:
    return person("cora@acme.example", acme, Role.COMPLIANCE)


def member(who: Person):  # type: ignore[no-untyped-def]
    assert who.member
    return who.member


def written(tenant: Tenant, who: Person, text: str, title: str = "Risk factors") -> Disclaimer:
    made = drafting.begin(tenant, title, member(who))
    drafting.save(made, text, 0, member(who))
    return made


def approved(disclaimer: Disclaimer, writer: Person, approver: Person) -> Version:
    version = drafting.send_for_approval(disclaimer, member(writer))
    approving.review(version, version.sha256, member(approver), approves=True)
    return version


def rewritten(disclaimer: Disclaimer, writer: Person, approver: Person, text: str) -> Version:
    disclaimer.refresh_from_db()
    drafting.save(disclaimer, text, disclaimer.revision, member(writer))
    return approved(disclaimer, writer, approver)


class Clock:
    """A worker's clock, moved by hand."""

    def __init__(self) -> None:
        self.at = timezone.now()

    def __call__(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def work_off(clock: Clock | None = None) -> None:
    """All that is due now."""
    clock = clock or Clock()
    for _ in range(50):
        if not sending.work(clock):
            return


def published(disclaimer: Disclaimer, who: Person) -> Push:
    push = publishing.push(disclaimer, member(who))
    work_off()
    push.refresh_from_db()
    disclaimer.refresh_from_db()
    return push


def lost(disclaimer: Disclaimer, writer: Person, approver: Person, sandbox: Sandbox, clock: Clock) -> Push:
    """Approved and sent, and the request never arrived: it is unknown."""
    approved(disclaimer, writer, approver)
    push = publishing.push(disclaimer, member(writer))
    sandbox.fault("lost-request", path="/disclaimers", method="POST", times=1)
    sending.work(clock)
    return push


@pytest.fixture
def live(acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn) -> Disclaimer:
    """Written by ana, approved by cora, published."""
    made = written(acme, ana, "You may lose all you invest.\n")
    approved(made, ana, cora)
    published(made, ana)
    return made


@pytest.fixture(autouse=True)
def _turns_are_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """In every test: whose turn it is with a disclaimer is noted after each transaction, and still right before the next."""
    if "acme" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("acme")
    outermost, wrong = len(connection.savepoint_ids), list[str]()

    def look(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        is_between = sql.startswith(("INSERT", "UPDATE", "SAVEPOINT")) and len(connection.savepoint_ids) == outermost
        if is_between and not connection.force_debug_cursor and not looking:
            looking.append(sql)
            wrong.extend(wrong_turns())
            looking.clear()
        return execute(sql, params, many, context)

    looking: list[str] = []
    with connection.execute_wrapper(look):
        yield
    assert [*wrong, *wrong_turns()] == []


def wrong_turns() -> list[str]:
    """Those that are not as the facts say; then those that are unknown are noted."""
    held, wrong = list(Disclaimer.objects.select_related("tenant", "live")), []
    for each, facts in zip(held, states.facts_of(held), strict=True):
        step = states.next_step(facts, states.state_of(facts, each.tenant.approvals_needed))
        right = (step.permission.name, sorted(step.but)) if step else ("", [])
        if each.turn != TURN_UNKNOWN and (each.turn, each.turn_not) != right:
            wrong.append(f"{each}: {each.turn} {each.turn_not}, not {right}")
    turns.settle([each for each in held if each.turn == TURN_UNKNOWN])
    return wrong


Make = Callable[[str], Disclaimer]


class Steps(logging.Handler):
    """Told of each step of a push by name, as the worker logs it; what the listener raises ends the worker there."""

    def __init__(self, listener: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self.listener = listener

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict) and "step" in record.msg:
            self.listener(record.msg["step"])


@contextmanager
def at_each_step(listener: Callable[[str], None]) -> Iterator[None]:
    logger, handler = logging.getLogger("publishing"), Steps(listener)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(level)
    logger.removeHandler(handler)
