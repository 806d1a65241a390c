"""`make bench BENCH="--overview"`: what it costs to read 100,000 investments, and then those that changed; and the overview over
their facts beside a list and the calls that it makes, in the same run.

Upstream 50 ms, pages of 100, window 16, SQLite.
"""

import gzip
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import measure
from tests.bench.exports import upstream
from tests.bench.measure import Site
from tests.bench.sites import dashboard, environment_of, record
from tests.stand_in import ROOT

ROWS, WINDOW, PAIRS = 100_000, 16, 40
OVERVIEW, LIST = "/acme/", "/acme/investments/"
SHELL_ENDS = {OVERVIEW: b"</form>\n</div>", LIST: b'<div id="results">'}


def report() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = record(folder, 2_000)
        with upstream(folder, ROWS, "tests.bench.dated") as site:
            process = dashboard(site, folder, key)
            try:
                environment = environment_of(site, folder, {"EXPORTS_WINDOW": str(WINDOW), "LOG_LEVEL": "ERROR"})
                passes(site, environment)
                pages(site)
            finally:
                process.terminate()
                process.wait(timeout=30)
    pictures()


def passes(site: Site, environment: dict[str, str]) -> None:
    print(f"\n{ROWS:,} investments, upstream 50 ms, pages of 100, {WINDOW} calls at once\n")
    print("pass                          seconds   CPU s    calls   rows")
    first = a_pass(site, environment, "whole")
    print(row("first", first))
    measure.fetch(site.upstream, "/change/", {})
    later = a_pass(site, environment, "later")
    print(row("1 % changed since", later), f"  {later['calls'] / first['calls']:.1%} of the calls")
    print(row("nothing changed since", a_pass(site, environment, "later")), flush=True)


def row(name: str, found: dict[str, float]) -> str:
    return f"{name:28} {found['seconds']:8.1f} {found['cpu']:7.1f} {found['calls']:8,.0f} {found['rows']:6,.0f}"


def a_pass(site: Site, environment: dict[str, str], kind: str) -> dict[str, float]:
    before = measure.latency(site, 50)
    command = [sys.executable, "-m", "tests.bench.overview_worker", kind]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found | {"calls": measure.latency(site, 50) - before}


def pages(site: Site) -> None:
    """The overview and a list in turn: milliseconds until the shell has come, and until all has."""
    measure.latency(site, 50)
    measure.fetch(site.port, LIST, site.headers())
    _, first = timed(site, OVERVIEW)
    for path in (OVERVIEW, LIST):
        for _ in range(4):
            measure.fetch(site.port, path, site.headers())
    times: dict[str, list[tuple[float, float]]] = {OVERVIEW: [], LIST: []}
    calls = measure.latency(site, 50)
    for _ in range(PAIRS):
        times[OVERVIEW].append(timed(site, OVERVIEW))
    calls = measure.latency(site, 50) - calls
    for _ in range(PAIRS):
        times[LIST].append(timed(site, LIST))
    print(
        f"\n{PAIRS} rounds over {ROWS:,} facts; medians in milliseconds\n\npage        shell    whole   beyond upstream"
    )
    medians = {path: [statistics.median(each) for each in zip(*found, strict=True)] for path, found in times.items()}
    for path, (shell, whole) in medians.items():
        print(f"{path:20} {shell:6.1f} {whole:8.1f} {whole - 50:10.1f}")
    print(f"the first overview after a pass, whose sums are added up then: {first:.0f}")
    print(f"shell of the overview / of the list: {medians[OVERVIEW][0] / medians[LIST][0]:.2f}")
    print(f"upstream calls of an overview: {calls / PAIRS:.0f}")
    page = measure.fetch(site.port, OVERVIEW, site.headers())
    charts = b"".join(re.findall(rb"<svg class=\"plot.*?</svg>(?=\s*<(?!svg))", page, re.DOTALL))
    print(f"its pictures: {len(gzip.compress(charts)):,} bytes compressed; the page: {len(gzip.compress(page, 6)):,}")


def timed(site: Site, path: str) -> tuple[float, float]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port)
    try:
        began, received, shell = time.perf_counter(), b"", 0.0
        connection.request("GET", path, headers=site.headers())
        answer = connection.getresponse()
        while chunk := answer.read1(65_536):
            received += chunk
            if not shell and SHELL_ENDS[path] in received:
                shell = time.perf_counter() - began
        return shell * 1000, (time.perf_counter() - began) * 1000
    finally:
        connection.close()


def pictures() -> None:
    """What drawing costs: three offerings, a year's half of weeks, twenty ages, ten stages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from apps.overview import charts

    weeks = [
        charts.Week("Nov 23", "Week of Nov 23: $1.00 received", "/a?b=c", (n, n + 1), 7 * n, True) for n in range(27)
    ]
    times = []
    for _ in range(200):
        began = time.perf_counter()
        charts.by_week(weeks, [40, 90], ("col", "col-2"))
        for _ in range(3):
            charts.goal_bar([charts.Part(5, "m1"), charts.Part(3, "m2"), charts.Part(2, "m3")], [4, 20], "said")
            charts.columns(range(12), 22, "spark", is_over=False)
        for _ in range(20):
            charts.ages([3, 2, 1, 1], "said")
        for _ in range(10):
            charts.stage(3, 9, "m1")
        times.append((time.perf_counter() - began) * 1000)
    print(f"drawing a page's pictures: {statistics.median(times):.2f} ms\n")
