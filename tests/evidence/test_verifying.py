"""Whatever is changed in the sealed log, with the database's own rights, is found, and its first entry named."""

import random
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from apps.audit import guards
from apps.audit.actions import Action
from apps.audit.models import NOBODY, Entry, Segment, Unsealed
from apps.audit.record import record
from apps.evidence import sealing, verifying
from apps.evidence.verifying import Report, trusted_keys, verify
from tests.conftest import person
from tests.evidence.sealed import Tamperer, heads, sealed_log, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("both_worlds")]
RUNS = 1000


@pytest.fixture
def log() -> tuple[UUID, UUID]:
    person("somebody@acme.example")
    return sealed_log()


@pytest.fixture
def without_guards(log: tuple[UUID, UUID]) -> Iterator[None]:
    """As whoever may do anything with the database leaves it. What is written still waits for its segment."""
    guards.take_down(connection)
    guards.run(connection, [each for each in guards.statements(connection) if "audit_entry_waits" in each])
    yield
    guards.put_up(connection)


def is_right(report: Report) -> bool:
    return report.findings == []


def test_a_log_as_it_was_sealed_is_right(log: tuple[UUID, UUID]) -> None:
    for chain in log:
        report = verify(chain, trusted_keys(), heads(chain))
        assert (report.findings, report.verified, report.segments, report.waiting) == ([], 40, 8, 0)
        assert report.sealed_at


def test_what_is_not_sealed_yet_is_told_as_a_number(log: tuple[UUID, UUID]) -> None:
    write(log[0], 3)
    report = verify(log[0], trusted_keys())
    assert (report.findings, report.verified, report.waiting) == ([], 40, 3)
    assert report.newest == Entry.objects.latest("pk").at.strftime("%Y-%m-%d %H:%M:%S.%f")
    assert verify(log[1], trusted_keys()).waiting == 0


@pytest.mark.usefixtures("without_guards")
@pytest.mark.parametrize("way", Tamperer.ways())
def test_whatever_is_changed_is_found_and_named(log: tuple[UUID, UUID], way: str) -> None:
    chain, other = log
    kept = heads(chain)
    for seed in range(max(1, RUNS // len(Tamperer.ways()) + 1)):
        with transaction.atomic():
            first = getattr(Tamperer(chain, other, random.Random(f"{way} {seed}")), way)()
            report = verify(chain, trusted_keys(), kept)
            assert report.findings, f"{way} {seed}"
            named = min(each.entry for each in report.findings)
            assert named == first or first == 0, f"{way} {seed}: {named} instead of {first}: {report.findings[:3]}"
            transaction.set_rollback(True)
    assert is_right(verify(chain, trusted_keys(), kept))


@pytest.mark.usefixtures("without_guards")
def test_without_heads_a_cut_end_cannot_be_known(log: tuple[UUID, UUID]) -> None:
    chain, other = log
    kept = heads(chain)
    tamperer = Tamperer(chain, other, random.Random(4))
    tamperer.do_cut()
    assert is_right(verify(chain, trusted_keys())), "what is left is whole"
    assert not is_right(verify(chain, trusted_keys(), kept))


def test_a_database_refuses_to_change_what_was_written(log: tuple[UUID, UUID]) -> None:
    for statement in (
        "UPDATE audit_entry SET action = 'x'",
        "UPDATE audit_segment SET hash = 'x'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_segment",
        *(["TRUNCATE audit_segment"] if connection.vendor == "postgresql" else []),
    ):
        with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
            connection.cursor().execute(statement)
    assert guards.missing(connection) == []


def test_migrations_leave_every_guard_in_place() -> None:
    assert guards.missing(connection) == []
    guards.take_down(connection)
    assert len(guards.missing(connection)) == 5


def test_entries_of_no_team_have_a_chain_of_their_own() -> None:
    record(Action.SIGN_IN_REFUSED, actor=None)
    sealing.seal()
    report = verify(NOBODY, trusted_keys())
    assert (report.findings, report.verified) == ([], 1)
    assert verifying.chains() == [NOBODY]


def test_entries_of_a_former_release_are_sealed_as_they_stand() -> None:
    team = sealed_log(1, 1)[0]
    for details in ("{}", '{"role": "ö", "ids": [3, 1]}'):
        written = (
            "INSERT INTO audit_entry (at, tenant, action, subject, details, request_id) VALUES (%s, %s, %s, '', %s, '')"
        )
        connection.cursor().execute(written, ["2026-11-14 12:00:00", team.hex, "searched", details])
    sealing.seal()
    assert (verify(team, trusted_keys()).findings, verify(team, trusted_keys()).verified) == ([], 3)


def test_sealing_takes_all_that_waits_and_no_more_at_a_time(log: tuple[UUID, UUID]) -> None:
    assert not Unsealed.objects.exists()
    assert not sealing.work()
    assert Segment.objects.filter(chain__in=log).count() == 16
