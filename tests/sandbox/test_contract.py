"""The sandbox against docs/contracts/, by schemathesis in positive mode: status, content type and schema of every answer.

Where it is awkward on purpose a row of AWKWARD says so. A mismatch outside the table fails; so does a row never seen.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.conftest import ACME_KEY
from tests.stand_in import Sandbox

CONTRACT = json.loads((Path(__file__).resolve().parents[2] / "docs/contracts/issuance.json").read_text())
PATHS = {
    path: {method: operation for method, operation in item.items() if method != "post"}
    for path, item in CONTRACT["paths"].items()
}
"""All but creating users, which would fill the sandbox with them: tests/users does that."""
OF_TOKENS = ("/api/investors/", "/api/users/")
schema = schemathesis.openapi.from_dict({**CONTRACT, "paths": PATHS})
schema.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])

# path, parameter, address that provokes it, answer, line of docs/contracts/behaviours.md
AWKWARD = (
    ("/api/investments/", "watchlistentity__has_hits__in", "?watchlistentity__has_hits__in=true", 500, "boolean `__in` with one value"),
    ("/api/investments/", "investmentapproval__is_approved__in", "?investmentapproval__is_approved__in=true", 500, "boolean `__in` with one value"),
    ("/api/offerings/", "archived__in", "?archived__in=true", 500, "boolean `__in` with one value"),
    ("/api/offerings/", "issuer__archived__in", "?issuer__archived__in=true", 500, "boolean `__in` with one value"),
    ("/api/investors/", "id__in", "?id__in=99999999999999999999", 500, "`id__in`/`quantity__in` beyond 64 bits"),
    ("/api/users/", "id__in", "?id__in=99999999999999999999", 500, "`id__in`/`quantity__in` beyond 64 bits"),
    ("/api/investments/", "id__in", "?id__in=99999999999999999999", 500, "`id__in`/`quantity__in` beyond 64 bits"),
    ("/api/investments/", "quantity__in", "?quantity__in=99999999999999999999", 500, "`id__in`/`quantity__in` beyond 64 bits"),
    ("/api/investments/", "created_at__gte", "?created_at__gte=0001-01-01T00:00:00%2B14:00", 500, "a date-time near year 1 with an offset"),
    ("/api/investments/", "reference_id__in", "?reference_id__in=" + "A1-000001," * 420, 414, "414, HTML"),
    ("/api/investments/{id}/", "id", "0.5/", 404, "odd paths give an **HTML** 404"),
    ("/api/offerings/{id}/", "id", "0.5/", 404, "odd paths give an **HTML** 404"),
)  # fmt: skip


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    return sandbox.key(ACME_KEY)


def is_awkward(path: str, sent: dict[str, Any], status: int) -> bool:
    """A row of the table covers the answer: the parameter was sent to that path and the status is the row's. 414 comes for
    any parameters that are long together."""
    is_too_long = status == 414 and len(str(sent)) > 1_000
    return is_too_long or any(path == row[0] and row[1] in sent and status == row[3] for row in AWKWARD)


TOKENS: dict[str, str] = {}


def token(sandbox: Sandbox) -> str:
    if sandbox.url not in TOKENS:
        TOKENS[sandbox.url] = sandbox.sign_in("Acme Robotics")["idToken"]
    return TOKENS[sandbox.url]


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_the_contracts(case: schemathesis.Case, running_sandbox: Sandbox) -> None:
    running_sandbox.reset()
    is_of_tokens = case.operation.path.startswith(OF_TOKENS)
    header = f"Bearer {token(running_sandbox)}" if is_of_tokens else f"Api-Key {running_sandbox.key(ACME_KEY)}"
    case.headers = {**(case.headers or {}), "Authorization": header}
    answer = case.call(base_url=running_sandbox.url)
    try:
        case.validate_response(
            answer,
            checks=[not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance],
        )
    except (Failure, FailureGroup):
        if not is_awkward(
            case.operation.path, {**(case.query or {}), **(case.path_parameters or {})}, answer.status_code
        ):
            raise


def ask(sandbox: Sandbox, path: str, key: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Api-Key {key}"} if key else {}
    if key and path.startswith(OF_TOKENS):
        headers = {"Authorization": f"Bearer {token(sandbox)}"}
    return httpx.get(sandbox.url + path, headers=headers, trust_env=False)


@pytest.mark.parametrize(("path", "parameter", "tail", "status", "line"), AWKWARD, ids=[row[1] for row in AWKWARD])
def test_each_row_of_the_table_is_seen(
    sandbox: Sandbox, key: str, project: Path, path: str, parameter: str, tail: str, status: int, line: str
) -> None:
    assert line in (project / "docs/contracts/behaviours.md").read_text()
    answer = ask(sandbox, path.replace("{id}/", "") + tail, key)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


LIST = "/api/investments/"


def count(sandbox: Sandbox, key: str, query: str) -> int:
    return int(ask(sandbox, f"{LIST}?{query}", key).json()["count"])


@pytest.mark.parametrize(
    "query",
    [
        "statuss=received",
        "status__lt=received",
        "ordering=nonsense",
        "page_size=0",
        "page_size=abc",
        "watchlistentity__has_hits=maybe",
    ],
)
def test_what_it_does_not_understand_it_ignores_in_silence(sandbox: Sandbox, key: str, query: str) -> None:
    assert count(sandbox, key, query) == count(sandbox, key, "page_size=1")


def test_a_page_size_too_large_is_capped_in_silence(sandbox: Sandbox, key: str) -> None:
    sandbox.state(page_size_cap=40)
    assert len(ask(sandbox, f"{LIST}?page_size=9999", key).json()["results"]) == 40


@pytest.mark.parametrize("page", ["0", "abc", "99999", "2&amount__gt=99999999"])
def test_a_page_that_is_not_there_is_404(sandbox: Sandbox, key: str, page: str) -> None:
    answer = ask(sandbox, f"{LIST}?page={page}", key)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=nope", {"status"}),
        ("amount__gte=lots&created_at__gte=soon", {"amount__gte", "created_at__gte"}),
        ("created_at__gte=2026-01-01T00:00:00+02:00", {"created_at__gte"}),
    ],
)
def test_bad_values_are_400_with_their_names(sandbox: Sandbox, key: str, query: str, names: set[str]) -> None:
    answer = ask(sandbox, f"{LIST}?{query}", key)
    assert answer.status_code == 400
    assert answer.json().keys() == names


def test_a_nul_in_a_search_is_400_with_a_bare_list(sandbox: Sandbox, key: str) -> None:
    answer = ask(sandbox, f"{LIST}?search=a%00", key)
    assert (answer.status_code, answer.json()) == (400, ["Null characters are not allowed."])


def test_no_wrong_and_revoked_keys_are_answered_alike(sandbox: Sandbox, key: str) -> None:
    sandbox.revoke(ACME_KEY)
    try:
        answers = [ask(sandbox, LIST, each) for each in (None, "sandbox_wrong", key)]
    finally:
        sandbox.revoke(ACME_KEY, revoked=False)
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (403, '{"detail":"Authentication credentials were not provided."}')
    }


def test_a_repeated_parameter_takes_the_last(sandbox: Sandbox, key: str) -> None:
    assert count(sandbox, key, "status=received&status=refunded") == count(sandbox, key, "status=refunded")


def test_a_blocker_inside_another_is_found_too(sandbox: Sandbox, key: str) -> None:
    both = count(sandbox, key, "processing_issue_statuses__contains=watchlist_hits")
    assert both > count(sandbox, key, "processing_issue_statuses__contains=beneficial_owners_watchlist_hits") > 0


def test_strangers_read_the_summary_with_any_filter(sandbox: Sandbox) -> None:
    bare = ask(sandbox, "/api/investments/summary/?slug=acme-robotics-series-b").json()
    narrow = ask(sandbox, "/api/investments/summary/?slug=acme-robotics-series-b&shares_amount__gte=10000").json()
    assert bare["total_amount_committed"]["count"] > narrow["total_amount_committed"]["count"] > 0


def test_a_missing_slash_is_a_redirect_and_an_odd_path_html(sandbox: Sandbox, key: str) -> None:
    assert ask(sandbox, "/api/investments", key).status_code == 301
    odd = ask(sandbox, "/api/nonsense/", key)
    assert (odd.status_code, odd.headers["Content-Type"].split(";")[0]) == (404, "text/html")


def test_a_key_of_one_offering_sees_that_one(sandbox: Sandbox) -> None:
    answer = ask(sandbox, f"{LIST}?page_size=100", sandbox.key("Acme Robotics Series B")).json()
    assert {row["offering"] for row in answer["results"]} == {3}
    assert ask(sandbox, "/api/offerings/1/", sandbox.key("Acme Robotics Series B")).status_code == 404


def test_the_data_are_realistic_in_spread(sandbox: Sandbox, key: str) -> None:
    for status in CONTRACT["components"]["schemas"]["InvestmentStatus"]["enum"]:
        assert count(sandbox, key, f"status={status}&page_size=1") > 0, status
    for code in CONTRACT["components"]["schemas"]["InvestorVerifyProcessStatus"]["enum"]:
        assert count(sandbox, key, f"processing_issue_statuses__contains={code}&page_size=1") > 0, code


def test_no_token_and_a_wrong_word_before_it_are_not_provided_and_an_old_one_has_expired(sandbox: Sandbox) -> None:
    def answer(header: str) -> tuple[int, str]:
        found = httpx.get(
            f"{sandbox.url}/api/users/", headers={"Authorization": header} if header else {}, trust_env=False
        )
        return found.status_code, found.json()["detail"]

    absent = "Authentication credentials were not provided."
    assert {answer("")[1], answer(f"JWT {token(sandbox)}")[1]} == {absent}
    assert answer("Bearer old") == (401, "Token has expired.")


def test_emails_differ_by_case_and_repeated_rows_come_from_the_join(sandbox: Sandbox) -> None:
    twice = next(row for row in sandbox.rows(1) if row["user"] % 50 == 0)
    found = ask(sandbox, f"/api/users/?thirdpartyissueruser__email={twice['email']}", "token").json()
    assert found["count"] > 1
    assert {row["id"] for row in found["results"]} == {twice["user"]}
