"""`make bench BENCH="--exports"`: a file of 100,000 rows beside a client that reads page after page, and beside one that only
fetches with as many calls at once; what writing costs; how far memory grows with a million rows.

Upstream 50 ms, pages of 100, SQLite. The sequential client reads a tenth of the pages, and its time is taken ten times.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.bench import measure
from tests.bench.measure import Site
from tests.bench.sites import environment_of, prepare, record
from tests.stand_in import ROOT, free_port

ROWS, MANY = 100_000, 1_000_000
FORMATS = {"csv": "CSV", "xlsx": "Excel"}
WINDOWS = (8, 16)


def report() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = record(folder, 2_000)
        with upstream(folder, ROWS) as site:
            environment = environment_of(site, folder, {"EXPORTS_DIR": str(folder / "exports")})
            prepare(site, folder, key, environment)
            measure.latency(site, 50)
            print(f"\n{ROWS:,} rows, upstream 50 ms, pages of 100, 20 columns; seconds\n")
            alone = sequential(site)
            print(f"a client that reads page after page: {alone:.1f}\n")
            print("window   format   bare fetching    file   file / sequential   bare / file")
            for window in WINDOWS:
                for form, words in FORMATS.items():
                    bare = fetching(site, window)
                    made = export(environment, form, window)["seconds"]
                    print(
                        f"{window:6}   {words:6} {bare:15.1f} {made:7.1f} {alone / made:18.1f}x {bare / made:12.0%}",
                        flush=True,
                    )
        writing(folder)
        with upstream(folder, MANY) as site:
            environment = environment_of(site, folder, {"EXPORTS_DIR": str(folder / "exports")})
            move(folder, site, environment)
            measure.latency(site, 0)
            print(f"\n{MANY:,} rows, upstream 0 ms")
            for form, words in FORMATS.items():
                found = export(environment, form, 8, MANY)
                print(
                    f"{words:6} {found['seconds']:6.0f} s, {MANY / found['cpu']:,.0f} rows a CPU second in all, memory {found['grown']:+.0f} MB",
                    flush=True,
                )


@contextmanager
def upstream(folder: Path, rows: int, module: str = "tests.bench.numbered") -> Iterator[Site]:
    site = Site(port=free_port(), upstream=free_port())
    command = [sys.executable, "-m", module, str(site.upstream), str(folder / "answers"), str(rows)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        measure.wait_for(site.upstream)
        yield site
    finally:
        process.terminate()
        process.wait(timeout=20)


def move(folder: Path, site: Site, environment: dict[str, str]) -> None:
    """The team's API is where the new upstream listens."""
    code = f"from apps.tenants.models import Tenant; Tenant.objects.update(issuance_url='http://127.0.0.1:{site.upstream}')"
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code], cwd=ROOT, env=environment, check=True
    )


def page_of(site: Site, number: int) -> str:
    return f"http://127.0.0.1:{site.upstream}/api/investments/?ordering=id&page={number}&page_size=100"


def sequential(site: Site) -> float:
    part = ROWS // 100 // 10
    with httpx.Client(trust_env=False) as client:
        began = time.perf_counter()
        for number in range(1, part + 1):
            client.get(page_of(site, number)).raise_for_status().json()
        return (time.perf_counter() - began) * 10


def fetching(site: Site, window: int) -> float:
    """Bytes that no one reads."""
    with httpx.Client(trust_env=False) as client, ThreadPoolExecutor(window) as pool:
        began = time.perf_counter()
        for answer in pool.map(lambda number: client.get(page_of(site, number)), range(1, ROWS // 100 + 1)):
            answer.raise_for_status()
        return time.perf_counter() - began


def export(environment: dict[str, str], form: str, window: int, rows: int = ROWS) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.export_worker", form, str(rows)]
    asked = {**environment, "EXPORTS_WINDOW": str(window), "LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, cwd=ROOT, env=asked, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def writing(folder: Path) -> None:
    """What the writers alone cost."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from apps.exports.asked import Asked, Format
    from apps.exports.cells import out
    from apps.exports.writers import writer
    from apps.investments.listing import INVESTMENTS
    from apps.listing import CellContext
    from apps.upstream.decode import decode_object

    body = (folder / "answers/api-investments-100").read_bytes()
    shown, columns = CellContext(ZoneInfo("America/New_York")), [*INVESTMENTS.catalog][:20]
    print("\nwriting alone, rows a CPU second:", end="")
    for form, words in FORMATS.items():
        asked = Asked("investment", [], {}, {}, [], columns, form, "labels", "America/New_York", "?")
        spent = 0.0
        with (folder / "written").open("w+b") as file:
            made = writer(Format(form), file, "Investments", out(asked), {})
            made.begin()
            for _ in range(ROWS // 100):
                rows: Any = decode_object(body)["results"]
                began = time.process_time()
                made.write(rows, shown, "")
                spent += time.process_time() - began
        print(f" {words} {ROWS / spent:,.0f}", end="")
    print()
