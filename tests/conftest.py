"""The cast: acme and borealis, two teams; ana owns acme, ben owns borealis, cleo belongs to neither.

Each test process has a sandbox of its own. Sockets beyond loopback are refused.
"""

import os
import random
import re
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client, TransactionTestCase

from apps.audit import guards
from apps.staff import outbox
from apps.staff.models import StaffMember
from apps.tenants import connections
from apps.tenants.models import FirebaseSignIn, Membership, Tenant
from apps.tenants.permissions import Role
from apps.tenants.sign_ins import firebase as firebase_sign_in
from apps.upstream import firebase
from apps.upstream.limits import forget_all
from apps.upstream.secret import Secret
from apps.upstream.transport import shared_transport
from tests.sampling import WHOLE
from tests.stand_in import Sandbox

ROWS = int(os.environ.get("SANDBOX_ROWS", "2000"))
PASSWORD = "correct-horse-battery-9"
ACME_KEY, BOREALIS_KEY = "Acme Robotics, all offerings", "Borealis Energy, all offerings"
ACME, BOREALIS = 1, 2
"""Numbers of the issuers at the sandbox."""


def only_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    if (
        event == "socket.connect"
        and isinstance(arguments[1], tuple)
        and arguments[1][0] not in ("127.0.0.1", "::1", "localhost")
    ):
        raise PermissionError(f"a test wanted to connect to {arguments[1]}")


sys.addaudithook(only_loopback)

MEASURED = 8
SAMPLE = 6
"""Of a test that asks pages in more cases, `make test` runs so many, drawn by its name; `make whole` runs all."""
MEET_SERVICES = {"transactional_db", "at_tokeny", "both_worlds"}
"""Fixtures of tests that meet what PostgreSQL and Redis do otherwise: locks, the queue, limits, caches."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--meets-services", action="store_true", help=f"only tests with one of {sorted(MEET_SERVICES)}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Coverage is measured over the first cases of each test: tracing all of them would take minutes."""
    if not WHOLE:
        leave_out(config, items, beyond_sample(items))
    if config.getoption("meets_services"):
        leave_out(config, items, [item for item in items if not MEET_SERVICES & {*getattr(item, "fixturenames", ())}])
    cases: Counter[str] = Counter()
    for item in items:
        name = item.nodeid.partition("[")[0]
        cases[name] += 1
        if cases[name] > MEASURED and item.get_closest_marker("traced") is None:
            item.add_marker("untraced")


def beyond_sample(items: list[pytest.Item]) -> list[pytest.Item]:
    by_name: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if "sandbox" in getattr(item, "fixturenames", ()):
            by_name[item.nodeid.partition("[")[0]].append(item)
    large = {name: cases for name, cases in by_name.items() if len(cases) > SAMPLE}
    kept = {item for name, cases in large.items() for item in random.Random(name).sample(cases, SAMPLE)}
    return [item for cases in large.values() for item in cases if item not in kept]


def leave_out(config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=left_out)
    dropped = {*left_out}
    items[:] = [item for item in items if item not in dropped]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """pytest-cov has `no_cover` for this, which under xdist only changes one tracer for another."""
    tracer = sys.gettrace()
    if tracer is None or item.get_closest_marker("untraced") is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"), ROWS)
    yield running
    running.stop()


@pytest.fixture(scope="session", autouse=True)
def _closed_transport() -> Iterator[None]:
    yield
    shared_transport("").close()


@pytest.fixture(scope="session", autouse=True)
def _emptied_without_guards() -> Iterator[None]:
    """Django empties all tables after a test that commits, which the audit log's triggers refuse."""
    empty = TransactionTestCase._fixture_teardown

    def emptied(case: TransactionTestCase) -> None:
        guards.take_down(connection)
        empty(case)
        guards.put_up(connection)

    TransactionTestCase._fixture_teardown = emptied  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def _no_files_left() -> Iterator[None]:
    yield
    shutil.rmtree(settings.EXPORTS_DIR, ignore_errors=True)


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture(autouse=True)
def _as_if_just_started() -> Iterator[None]:
    forget()
    forget_all()
    firebase.forget_all()
    yield
    forget()


def forget() -> None:
    """What the caches hold that may be lost at any time; the limits are in the database, which each test starts afresh."""
    for name in ("sessions", "counts", "labels", "agreed"):
        caches[name].clear()


def sent_link() -> str:
    """The path of the link in the one mail that waits: the worker sends it now."""
    while outbox.work():
        pass
    assert len(mail.outbox) == 1
    found = re.search(r"^.*?(/accounts/password/reset/key/\S+)", mail.outbox[0].body, re.MULTILINE)
    assert found
    return found[1]


