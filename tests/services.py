"""Runs a command beside a PostgreSQL and a Redis of its own: `python -m tests.services pytest …`.

Both are Debian's, on free ports of loopback and in a folder that is removed afterwards. They hold nothing that must last,
so nothing is flushed to the disk.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stand_in import free_port

SECONDS = 30


class Missing(Exception):
    """The text says what, and how to install it."""


def program(name: str) -> str:
    """Where Debian keeps it: PostgreSQL's are not on the PATH."""
    found = [*Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
    path = str(max(found)) if found else shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        raise Missing(f"{name} is missing. On Debian, as root: apt-get install postgresql redis-server")
    return path


def owner() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None


def wait_for(command: list[str], process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + SECONDS
    while subprocess.run(command, capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise TimeoutError(f"{process.args} does not answer")
        time.sleep(0.05)


class Service:
    """A server that a test may stop, kill and start again."""

    def __init__(self, command: list[str], is_ready: list[str], folder: Path, user: str | None = None) -> None:
        self.command, self.is_ready, self.folder, self.user = command, is_ready, folder, user
        self.start()

    def start(self) -> None:
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd="/", start_new_session=True, user=self.user
            )
        wait_for(self.is_ready, self.process)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        self.process.wait(SECONDS)


@contextmanager
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="services-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def postgres(within: Path, port: int | None = None) -> Iterator[tuple[str, Service]]:
    """Its URL, and the server."""
    port, data = port or free_port(), within / "postgres"
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, "postgres")
    initdb = ["initdb", "-D", str(data), "-U", "dashboard", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
    subprocess.run([program(initdb[0]), *initdb[1:]], capture_output=True, check=True, cwd="/", user=owner())
    fast = [f"-c{each}=off" for each in ("fsync", "synchronous_commit", "full_page_writes")]
    command = ["-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}"]  # fmt: skip
    ready = [program("pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    server = Service([program("postgres"), *command, *fast], ready, data, owner())
    try:
        yield f"postgres://dashboard@127.0.0.1:{port}/postgres", server
    finally:
        server.stop(signal.SIGINT)


@contextmanager
def redis(within: Path, port: int | None = None) -> Iterator[tuple[str, Service]]:
    """Its URL, and the server."""
    port, data = port or free_port(), within / "redis"
    data.mkdir(mode=0o700)
    command = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(data)]
    ready = [program("redis-cli"), "-p", str(port), "ping"]
    server = Service([program("redis-server"), *command], ready, data)
    try:
        yield f"redis://127.0.0.1:{port}/0", server
    finally:
        server.stop()


def main() -> None:
    try:
        with folder() as within, postgres(within) as (database, _), redis(within) as (cache, _):
            environment = {**os.environ, "TEST_DATABASE_URL": database, "TEST_CACHE_URL": cache}
            done = subprocess.run(sys.argv[1:], env=environment, check=False)
    except Missing as missing:
        raise SystemExit(str(missing)) from None
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
