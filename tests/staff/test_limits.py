"""Who tries passwords is slowed down; no one else is. What counts it is in the database, and no traffic flushes it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache, caches

from apps.staff.models import Limit
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD, Page, Person, page, person

pytestmark = pytest.mark.usefixtures("both_worlds")

SIGN_IN = "/accounts/login/"
TOO_MANY = "Too many failed sign-ins for this email."


def try_from(who: Person, address: str, password: str, host: str = "testserver") -> Page:
    response = who.client.post(
        SIGN_IN, {"login": "ana@acme.example", "password": password}, REMOTE_ADDR=address, HTTP_HOST=host, follow=True
    )
    return page(response)


@pytest.fixture
def ana(acme: Tenant) -> Person:
    return person("ana@acme.example", acme, "owner")


def test_strangers_do_not_lock_out_the_right_person(ana: Person, nobody: Person) -> None:
    for number in range(12):
        try_from(nobody, "198.51.100.7", f"wrong-{number}")
    assert TOO_MANY in try_from(nobody, "198.51.100.7", PASSWORD)
    assert "<h1>Overview</h1>" in try_from(nobody, "203.0.113.9", PASSWORD)


def test_a_host_header_makes_no_count_of_its_own(ana: Person, nobody: Person, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    for number in range(5):
        try_from(nobody, "198.51.100.7", f"wrong-{number}", host=f"testserver:{6000 + number}")
    assert TOO_MANY in try_from(nobody, "198.51.100.7", PASSWORD, host="testserver:7000")


def test_no_traffic_lifts_a_limit(ana: Person, nobody: Person) -> None:
    """Far more entries than any cache holds, of limits and of all else."""
    for number in range(6):
        try_from(nobody, "198.51.100.7", f"wrong-{number}")
    for number in range(1_500):
        cache.set(f"allauth:rl:other:{number}", [1.0], 300)
    for name in ("sessions", "counts", "labels"):
        caches[name].clear()
        for number in range(400):
            caches[name].set(f"other:{number}", "x")
    assert TOO_MANY in try_from(nobody, "198.51.100.7", PASSWORD)


def test_what_has_expired_is_removed(db: None) -> None:
    for number in range(400):
        cache.set(f"old:{number}", 1, timeout=-1)
    for number in range(cache._max_entries + 1):  # type: ignore[attr-defined]
        cache.set(f"new:{number}", 1, timeout=300)
    assert not Limit.objects.filter(cache_key__contains="old:").exists()
    assert Limit.objects.count() >= cache._max_entries  # type: ignore[attr-defined]


def test_only_limits_use_the_cache_of_limits(project: Path) -> None:
    """Whatever else is kept has an alias of its own."""
    for file in project.glob("apps/**/*.py"):
        assert "cache import cache\n" not in file.read_text(), file


@pytest.mark.parametrize(
    ("said", "proxies", "address"),
    [
        ("203.0.113.9", 2, "203.0.113.9"),
        ("203.0.113.9, 10.0.0.1", 2, "203.0.113.9"),
        ("spoofed, 203.0.113.9, 10.0.0.1", 2, "203.0.113.9"),
        ("spoofed, 203.0.113.9", 1, "203.0.113.9"),
        ("203.0.113.9", 0, "127.0.0.1"),
        ("", 2, "127.0.0.1"),
        (" , ", 1, "127.0.0.1"),
        ("203.0.113.9:51000", 1, "203.0.113.9"),
        ("[2001:db8::1]:51000", 1, "2001:db8::1"),
        ("nonsense", 1, "127.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_proxy_saw(
    ana: Person, nobody: Person, settings: Any, rf: Any, said: str, proxies: int, address: str
) -> None:
    from allauth.account.adapter import get_adapter

    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = rf.get(SIGN_IN, HTTP_X_FORWARDED_FOR=said)
    assert get_adapter(request).get_client_ip(request) == address
    answer = nobody.client.post(SIGN_IN, {"login": "x@y.example", "password": "x"}, HTTP_X_FORWARDED_FOR=said)
    assert answer.status_code == 200
