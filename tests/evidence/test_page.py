"""The audit log's page: what it says, to whom, how it is narrowed, and that nothing is left out or asked twice."""

import random
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from apps.audit import guards
from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.audit.record import record
from apps.disclaimers import drafting
from apps.evidence import checking, entries, rows, sealing, views
from apps.evidence.asked import read
from apps.jobs.models import Job
from apps.jobs.running import Runner
from apps.operations.condition import audit_log
from apps.tenants import members
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.conftest import Person, person
from tests.evidence.sealed import run, write
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")
LOG = "/acme/audit/"


@pytest.fixture
def cora(acme: Tenant) -> Person:
    return person("cora@acme.example", acme, Role.COMPLIANCE)


def numbers(tenant: Tenant, query: str = "") -> list[int]:
    """All pages, one after the other, as their links lead."""
    found: list[int] = []
    given = dict(part.split("=") for part in query.split("&") if part)
    for _ in range(200):
        asked, problems = read(given)
        assert problems == []
        page = entries.page(tenant, asked)
        found += [entry.pk for entry in page.entries]
        if page.older is None:
            return found
        given = dict(part.split("=") for part in asked.older(page.older)[1:].replace("%3A", ":").split("&"))
    raise AssertionError("it has no end")


def test_each_entry_is_a_sentence_that_links_to_its_thing(
    ana: Person, cora: Person, sandbox: Sandbox, acme: Tenant
) -> None:
    ana.get("/acme/investments/7/")
    drafting.begin(acme, "Risk notice", ana.member)  # type: ignore[arg-type]
    page = cora.get(LOG)
    assert 'Viewed <a href="/acme/investments/7/">investment 7</a>' in page
    assert "Created <a " in page
    assert "“Risk notice”" in page
    assert "ana@acme.example" in page
    assert "Signed in" in page