class Page(str):
    """Rolled back to an answer, with what came along. Words are found in it as a browser shows them, wherever a template
    breaks its lines."""

    status: int
    headers: Any
    response: Any

    def __contains__(self, words: str) -> bool:  # type: ignore[override]
        return str.__contains__(self, words) or words in " ".join(self.split())


class Person:
    """A staff member at a browser without a script, unless `htmx` names the element that a fragment is for."""

    def __init__(self, member: StaffMember | None, client: Client) -> None:
        self.member, self.client = member, client

    def get(self, path: str, htmx: str = "", follow: bool = True) -> Page:
        headers = {"HX-Request": "true", "HX-Target": htmx} if htmx else {}
        return page(self.client.get(path, headers=headers, follow=follow))

    def post(self, path: str, **fields: str) -> Page:
        return page(self.client.post(path, fields, follow=True))


def page(response: Any) -> Page:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    made = Page(content.decode())
    made.status, made.headers, made.response = response.status_code, response.headers, response
    return made


def person(email: str, tenant: Tenant | None = None, role: str = "") -> Person:
    member = StaffMember.objects.filter(email=email).first() or StaffMember.objects.create_user(email, PASSWORD)
    if tenant:
        Membership.objects.create(tenant=tenant, person=member, role=role)
    client = Client(raise_request_exception=False)
    client.force_login(member)
    member.sessions.update(factor="totp")  # as if a second step had been taken
    return Person(member, client)


def team(slug: str, name: str, zone: str) -> Tenant:
    return Tenant.objects.create(slug=slug, name=name, timezone=zone)


WORKING: dict[tuple[str, str], connections.Trial] = {}


def connect(tenant: Tenant, sandbox: Sandbox, label: str) -> None:
    """A sandbox says the same of its key each time, so it is asked once; the key is saved as the product saves it."""
    secret, asked = Secret(sandbox.key(label)), (sandbox.url, label)
    if asked in WORKING:
        connections.keep_key(tenant, label, secret, sandbox.url, None, WORKING[asked])
        return
    _, trial = connections.save_key(tenant, label, secret, sandbox.url, None)
    sandbox.reset()
    if trial.state == "working":
        WORKING[asked] = trial


def sign_in_to_issuance(tenant: Tenant, sandbox: Sandbox, issuer: str) -> FirebaseSignIn:
    account = sandbox.accounts[issuer]
    given = firebase_sign_in.Given(
        account["email"],
        Secret(account["password"]),
        Secret(sandbox.web_api_key),
        identity_url=f"{sandbox.url}/identitytoolkit.googleapis.com",
        token_url=f"{sandbox.url}/securetoken.googleapis.com",
    )
    saved, _ = firebase_sign_in.save(tenant, given, sandbox.url, None)
    sandbox.reset()
    return saved


@pytest.fixture
def signed_in(acme: Tenant, sandbox: Sandbox) -> FirebaseSignIn:
    """acme's sign-in to Issuance, for investors and users."""
    return sign_in_to_issuance(acme, sandbox, "Acme Robotics")


@pytest.fixture
def acme(db: None, sandbox: Sandbox) -> Tenant:
    tenant = team("acme", "Acme Robotics", "America/New_York")
    connect(tenant, sandbox, ACME_KEY)
    return tenant


@pytest.fixture
def borealis(db: None, sandbox: Sandbox) -> Tenant:
    tenant = team("borealis", "Borealis Energy", "America/Chicago")
    connect(tenant, sandbox, BOREALIS_KEY)
    return tenant


@pytest.fixture
def ana(acme: Tenant) -> Person:
    return person("ana@acme.example", acme, Role.OWNER)


@pytest.fixture
def ben(borealis: Tenant) -> Person:
    return person("ben@borealis.example", borealis, Role.OWNER)


@pytest.fixture
def cleo(db: None) -> Person:
    return person("cleo@nowhere.example")


@pytest.fixture
def nobody(db: None) -> Person:
    return Person(None, Client(raise_request_exception=False))


@pytest.fixture(params=list(Role))
def role(request: pytest.FixtureRequest) -> Role:
    return Role(request.param)


@pytest.fixture
def someone(acme: Tenant, role: Role) -> Person:
    """One person of acme for each role."""
    return person(f"{role}@acme.example", acme, role)


@pytest.fixture
def both_worlds() -> None:
    """Asked for by tests that must also pass on PostgreSQL and Redis, though no other fixture says so."""


@pytest.fixture
def project() -> Path:
    return Path(__file__).resolve().parent.parent
