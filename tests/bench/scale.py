"""Pages under load, as `make bench` prints them: one process on SQLite, one and two on PostgreSQL and Redis.

Upstream 50 ms; who is told to come back later does. CPU and memory are the dashboard's; the client's own CPU stands beside them, since both share the machine.
Then one person with one team and with a thousand, in turn.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests import services
from tests.bench import measure
from tests.bench.crowd import crowd
from tests.bench.measure import Site
from tests.bench.sites import Step, dashboard, record, replay
from tests.stand_in import ROOT, free_port

PEOPLE = (16, 64, 256)
TEAMS = 1_000
MEMBERSHIPS = f"""
from apps.staff.models import StaffMember
from apps.tenants.models import Membership, Tenant
teams = Tenant.objects.bulk_create([Tenant(slug=f"team-{{n}}", name=f"Team {{n:04}}", timezone="UTC") for n in range({TEAMS} - 1)])
ana = StaffMember.objects.get(email="ana@acme.example")
Membership.objects.bulk_create([Membership(tenant=team, person=ana, role="support") for team in teams])
"""


class Code(NamedTuple):
    """A checkout whose pages are measured."""

    name: str
    root: Path = ROOT


NOW = Code("now")


@contextmanager
def setting(
    answers: Path, key: str, more: dict[str, str], *, code: Code = NOW, teams: bool = False
) -> Iterator[tuple[Site, int]]:
    """The dashboard with those settings, and its process."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(port=free_port(), upstream=free_port())
        processes = [replay(site.upstream, answers)]
        further: list[Step] = [(["shell", "--no-imports", "-c", MEMBERSHIPS], "")] if teams else []
        try:
            processes.append(dashboard(site, Path(folder), key, more=more, further=further, root=code.root))
            yield site, processes[-1].pid
        finally:
            for process in processes:
                process.terminate()
                process.wait(timeout=30)


def people_row(setting: str, code: str, people: int, site: Site, pid: int, seconds: float) -> None:
    crowd(site, 4, 1.0)  # warm
    server, client = measure.cpu_ms(pid), time.process_time()
    seen = crowd(site, people, seconds)
    server, client = measure.cpu_ms(pid) - server, (time.process_time() - client) * 1000
    pages = len(seen.taken) or 1
    print(
        f"{setting:24} {code:7} {people:6} {pages / seconds:8.0f} {seen.percentile(0.5):7.0f} "
        f"{seen.percentile(0.95):7.0f} {seen.slowest:8.0f} {len(seen.refused):6} {len(seen.errors):7} "
        f"{server / pages:10.1f} {client / pages:12.1f} {measure.resident(pid):9}",
        flush=True,
    )


def people_table(answers: Path, key: str, codes: list[Code], seconds: float = measure.SECONDS_OF_CROWD) -> None:
    """For each number of people: one process on SQLite, one and two on PostgreSQL and Redis, each code in turn, so that
    an hour in which the machine is slower weighs on all alike."""
    print(
        "\nsetting                  code    people  pages/s     p50     p95  slowest   503s  errors CPU a page", end=""
    )
    print("  client's CPU memory MB")
    with ExitStack() as stack:
        running = []
        for code in codes:
            site, pid = stack.enter_context(setting(answers, key, {}, code=code))
            running.append(("1 process, SQLite", code.name, site, pid))
        for number in (1, 2):
            for code in codes:
                within = stack.enter_context(services.folder())
                database, _ = stack.enter_context(services.postgres(within))
                cache, _ = stack.enter_context(services.redis(within))
                more = {"DATABASE_URL": database, "CACHE_URL": cache, "WEB_CONCURRENCY": str(number)}
                site, pid = stack.enter_context(setting(answers, key, more, code=code))
                running.append((f"{number} process{'es' * (number > 1)}, PG and Redis", code.name, site, pid))
        for people in PEOPLE:
            for name, code_name, site, pid in running:
                people_row(name, code_name, people, site, pid, seconds)


def teams_rows(one: Site, many: Site, times: int) -> None:
    print(f"\nteams of the person   page kB   ms   {times} rounds in turn")
    taken: dict[str, list[float]] = {"1": [], f"{TEAMS:,}": []}
    size = {}
    for number in range(-5, times):
        for name, site in zip(taken, (one, many), strict=True):
            began = time.perf_counter()
            size[name] = len(measure.fetch(site.port, measure.LIST, site.headers()))
            if number >= 0:
                taken[name].append((time.perf_counter() - began) * 1000)
    for name, values in taken.items():
        print(f"{name:>19} {size[name] / 1024:9.0f} {statistics.median(values):6.1f}")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        key = record(Path(name), 2000)
        answers = Path(name) / "answers"
        people_table(answers, key, [NOW])
        with setting(answers, key, {}) as (one, _), setting(answers, key, {}, teams=True) as (many, _):
            teams_rows(one, many, 40)


if __name__ == "__main__":
    main()
