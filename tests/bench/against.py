"""`make bench BENCH="--against DIR"`: this code and that of another checkout, in turn in one run, asking one upstream."""

import gzip
import http.client
import statistics
from typing import NamedTuple

from tests.bench import measure
from tests.bench.measure import LIST, Site

PAGES = {
    "list, 25 rows": (LIST, {}),
    "list, 100 rows": (f"{LIST}?page_size=100", {}),
    "fragment, 25 rows": (f"{LIST}?page=1", {"HX-Request": "true", "HX-Target": "listing"}),
}
CALLS = {"list, 100 rows": "/api/investments/?ordering=-id&page=1&page_size=100"}
CALL = "/api/investments/?ordering=-id&page=1&page_size=25"


class Running(NamedTuple):
    name: str
    site: Site
    pid: int


def report(now: Running, former: Running, pairs: int) -> None:
    print(f"\n{pairs} rounds, upstream 50 ms; medians in milliseconds; CPU: a page's, on average\n")
    print("page                 code      direct    page   page/direct     CPU   CPU/former's    bytes, gzip")
    for name in PAGES:
        page_rows(name, now, former, pairs)


def page_rows(name: str, now: Running, former: Running, pairs: int) -> None:
    path, heads = PAGES[name]
    measure.latency(now.site, 50)
    direct = http.client.HTTPConnection("127.0.0.1", now.site.upstream)
    open_ = {each: http.client.HTTPConnection("127.0.0.1", each.site.port) for each in (now, former)}
    alone: list[float] = []
    taken: dict[Running, list[float]] = {now: [], former: []}
    spent = {now: 0.0, former: 0.0}
    sizes = {}
    for each, connection in open_.items():
        for _ in range(10):
            sizes[each] = len(gzip.compress(measure.ask(connection, path, {**each.site.headers(), **heads}), 6))
    for number in range(pairs):
        alone.append(measure.timed(lambda: measure.ask(direct, CALLS.get(name, CALL), {})))
        for each in (now, former) if number % 2 else (former, now):
            cpu = measure.cpu_ms(each.pid)
            asked = {**each.site.headers(), **heads}
            taken[each].append(measure.timed(lambda each=each, asked=asked: measure.ask(open_[each], path, asked)))  # type: ignore[misc]
            spent[each] += measure.cpu_ms(each.pid) - cpu
    call = statistics.median(alone)
    for each in (former, now):
        page = statistics.median(taken[each])
        print(
            f"{name:20} {each.name:7} {call:8.2f} {page:7.2f} {page / call:13.3f} {spent[each] / pairs:7.1f} "
            f"{spent[each] / (spent[former] or 1):14.2f} {sizes[each]:14,}"
        )
