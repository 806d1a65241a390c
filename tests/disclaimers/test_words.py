"""What a page says of a text whose fate is open, missing, unpublished or published twice; and whose words a receipt speaks."""

import json

import pytest
from django.core import mail

from apps.disclaimers import publishing, sending, watching
from apps.disclaimers.models import PASSED, Disclaimer, Push, PushState
from apps.tenants.models import Tenant, TokenySignIn
from apps.upstream import errors
from tests.conftest import Person
from tests.disclaimers.conftest import LIST, Clock, approved, lost, member, published, rewritten, work_off, written
from tests.stand_in import Sandbox

TEXT = "You may lose all you invest.\n"


def given_up(disclaimer: Disclaimer, who: Person, approver: Person, sandbox: Sandbox) -> Push:
    clock = Clock()
    push = lost(disclaimer, who, approver, sandbox, clock)
    for _ in range(5):
        clock.forward(301)
        work_off(clock)
    publishing.give_up(push, member(who))
    return push


def test_what_is_unconfirmed_is_never_called_not_published_and_the_page_asks_again(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    lost(made, ana, cora, sandbox, Clock())
    for path in (LIST, f"{LIST}{made.pk}/"):
        shown = ana.get(path)
        assert "Not published" not in shown
        assert "Unconfirmed" in shown
        assert "v1 may be in Tokeny: the response was lost." in shown
    assert 'hx-trigger="load delay:10s"' in shown


def test_a_receipt_that_is_not_verified_yet_asks_again_until_it_is(live: Disclaimer, ana: Person, acme: Tenant) -> None:
    assert "hx-trigger" not in ana.get(f"{LIST}{live.pk}/state/")
    Push.objects.update(read_back_sha256="", tokeny_updated_at="2026-11-14T20:03:05.123Z")
    shown = ana.get(f"{LIST}{live.pk}/state/")
    assert 'hx-trigger="load delay:10s"' in shown
    assert "Sending finished" in shown
    assert "updated in Tokeny Nov 14, 2026, 3:03:05 PM" in shown, "in the team's zone, as every time"
    watching.compare(acme)
    shown = ana.get(f"{LIST}{live.pk}/state/")
    assert "hx-trigger" not in shown
    assert "Yes, exact match" in shown


def test_an_approved_version_of_a_missing_text_is_published_as_a_new_one(
    live: Disclaimer, ana: Person, cora: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    former = live.tokeny_id
    rewritten(live, ana, cora, "Second.\n")
    sandbox.removed_by_others(former or 0)
    watching.compare(acme)
    assert "Publish v2…" in ana.get(f"{LIST}{live.pk}/")
    push = published(live, ana)
    assert (push.state, push.operation) == (PushState.CONFIRMED, "create")
    assert list(sandbox.disclaimers.values()) == ["Second.\n"]
    assert live.drift == ""


def test_a_missing_text_that_is_there_again_is_not_published_twice(
    live: Disclaimer, ana: Person, cora: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    rewritten(live, ana, cora, "Second.\n")
    Disclaimer.objects.update(drift="gone", **PASSED)
    push = published(live, ana)
    assert (push.state, "is in Tokeny again" in push.words) == (PushState.REJECTED, True)
    assert list(sandbox.disclaimers.values()) == [TEXT]


def test_unpublished_in_tokeny_is_not_missing(
    live: Disclaimer, ana: Person, cora: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    sandbox.by_others(TEXT, id=live.tokeny_id, published=False)
    watching.compare(acme)
    live.refresh_from_db()
    assert live.drift == "hidden"
    assert "“Risk factors” was unpublished in Tokeny" in ana.get(LIST)
    assert "Unpublished in Tokeny" in ana.get(f"{LIST}{live.pk}/")
    sandbox.by_others(TEXT, id=live.tokeny_id)
    watching.compare(acme)
    live.refresh_from_db()
    assert live.drift == ""


def test_an_update_of_an_unpublished_text_is_not_sent(
    live: Disclaimer, ana: Person, cora: Person, sandbox: Sandbox
) -> None:
    rewritten(live, ana, cora, "Second.\n")
    sandbox.by_others(TEXT, id=live.tokeny_id, published=False)
    push = published(live, ana)
    assert (push.state, "was unpublished in Tokeny" in push.words) == (PushState.REJECTED, True)


def test_a_late_copy_is_said_in_the_library_and_mailed_once_until_it_is_removed(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    first = given_up(made, ana, cora, sandbox)
    push = published(made, ana)
    sandbox.by_others(TEXT)
    late = max(sandbox.disclaimers)
    for _ in range(2):
        watching.compare(acme)
    shown = ana.get(LIST)
    assert f"Tokeny ID {push.tokeny_id} is live. Delete {late} in Tokeny." in shown
    assert "in this list yet" not in shown, "it is nobody's to import"
    assert [f"Delete {late} in Tokeny" in message.body for message in mail.outbox] == [True]
    sandbox.removed_by_others(late)
    watching.compare(acme)
    first.refresh_from_db()
    assert first.copies == 0
    assert "published more than once" not in ana.get(LIST)


def refusal(code: str) -> str:
    group = [{"messages": [{"id": code, "message": "Your account has been blocked by an administrator"}]}]
    return json.dumps({"statusCode": 400, "error": "Bad Request", "message": group, "data": group})


def test_a_blocked_account_has_words_of_its_own(acme: Tenant, at_tokeny: TokenySignIn, sandbox: Sandbox) -> None:
    TokenySignIn.objects.update(sealed_jwt="")
    sandbox.fault("refused", path="/auth/local", value=[400, refusal("Auth.form.error.blocked")])
    trouble = watching.compare(acme).trouble
    assert trouble.startswith("The account is blocked in Tokeny. Ask Tokeny to unblock it")


def test_an_account_that_is_blocked_while_its_token_lives_is_rejected_and_not_unknown(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    said = '{"statusCode":401,"error":"Unauthorized","message":"Your account has been blocked by the administrator."}'
    sandbox.fault("refused", path="/disclaimers", method="POST", value=[401, said])
    sending.work(Clock())
    push.refresh_from_db()
    assert (push.state, "blocked in Tokeny" in push.words) == (PushState.REJECTED, True)


@pytest.mark.parametrize("spoilt", ["removed", "sealed elsewhere", "another address"])
def test_no_receipt_of_tokenys_speaks_of_issuance(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, spoilt: str
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    match spoilt:
        case "removed":
            TokenySignIn.objects.all().delete()
        case "sealed elsewhere":
            TokenySignIn.objects.update(sealed="v1:lost:AAAA:AAAA")
        case _:
            TokenySignIn.objects.update(base_url="https://not-allowed.example")
    sending.work(Clock())
    push.refresh_from_db()
    assert push.words
    assert "Issuance" not in push.words


def test_a_dropped_connection_is_not_called_slow(acme: Tenant, at_tokeny: TokenySignIn, sandbox: Sandbox) -> None:
    sandbox.fault("lost-request", path="/disclaimers", method="GET")
    with pytest.raises(errors.Dropped, match="The connection to Tokeny was cut off"):
        watching.tokeny.client(at_tokeny).list_disclaimers()


def test_the_head_says_which_connection_is_missing(acme: Tenant, ana: Person, at_tokeny: TokenySignIn) -> None:
    acme.issuance_keys.all().delete()
    Tenant.objects.update(issuance_url="")
    assert ">Issuance not connected</span>" in ana.get(LIST)
