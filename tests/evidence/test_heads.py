"""Heads are kept outside, each at least once and in order; what differs from them is found."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.audit import guards
from apps.audit.models import Entry, Segment
from apps.evidence import heads, sealing, telling
from apps.evidence.models import Kept
from apps.notices import telling as notices
from apps.operations.condition import audit_log
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import person
from tests.evidence.sealed import run, sealed_log, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> tuple[UUID, UUID]:
    return sealed_log(4, 3)


@pytest.fixture
def file(tmp_path: Path, settings: Any) -> Path:
    settings.AUDIT_HEADS_FILE = str(tmp_path / "heads.jsonl")
    return Path(settings.AUDIT_HEADS_FILE)


def verify_audit(*given: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *given, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_file_gets_each_head_once_and_in_order(log: tuple[UUID, UUID], file: Path) -> None:
    assert heads.work()
    assert not heads.work()
    write(log[0], 2)
    sealing.seal()
    assert heads.work()
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert [each["hash"] for each in kept] == [segment.hash for segment in Segment.objects.order_by("pk")]
    assert file.stat().st_mode & 0o077 == 0


def test_a_line_that_a_crash_cut_off_harms_no_other(log: tuple[UUID, UUID], file: Path) -> None:
    file.write_bytes(b'{"hash": "12')
    heads.work()
    lines = file.read_text().splitlines()
    assert len(lines) == 1 + Segment.objects.count()
    found = heads.read(lines)
    assert (found.unread, [len(of_chain) for of_chain in found.heads.values()]) == (1, [4, 4])
    assert "1 lines of" in verify_audit("--heads", str(file))[1]


def test_a_whole_log_is_right_with_and_without_heads(log: tuple[UUID, UUID], file: Path) -> None:
    heads.work()
    write(log[0], 2)
    code, said = verify_audit("--heads", str(file))
    assert code == 0
    assert "first: 12 entries verified in 4 segments" in said
    assert "2 not sealed yet, the newest of 20" in said
    assert "4 heads compared" in said
    code, said = verify_audit("--team", "second")
    assert (code, "first:" in said, "it can’t be known whether newer entries were removed" in said) == (0, False, True)


def test_a_log_that_was_cut_or_sealed_again_is_found_by_its_heads(log: tuple[UUID, UUID], file: Path) -> None:
    heads.work()
    last = Segment.objects.filter(chain=log[0]).order_by("number").last()
    assert last
    guards.take_down(connection)
    run(
        "DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry WHERE tenant = %s ORDER BY id DESC LIMIT 3)",
        log[0].hex,
    )
    run("DELETE FROM audit_segment WHERE id = %s", last.pk)
    guards.put_up(connection)
    assert verify_audit()[0] == 0
    code, said = verify_audit("--heads", str(file))
    assert (code, "Segment 4 is missing." in said) == (1, True)
    write(log[0], 3)
    sealing.seal()
    assert verify_audit()[0] == 0
    code, said = verify_audit("--heads", str(file))
    assert (code, "Segment 4: the head that is kept elsewhere differs." in said) == (1, True)


def test_a_head_from_an_email_is_compared_too(log: tuple[UUID, UUID]) -> None:
    last = Segment.objects.filter(chain=log[0]).order_by("number").last()
    assert last
    assert verify_audit("--team", "first", "--head", f"4:{last.hash}")[0] == 0
    assert (
        "Segment 4: the head that is kept elsewhere differs."
        in verify_audit("--team", "first", "--head", f"4:{'0' * 64}")[1]
    )
    assert "Segments 5 to 9 are missing." in verify_audit("--team", "first", "--head", f"9:{'0' * 64}")[1]
    with pytest.raises(CommandError, match="Give --team and --head"):
        verify_audit("--head", "4:x")


def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text('{"head": "{}", "key": "", "signature": "", "hash": "0"}\n')
    for path in ("x", "missing"):
        with pytest.raises(CommandError):
            call_command("verify_audit", "--heads", str(tmp_path / path))


def test_an_entry_that_was_removed_before_it_was_sealed_is_told_and_stops_nothing(log: tuple[UUID, UUID]) -> None:
    write(log[0], 2)
    gone = Entry.objects.latest("pk").pk
    guards.take_down(connection)
    run("DELETE FROM audit_entry WHERE id = %s", gone)
    guards.put_up(connection)
    assert sealing.work_off()
    code, said = verify_audit()
    assert (code, f"Entry {gone} was removed before it was sealed (1 in all)." in said) == (1, True)


def test_missing_triggers_are_told_and_put_back(log: tuple[UUID, UUID]) -> None:
    guards.take_down(connection)
    code, said = verify_audit()
    assert (code, "Triggers are missing: audit_entry_kept" in said) == (1, True)
    assert "triggers are missing" in audit_log().words
    call_command("guard_audit", stdout=StringIO())
    assert guards.missing(connection) == []
    assert Entry.objects.latest("pk").action == "triggers put back"


def test_the_doctor_says_what_is_not_sealed_or_not_kept(log: tuple[UUID, UUID], settings: Any, tmp_path: Path) -> None:
    assert audit_log().is_well
    write(log[0], 2)
    assert audit_log().is_well
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert "2 entries aren’t sealed, the oldest" in audit_log().words
    sealing.seal()
    settings.AUDIT_HEADS_FILE = str(tmp_path / "missing" / "heads")
    assert not heads.work()
    assert "heads can’t be kept" in audit_log().words


def test_owners_and_compliance_get_the_newest_head_once_a_day(log: tuple[UUID, UUID]) -> None:
    tenant = Tenant.objects.get(pk=log[0])
    for role in Role:
        person(f"{role}@first.example", tenant, role)
    sealing.work_off()
    for _ in range(2):
        telling._next = 0
        telling.work()
    while notices.work():
        pass
    assert sorted(each.to[0] for each in mail.outbox) == ["compliance@first.example", "owner@first.example"]
    last = Segment.objects.filter(chain=log[0]).order_by("number").last()
    assert last
    assert f"{last.number}:{last.hash}" in mail.outbox[0].body
    assert verify_audit("--team", "first", "--head", f"{last.number}:{last.hash}")[0] == 0


class Receiver(BaseHTTPRequestHandler):
    got: list[Any] = []  # noqa: RUF012
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.status == 204:
            self.got.extend(json.loads(body)["heads"])
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver(settings: Any) -> Iterator[type[Receiver]]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AUDIT_HEADS_URL = f"http://localhost:{server.server_port}/heads?of=us"
    Receiver.got, Receiver.status = [], 204
    yield Receiver
    server.shutdown()
    server.server_close()


def test_an_address_gets_them_too_also_after_it_was_away(log: tuple[UUID, UUID], receiver: type[Receiver]) -> None:
    receiver.status = 500
    assert not heads.work()
    assert Kept.objects.get().failed_at
    receiver.status = 204
    assert not heads.work(), "not at once again"
    with time_machine.travel(Kept.objects.get().due_at):
        assert heads.work()
    assert [each["hash"] for each in receiver.got] == [segment.hash for segment in Segment.objects.order_by("pk")]
    assert Kept.objects.get().failed_at is None
