"""The start of `make demo`, as far as it goes without serving; the whole of it is tried by hand in a fresh clone."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from apps.disclaimers import states
from apps.tenants.models import Tenant, TokenySignIn
from dashboard import demo, demo_disclaimers
from tests.conftest import Person, person
from tests.disclaimers.conftest import at_tokeny as at_tokeny
from tests.stand_in import Sandbox


def run(project: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dashboard.demo"]
    return subprocess.run(
        command, cwd=project, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_a_taken_port_is_said_in_one_line(project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(project, PORT=str(port))
    assert (done.returncode, done.stdout) == (1, f"Port {port} is in use. Choose another: make demo PORT={port + 10}\n")


def test_the_demo_keeps_away_from_another_environment(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DOTENV", tmp_path / ".env")
    (tmp_path / ".env").write_text("ENVIRONMENT=production\n")
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    assert not demo.is_demo()
    (tmp_path / ".env").unlink()
    demo.write_dotenv()
    assert demo.is_demo()
    monkeypatch.setenv("ENVIRONMENT", "production")
    assert not demo.is_demo()


def test_the_file_of_settings_is_private_fresh_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "DOTENV", tmp_path / ".env")
    demo.write_dotenv()
    first = (tmp_path / ".env").read_text()
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    demo.write_dotenv()
    assert (tmp_path / ".env").read_text() == first
    monkeypatch.setattr(demo, "DOTENV", tmp_path / "other.env")
    demo.write_dotenv()
    assert (tmp_path / "other.env").read_text() != first
    assert demo.password() in (tmp_path / "other.env").read_text()


def test_the_first_team_s_disclaimers_show_every_state(
    acme: Tenant, ana: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    for role in ("manager", "compliance"):
        person(f"{role}@acme.example", acme, role)
    demo_disclaimers.write(acme, sandbox.url)
    held = list(acme.disclaimers.select_related("live"))
    found = {
        each.title: status.state for each, status in zip(held, states.statuses_of(held, acme, ana.member), strict=True)
    }  # type: ignore[arg-type]
    assert found == {
        "Testing-the-waters notice": "waiting for approval",
        "Risk factors": "out of sync",
        "Forward-looking statements": "live",
        "Bad actor disclosure": "approved",
        "Privacy notice": "draft",
        "Transfer restrictions": "rejected",
    }
    assert "1 disclaimer in Tokeny isn’t in this list yet." in ana.get("/acme/disclaimers/")
