"""PgBouncer in transaction mode between two processes of the dashboard and PostgreSQL, which so needs few connections."""

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from tests import services
from tests.bench import sites
from tests.bench.measure import LIST, Site, wait_for
from tests.stand_in import Sandbox, free_port

PLACES = 5
INI = """
[databases]
postgres = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = {places}
unix_socket_dir =
"""


@pytest.fixture
def pooled() -> Iterator[tuple[str, str]]:
    """PgBouncer's URL, and PostgreSQL's own."""
    with services.folder() as within, services.postgres(within) as (url, _):
        port, file = free_port(), within / "pgbouncer.ini"
        server = url.rpartition(":")[2].partition("/")[0]
        file.write_text(INI.format(server=server, port=port, places=PLACES).replace("host=", "user=dashboard host="))
        file.chmod(0o644)
        command = [services.program("pgbouncer"), str(file)]
        with (within / "pgbouncer.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, user=services.owner())
        try:
            wait_for(port)
            yield f"postgres://dashboard@127.0.0.1:{port}/postgres", url
        finally:
            process.terminate()
            process.wait(20)


def test_pages_go_through_a_pooler_of_transactions(pooled: tuple[str, str], tmp_path: Path) -> None:
    through, url = pooled
    sandbox = Sandbox(tmp_path, 200)
    site = Site(port=free_port(), upstream=sandbox.port)
    with services.folder() as within, services.redis(within) as (cache, _):
        more = {
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "DATABASE_URL": through,
            "DATABASE_POOL": "0",
            "CACHE_URL": cache,
            "WEB_CONCURRENCY": "2",
        }
        (folder := tmp_path / "dashboard").mkdir()
        process = sites.dashboard(site, folder, sandbox.key(sites.KEY), more=more)
        try:
            with ThreadPoolExecutor(16) as people, psycopg.connect(url, autocommit=True) as watching:
                pages = [people.submit(load, site) for _ in range(400)]
                most = 0
                while not all(page.done() for page in pages):
                    counted = watching.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                    )
                    most = max(most, counted.fetchone()[0] - 1)  # type: ignore[index]
                    time.sleep(0.05)
            assert {page.result() for page in pages} == {200}
            print(f"\n400 pages of 16 people, at most {most} connections to PostgreSQL")
            assert most <= PLACES
        finally:
            process.terminate()
            process.wait(40)
            sandbox.stop()


def load(site: Site) -> int:
    url = f"http://127.0.0.1:{site.port}{LIST}"
    return httpx.get(url, headers=site.headers(), timeout=30, trust_env=False).status_code
