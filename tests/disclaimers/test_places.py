"""Tokeny's numbers name a text within one place alone: after a restore, on another host or with another account they are
handed out again, and nothing here may take one text for another."""

import pytest
from django.db import DataError, IntegrityError

from apps.audit.models import Entry
from apps.disclaimers import publishing, sending, watching
from apps.disclaimers.models import Disclaimer, Push, PushState
from apps.tenants.checking import NotSaved
from apps.tenants.models import Tenant, TokenyPlace, TokenySignIn
from apps.tenants.sign_ins import tokeny
from apps.upstream.secret import Secret
from apps.upstream.tokeny.client import entries
from tests.conftest import Person
from tests.disclaimers.conftest import (
    LIST,
    Clock,
    approved,
    at_each_step,
    lost,
    member,
    published,
    rewritten,
    work_off,
    written,
)
from tests.stand_in import Sandbox

OTHER = "Borealis Energy"


def led_to(tenant: Tenant, sandbox: Sandbox, issuer: str, texts: str = "") -> TokenySignIn:
    """The same host names two accounts of the sandbox: each sees texts of its own."""
    account = sandbox.accounts[issuer]
    given = tokeny.Given(sandbox.url, account["email"], Secret(account["password"]), texts)
    return tokeny.save(tenant, given, None)[0]


def test_a_number_that_was_handed_out_again_binds_to_the_new_text(
    acme: Tenant, ana: Person, cora: Person, live: Disclaimer, sandbox: Sandbox
) -> None:
    sandbox.restored(following=live.tokeny_id or 0)
    made = written(acme, ana, "A new text.\n", "New")
    approved(made, ana, cora)
    push = published(made, ana)
    assert (push.state, push.tokeny_id) == (PushState.CONFIRMED, live.tokeny_id)
    assert list(sandbox.disclaimers.values()).count("A new text.\n") == 1
    live.refresh_from_db()
    assert (live.tokeny_id, live.drift) == (None, "gone")
    assert Entry.objects.filter(action="binding ended", subject=f"disclaimer:{live.pk}").exists()


def test_a_lost_creation_is_found_under_a_number_that_was_handed_out_again(
    acme: Tenant, ana: Person, cora: Person, live: Disclaimer, sandbox: Sandbox
) -> None:
    sandbox.restored(following=live.tokeny_id or 0)
    made = written(acme, ana, "A new text.\n", "New")
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    sandbox.fault("lost-reply", path="/disclaimers", method="POST", times=1)
    clock = Clock()
    sending.work(clock)
    clock.forward(3)
    work_off(clock)
    push.refresh_from_db()
    assert (push.state, push.tokeny_id) == (PushState.CONFIRMED, live.tokeny_id)


def test_another_text_under_the_old_number_is_no_change_of_ours(
    acme: Tenant, live: Disclaimer, sandbox: Sandbox
) -> None:
    sandbox.restored()
    sandbox.by_others("somebody else's", id=live.tokeny_id)
    watching.compare(acme)
    live.refresh_from_db()
    assert live.drift == "gone"


def test_another_account_asks_what_becomes_of_what_was_published(
    acme: Tenant, ana: Person, live: Disclaimer, sandbox: Sandbox
) -> None:
    with pytest.raises(NotSaved, match="same disclaimers as before"):
        led_to(acme, sandbox, OTHER)
    account = sandbox.accounts[OTHER]
    fields = {"base_url": sandbox.url, "identifier": account["email"], "password": account["password"]}
    asked = ana.post("/acme/settings/connections/sign-in/tokeny/", **fields)
    assert asked.status == 400
    assert "same disclaimers as before" in asked
    assert TokenySignIn.objects.get().identifier == sandbox.accounts["Acme Robotics"]["email"]
    assert "saved. " in ana.post("/acme/settings/connections/sign-in/tokeny/", **fields, texts="other")


