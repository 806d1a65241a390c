"""`make bench BENCH="--peers"`: our list beside Django's admin and Datasette, over the same 2,000 rows in one run.

All show 25 rows of ten columns, newest first, in one process. Django's admin runs in gunicorn with 48 threads, as ours
does; Datasette in its own server, without facets, and counting as it does by default. They ask SQLite themselves and show
anyone who is signed in (Datasette: anyone) every row; ours asks an upstream that answers at once and does no work, masks
by role, and writes an audit entry for each page.
"""

import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench import measure, peer_rows, scale, sites
from tests.bench.crowd import crowd
from tests.bench.measure import LIST, Site
from tests.stand_in import ROOT, free_port

DATASETTE = "datasette==0.65.1"
"""In an environment of its own, since nothing else of ours needs it."""
ROWS, PEOPLE = 2000, (1, 16, 64)
SIGN_IN = """
import tests.bench.admin_site
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
client = Client()
client.force_login(User.objects.create_superuser("ana", "ana@acme.example", "any-password"))
print(client.cookies["sessionid"].value)
"""


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            measure.wait_for(port)
            yield process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def datasette() -> str:
    """Its program, installed at first."""
    folder = ROOT / ".run/peers"
    if not (folder / "bin/datasette").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin/pip", "install", "-qq", DATASETTE], check=True)
    return str(folder / "bin/datasette")


def rows(name: str, site: Site, pid: int, path: str, proof: bytes) -> None:
    for people in PEOPLE:
        crowd(site, 4, 1.0, path, proof, upstream=0)  # warm
        cpu = measure.cpu_ms(pid)
        seen = crowd(site, people, measure.SECONDS_OF_CROWD, path, proof, upstream=0)
        pages = len(seen.taken) or 1
        print(
            f"{name:22} {people:6} {pages / measure.SECONDS_OF_CROWD:8.0f} {seen.percentile(0.5):7.1f} "
            f"{seen.percentile(0.95):7.1f} {len(seen.errors):7} {(measure.cpu_ms(pid) - cpu) / pages:10.1f}",
            flush=True,
        )


def report() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = sites.record(folder, ROWS)
        table = folder / "peers.sqlite3"
        peer_rows.write(table, ROWS)
        environment = {**os.environ, "PEERS": str(table)}
        done = subprocess.run(
            [sys.executable, "-c", SIGN_IN], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        print("\nlist of 25 rows        people  pages/s     p50     p95  errors CPU a page")
        with scale.setting(folder / "answers", key, {}) as (site, pid):
            rows("this dashboard", site, pid, LIST, b"data-rows")
        site = Site(port=free_port(), upstream=0, cookie=f"sessionid={done.stdout.split()[-1]}")
        bind = ["--bind", f"127.0.0.1:{site.port}", "--threads", "48", "--keep-alive", "30"]
        command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", *bind, "tests.bench.admin_site"]
        with served(command, site.port, environment) as pid:
            rows("Django admin", site, pid, "/admin/auth/investment/", b"result_list")
        site = Site(port=free_port(), upstream=0)
        command = [
            datasette(),
            "serve",
            "--immutable",
            str(table),
            "--port",
            str(site.port),
            "--setting",
            "default_facet_size",
            "1",
        ]
        with served(command, site.port, environment) as pid:
            rows(
                "Datasette 0.65", site, pid, "/peers/investments?_sort_desc=id&_size=25&_nofacet=1", b"rows-and-columns"
            )
