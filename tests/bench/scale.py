"""Pages under load, as `make bench` prints them: one process on SQLite, one and two on PostgreSQL and Redis.

Upstream 50 ms. CPU and memory are the dashboard's; the client's own CPU stands beside them, since both share the machine.
Then one person with one team and with a thousand, in turn.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import services
from tests.bench import measure, run
from tests.bench.measure import Site
from tests.stand_in import free_port

PEOPLE = (4, 64, 256)
TEAMS = 1_000
MEMBERSHIPS = f"""
from apps.staff.models import StaffMember
from apps.tenants.models import Membership, Tenant
teams = Tenant.objects.bulk_create([Tenant(slug=f"team-{{n}}", name=f"Team {{n:04}}", timezone="UTC") for n in range({TEAMS} - 1)])
ana = StaffMember.objects.get(email="ana@acme.example")
Membership.objects.bulk_create([Membership(tenant=team, person=ana, role="support") for team in teams])
"""


@contextmanager
def setting(answers: Path, key: str, more: dict[str, str], *, teams: bool = False) -> Iterator[tuple[Site, int]]:
    """The dashboard with those settings, and its process."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(port=free_port(), upstream=free_port())
        processes = [run.replay(site.upstream, answers)]
        further: list[run.Step] = [(["shell", "--no-imports", "-c", MEMBERSHIPS], "")] if teams else []
        try:
            processes.append(run.dashboard(site, Path(folder), key, more=more, further=further))
            yield site, processes[-1].pid
        finally:
            for process in processes:
                process.terminate()
                process.wait(timeout=30)


def crowds(name: str, site: Site, pid: int) -> None:
    for people in PEOPLE:
        measure.crowd(site, 4, 1.0)  # warm
        server, client = measure.cpu_ms(pid), time.process_time()
        seen = measure.crowd(site, people, measure.SECONDS_OF_CROWD)
        server, client = measure.cpu_ms(pid) - server, (time.process_time() - client) * 1000
        pages = len(seen.taken) or 1
        print(
            f"{name:34} {people:6} {pages / measure.SECONDS_OF_CROWD:8.0f} {seen.percentile(0.5):7.0f} "
            f"{seen.percentile(0.95):7.0f} {len(seen.errors):7} {server / pages:10.1f} {client / pages:12.1f} "
            f"{measure.resident(pid):10}"
        )


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
        key = run.record(Path(name), 2000)
        answers = Path(name) / "answers"
        print(
            "\npeople at once                     people  pages/s     p50     p95  errors CPU a page  client's CPU  memory MB"
        )
        with setting(answers, key, {}) as (site, pid):
            crowds("1 process, SQLite", site, pid)
        for number in (1, 2):
            with (
                services.folder() as within,
                services.postgres(within) as (database, _),
                services.redis(within) as (cache, _),
            ):
                more = {"DATABASE_URL": database, "CACHE_URL": cache, "WEB_CONCURRENCY": str(number)}
                with setting(answers, key, more) as (site, pid):
                    crowds(f"{number} process{'es' * (number > 1)}, PostgreSQL and Redis", site, pid)
        with setting(answers, key, {}) as (one, _), setting(answers, key, {}, teams=True) as (many, _):
            teams_rows(one, many, 40)


if __name__ == "__main__":
    main()
