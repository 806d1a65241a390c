"""Who guesses is stopped, and nobody else: counts by account, address and known browser."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.cache import caches
from django.db import connection, connections
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.staff import attempts, devices
from apps.staff.attempts import OF_ACCOUNT, OF_BOTH, OF_DEVICE
from apps.staff.models import Attempt, StaffMember
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD, Person, person, sent_link

pytestmark = pytest.mark.usefixtures("both_worlds")

SIGN_IN, EMAIL = "/accounts/login/", "ana@acme.example"
TOO_MANY = "Too many failed sign-ins"


@pytest.fixture
def ana(acme: Tenant) -> Person:
    return person(EMAIL, acme, "owner")


def tries(client: Client, password: str, address: str = "203.0.113.9", email: str = EMAIL) -> str:
    """ "in", "wrong" or "refused"."""
    answer = client.post(SIGN_IN, {"login": email, "password": password}, REMOTE_ADDR=address)
    if answer.status_code == 302:
        client.post("/accounts/logout/")
        return "in"
    return "refused" if TOO_MANY in answer.content.decode() else "wrong"


def known(address: str = "203.0.113.9") -> Client:
    """A browser that ana has signed in from."""
    client = Client()
    assert tries(client, PASSWORD, address) == "in"
    return client


def addresses() -> Iterator[str]:
    while True:
        yield from (f"198.51.{third}.{fourth}" for third in range(4) for fourth in range(50))


def test_a_thousand_guesses_from_two_hundred_addresses_do_not_touch_the_owner(ana: Person) -> None:
    own, strangers, said, refused = known(), addresses(), list[str](), 0
    for number in range(1_000):
        said.append(tries(Client(), f"guess-{number}", next(strangers)))
        if number % 20 == 0:
            refused += tries(own, PASSWORD) != "in"
    assert refused == 0
    assert said.count("wrong") == OF_ACCOUNT.most
    assert said.count("refused") == 1_000 - OF_ACCOUNT.most
    assert tries(Client(), PASSWORD, "192.0.2.1") == "refused", "an unknown browser cannot be told from theirs"


def test_an_office_shares_an_address(ana: Person) -> None:
    own = known()
    for number in range(30):
        tries(Client(), "wrong", email=f"other-{number}@acme.example")
    assert tries(own, PASSWORD) == "in"


def test_a_known_browser_has_a_limit_of_its_own(ana: Person) -> None:
    own, other = known(), known()
    said = [tries(own, f"wrong-{number}") for number in range(12)]
    assert said == ["wrong"] * OF_DEVICE.most + ["refused"] * 2
    assert tries(own, PASSWORD) == "refused"
    assert tries(other, PASSWORD) == "in"
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert tries(own, PASSWORD) == "in"


def test_few_at_one_address(ana: Person) -> None:
    said = [tries(Client(), f"wrong-{number}") for number in range(7)]
    assert said == ["wrong"] * OF_BOTH.most + ["refused"] * 2
    assert tries(Client(), PASSWORD, "192.0.2.1") == "in"


def test_an_address_that_no_one_has_is_refused_alike(acme: Tenant) -> None:
    said = [tries(Client(), "wrong", email="who@else.example") for _ in range(7)]
    assert said == ["wrong"] * OF_BOTH.most + ["refused"] * 2


def test_a_right_password_leaves_nothing_behind(ana: Person) -> None:
    for _ in range(30):
        assert tries(Client(), PASSWORD) == "in"
    assert not Attempt.objects.exists()


def test_what_was_typed_and_whence_is_not_kept(ana: Person) -> None:
    tries(Client(), "wrong")
    row = Attempt.objects.get()
    assert EMAIL not in (held := f"{row.account}{row.address}{row.device}")
    assert "203.0.113.9" not in held


def test_nothing_but_time_lifts_it(ana: Person) -> None:
    for number in range(6):
        tries(Client(), f"wrong-{number}")
    for name in ("default", "sessions", "counts", "labels", "agreed"):
        caches[name].clear()
    for number in range(50):
        tries(Client(), "wrong", f"192.0.2.{number}", f"other-{number}@acme.example")
    assert tries(Client(), PASSWORD) == "refused"
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert tries(Client(), PASSWORD) == "in"


@pytest.mark.parametrize("cookie", ["", "nonsense", "{}", "e30:1abc:def", "x" * 5000])
def test_a_cookie_that_is_not_ours_makes_no_browser_known(ana: Person, cookie: str) -> None:
    client = Client()
    client.cookies["device"] = cookie
    said = [tries(client, "wrong") for _ in range(7)]
    assert said[-1] == "refused"
    assert {each.device for each in Attempt.objects.all()} == {""}


def test_a_cookie_of_another_account_makes_none_known(ana: Person, acme: Tenant) -> None:
    person("max@acme.example", acme, "manager")
    client = Client()
    assert tries(client, PASSWORD, email="max@acme.example") == "in"
    tries(client, "wrong")
    assert Attempt.objects.get().device == ""


def test_one_browser_knows_several_accounts(ana: Person, acme: Tenant) -> None:
    client = Client()
    for name in "abcdefg":
        person(f"{name}@acme.example", acme, "support")
        assert tries(client, PASSWORD, email=f"{name}@acme.example") == "in"
    request = RequestFactory().get("/")
    request.COOKIES["device"] = client.cookies["device"].value
    assert [bool(devices.known_to(request, f"{name}@acme.example")) for name in "abcdefg"] == [False] * 2 + [True] * 5


def test_a_changed_password_makes_browsers_strangers(ana: Person) -> None:
    own = known()
    member = StaffMember.objects.get(email=EMAIL)
    member.set_password("another-horse-battery-9")
    member.save()
    tries(own, "wrong")
    assert Attempt.objects.get().device == ""


def test_who_resets_the_password_is_known_where_they_did(ana: Person) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": EMAIL})
    form = client.get(sent_link(), follow=True)
    new = "another-horse-battery-9"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    for address in list(zip(range(30), addresses(), strict=False)):
        tries(Client(), "wrong", address[1])
    assert tries(client, new) == "in"


def test_the_cookie_says_nothing_and_is_for_the_server_alone(ana: Person) -> None:
    cookie = known().cookies["device"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    held: dict[str, Any] = signing.loads(cookie.value, salt=devices.SALT)
    assert EMAIL not in str(held)


def test_old_ones_are_forgotten(ana: Person) -> None:
    tries(Client(), "wrong")
    Attempt.objects.update(at=timezone.now() - timedelta(days=2))
    attempts.forget_old()
    assert not Attempt.objects.exists()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
def test_guesses_at_once_are_not_more(both_worlds: None, transactional_db: None) -> None:
    """Forty threads, as many processes would be: each is a row before it is counted."""
    request, passed, barrier = RequestFactory().get("/"), [], threading.Barrier(40)

    def guess(number: int) -> None:
        barrier.wait()
        if attempts.begin(request, EMAIL, f"198.51.100.{number}"):
            passed.append(number)
        connections.close_all()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) <= OF_ACCOUNT.most
