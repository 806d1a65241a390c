"""/metrics: to whom it is answered, what it counts, and that no label names a person or a team."""

from typing import Any

import pytest
from django.test import Client

from apps.disclaimers.models import Disclaimer
from tests.conftest import Person
from tests.stand_in import Sandbox

TOKEN = "a-token-for-prometheus"


@pytest.fixture
def scraped(settings: Any) -> Any:
    settings.METRICS_TOKEN = TOKEN

    def scrape() -> dict[str, float]:
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Host": "any.example"})
        assert answer.status_code == 200
        lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    return scrape


@pytest.mark.parametrize("given", ["", "Bearer wrong", "Bearer ", TOKEN])
def test_a_stranger_is_told_that_there_is_no_such_page(db: None, settings: Any, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics", headers={"Authorization": given}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": given}).status_code == 404


def test_pages_and_calls_are_counted_by_outcome(ana: Person, sandbox: Sandbox, scraped: Any) -> None:
    page = 'dashboard_page_seconds_count{method="GET",route="<slug:tenant>/investments/",status="200"}'
    ok, throttled = (
        f'dashboard_upstream_calls_total{{api="Issuance",outcome="{outcome}"}}' for outcome in ("ok", "Throttled")
    )
    before = scraped()
    ana.get("/acme/investments/")
    sandbox.fault("throttled", value=86400)
    ana.get("/acme/investments/?status=received")
    after = scraped()
    assert after[page] - before.get(page, 0) == 2
    assert after[ok] > before.get(ok, 0)
    assert after[throttled] > before.get(throttled, 0)


def test_refused_sign_ins_are_counted(ana: Person, scraped: Any) -> None:
    before = scraped()["dashboard_sign_in_failures_total"]
    Client().post("/accounts/login/", {"login": "ana@acme.example", "password": "wrong"})
    assert scraped()["dashboard_sign_in_failures_total"] == before + 1


def test_publications_are_told_by_state(live: Disclaimer, scraped: Any) -> None:
    found = scraped()
    assert found['dashboard_publications{state="queued"}'] == 0
    assert "dashboard_worker_beat_seconds" not in found, "no worker has said that it is alive"


def test_no_label_names_a_person_a_team_or_an_invented_method(ana: Person, scraped: Any) -> None:
    ana.get("/acme/investments/?search=Nakamura")
    assert ana.member
    Client().generic("INVENTED", "/acme/investments/")
    said = " ".join(scraped())
    for word in ("acme", "Nakamura", ana.member.email, "INVENTED"):
        assert word not in said
