"""PostgreSQL and Redis for real, two processes of the dashboard, eight people; and each of the two servers killed."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

import httpx
import psycopg
import pytest

from tests import services
from tests.bench import sites
from tests.bench.measure import Site
from tests.stand_in import Sandbox, free_port

pytestmark = pytest.mark.xdist_group("services")  # what these tests share takes long to start
PEOPLE = 8
SECONDS = {"database": 30, "cache": 60} if os.environ.get("SOAK") else {"database": 5, "cache": 5}
FEW = 5
"""Lines of the log: one a process, or a few where a busy machine keeps a server from answering in time; not one a page."""
LIST = "/acme/investments/"


@dataclass
class Visit:
    """What one person saw: seconds since the watch began, the status, how long it took, what was wrong with it."""

    at: float
    status: int
    took: float
    retry_after: str


@dataclass
class Place:
    site: Site
    url: str
    database: services.Service
    cache: services.Service
    log: Path
    sandbox: Sandbox

    def get(self, path: str = LIST) -> httpx.Response:
        url = f"http://127.0.0.1:{self.site.port}{path}"
        # plain http: the authorities that httpx would load take it longer than a page does
        return httpx.get(url, headers=self.site.headers(), timeout=20, trust_env=False, verify=False)  # noqa: S501

    def said(self, words: str) -> int:
        """In how many lines of the log."""
        return sum(words in line for line in self.log.read_text().splitlines())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, sandbox = tmp_path_factory.mktemp("services"), Sandbox(tmp_path_factory.mktemp("upstream"), 200)
    with (
        services.folder() as within,
        services.postgres(within) as (database, postgres),
        services.redis(within) as (cache, redis),
    ):
        site = Site(port=free_port(), upstream=sandbox.port)
        settings = {
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "DATABASE_URL": database,
            "CACHE_URL": cache,
            "WEB_CONCURRENCY": "2",
        }
        known = sandbox.accounts["Acme Robotics"]
        account = (known["email"], sandbox.web_api_key, known["password"])
        process = sites.dashboard(site, folder, sandbox.key(sites.KEY), more=settings, account=account)
        place = Place(site, database, postgres, redis, folder / "log", sandbox)
        for _ in range(20):  # both processes have loaded all that a page needs
            assert place.get().status_code == 200
        yield place
        process.terminate()
        process.wait(timeout=20)
    sandbox.stop()


@dataclass
class Watch:
    """Eight people who load the list over and over."""

    place: Place
    visits: list[Visit] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    began: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        return time.monotonic() - self.began

    def person(self) -> None:
        while not self.ended.is_set():
            at = self.now()
            answer = self.place.get()
            visit = Visit(at, answer.status_code, self.now() - at, answer.headers.get("Retry-After", ""))
            with self.lock:
                self.visits.append(visit)
            self.ended.wait(0.2)


def watched(place: Place, server: services.Service, seconds: float) -> tuple[list[Visit], float, float]:
    """What people saw while the server was killed for so long; when it was, and when it was started again."""
    watch = Watch(place)
    with ThreadPoolExecutor(PEOPLE) as people:
        for _ in range(PEOPLE):
            people.submit(watch.person)
        time.sleep(2)
        killed = watch.now()
        server.stop(signal.SIGKILL)
        time.sleep(seconds)
        back = watch.now()
        server.start()
        time.sleep(5)
        watch.ended.set()
    if os.environ.get("SOAK"):
        tell(watch.visits, killed, back)
    return watch.visits, killed, back


def tell(visits: list[Visit], killed: float, back: float) -> None:
    """Second by second, what people saw."""
    lines = [f"\nkilled at {killed:.1f} s, started again at {back:.1f} s", "second   pages by status          slowest"]
    for second in range(int(max(each.at for each in visits)) + 1):
        if seen := [each for each in visits if int(each.at) == second]:
            by_status = dict(sorted(Counter(each.status for each in seen).items()))
            lines.append(f"{second:6}   {by_status!s:24} {max(each.took for each in seen):5.2f} s")
    print("\n".join(lines))  # noqa: T201 - what make soak shows


def test_two_processes_sign_in_to_issuance_once(place: Place) -> None:
    place.sandbox.reset()
    with ThreadPoolExecutor(PEOPLE) as people:
        pages = list(people.map(place.get, ["/acme/investors/"] * 40))
    assert {page.status_code for page in pages} == {200}
    assert sum("signInWithPassword" in call["path"] for call in place.sandbox.ledger) == 1


def test_connections_that_the_database_ended_are_no_ones_page(place: Place) -> None:
    before = place.said("Traceback")
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(place.url, autocommit=True) as own:
        ended = [pid for pid, _ in own.execute(f"SELECT pid, pg_terminate_backend(pid) {others}").fetchall()]
        while own.execute(f"SELECT 1 {others} AND pid = ANY(%s)", [ended]).fetchone():
            time.sleep(0.01)
    assert len(ended) >= 2, "both processes keep one at least"
    with ThreadPoolExecutor(PEOPLE) as people:
        assert {page.status_code for page in people.map(place.get, [LIST] * 40)} == {200}
    assert place.said("Traceback") == before


def test_without_a_database_people_are_told_at_once_and_one_line_is_logged(place: Place) -> None:
    visits, killed, back = watched(place, place.database, SECONDS["database"])
    during = [each for each in visits if killed + 1 < each.at and each.at + each.took < back]
    assert {each.status for each in visits} == {200, 503}, "never a 500"
    assert {each.status for each in during} == {503}
    took = sorted(each.took for each in during)
    assert took[len(took) // 2] < 2, "within a second where nothing else runs, as make soak shows"
    assert {each.retry_after for each in during} == {"5"}
    assert {each.status for each in visits if each.at > back + 3} == {200}
    assert 1 <= place.said("the database is away") <= FEW
    assert 1 <= place.said("the database is back") <= FEW
    assert place.said("Traceback") == 0


def test_without_a_cache_pages_go_on_and_no_one_is_signed_out(place: Place) -> None:
    visits, _, _ = watched(place, place.cache, SECONDS["cache"])
    assert {each.status for each in visits} == {200}
    assert 1 <= place.said("the cache is away") <= FEW
    assert 1 <= place.said("the cache is back") <= FEW
    assert place.said("Traceback") == 0


def test_two_processes_obey_one_retry_after(place: Place) -> None:
    """The last one here, since the wait that it is about goes on."""
    for _ in range(20):  # both processes see that the cache is back
        place.get()
    time.sleep(2.5)
    place.sandbox.reset()
    place.sandbox.fault("throttled", value=60, times=1, path="/api/investments/$")
    pages = [place.get().text for _ in range(20)]
    assert all("is limiting requests right now" in page for page in pages)
    assert sum(call["path"] == "/api/investments/" for call in place.sandbox.ledger) == 1
