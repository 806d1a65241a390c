"""An installation of its own: a database file, settings, and the commands as an operator runs them."""

import base64
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.disclaimers.conftest import at_tokeny, cora, live  # noqa: F401 - fixtures
from tests.stand_in import ROOT

SIGNED_UP = "SELECT email FROM staff_staffmember ORDER BY email"


def key(letters: str) -> str:
    return base64.b64encode((letters * 8)[:32].encode()).decode()


@dataclass
class Installation:
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], **self.settings}

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", *words]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stderr=subprocess.DEVNULL)

    def run(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *words: str, stdin: str = "") -> str:
        ended = self.run(*words, stdin=stdin)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def people(self) -> str:
        """Who may sign in, separated by commas."""
        url = self.settings["DATABASE_URL"]
        connection: Any = sqlite3.connect(url.removeprefix("sqlite:///")) if "sqlite" in url else psycopg.connect(url)
        with closing(connection):
            return ",".join(email for (email,) in connection.execute(SIGNED_UP).fetchall())

    def fill(self) -> None:
        self.done("migrate", "--verbosity", "0")
        self.done("create_tenant", "acme", "--name", "Acme Robotics")
        self.done(
            "create_staff", "ana@acme.example", "--tenant", "acme", "--role", "owner", stdin="correct-horse-battery-9"
        )


def installation_at(folder: Path, database: str) -> Installation:
    settings = {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "ENVIRONMENT": "test",
        "SECRET_KEY": "0123456789abcdefghij" * 3,
        "ENCRYPTION_KEYS": f"k1:{key('abcdefghi')}",
        "DATABASE_URL": database,
        "EMAIL_URL": "memorymail://",
        "UPSTREAM_HOSTS": "localhost,127.0.0.1",
    }
    return Installation(folder, settings)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Before its first migration."""
    return installation_at(tmp_path, f"sqlite:///{tmp_path}/dashboard.sqlite3")


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    installation_at(folder, f"sqlite:///{folder}/dashboard.sqlite3").fill()
    return folder / "dashboard.sqlite3"


@pytest.fixture
def filled(installation: Installation, filled_once: Path) -> Installation:
    """With a team and its owner."""
    shutil.copy(filled_once, installation.folder / "dashboard.sqlite3")
    return installation
