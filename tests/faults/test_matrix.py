"""Every answer-level fault x every page x cache {cold, warm}: no 5xx of ours, no traceback, the right words, and in time.

`make test` runs a sample of the 200 cases, `make soak` all of them.
"""

import os
import random
import re
import time
from typing import Any

import pytest

from tests.conftest import ACME, Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

FAULTS: list[tuple[str, Any, str]] = [
    ("cut", None, "was cut off before the whole response arrived"),
    ("html-200", None, "it isn’t JSON"),
    ("html-500", None, "returned an error (HTTP 500)"),
    ("status", 401, "rejected the API key (HTTP 401)"),
    ("status", 403, "rejected the API key (HTTP 403)"),
    ("status", 418, "rejected the request (HTTP 418)"),
    ("status", 502, "returned an error (HTTP 502)"),
    ("throttled", 7, "is limiting requests right now"),
    ("throttled", 86400, "Try again in 1 day."),
    ("throttled", "Wed, 21 Oct 2015 07:28:00 GMT", "is limiting requests right now"),
    ("throttled", "nonsense", "Try again in a few minutes."),
    ("throttled", None, "Try again in a few minutes."),
    ("redirect", "https://evil.example/", "HTTP 302 instead of 200"),
    ("huge", None, "it’s larger than 10 MB"),
    ("gzip-bomb", None, "it’s larger than 10 MB"),
    ("deep", None, "it’s nested too deeply"),
    ("bad-utf8", None, "Couldn’t read"),
    ("body", '{"count":' + "9" * 5000 + ',"results":[]}', "Couldn’t read"),
    ("body", '{"count":1,"count":2,"results":[]}', "Couldn’t read"),
    ("body", '{"count":NaN,"results":[]}', "it isn’t JSON"),
    ("body", '{"count":1,"results":["\\ud800"]}', "it isn’t JSON"),
    ("body", "", "it isn’t JSON"),
    ("body", "[]", "Couldn’t read"),
    ("body", '"text"', "Couldn’t read"),
    ("body", "null", "Couldn’t read"),
]
PAGES = ("list", "detail", "test")


def ask(ana: Person, sandbox: Sandbox, page: str) -> Any:
    if page == "test":
        return ana.post("/acme/settings/connections/acme-robotics-all-offerings/test/")
    number = sandbox.rows(ACME)[0]["id"]
    return ana.get({"list": LIST, "detail": f"{LIST}{number}/"}[page])


EVERY = [(*fault, page, is_warm) for fault in FAULTS for page in PAGES for is_warm in (False, True)]
CASES = EVERY if os.environ.get("SOAK") else random.Random(12).sample(EVERY, 12)


@pytest.mark.parametrize(
    ("kind", "value", "says", "page", "is_warm"),
    CASES,
    ids=[f"{kind}-{str(value)[:12]}-{page}-{'warm' if is_warm else 'cold'}" for kind, value, _, page, is_warm in CASES],
)
def test_a_fault_is_a_panel_with_cause_next_step_and_reference(
    ana: Person,
    sandbox: Sandbox,
    kind: str,
    value: Any,
    says: str,
    page: str,
    is_warm: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    if is_warm:
        ana.get(LIST)
    sandbox.fault(kind, value=value)
    began = time.monotonic()
    shown = ask(ana, sandbox, page)
    assert time.monotonic() - began < 15.5
    assert shown.status == 200
    assert says in shown
    assert "Traceback" not in shown
    assert "evil.example" not in shown
    assert shown.rstrip().endswith("</html>")
    if page != "test":
        reference = re.search(r"Reference ID <code>([0-9a-f]{12})</code>", shown)
        assert reference
        assert any(
            reference[1] in str(record.msg) and "upstream failed" in str(record.msg) for record in caplog.records
        )
        assert "Try again</a>" in shown


@pytest.mark.parametrize("kind", ["html-500", "status", "throttled"])
def test_what_fails_once_leaves_the_next_page_whole(ana: Person, sandbox: Sandbox, kind: str) -> None:
    ana.get(LIST)
    sandbox.fault(kind, value={"status": 403, "throttled": 0}.get(kind), times=1)
    ana.get(LIST)
    assert ana.get(LIST).count('class="row-link"') == 25


@pytest.mark.parametrize(
    "over",
    [
        {"count": 10**9},
        {"count": 0},
        {"next": "https://evil.example/?page=2"},
        {"next": 7, "previous": []},
        {"results": {"offering": 999}},
    ],
)
def test_counts_and_links_that_lie_break_nothing_and_are_not_followed(
    ana: Person, sandbox: Sandbox, over: dict[str, Any]
) -> None:
    sandbox.fault("changed", path="/api/investments/$", value=over)
    assert ask(ana, sandbox, "list").status == 200
    assert "evil.example" not in ask(ana, sandbox, "list")


def test_a_failed_swap_leaves_the_former_rows_and_the_address(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("html-500")
    shown = ana.get(f"{LIST}?status=received", htmx="listing")
    assert "The Issuance API returned an error" in shown
    assert (shown.headers["HX-Retarget"], shown.headers["HX-Reswap"]) == ("#results", "afterbegin")
    assert "HX-Push-Url" not in shown.headers
    assert "<form" not in shown


def test_while_the_api_is_slow_the_page_says_how_long_it_has_waited(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("slow", value=3.4, path="/api/investments/$")
    response = ana.client.get(LIST)
    parts = [part.decode() for part in response.streaming_content]
    assert "</form>" in parts[0]
    assert "Loading from Issuance…" in parts[0]
    said = [part for part in parts[1:] if "taking longer than usual" in part]
    assert ["(2 seconds so far)" in said[0], "(3 seconds so far)" in said[1]] == [True, True]
    assert parts[-1].count('class="row-link"') == 25
