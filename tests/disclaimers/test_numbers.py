"""No number in an address or a form is too long: each page says that there is no such thing, and none fails."""

import base64
import json
import re
import time
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from apps.disclaimers.models import Disclaimer
from apps.tenants.models import Tenant
from apps.upstream.tokeny import auth
from tests.conftest import Person
from tests.disclaimers.conftest import written
from tests.sampling import some

LONG = {"19 digits": 2**63, "21 digits": 10**20, "5,000 digits": "9" * 5000}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        elif "<number:" in route:
            yield route


ROUTES = sorted(set(routes(get_resolver().url_patterns)))


def test_there_are_addresses_with_numbers() -> None:
    assert len(ROUTES) > 20


@pytest.mark.parametrize("route", some(ROUTES, 12))
def test_a_number_that_is_too_long_is_not_found(ana: Person, live: Disclaimer, route: str) -> None:
    for number in LONG.values():
        for first in (number, live.pk):
            path = "/" + re.sub(r"<number:\w+>", str(first), route.replace("<slug:tenant>", "acme"), count=1)
            path = re.sub(r"<number:\w+>", str(number), path)
            path = re.sub(r"<slug:\w+>", "status", path)
            if str(number) in path:
                assert ana.get(path).status < 500, path[:80]
                assert ana.post(path, text="a note", revision=str(number)).status < 500, path[:80]


@pytest.mark.parametrize("digits", ["9" * 5000, "-1", "1.5", "١" * 400, "²"])
def test_a_number_of_approvals_that_is_none_is_refused_in_words(ana: Person, digits: str) -> None:
    shown = ana.post("/acme/disclaimers/approvals/", needed=digits)
    assert shown.status == 200
    assert "Nothing changed." in shown


def test_a_nul_in_a_draft_is_written_as_commonmark_reads_it(ana: Person, acme: Tenant) -> None:
    """PostgreSQL holds no NUL, and a draft is never lost."""
    made = written(acme, ana, "a\0b")
    assert ana.post(f"/acme/disclaimers/{made.pk}/edit/", text="a\0c", revision="1").status == 200
    assert list(made.drafts.values_list("text", flat=True)) == ["a\ufffdc", "a\ufffdb"]


@pytest.mark.parametrize("end", [10**400, 1e300, -1, "abc", None])
def test_a_token_that_says_nonsense_of_its_end_is_used_for_an_hour(end: object) -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": end}).encode()).decode().rstrip("=")
    assert abs(auth.end_of(f"a.{payload}.b") - time.time()) < 4000
