"""Who is told what by email, once; who is not; and how one stops it."""

import random
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from apps.disclaimers import approving, drafting, publishing, sending, watching
from apps.disclaimers.models import Disclaimer
from apps.notices import telling
from apps.notices.models import Choice, Kind, Notice
from apps.overview import reaching
from apps.overview.models import Snapshot
from apps.tenants import members
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import Role
from tests.conftest import ACME, Person, person
from tests.disclaimers.conftest import Clock, approved, lost, member, published, written
from tests.overview.conftest import Rows, read_anew
from tests.stand_in import Sandbox


def deliver() -> list[tuple[str, str]]:
    """What the worker sends now: (to, subject)."""
    before = len(mail.outbox)
    while telling.work():
        pass
    return sorted((message.to[0], message.subject) for message in mail.outbox[before:])


def test_approvers_are_told_that_a_version_waits(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    person("sam@acme.example", acme, Role.SUPPORT)
    made = written(acme, max_, "A text with a name: Nakamura.")
    version = drafting.send_for_approval(made, member(max_))
    said = "Acme Robotics: “Risk factors” v1 waits for your approval"
    assert deliver() == [("ana@acme.example", said), ("cora@acme.example", said)]
    assert deliver() == []
    message = mail.outbox[0]
    assert f"/acme/disclaimers/{made.pk}/versions/{version.number}/" in message.body
    assert "Submitted by max@acme.example." in message.body
    html: Any = message.alternatives[0]  # type: ignore[attr-defined]
    assert "Nakamura" not in message.body + html[0]


def test_who_wrote_in_it_is_not_asked_to_approve(acme: Tenant, ana: Person, cora: Person) -> None:
    drafting.send_for_approval(written(acme, ana, "A text."), member(ana))
    assert [to for to, _ in deliver()] == ["cora@acme.example"]


def test_authors_are_told_of_a_decision(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    made = written(acme, max_, "A text.")
    version = drafting.send_for_approval(made, member(max_))
    deliver()
    approving.review(version, version.sha256, member(cora), "Say which market.", approves=False)
    assert deliver() == [("max@acme.example", "Acme Robotics: “Risk factors” v1 was rejected")]
    assert "cora@acme.example: Say which market." in mail.outbox[-1].body
    drafting.save(made, "Another text.", Disclaimer.objects.get(pk=made.pk).revision, member(max_))
    made.refresh_from_db()
    approved(made, max_, cora)
    assert ("max@acme.example", "Acme Robotics: “Risk factors” v2 was approved") in deliver()


def test_with_two_approvals_it_is_told_at_the_second(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    acme.approvals_needed = 2
    acme.save()
    version = drafting.send_for_approval(written(acme, max_, "A text."), member(max_))
    deliver()
    approving.review(version, version.sha256, member(cora), approves=True)
    assert deliver() == []
    approving.review(version, version.sha256, member(ana), approves=True)
    assert [subject for _, subject in deliver()] == ["Acme Robotics: “Risk factors” v1 was approved"]


def test_a_team_without_approvals_asks_for_none(acme: Tenant, ana: Person, cora: Person) -> None:
    acme.approvals_needed = 0
    acme.save()
    drafting.send_for_approval(written(acme, ana, "A text."), member(ana))
    assert deliver() == []


def test_authors_are_told_that_it_is_published_and_when_it_drifts(
    acme: Tenant, at_tokeny: TokenySignIn, max_: Person, cora: Person, sandbox: Sandbox
) -> None:
    made = written(acme, max_, "A text.\n")
    approved(made, max_, cora)
    deliver()
    push = published(made, max_)
    assert deliver() == [("max@acme.example", "Acme Robotics: “Risk factors” v1 was published")]
    sandbox.by_others("Another text.", id=push.tokeny_id)
    watching.compare(acme)
    watching.compare(acme)
    assert deliver() == [("max@acme.example", "Acme Robotics: “Risk factors” is out of sync")]
    sandbox.by_others("A third text.", id=push.tokeny_id)
    watching.compare(acme)
    assert len(deliver()) == 1


def test_authors_are_told_that_a_publication_is_unconfirmed(
    acme: Tenant, at_tokeny: TokenySignIn, max_: Person, cora: Person, sandbox: Sandbox
) -> None:
    made = written(acme, max_, "A text.\n")
    lost(made, max_, cora, sandbox, Clock())
    assert "Acme Robotics: Publication of “Risk factors” v1 is unconfirmed" in [subject for _, subject in deliver()]


# to whom not


@pytest.mark.parametrize("what", ["removed", "demoted", "shut out", "said no"])
def test_who_may_not_or_does_not_want_to_is_not_told(
    acme: Tenant, ana: Person, max_: Person, cora: Person, what: str
) -> None:
    """Between the event and the email."""
    drafting.send_for_approval(written(acme, max_, "A text."), member(max_))
    hers = acme.memberships.get(person=member(cora))
    if what == "removed":
        members.remove(hers, member(ana))
    elif what == "demoted":
        members.change_role(hers, Role.SUPPORT, member(ana))
    elif what == "shut out":
        type(member(cora)).objects.filter(pk=member(cora).pk).update(is_active=False)
    else:
        telling.choose(acme, member(cora).pk, Kind.WAITS, is_wanted=False)
    assert [to for to, _ in deliver()] == ["ana@acme.example"]
    assert Notice.objects.get(person=member(cora)).dropped_at


def test_a_mail_server_that_fails_is_tried_again_and_given_up(
    acme: Tenant, ana: Person, cora: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Any, messages: Any) -> int:
        raise OSError("no route")

    drafting.send_for_approval(written(acme, ana, "A text."), member(ana))
    now = timezone.now()
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", refuse)
        assert telling.work(now)
        assert not telling.work(now + timedelta(seconds=50))
        for wait in (1, 6, 40, 600):
            now += timedelta(minutes=wait)
            telling.work(now)
    assert Notice.objects.get().dropped_at
    assert mail.outbox == []


def test_a_worker_that_is_gone_leaves_the_mail_to_another(acme: Tenant, ana: Person, cora: Person) -> None:
    drafting.send_for_approval(written(acme, ana, "A text."), member(ana))
    now = timezone.now()
    Notice.objects.update(due_at=now + telling.LEASE, tries=1)  # as one leaves it that is killed while it sends
    assert not telling.work(now)
    assert telling.work(now + telling.LEASE)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].extra_headers["Message-ID"].startswith("<notice-")


# stopping


def link_in(message: Any) -> str:
    found = re.search(r"http://\S+?(/accounts/notices/\S+/)", message.body)
    assert found
    return found[1]


def test_one_stops_a_kind_by_the_link_without_signing_in(acme: Tenant, ana: Person, cora: Person) -> None:
    drafting.send_for_approval(written(acme, ana, "A text."), member(ana))
    deliver()
    link, stranger = link_in(mail.outbox[0]), Client(enforce_csrf_checks=True)
    assert mail.outbox[0].extra_headers["List-Unsubscribe"] == f"<http://testserver{link}>" or link in str(
        mail.outbox[0].extra_headers["List-Unsubscribe"]
    )
    page = stranger.get(link).content.decode()
    assert "Stop these emails" in page
    assert not Choice.objects.exists()
    done = stranger.post(link, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert "You won’t get these emails anymore" in done
    drafting.send_for_approval(written(acme, ana, "Another text.", "Fees"), member(ana))
    assert deliver() == []
    assert telling.wants(acme, member(cora).pk, Kind.DECIDED)


@pytest.mark.parametrize("change", [lambda link: link[:-3] + "x/", lambda link: "/accounts/notices/abc/", lambda link: link.replace("notices/", "notices/a")])  # fmt: skip
def test_a_link_that_is_none_of_ours_does_not_exist(
    acme: Tenant, ana: Person, cora: Person, change: Callable[[str], str]
) -> None:
    drafting.send_for_approval(written(acme, ana, "A text."), member(ana))
    deliver()
    assert Client().post(change(link_in(mail.outbox[0]))).status_code == 404
    assert not Choice.objects.exists()


def test_the_page_offers_what_the_role_may_be_told(acme: Tenant, ana: Person, cora: Person) -> None:
    page = cora.get("/acme/notices/")
    assert page.count('<input type="checkbox"') == 5
    cora.post("/acme/notices/", kinds="goals")
    assert telling.wants(acme, member(cora).pk, Kind.GOALS)
    assert not telling.wants(acme, member(cora).pk, Kind.WAITS)
    mo = person("mo@acme.example", acme, Role.MARKETING)
    assert mo.get("/acme/notices/").count('<input type="checkbox"') == 2
    mo.post("/acme/notices/", kinds="goals")
    assert not telling.wants(acme, member(mo).pk, Kind.GOALS)


# goals


def test_a_goal_is_told_once_to_who_asked(
    acme: Tenant, ana: Person, cora: Person, sandbox: Sandbox, rows: Rows
) -> None:
    """What was so before the first pass is no news."""
    telling.choose(acme, member(cora).pk, Kind.GOALS, is_wanted=True)
    read_anew(acme)
    assert deliver() == []
    row = next(row["id"] for row in sandbox.rows(ACME) if row["offering"] == 2 and row["status"] == "received")
    rows.change(row, amount="1000000.00")
    read_anew(acme, is_whole=False)
    assert deliver() == [
        ("cora@acme.example", "Acme Robotics: Acme Robotics Community Round reached its offering target")
    ]
    assert "received as of" in mail.outbox[-1].body
    rows.change(row, amount="1.00")
    read_anew(acme, is_whole=False)
    rows.change(row, amount="4500000.00")
    read_anew(acme, is_whole=True)
    assert deliver() == [
        ("cora@acme.example", "Acme Robotics: Acme Robotics Community Round has come to 90% of $5,000,000.00")
    ]
    rows.change(row, amount="6000000.00")
    read_anew(acme, is_whole=False)
    assert [subject for _, subject in deliver()] == ["Acme Robotics: Acme Robotics Community Round reached its maximum"]


def test_a_deadline_is_told_a_week_before(acme: Tenant, ana: Person, cora: Person) -> None:
    telling.choose(acme, member(cora).pk, Kind.GOALS, is_wanted=True)
    read_anew(acme)
    held = Snapshot.objects.get().held
    assert not [key for key in held["reached"] if key.startswith("deadline:2")]
    from tests.overview.test_figures import AS_OF, NEW_YORK

    scope = reaching.Scope(acme, Role.OWNER, Snapshot.objects.get(), [acme.issuance_keys.get()], NEW_YORK)
    day = timezone.datetime.fromisoformat("2027-06-26T16:00:00+00:00")  # type: ignore[attr-defined]
    assert day > AS_OF
    now = reaching.reached(scope, day)
    assert now["deadline:2:2027-07-03"][1] == "ends in 7 days"


# a hundred days


class Unsure:
    """A mail server that fails now and then."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fails, send = False, EmailBackend.send_messages

        def unsure(backend: Any, messages: Any) -> Any:
            if self.fails:
                raise OSError("no route")
            return send(backend, messages)

        monkeypatch.setattr(EmailBackend, "send_messages", unsure)


def come_or_go(acme: Tenant, ana: Person, cora: Person, dice: random.Random) -> None:
    """Cora's role changes, or she leaves and comes back."""
    role = dice.choice([Role.COMPLIANCE, Role.SUPPORT, None])
    held = acme.memberships.filter(person=member(cora)).first()
    if held and role:
        members.change_role(held, role, member(ana))
    elif held:
        members.remove(held, member(ana))
    elif role:
        members.add(acme, "cora@acme.example", role, member(ana))


def test_a_hundred_days_of_events(
    acme: Tenant, at_tokeny: TokenySignIn, ana: Person, max_: Person, cora: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Members come and go, versions are sent, approved, rejected and published, the mail server fails and workers stop: each is
    told once of each thing, and nobody of what they may not be told."""
    dice, server, expected = random.Random(17), Unsure(monkeypatch), list[tuple[str, str]]()
    people, now = {"ana@acme.example": ana, "cora@acme.example": cora}, timezone.now()
    for day in range(100):
        if dice.random() < 0.3:
            come_or_go(acme, ana, cora, dice)
        may = acme.memberships.filter(role__in=("owner", "compliance")).values_list("person__email", flat=True)
        approvers, said = sorted(may), f"Acme Robotics: “Text {day}” v1"
        made = written(acme, max_, f"The text of day {day}.\n", f"Text {day}")
        version = drafting.send_for_approval(made, member(max_))
        server.fails = dice.random() < 0.3
        for _ in range(dice.randrange(3)):  # a worker that stops after some
            telling.work(now)
        server.fails, now = False, now + timedelta(hours=23)
        while telling.work(now):
            pass
        by, approves = people[dice.choice(approvers)], dice.random() < 0.7
        approving.review(version, version.sha256, member(by), "" if approves else "No.", approves=approves)
        expected += [(to, f"{said} waits for your approval") for to in approvers]
        expected.append(("max@acme.example", f"{said} was {'approved' if approves else 'rejected'}"))
        if approves and day % 5 == 0:
            publishing.push(made, member(max_))
            while sending.work():
                pass
            expected.append(("max@acme.example", f"{said} was published"))
        now += timedelta(hours=1)
        while telling.work(now):
            pass
    assert sorted((message.to[0], message.subject) for message in mail.outbox) == sorted(expected)
