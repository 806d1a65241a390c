"""What is taken away while a file is made: a right, a person, a key, a sign-in. Nothing is offered that was begun with it."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from apps.audit.models import Entry
from apps.exports import files, making
from apps.jobs import queue
from apps.jobs.models import Job
from apps.tenants import connections
from apps.tenants.models import FirebaseSignIn, IssuanceKey, Tenant
from apps.upstream import firebase
from tests.conftest import ACME_KEY, Person, person
from tests.exports.conftest import ask, file_of
from tests.stand_in import Sandbox

FORMATS = ("xlsx", "csv", "jsonl")


@dataclass
class World:
    team: Tenant
    max: Person
    sandbox: Sandbox

    def membership(self, **values: str) -> None:
        """As another process changes it; no values: it is removed."""
        found = self.team.memberships.filter(person=self.max.member)
        found.update(**values) if values else found.delete()


@pytest.fixture
def world(acme: Tenant, ana: Person, sandbox: Sandbox) -> World:
    """`ana`, an owner, stays."""
    sandbox.state(page_size_cap=25)
    return World(acme, person("max@acme.example", acme, "manager"), sandbox)


def make(
    who: Person, act: Callable[[], object], listing: str = "investments", form: str = "csv", rows: int = 50
) -> Job:
    """`act` is called once, when so many rows were saved; from then on the lease beats with every page."""
    ask(who, "", listing, format=form)
    lease = queue.claim(["export"])
    assert lease
    acted = itertools.count()

    def at_each_tick() -> bool:
        lease.next_beat = 0.0
        if lease.job.steps >= rows and next(acted) == 0:
            act()
        return False

    lease.is_ending = at_each_tick
    making.make(lease)
    assert next(acted), "it was made before anything was taken away"
    return Job.objects.get(pk=lease.job.pk)


def is_nowhere(job: Job, who: Person) -> bool:
    """Neither offered nor left behind, and recorded as failed."""
    entry = Entry.objects.filter(action="export failed").latest("pk")
    return (
        job.state == "failed"
        and "file" not in job.result
        and not list(files.folder().glob(f"{job.pk}*"))
        and file_of(who, job)[0] == 410
        and entry.details["reason"] == job.result["code"]
    )


TAKEN: dict[str, tuple[Callable[[World], object], str]] = {
    "membership": (lambda world: world.membership(), "no right"),
    "role": (lambda world: world.membership(role="support"), "no right"),
    "a column": (lambda world: world.membership(role="marketing"), "no right"),
    "account": (lambda world: type(world.max.member).objects.filter(pk=world.max.member.pk).update(is_active=False), "no right"),
    "key at Issuance": (lambda world: world.sandbox.revoke(ACME_KEY), "upstream"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("what", TAKEN)
def test_what_is_taken_away_midway_leaves_no_file(world: World, ana: Person, what: str, form: str) -> None:
    take_away, reason = TAKEN[what]
    try:
        job = make(world.max, lambda: take_away(world), form=form)
    finally:
        world.sandbox.revoke(ACME_KEY, False)
    assert job.result["code"] == reason
    assert is_nowhere(job, ana)
    assert "Failed" in ana.get(f"/acme/exports/{job.pk}/")


def test_a_key_that_a_team_removes_is_not_asked_with_again(world: World, ana: Person) -> None:
    """It was opened before, and the file may end with it or without it, but a worker that takes up the job finds it gone."""
    ask(world.max)
    IssuanceKey.objects.all().delete()
    lease = queue.claim(["export"])
    assert lease
    making.make(lease)
    job = Job.objects.get()
    assert job.result["code"] == "key gone"
    assert is_nowhere(job, ana)


def test_a_token_that_expires_midway_is_renewed(world: World, signed_in: FirebaseSignIn) -> None:
    """Issuance refuses it before its end by the answer that gave it."""

    def end() -> None:
        session = connections.issuance(signed_in).credential
        assert isinstance(session, firebase.Session)
        assert session.token
        session.token = replace(session.token, made_at=session.token.made_at - 60)
        world.sandbox.fault("status", path="/api/users/", value=401, times=1)

    world.sandbox.state(page_size_cap=10)
    job = make(world.max, end, "users", rows=1)
    assert job.state == "done", job.result
    assert job.result["proof"]["manifest"]["is_complete"]
    assert sum(call["path"].endswith("/v1/token") for call in world.sandbox.ledger) == 1


@pytest.mark.usefixtures("signed_in")
def test_tokens_that_live_for_a_second_make_a_whole_file(world: World) -> None:
    world.sandbox.state(token_seconds=1, latency_ms=300, page_size_cap=10)
    job = make(world.max, lambda: None, "users", rows=1)
    manifest = job.result["proof"]["manifest"]
    assert manifest["is_complete"]
    assert manifest["rows"] == manifest["count_at_start_and_end"].popitem()[1][1]


@pytest.mark.usefixtures("signed_in")
def test_a_sign_in_that_is_refused_midway_leaves_no_file(world: World, ana: Person) -> None:
    def end() -> None:
        world.sandbox.fault("status", path="/api/users/", value=401)
        world.sandbox.fault("status", path="googleapis", value=400)

    job = make(world.max, end, "users", rows=1)
    assert job.result["code"] == "upstream"
    assert is_nowhere(job, ana)
