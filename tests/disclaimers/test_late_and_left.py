"""What comes late, was left or given up, or changed hands meanwhile: approvals, drafts, pushes and drift in odd orders."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from apps.disclaimers import approving, drafting, publishing, sending, watching
from apps.disclaimers.models import Disclaimer, PushState
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import Role
from apps.upstream.tokeny.client import Listed
from tests.conftest import Person, person
from tests.disclaimers.conftest import Clock, approved, lost, member, rewritten, work_off, written
from tests.disclaimers.test_publishing import TEXT, writes
from tests.stand_in import Sandbox


def test_an_author_of_an_unapproved_predecessor_does_not_approve_its_successor(
    acme: Tenant, ana: Person, max_: Person, cora: Person
) -> None:
    made = written(acme, ana, "ana's own words")
    first = drafting.send_for_approval(made, member(ana))
    made.refresh_from_db()
    drafting.save(made, "ana's own words, and a comma", made.revision, member(max_))
    second = drafting.send_for_approval(made, member(max_))
    assert set(second.authors) == {member(ana).pk, member(max_).pk}
    again = drafting.roll_back(made, first, member(max_))
    assert set(again.authors) == {member(ana).pk, member(max_).pk}


def test_words_that_were_never_sent_stay_the_draft(live: Disclaimer, ana: Person, max_: Person, cora: Person) -> None:
    rewritten(live, ana, cora, "Second.\n")
    live.refresh_from_db()
    drafting.save(live, "Ana is still writing", live.revision, member(ana))
    drafting.roll_back(live, live.versions.get(number=1), member(max_))
    assert live.drafts.order_by("-revision")[0].text == "Ana is still writing"


def test_a_version_that_is_rejected_while_it_waits_is_not_sent(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    version = approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    other = person("otto@acme.example", acme, Role.OWNER)
    approving.review(version, version.sha256, member(other), "not yet", approves=False)
    sandbox.reset()
    work_off()
    push.refresh_from_db()
    assert (push.state, push.words) == (PushState.REJECTED, "It’s no longer approved. Nothing was sent.")
    assert writes(sandbox) == []


def test_looks_that_tokeny_did_not_answer_are_none(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    clock = Clock()
    push = lost(made, ana, cora, sandbox, clock)
    sandbox.fault("status", path="/disclaimers", method="GET", value=418)
    for _ in range(6):
        clock.forward(400)
        sending.work(clock)
    push.refresh_from_db()
    assert (push.state, push.looks) == (PushState.UNKNOWN, 0)
    with pytest.raises(publishing.NotPushed, match="still checking Tokeny"):
        publishing.give_up(push, member(ana))


def test_what_was_given_up_and_arrived_is_found_before_it_is_sent_again(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    clock = Clock()
    first = lost(made, ana, cora, sandbox, clock)
    for _ in range(5):
        clock.forward(301)
        work_off(clock)
    publishing.give_up(first, member(ana))
    second = publishing.push(made, member(ana))
    sandbox.by_others(TEXT)  # the first one, late
    sandbox.reset()
    work_off(clock)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (PushState.CONFIRMED, PushState.REJECTED)
    assert "went through and is now confirmed" in second.words
    assert writes(sandbox) == []
    assert list(sandbox.disclaimers.values()) == [TEXT]


def test_a_comparison_that_began_before_a_push_ended_says_nothing_of_it(
    live: Disclaimer, acme: Tenant, sandbox: Sandbox
) -> None:
    before = timezone.now() - timedelta(hours=1)
    watching.noted(acme, Listed({}, is_complete=True), before)
    live.refresh_from_db()
    assert live.drift == ""
    watching.noted(acme, Listed({}, is_complete=True), timezone.now())
    live.refresh_from_db()
    assert live.drift == "gone"


def test_a_second_change_at_tokeny_is_a_new_drift(
    live: Disclaimer, ana: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    sandbox.by_others("one", id=live.tokeny_id)
    watching.compare(acme)
    live.refresh_from_db()
    watching.leave(live, member(ana), "fine")
    sandbox.by_others("two", id=live.tokeny_id)
    watching.compare(acme)
    live.refresh_from_db()
    assert (live.drift_text, live.is_left) == ("two", False)
    assert len(mail.outbox) == 2
    with pytest.raises(publishing.NotPushed):
        publishing.push(live, member(ana))


def test_leaving_a_drift_is_no_way_around_approval(
    live: Disclaimer, ana: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    sandbox.by_others("theirs", id=live.tokeny_id)
    watching.compare(acme)
    live.refresh_from_db()
    watching.leave(live, member(ana), "fine")
    with pytest.raises(publishing.NotPushed, match="Restore the published text first"):
        publishing.push(live, member(ana))
