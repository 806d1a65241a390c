"""Sessions: how they begin, what keeps them open, and what ends them."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import Entry
from apps.staff.browsers import UNKNOWN, browser
from apps.staff.models import StaffSession
from apps.tenants.models import Tenant
from tests.conftest import PASSWORD, Person, person, sent_link

pytestmark = pytest.mark.usefixtures("both_worlds")

PAGE, PROFILE = "/acme/settings/members/", "/accounts/profile/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def again(who: Person) -> Person:
    """The same person in another browser."""
    assert who.member
    client = Client(raise_request_exception=False, HTTP_USER_AGENT=FIREFOX)
    client.post("/accounts/login/", {"login": who.member.email, "password": PASSWORD})
    return Person(who.member, client)


def is_in(who: Person, path: str = PAGE) -> bool:
    return "<h1>Sign in</h1>" not in who.get(path)


@pytest.mark.parametrize("path", [PAGE, PROFILE, "/accounts/password/change/"])
def test_half_an_hour_without_use_ends_it(ana: Person, path: str) -> None:
    now = timezone.now()
    with time_machine.travel(now + timedelta(minutes=29), tick=False):
        assert is_in(ana, path)
    with time_machine.travel(now + timedelta(minutes=58), tick=False):
        assert is_in(ana, path)
    with time_machine.travel(now + timedelta(minutes=89), tick=False):
        asked = ana.get(path)
        assert "You were signed out after 30 minutes without use." in asked
        assert f'value="{path}"' in asked, "signing in leads back"
    assert not StaffSession.objects.exists()
    assert not is_in(ana, path)


def test_twelve_hours_end_it_however_much_it_is_used(ana: Person) -> None:
    now = timezone.now()
    for hours in range(24):
        with time_machine.travel(now + timedelta(minutes=29 * hours), tick=False):
            assert is_in(ana)
    with time_machine.travel(now + timedelta(minutes=29 * 25), tick=False):
        assert not is_in(ana)


def test_a_poll_is_no_use_and_leaves_the_page_alone(ana: Person) -> None:
    now = timezone.now()
    polled = {"HX-Request": "true", "X-Poll": "1"}
    with time_machine.travel(now + timedelta(minutes=25), tick=False):
        assert ana.client.get(PAGE, headers=polled).status_code == 200
    with time_machine.travel(now + timedelta(minutes=31), tick=False):
        answer = ana.client.get(PAGE, headers=polled)
        assert (answer.status_code, answer["HX-Reswap"]) == (286, "none")
        assert "HX-Redirect" not in answer


def test_what_asks_by_itself_says_so(project: Path) -> None:
    asking = 0
    for file in project.glob("templates/**/*.html"):
        for element in re.findall(r"<\w+[^<]*hx-trigger=\"(?:every|load delay|newer)[^<]*", file.read_text()):
            asking += 1
            assert "X-Poll" in element, file
    assert asking >= 5


def test_its_last_use_is_written_once_a_minute(ana: Person) -> None:
    now = timezone.now()
    writes = 0
    with CaptureQueriesContext(connection) as asked:
        for second in range(0, 300, 5):
            with time_machine.travel(now + timedelta(seconds=second), tick=False):
                ana.get(PROFILE)
        writes = sum("UPDATE" in each["sql"] and "staffsession" in each["sql"] for each in asked.captured_queries)
    assert 3 <= writes <= 5


def test_one_sees_where_one_is_signed_in_and_ends_one_of_them(ana: Person, acme: Tenant) -> None:
    other = again(ana)
    shown = ana.get(PROFILE)
    assert "Firefox on Windows" in shown
    assert "this one" in shown
    assert "127.0.0.1" in shown
    row = StaffSession.objects.get(browser="Firefox on Windows")
    assert "Signed out: Firefox on Windows." in ana.post(f"/accounts/sessions/{row.pk}/end/")
    assert not is_in(other)
    assert is_in(ana)
    assert Entry.objects.filter(action="sessions ended", actor=ana.member).exists()


def test_one_ends_all_others(ana: Person, ben: Person) -> None:
    others = [again(ana) for _ in range(3)]
    assert "You’re signed out everywhere else." in ana.post("/accounts/sessions/end/")
    assert [is_in(other) for other in others] == [False, False, False]
    assert is_in(ana)
    assert is_in(ben, "/borealis/settings/members/")


def test_the_session_of_another_does_not_exist(ana: Person, ben: Person) -> None:
    assert ben.member
    theirs = ben.member.sessions.get()
    assert ana.post(f"/accounts/sessions/{theirs.pk}/end/").status == 404
    assert ana.post(f"/accounts/sessions/{uuid4()}/end/").status == 404
    assert is_in(ben, "/borealis/settings/members/")


def test_a_session_that_names_the_row_of_another_opens_nothing(ana: Person, ben: Person) -> None:
    assert ben.member
    session = ana.client.session
    session["staff_session"] = str(ben.member.sessions.get().pk)
    session.save()
    assert not is_in(ana)
    assert not is_in(ana, PROFILE)


def test_a_changed_password_ends_the_others_and_keeps_this_one(ana: Person) -> None:
    other = again(ana)
    new = "another-horse-battery-9"
    ana.post("/accounts/password/change/", oldpassword=PASSWORD, password1=new, password2=new)
    assert is_in(ana)
    assert not is_in(other)
    assert StaffSession.objects.count() == 1


def test_a_password_that_is_reset_ends_all(ana: Person, nobody: Person) -> None:
    nobody.post("/accounts/password/reset/", email="ana@acme.example")
    form = nobody.get(sent_link())
    new = "another-horse-battery-9"
    nobody.post(form.response.request["PATH_INFO"], password1=new, password2=new)
    assert not is_in(ana)
    assert not StaffSession.objects.filter(person=ana.member).exists()


def test_signing_out_leaves_no_row(ana: Person) -> None:
    ana.post("/accounts/logout/")
    assert not StaffSession.objects.exists()


def test_a_page_learns_who_stays_and_gets_a_token_that_works(acme: Tenant) -> None:
    member = person("ana@acme.example", acme, "owner").member
    assert member
    client = Client(enforce_csrf_checks=True)
    assert client.get("/accounts/stay/").status_code == 401
    client.force_login(member)
    told = client.get("/accounts/stay/").json()
    assert told["person"] == member.pk
    assert client.post("/accounts/sessions/end/", {"csrfmiddlewaretoken": told["token"]}).status_code == 302


def test_rows_of_long_ago_go_when_one_begins(ana: Person, acme: Tenant) -> None:
    StaffSession.objects.update(used_at=timezone.now() - timedelta(days=2))
    again(ana)
    assert StaffSession.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15", "Safari on Mac"),
        ("Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        ("", UNKNOWN),
        ("curl/8.0", UNKNOWN),
        ("<script>alert(1)</script>" * 1000, UNKNOWN),
        ("Firefox/", "Firefox"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_our_words(agent: str, words: str) -> None:
    assert browser(agent) == words
