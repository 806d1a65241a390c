"""`make serve` from `.env.example`: a real start in a folder of its own, with nothing set but what the file says."""

import base64
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import services
from tests.stand_in import free_port


@pytest.fixture
def installation(project: Path, tmp_path: Path) -> Path:
    """The project in another folder, with a `.env` made of the example: only what must be filled in is filled in."""
    shutil.copytree(project / "dashboard", tmp_path / "dashboard", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("apps", "docs", "static", "templates", "pyproject.toml"):
        (tmp_path / name).symlink_to(project / name)
    filled = {
        "SECRET_KEY": base64.b64encode(os.urandom(48)).decode(),
        "ENCRYPTION_KEYS": "k1:" + base64.b64encode(os.urandom(32)).decode(),
        "DATABASE_URL": f"sqlite:///{tmp_path}/dashboard.sqlite3",
        "BIND": f"127.0.0.1:{free_port()}",
    }
    text = (project / ".env.example").read_text()
    for name, value in filled.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(text)
    return tmp_path


def bind_of(installation: Path) -> str:
    found = re.search(r"^BIND=(.*)$", (installation / ".env").read_text(), re.MULTILINE)
    assert found
    return found[1]


def change(installation: Path, **settings: str) -> None:
    text = (installation / ".env").read_text()
    for name, value in settings.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    (installation / ".env").write_text(text)


def start(installation: Path, **more: str) -> "subprocess.Popen[str]":
    """With an environment that is empty but for `more`."""
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.serve"], cwd=installation, env={"PATH": os.environ["PATH"], **more},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def end(process: "subprocess.Popen[str]") -> str:
    """What it wrote."""
    process.send_signal(signal.SIGTERM)
    return process.communicate(timeout=20)[1]


@contextmanager
def serving(installation: Path) -> Iterator[str]:
    """The address of a dashboard that was started with an empty environment."""
    bind, process = bind_of(installation), start(installation)
    try:
        wait_for(process, f"http://{bind}/healthz")
        yield f"http://{bind}"
    finally:
        end(process)


def wait_for(process: "subprocess.Popen[str]", url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, process.communicate()[1]
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def test_it_starts_with_the_settings_of_the_example(installation: Path) -> None:
    (installation / "dashboard.sqlite3").touch(0o644)
    with serving(installation) as url:
        headers = {"Host": "dashboard.example.com", "X-Forwarded-Proto": "https"}
        page = httpx.get(f"{url}/accounts/login/", headers=headers, trust_env=False)
        assert page.status_code == 200
        assert "__Host-csrf" in page.headers["Set-Cookie"]
        files = list(installation.glob("dashboard.sqlite3*"))
        assert len(files) >= 2
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_demo_s_file_is_refused_in_one_line(installation: Path) -> None:
    (installation / ".env").write_text("ENVIRONMENT=demo\n")
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.serve"], cwd=installation, env={"PATH": os.environ["PATH"]},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "make serve is for production. To try the app, run: make demo\n")


def test_a_shell_can_source_the_example(project: Path) -> None:
    script = "set -eu; set -a; . ./.env.example; env"
    done = subprocess.run(["sh", "-c", script], cwd=project, env={}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "DEFAULT_FROM_EMAIL=Issuer Dashboard <no-reply@example.com>\n" in done.stdout


def test_it_makes_the_folder_and_says_where_it_listens(installation: Path) -> None:
    change(installation, DATABASE_URL=f"sqlite:///{installation}/var/lib/dashboard.sqlite3")
    process = start(installation)
    wait_for(process, f"http://{bind_of(installation)}/healthz")
    assert re.match(rf"Issuer Dashboard [\d.]+ listens on {bind_of(installation)}, processes: 1\n", end(process))
    assert stat.S_IMODE((installation / "var/lib").stat().st_mode) == 0o700


def test_two_starts_at_once_migrate_once_and_both_serve(installation: Path) -> None:
    binds = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    processes = [start(installation, BIND=bind) for bind in binds]
    for process, bind in zip(processes, binds, strict=True):
        wait_for(process, f"http://{bind}/healthz")
        assert httpx.get(f"http://{bind}/healthz/ready", trust_env=False).status_code == 200
    for process in processes:
        assert "Traceback" not in end(process)


def test_two_starts_at_once_on_postgresql(installation: Path) -> None:
    with services.folder() as within, services.postgres(within) as (url, _):
        change(installation, DATABASE_URL=url)
        test_two_starts_at_once_migrate_once_and_both_serve(installation)


def test_it_waits_for_a_database_that_is_still_starting(installation: Path) -> None:
    port = free_port()
    change(installation, DATABASE_URL=f"postgres://dashboard@127.0.0.1:{port}/postgres")
    process = start(installation)
    time.sleep(2)
    assert process.poll() is None
    with services.folder() as within, services.postgres(within, port):
        wait_for(process, f"http://{bind_of(installation)}/healthz")
        assert httpx.get(f"http://{bind_of(installation)}/healthz/ready", trust_env=False).status_code == 200
        assert "Traceback" not in end(process)


def test_a_folder_that_cannot_be_made_is_one_line(installation: Path) -> None:
    (installation / "file").touch()
    change(installation, DATABASE_URL=f"sqlite:///{installation}/file/dashboard.sqlite3")
    process = start(installation)
    said = process.communicate(timeout=30)[1]
    assert re.fullmatch(r"The folder of DATABASE_URL, \S+/file, cannot be made: [\w ]+\.\n", said)
    assert process.returncode == 1
