"""What an answer means, and what is refused before a byte is sent. The whole matrix of faults is tests/faults."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from apps.upstream import errors, refusals, transport
from apps.upstream.deadlines import Deadline
from apps.upstream.issuance.auth import api_key
from apps.upstream.issuance.client import Issuance
from apps.upstream.secret import Secret
from tests.conftest import ACME_KEY
from tests.stand_in import Sandbox

RULES = transport.Rules(frozenset({"127.0.0.1", "localhost"}))


def api(sandbox: Sandbox, seconds: float = 15) -> Issuance:
    deadline = Deadline(time.monotonic() + seconds)
    return Issuance(sandbox.url, transport.Fixed(api_key(Secret(sandbox.key(ACME_KEY)))), RULES, "req-1", deadline)


def test_a_page_is_its_count_and_rows(sandbox: Sandbox) -> None:
    page = api(sandbox).list_investments({"page_size": "25"}).result()
    assert (len(page.rows), page.broken) == (25, 0)
    assert page.count > 1000


def test_the_request_id_is_sent_upstream(sandbox: Sandbox) -> None:
    api(sandbox).list_offerings({}).result()
    assert [call["request_id"] for call in sandbox.ledger] == ["req-1"]


@pytest.mark.parametrize(
    ("kind", "value", "error", "says"),
    [
        ("status", 401, errors.KeyRefused, "rejected the API key (HTTP 401)"),
        ("status", 403, errors.KeyRefused, "rejected the API key (HTTP 403)"),
        ("status", 404, errors.NoSuchPath, "has nothing at this URL (HTTP 404)"),
        ("status", 418, errors.Refused, "rejected the request (HTTP 418)"),
        ("status", 503, errors.Failed, "returned an error (HTTP 503)"),
        ("throttled", 90, errors.Throttled, "is limiting requests right now"),
        ("redirect", "https://evil.example/", errors.Unreadable, "HTTP 302 instead of 200"),
        ("html-200", None, errors.Unreadable, "it isn’t JSON"),
        ("huge", None, errors.Unreadable, "it’s larger than 10 MB"),
        ("gzip-bomb", None, errors.Unreadable, "it’s larger than 10 MB"),
        ("deep", None, errors.Unreadable, "it’s nested too deeply"),
        ("bad-utf8", None, errors.Unreadable, "Couldn’t read"),
        ("body", '{"count": NaN, "results": []}', errors.Unreadable, "it isn’t JSON"),
        ("body", '{"count": ' + "9" * 5000 + ', "results": []}', errors.Unreadable, "Couldn’t read"),
        ("body", '{"count": -1, "results": []}', errors.Unreadable, "it isn’t a list with a count"),
        ("body", '{"count": 1}', errors.Unreadable, "it isn’t a list with a count"),
        ("body", "[]", errors.Unreadable, "it isn’t a JSON object"),
        ("body", "", errors.Unreadable, "it isn’t JSON"),
        ("cut", None, errors.Dropped, "was cut off before the whole response arrived"),
        ("slow", 3, errors.Unanswered, "didn’t respond in time"),
        ("drip", 0.2, errors.Unanswered, "didn’t respond in time"),
    ],
)
def test_an_answer_that_goes_wrong_is_one_error_of_the_tree(
    sandbox: Sandbox, kind: str, value: Any, error: type[errors.UpstreamError], says: str
) -> None:
    sandbox.fault(kind, value=value)
    began = time.monotonic()
    with pytest.raises(error) as raised:
        api(sandbox, seconds=2).list_investments({}).result()
    assert says in raised.value.what
    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize("kind", ["html-500", "cut"])
def test_a_fault_that_passes_is_tried_again(sandbox: Sandbox, kind: str) -> None:
    sandbox.fault(kind, times=2)
    assert api(sandbox).list_investments({}).result().rows
    assert len(sandbox.ledger) == 3


@pytest.mark.parametrize(("kind", "value"), [("status", 403), ("status", 404), ("html-200", None), ("throttled", 1)])
def test_a_fault_that_stays_is_not_hammered(sandbox: Sandbox, kind: str, value: Any) -> None:
    sandbox.fault(kind, value=value)
    with pytest.raises(errors.UpstreamError):
        api(sandbox).list_investments({}).result()
    assert len(sandbox.ledger) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://api.issuance.com",
        "https://evil.example",
        "https://127.0.0.1@evil.example",
        "file:///etc/passwd",
        "//127.0.0.1",
    ],
)
def test_an_unsafe_address_is_refused_before_a_byte_is_sent(url: str) -> None:
    unsafe = Issuance(url, transport.Fixed(api_key(Secret("abc"))), RULES)
    with pytest.raises(errors.Insecure):
        unsafe.list_investments({}).result()


def test_field_errors_are_kept_by_name(sandbox: Sandbox) -> None:
    with pytest.raises(errors.Invalid) as raised:
        api(sandbox).list_investments({"status": "nope", "amount__gte": "lots"}).result()
    assert raised.value.fields.keys() == {"status", "amount__gte"}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("90", 90), ("0", 0), ("86400", 86400), ("", None), ("soon", None), ("-5", None), ("9" * 30, None), ("١", None)],
)
def test_retry_after_in_seconds(header: str, seconds: int | None) -> None:
    assert refusals.retry_after(header) == seconds


def test_retry_after_as_a_date_is_never_negative() -> None:
    now = datetime.now(UTC)
    assert refusals.retry_after(format_datetime(now - timedelta(hours=1), usegmt=True)) == 0
    assert refusals.retry_after(format_datetime(now + timedelta(seconds=60), usegmt=True)) in (58, 59, 60)


def test_an_error_says_nothing_of_the_call(sandbox: Sandbox) -> None:
    sandbox.fault("status", value=500)
    with pytest.raises(errors.Failed) as raised:
        api(sandbox).list_investments({"search": "canary"}).result()
    told = f"{raised.value!r} {raised.value} {vars(raised.value)}"
    assert "canary" not in told
    assert sandbox.key(ACME_KEY) not in told