@pytest.mark.parametrize("query", [
    "", "person={ana}", "person=system", "kind=data-viewed", "kind=team-and-members", "about=investment:7", "person={ana}&kind=denied",
    "about=investment:7&person={cora}", "from={day}&to={day}", "from={day}&kind=data-viewed",
])  # fmt: skip
def test_every_page_together_shows_what_a_plain_filter_would(
    acme: Tenant, ana: Person, cora: Person, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    """With a budget so small that every search meets it."""
    chance = random.Random(query)
    began = timezone.now() - timedelta(days=9)
    people = [ana.member, cora.member, None]
    actions = [
        Action.INVESTMENTS_LISTED,
        Action.INVESTMENT_VIEWED,
        Action.REFUSED,
        Action.MEMBER_CHANGED,
        Action.KEY_TESTED,
    ]
    for _ in range(300):
        with time_machine.travel(began + timedelta(minutes=chance.randrange(9 * 24 * 60)), tick=False):
            action, about = chance.choice(actions), chance.choice(["investment:7", "investment:8", ""])
            ids = chance.sample(range(1, 20), 5)
            record(action, actor=chance.choice(people), tenant=acme.id, subject=about, ids=ids)
    monkeypatch.setattr(entries, "BUDGET", 20)
    monkeypatch.setattr(entries, "OF_LISTS", 12)
    monkeypatch.setattr(entries, "A_PAGE", 10)
    day = (began + timedelta(days=3)).astimezone(acme.zone).date().isoformat()
    asked, _ = read(
        dict(
            part.split("=") for part in query.format(ana=ana.member.pk, cora=cora.member.pk, day=day).split("&") if part
        )
    )  # type: ignore[union-attr]
    first, last = asked.moments(acme.zone)
    wanted = [
        entry.pk
        for entry in Entry.objects.filter(tenant=acme.id).order_by("-at", "-pk")
        if (first is None or entry.at >= first)
        and (last is None or entry.at <= last)
        and entries.fits(asked, entry.actor_id, entry.action)
        and (
            not asked.about
            or entry.subject == asked.about
            or (entry.action == "investments listed" and 7 in entry.details["ids"])
        )
    ]
    query = query.format(ana=ana.member.pk, cora=cora.member.pk, day=day)  # type: ignore[union-attr]
    assert numbers(acme, query) == wanted


def test_another_team_s_entries_are_never_shown(
    ana: Person, ben: Person, cora: Person, acme: Tenant, borealis: Tenant
) -> None:
    record(Action.SEARCHED, actor=ben.member, tenant=borealis.id)
    drafting.begin(borealis, "Their secret", ben.member)  # type: ignore[arg-type]
    foreign = f"disclaimer:{borealis.disclaimers.get().pk}"
    record(Action.SEARCHED, actor=ana.member, tenant=acme.id, subject=foreign)
    for query in ("", f"?person={ben.member.pk}", f"?about={foreign}"):  # type: ignore[union-attr]
        page = cora.get(LOG + query)
        assert "Their secret" not in page
        assert "ben@borealis.example" not in page


@pytest.mark.parametrize(("query", "says"), [
    ("?persn=1", "has no filter “persn”"), ("?person=x", "Person: choose someone"), ("?kind=x", "Kind: choose one"),
    ("?from=2026-13-01", "From: enter a date"), ("?from=2026-11-02&to=2026-11-01", "the first day is after the last"),
    ("?about=<b>", "Whose data: enter a kind"), ("?thing=investor&number=a b", "Whose data: choose a kind"),
    ("?before=1", "Page: follow"), ("?person=999999999999999999", ""), ("?before=1-999999999999999999", ""),
])  # fmt: skip
def test_what_can_t_be_asked_is_said_and_nothing_shown(ana: Person, query: str, says: str) -> None:
    page = ana.get(LOG + query)
    assert page.status == (400 if says else 200)
    assert says in page
    assert ("Signed in" in page) is False
    assert "<b>" not in page.partition("alert")[2].partition("</ul>")[0]


def test_a_thing_is_chosen_by_its_kind_and_number(ana: Person, sandbox: Sandbox) -> None:
    ana.get("/acme/investors/3/")
    page = ana.get(f"{LOG}?person=&kind=&thing=investment&number=%237&from=&to=")
    assert "Whose data <b>investment 7</b>" in page


def test_lists_that_showed_a_record_count_as_having_seen_it(ana: Person, cora: Person, sandbox: Sandbox) -> None:
    ana.get("/acme/investments/")
    shown = Entry.objects.get(action="investments listed").details["ids"][0]
    page = cora.get(f"{LOG}?about=investment:{shown}")
    assert "Viewed a list of investments" in page
    assert "Viewed a list of investments" not in cora.get(f"{LOG}?about=investment:999999")


def test_reading_the_log_is_recorded_too(cora: Person) -> None:
    cora.get(f"{LOG}?kind=exports")
    entry = Entry.objects.get(action="audit log viewed")
    assert (entry.actor_id, entry.details) == (cora.member.pk, {"filters": ["kind"], "count": 0})  # type: ignore[union-attr]


def test_it_says_what_is_verified_sealed_and_neither(transactional_db: None, ana: Person, acme: Tenant) -> None:
    page = ana.get(LOG)
    assert "not sealed yet" in page
    assert "Verified" not in page
    sealing.work_off()
    assert "sealed, not verified yet" in ana.get(LOG)
    for _ in range(2):
        checking._next = 0
        checking.schedule()
    assert Job.objects.filter(kind=checking.KIND).count() == 1
    Runner({checking.KIND: checking.make}).work_here()
    page = ana.get(LOG)
    assert "Verified" in page
    assert "entries as they were sealed" in page
    assert audit_log().is_well


def test_a_queue_that_nobody_works_off_is_not_read_to_its_end(
    ana: Person, acme: Tenant, borealis: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealing.work_off()
    write(acme.id, 2)
    assert rows.waiting_among(acme.id, 4) == (2, True)
    write(borealis.id, 3)
    assert rows.waiting_among(acme.id, 4) == (1, False)
    monkeypatch.setattr(views, "MOST_WAITING", 4)
    assert "At least 1 not sealed yet" in ana.get(LOG)


def test_what_a_check_finds_is_said_at_once(ana: Person, acme: Tenant) -> None:
    ana.get("/acme/notices/")
    ana.post("/acme/notices/", kinds="waits")
    sealing.work_off()
    guards.take_down(connection)
    run("UPDATE audit_entry SET action = 'searched' WHERE action = 'email notices chosen'")
    guards.put_up(connection)
    checking.check(acme.id)
    page = ana.get(LOG)
    assert "The audit log was changed after it was sealed." in page
    assert "was changed: its action" in page
    assert "differs from what was sealed" in audit_log().words


def test_a_stranger_s_number_names_no_one(ana: Person, ben: Person, acme: Tenant) -> None:
    for query in (f"?about=staff:{ben.member.pk}", f"?person={ben.member.pk}", f"?thing=staff&number={ben.member.pk}"):  # type: ignore[union-attr]
        assert "ben@borealis.example" not in ana.get(LOG + query)
    sue = members.add(acme, "sue@acme.example", Role.SUPPORT, ana.member)[0]  # type: ignore[arg-type]
    members.remove(sue, ana.member)  # type: ignore[arg-type]
    assert "sue@acme.example" in ana.get(f"{LOG}?about=staff:{sue.person_id}")


def test_who_left_can_still_be_chosen(ana: Person, cora: Person, acme: Tenant) -> None:
    members.remove(acme.memberships.get(person=cora.member), ana.member)  # type: ignore[arg-type]
    page = ana.get(LOG)
    assert f'value="{cora.member.pk}"' in page  # type: ignore[union-attr]
    assert "Removed <b>cora@acme.example</b> from the team" in page


def test_details_of_any_making_are_said_and_harm_nothing(ana: Person, acme: Tenant) -> None:
    strange: dict[str, Any] = {
        "ids": "x",
        "rows": None,
        "role": 5,
        "filters": {"a": 1},
        "<script>": "<script>alert(1)</script>",
    }
    record(Action.SEARCHED, actor=None, tenant=acme.id, subject="<i>:<b>", **strange)
    record(Action.SEARCHED, actor=None, tenant=acme.id, subject=f"staff:{'9' * 40}")
    page = ana.get(LOG)
    assert page.status == 200
    assert "<script>alert" not in page


def test_entries_without_an_action_that_is_known_are_said_as_they_are(ana: Person, acme: Tenant) -> None:
    Entry.objects.create(tenant=acme.id, action="moon landed")
    assert "Moon landed" in ana.get(LOG)