def test_other_texts_set_bindings_aside_and_the_former_place_takes_them_up_again(
    acme: Tenant, ana: Person, live: Disclaimer, sandbox: Sandbox
) -> None:
    number, version = live.tokeny_id, live.live
    led_to(acme, sandbox, OTHER, "other")
    live.refresh_from_db()
    assert (live.tokeny_id, live.live, live.drift) == (None, None, "")
    watching.compare(acme)
    assert "missing from Tokeny" not in ana.get(LIST)
    led_to(acme, sandbox, "Acme Robotics", "other")
    live.refresh_from_db()
    assert (live.tokeny_id, live.live) == (number, version)
    watching.compare(acme)
    live.refresh_from_db()
    assert live.drift == ""
    assert TokenyPlace.objects.count() == 2


def test_the_same_texts_under_a_new_account_stay_bound(acme: Tenant, live: Disclaimer, sandbox: Sandbox) -> None:
    number = live.tokeny_id
    led_to(acme, sandbox, OTHER, "same")
    live.refresh_from_db()
    assert live.tokeny_id == number
    assert TokenyPlace.objects.get().identifier == sandbox.accounts[OTHER]["email"]


def test_what_waited_for_one_place_is_not_sent_to_another(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, "A new text.\n")
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    led_to(acme, sandbox, OTHER, "other")
    sandbox.reset()
    work_off()
    push.refresh_from_db()
    assert push.state == PushState.REJECTED
    assert "now leads to a different Tokeny" in push.words
    assert not [call for call in sandbox.ledger if call["method"] == "POST" and call["path"] == "/disclaimers"]


def test_what_is_unconfirmed_in_another_place_may_be_given_up(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, "A new text.\n")
    clock = Clock()
    push = lost(made, ana, cora, sandbox, clock)
    led_to(acme, sandbox, OTHER, "other")
    clock.forward(3)
    work_off(clock)
    push.refresh_from_db()
    assert (push.state, push.looks) == (PushState.UNKNOWN, 0), "it is not looked for where it was not sent"
    publishing.give_up(push, member(ana))


@pytest.mark.parametrize("fault", [IntegrityError, DataError])
def test_a_broken_constraint_is_not_called_an_outage(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, fault: type[Exception]
) -> None:
    """The push ends in words; the worker does not wait for a database that is there."""
    made = written(acme, ana, "A new text.\n")
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))

    def listener(point: str) -> None:
        if point == "listed":
            raise fault

    with at_each_step(listener):
        work_off()
    push.refresh_from_db()
    assert (push.state, "Nothing was sent" in push.words) == (PushState.REJECTED, True)


def test_numbers_and_texts_that_no_database_holds_are_not_taken() -> None:
    assert entries([{"id": 2**63}, {"id": 0}, {"id": -4}, {"id": True}, {"id": "7"}]) == []
    assert entries([{"id": 7, "disclaimer_content": "a\0b"}])[0].text == "a\ufffdb"


def test_a_lost_update_that_was_published_anew_is_no_second_text(
    live: Disclaimer, ana: Person, cora: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    rewritten(live, ana, cora, "Second.\n")
    first = given_up(live, ana, sandbox)
    assert published(live, ana).state == PushState.CONFIRMED
    watching.compare(acme)
    first.refresh_from_db()
    assert (first.copies, "twice" in first.words, "Delete" in first.words) == (0, False, False)


def test_a_lost_update_that_arrives_late_is_confirmed(
    live: Disclaimer, ana: Person, cora: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    version = rewritten(live, ana, cora, "Second.\n")
    first = given_up(live, ana, sandbox)
    sandbox.by_others("Second.\n", id=live.tokeny_id)
    watching.compare(acme)
    first.refresh_from_db()
    live.refresh_from_db()
    assert (first.state, live.live, live.drift) == (PushState.CONFIRMED, version, "")


def given_up(disclaimer: Disclaimer, who: Person, sandbox: Sandbox) -> Push:
    push = publishing.push(disclaimer, member(who))
    sandbox.fault("lost-request", path="/disclaimers", method="PUT", times=1)
    clock = Clock()
    for _ in range(6):
        work_off(clock)
        clock.forward(301)
    publishing.give_up(push, member(who))
    return push
