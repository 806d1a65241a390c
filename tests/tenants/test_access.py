"""Every address x every role x {own team, foreign team, none}; what is refused never goes upstream."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from apps.audit.models import Entry
from apps.staff import urls as staff_urls
from apps.tenants import members
from apps.tenants.models import RESERVED_SLUGS, Tenant
from apps.tenants.permissions import GRANTS, Permission, Role
from tests.conftest import Person, person, team
from tests.stand_in import Sandbox


def walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, here)
        else:
            yield here, entry


EVERY = list(walk(get_resolver().url_patterns))
OF_TENANTS = [(route, pattern) for route, pattern in EVERY if route.startswith("<slug:tenant>/")]
OPEN = {"healthz", "healthz/live", "healthz/ready", "metrics", "robots.txt", ".well-known/security.txt"} | {
    f"accounts/{pattern.pattern}" for pattern in staff_urls.urlpatterns if pattern.name not in ("profile", "session_end", "sessions_end")
} | {"accounts/notices/<str:token>/", "accounts/invitations/<str:token>/", "accounts/sso/", "accounts/sso/done/",
    "accounts/sso/start/<slug:slug>/"}  # fmt: skip
"""Pages that anyone may ask for; allauth's guard themselves, and a link in an email is signed."""


def test_every_page_has_a_guard_or_is_named_as_open() -> None:
    without = {route for route, pattern in EVERY if not hasattr(pattern.callback, "guard")}
    assert without == OPEN


def test_every_page_of_a_tenant_is_guarded_by_a_permission() -> None:
    assert len(OF_TENANTS) >= 11
    for route, pattern in OF_TENANTS:
        assert isinstance(getattr(pattern.callback, "guard", None), Permission), route


def test_the_reserved_slugs_are_the_first_segments_of_our_addresses() -> None:
    first = {route.split("/")[0] for route, _ in EVERY if not route.startswith("<slug:tenant>")} - {""}
    assert first | {"static", "favicon.ico"} == RESERVED_SLUGS


EXAMPLES = {
    "slug": "some-key", "kind": "firebase", "field": "amount", "operator": "at-least", "tab": "terms", "name": "roles",
}  # fmt: skip
POST_ONLY = (
    "role/", "test/", "notes/", "remove/", "exposure/", "check/", "begin/", "import/", "approvals/", "send/", "drift/",
    "give-up/", "send-again/", "withdraw/", "review/", "roll-back/", "preview/", "cancel/", "delete/", "update/", "reveal/", "audit/export/",
)  # fmt: skip


def address(route: str, slug: str) -> str:
    """The route with something in each of its places; every number is 1, every UUID that of no row."""
    filled = route.replace("<slug:tenant>", slug)
    for name, example in EXAMPLES.items():
        filled = filled.replace(f"<slug:{name}>", example)
    filled = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", filled)
    return "/" + re.sub(r"<number:\w+>", "1", filled)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("route", "pattern"), OF_TENANTS, ids=[route for route, _ in OF_TENANTS])
def test_a_page_opens_for_the_roles_that_may_and_for_nobody_else(
    someone: Person, role: Role, borealis: Tenant, sandbox: Sandbox, route: str, pattern: URLPattern, method: str
) -> None:
    may = role in GRANTS[pattern.callback.guard]
    ask = getattr(someone, method)
    sandbox.reset()
    own = ask(address(route, "acme"))
    if own.status == 405:
        assert method != ("post" if route.endswith(POST_ONLY) else "get"), "each page has its method"
        return
    assert (own.status == 403) == (not may), f"{route} for {role}: {own.status}"
    if not may:
        assert f"signed in to Acme Robotics as {role.label.lower()}" in own
        assert sandbox.ledger == []
        assert Entry.objects.filter(action="refused", actor=someone.member).exists()
    sandbox.reset()
    foreign, missing = ask(address(route, "borealis")), ask(address(route, "no-such-team"))
    assert (foreign.status, missing.status) == (404, 404)
    assert same(foreign) == same(missing)
    assert "Borealis" not in foreign
    assert sandbox.ledger == []


def same(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


@pytest.mark.parametrize(("route", "pattern"), OF_TENANTS, ids=[route for route, _ in OF_TENANTS])
def test_signed_out_every_team_leads_to_the_sign_in_page_alike(
    nobody: Person, acme: Tenant, sandbox: Sandbox, route: str, pattern: URLPattern
) -> None:
    for slug in ("acme", "no-such-team"):
        asked = address(route, slug)
        assert nobody.get(asked, follow=False).headers["Location"] == f"/accounts/login/?next={asked}"
    assert sandbox.ledger == []


def test_a_fragment_asked_for_after_signing_out_leads_to_the_whole_sign_in_page(nobody: Person, acme: Tenant) -> None:
    page = nobody.get("/acme/investments/", htmx="listing")
    assert page.status == 200
    assert page.headers["HX-Redirect"].startswith("/accounts/login/?next=")
    assert page == ""


def test_a_filter_that_was_typed_when_the_session_had_ended_is_there_after_signing_in(
    nobody: Person, acme: Tenant
) -> None:
    page = nobody.get("/acme/investments/?status=received", htmx="listing")
    assert page.headers["HX-Redirect"] == "/accounts/login/?next=/acme/investments/%3Fstatus%3Dreceived"
    response = nobody.client.get(
        "/acme/investments/newer/7/",
        headers={
            "HX-Request": "true",
            "HX-Target": "x",
            "HX-Current-URL": "http://testserver/acme/investments/?page=2",
        },
    )
    assert response["HX-Redirect"] == "/accounts/login/?next=/acme/investments/%3Fpage%3D2"


def test_cleo_of_no_team_sees_no_team(cleo: Person, acme: Tenant) -> None:
    assert cleo.get("/acme/investments/").status == 404
    page = cleo.get("/")
    assert "You’re not a member of any team." in page
    assert "Acme" not in page


def test_a_person_of_two_teams_chooses_and_switches(ana: Person, borealis: Tenant) -> None:
    assert ana.get("/", follow=False).headers["Location"] == "/acme/"
    members.add(borealis, "ana@acme.example", Role.SUPPORT, None)
    page = ana.get("/")
    assert 'href="/acme/"' in page
    assert 'href="/borealis/"' in page
    assert 'href="/borealis/"' in ana.get("/acme/investments/")


def test_a_role_is_that_of_the_team_at_hand(ana: Person, borealis: Tenant) -> None:
    members.add(borealis, "ana@acme.example", Role.SUPPORT, None)
    assert ana.get("/acme/settings/members/").status == 200
    assert ana.get("/borealis/settings/members/").status == 403


def test_a_member_who_is_removed_is_refused_at_the_next_request(acme: Tenant) -> None:
    sue = person("sue@acme.example", acme, Role.SUPPORT)
    person("olga@acme.example", acme, Role.OWNER)
    assert sue.get("/acme/investments/").status == 200
    members.remove(acme.memberships.get(person=sue.member), None)
    assert sue.get("/acme/investments/").status == 404


def test_nothing_is_kept_by_the_browser(ana: Person) -> None:
    for path in ("/", "/acme/investments/", "/acme/investments/1/", "/nowhere/", "/accounts/password/change/"):
        assert ana.get(path).headers["Cache-Control"] == "no-store"


def test_a_page_asks_the_database_as_often_for_one_team_as_for_many(ana: Person) -> None:
    path = "/acme/settings/members/"
    ana.get(path)
    with CaptureQueriesContext(connection) as of_one:
        ana.get(path)
    for number in range(5):
        members.add(team(f"further-{number}", f"Further {number}", "UTC"), "ana@acme.example", Role.SUPPORT, None)
    with CaptureQueriesContext(connection) as of_many:
        assert "Further 4" in ana.get(path)
    assert len(of_many) == len(of_one), [query["sql"][:200] for query in of_many]


def test_the_menu_names_ten_teams_and_leads_to_the_others(ana: Person) -> None:
    for number in range(15):
        members.add(team(f"further-{number:02}", f"Further {number:02}", "UTC"), "ana@acme.example", Role.SUPPORT, None)
    page = ana.get("/acme/settings/members/")
    assert page.count(">Further ") == 9
    assert "All your teams</a>" in page
    assert ana.get("/").count(">Further ") == 15


def test_a_line_of_the_log_names_the_team_and_the_request(ana: Person, caplog: pytest.LogCaptureFixture) -> None:
    page = ana.get("/acme/investments/")
    ana.get("/accounts/logout/")
    of_team, of_none = [each.msg for each in caplog.records if each.name == "request"][-2:]
    assert isinstance(of_team, dict)
    assert isinstance(of_none, dict)
    assert (of_team["team"], of_team["request_id"]) == ("acme", page.headers["X-Request-ID"])
    assert "team" not in of_none
