"""From draft to receipt: hashes, approvals by others, one push at a time, and what Tokeny answers."""

import time

import pytest

from apps.audit.models import Entry
from apps.disclaimers import approving, drafting, publishing, sending, watching
from apps.disclaimers.models import Disclaimer, Immutable, Push, PushState, Review
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.sign_ins import tokeny
from apps.upstream import errors
from apps.upstream.tokeny.client import MOST_BODY, body_of, sha256
from tests.conftest import Person
from tests.disclaimers.conftest import LIST, Clock, approved, lost, member, published, rewritten, work_off, written
from tests.stand_in import Sandbox

TEXT = "You may lose all you invest.\n"


def writes(sandbox: Sandbox) -> list[str]:
    return [
        call["method"] for call in sandbox.ledger if call["method"] in ("POST", "PUT") and "disclaimers" in call["path"]
    ]


def test_a_text_is_written_approved_by_another_published_and_receipted(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    version = approved(made, ana, cora)
    push = published(made, ana)
    assert push.state == PushState.CONFIRMED
    assert sandbox.disclaimers == {push.tokeny_id: TEXT}
    assert (push.sha256, push.read_back_sha256) == (sha256(TEXT), sha256(TEXT))
    assert (push.approvals, push.person) == (1, ana.member)
    assert made.live == version
    assert writes(sandbox) == ["POST"]
    page = ana.get(f"/acme/disclaimers/{made.pk}/")
    assert "Yes, exact match" in page
    assert push.sha256 in page


def test_an_update_reads_compares_writes_and_reads_back(
    live: Disclaimer, ana: Person, cora: Person, sandbox: Sandbox
) -> None:
    sandbox.reset()
    rewritten(live, ana, cora, "You will lose all.\n")
    push = published(live, ana)
    assert (push.state, push.operation) == (PushState.CONFIRMED, "update")
    assert list(sandbox.disclaimers.values()) == ["You will lose all.\n"]
    assert [call["method"] for call in sandbox.ledger if "disclaimers" in call["path"]] == ["GET", "PUT", "GET"]


def test_the_fifty_latest_receipts_are_shown_and_all_on_request(ana: Person, live: Disclaimer) -> None:
    sent = live.pushes.get()
    once_more = {"disclaimer": live, "version": sent.version, "state": PushState.REJECTED, "sha256": sent.sha256}
    Push.objects.bulk_create([Push(**once_more) for _ in range(50)])
    page = ana.get(f"{LIST}{live.pk}/")
    assert page.count('class="card-row receipt"') == 50
    assert "These are the 50 latest." in page
    assert f'href="{LIST}{live.pk}/?receipts=all"' in page
    every = ana.get(f"{LIST}{live.pk}/?receipts=all")
    assert every.count('class="card-row receipt"') == 51
    assert "latest." not in every


def test_nobody_approves_what_they_wrote_in(acme: Tenant, ana: Person, max_: Person, cora: Person) -> None:
    made = written(acme, max_, "one")
    drafting.save(made, "one two", 1, member(ana))
    version = drafting.send_for_approval(made, member(max_))
    assert set(version.authors) == {member(ana).pk, member(max_).pk}
    for author in (ana, max_):
        with pytest.raises(approving.NotReviewed, match="You edited this version"):
            approving.review(version, version.sha256, member(author), approves=True)
    assert not approving.is_approved(version, 1)
    approving.review(version, version.sha256, member(cora), approves=True)
    assert approving.is_approved(version, 1)
    assert not approving.is_approved(version, 2)


def test_one_changed_byte_voids_an_approval(acme: Tenant, ana: Person, cora: Person) -> None:
    made = written(acme, ana, TEXT)
    version = approved(made, ana, cora)
    with pytest.raises(approving.NotReviewed, match="text changed since you opened it"):
        approving.review(version, sha256(TEXT + " "), member(cora), approves=True)
    newer = rewritten(made, ana, cora, TEXT + " ")
    assert newer.sha256 != version.sha256
    type(version).objects.filter(pk=newer.pk).update(text=TEXT + "  ")
    newer.refresh_from_db()
    assert not approving.is_approved(newer, 1), "the row was changed under the approval"


def test_versions_and_reviews_are_written_once(acme: Tenant, ana: Person, cora: Person) -> None:
    version = approved(written(acme, ana, TEXT), ana, cora)
    for row in (version, Review.objects.get()):
        with pytest.raises(Immutable):
            row.save()
        with pytest.raises(Immutable):
            row.delete()


def test_a_rejection_needs_a_reason_and_stands_in_the_way(acme: Tenant, ana: Person, cora: Person) -> None:
    version = drafting.send_for_approval(written(acme, ana, TEXT), member(ana))
    with pytest.raises(approving.NotReviewed, match="Enter a reason"):
        approving.review(version, version.sha256, member(cora), approves=False)
    approving.review(version, version.sha256, member(cora), "too short", approves=False)
    assert not approving.is_approved(version, 0)


def test_a_team_of_one_publishes_without_a_second_person_and_the_receipt_says_so(
    acme: Tenant, ana: Person, at_tokeny: TokenySignIn
) -> None:
    Tenant.objects.update(approvals_needed=0)
    made = written(acme, ana, TEXT)
    drafting.send_for_approval(made, member(ana))
    assert published(made, ana).state == PushState.CONFIRMED
    assert "published without a second approver" in ana.get(f"/acme/disclaimers/{made.pk}/")


@pytest.mark.parametrize(
    ("text", "says"), [("", "is blank"), (" \n\t", "is blank"), ("é" * 600_000, "over Tokeny’s limit")]
)
def test_what_tokeny_would_publish_or_refuse_is_not_sent(acme: Tenant, ana: Person, text: str, says: str) -> None:
    with pytest.raises(drafting.NotSent, match=says):
        drafting.send_for_approval(written(acme, ana, text), member(ana))


def test_the_size_is_that_of_the_whole_json(acme: Tenant) -> None:
    text = 'é"\n' * 100
    assert drafting.size(text).bytes_left == MOST_BODY - len(body_of(text))
    assert drafting.size("a" * (MOST_BODY - len(body_of("")))).bytes_left == 0


def test_what_is_not_approved_is_not_pushed(
    acme: Tenant, ana: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    drafting.send_for_approval(made, member(ana))
    with pytest.raises(publishing.NotPushed, match="0 of 1 required approval"):
        publishing.push(made, member(ana))
    assert sandbox.ledger == []


def test_one_push_of_a_disclaimer_at_a_time(acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    publishing.push(made, member(ana))
    with pytest.raises(publishing.NotPushed, match="is being published"):
        publishing.push(made, member(ana))


@pytest.mark.parametrize(
    ("fault", "value", "state", "says"),
    [
        ("lost-request", None, PushState.UNKNOWN, "was cut off before"),
        ("html-500", None, PushState.UNKNOWN, "returned an error (HTTP 500)"),
        ("html-200", None, PushState.UNKNOWN, "Couldn’t read"),
        ("status", 400, PushState.REJECTED, "rejected the text"),
        ("status", 403, PushState.REJECTED, "rejected the account"),
        ("status", 413, PushState.REJECTED, "over Tokeny’s size limit"),
        ("status", 401, PushState.UNKNOWN, "returned an error (HTTP 401)"),
    ],
)
def test_how_a_write_ends(
    acme: Tenant,
    ana: Person,
    cora: Person,
    at_tokeny: TokenySignIn,
    sandbox: Sandbox,
    fault: str,
    value: int,
    state: str,
    says: str,
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    publishing.push(made, member(ana))
    sandbox.fault(fault, path="/disclaimers", method="POST", value=value)
    sending.work(Clock())
    push = Push.objects.get()
    assert push.state == state
    assert says in push.words
    assert writes(sandbox) == ["POST"]
    page = ana.get(f"/acme/disclaimers/{made.pk}/")
    assert ("We couldn’t confirm whether v1 was published" in page) == (state == PushState.UNKNOWN)


def test_an_unknown_one_is_looked_for_on_its_schedule_and_never_sent_again(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    publishing.push(made, member(ana))
    sandbox.fault("lost-request", path="/disclaimers", method="POST")
    clock = Clock()
    sending.work(clock)
    looks = []
    for seconds in range(1, 400):
        clock.forward(1)
        if sending.work(clock):
            looks.append(seconds)
    assert looks == [2, 10, 60, 300]
    assert writes(sandbox) == ["POST"]
    with pytest.raises(publishing.NotPushed):
        publishing.push(made, member(ana))
    publishing.give_up(Push.objects.get(), member(ana))
    sandbox._ask("DELETE", "faults")
    assert published(made, ana).state == PushState.CONFIRMED
    assert len(sandbox.disclaimers) == 1


def test_a_write_that_lands_late_is_found_by_the_sweep(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    clock = Clock()
    push = lost(made, ana, cora, sandbox, clock)
    for _ in range(4):
        clock.forward(301)
        work_off(clock)
    push.refresh_from_db()
    assert push.state == PushState.UNKNOWN
    sandbox.by_others(TEXT)
    watching.compare(acme)
    push.refresh_from_db()
    assert push.state == PushState.CONFIRMED
    made.refresh_from_db()
    assert made.tokeny_id == push.tokeny_id


def test_several_matches_are_an_alert_for_a_person(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    sandbox.fault("lost-request", path="/disclaimers", method="POST")
    clock = Clock()
    sending.work(clock)
    sandbox.by_others(TEXT, times=2)
    clock.forward(3)
    sending.work(clock)
    push.refresh_from_db()
    assert push.state == PushState.UNKNOWN
    assert "Tokeny now has this text 2 times" in push.words


def test_two_workers_send_once(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    publishing.push(made, member(ana))
    clock = Clock()
    assert sending.claim(clock())
    assert sending.claim(clock()) is None
    assert writes(sandbox) == []


def test_a_change_at_tokeny_is_found_before_the_put_and_nothing_is_overwritten(
    live: Disclaimer, ana: Person, cora: Person, sandbox: Sandbox
) -> None:
    rewritten(live, ana, cora, "A new text.\n")
    publishing.push(live, member(ana))
    sandbox.by_others("Theirs.", id=live.tokeny_id)
    sandbox.reset()
    work_off()
    push = live.pushes.first()
    assert push
    assert push.state == PushState.REJECTED
    assert "Nothing was sent or overwritten" in push.words
    assert writes(sandbox) == []
    live.refresh_from_db()
    assert (live.drift, live.drift_text) == ("changed", "Theirs.")


def test_tokeny_that_is_down_beforehand_leaves_it_in_the_queue(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox
) -> None:
    made = written(acme, ana, TEXT)
    approved(made, ana, cora)
    push = publishing.push(made, member(ana))
    sandbox.fault("html-500", path="/disclaimers", times=3)
    clock = Clock()
    sending.work(clock)
    push.refresh_from_db()
    assert (push.state, push.sent_at) == (PushState.QUEUED, None)
    assert "Nothing was sent." in push.words
    clock.forward(11)
    time.sleep(5.1)  # the breaker opened after several failures
    work_off(clock)
    push.refresh_from_db()
    assert push.state == PushState.CONFIRMED


def test_the_token_is_kept_sealed_and_one_sign_in_serves(live: Disclaimer, sandbox: Sandbox, acme: Tenant) -> None:
    saved = TokenySignIn.objects.get()
    assert saved.sealed_jwt.startswith("v1:")
    assert "signed" not in saved.sealed_jwt
    sandbox.reset()
    for _ in range(3):
        watching.compare(acme)
    assert not [call for call in sandbox.ledger if call["path"] == "/auth/local"]


def test_only_invalid_token_renews_it(live: Disclaimer, sandbox: Sandbox, acme: Tenant) -> None:
    sandbox.reset()
    words = '{"statusCode":401,"error":"Unauthorized","message":"connect ECONNREFUSED 127.0.0.1:5432"}'
    sandbox.fault("refused", path="/disclaimers", value=[401, words])
    with pytest.raises(errors.Failed):
        tokeny.client(TokenySignIn.objects.get()).list_disclaimers()
    assert not [call for call in sandbox.ledger if call["path"] == "/auth/local"]
    sandbox.reset()
    sandbox.fault(
        "refused",
        path="/disclaimers",
        value=[401, words.replace("connect ECONNREFUSED 127.0.0.1:5432", "Invalid token.")],
        times=1,
    )
    saved = TokenySignIn.objects.get()
    assert tokeny.client(saved).list_disclaimers().entries
    assert [call["authorized"] for call in sandbox.ledger if call["path"] == "/auth/local"] == [False]


def test_the_sign_in_limit_is_respected(acme: Tenant, at_tokeny: TokenySignIn, sandbox: Sandbox) -> None:
    TokenySignIn.objects.update(sealed_jwt="")
    sandbox.fault("throttled", path="/auth/local", value=60)
    for _ in range(5):
        with pytest.raises(errors.Throttled):
            tokeny.client(TokenySignIn.objects.get()).list_disclaimers()
    assert len([call for call in sandbox.ledger if call["path"] == "/auth/local"]) == 1


@pytest.mark.parametrize("heeds", [True, False])
def test_a_list_of_150_is_read_whole_or_said_to_be_cut(
    acme: Tenant, at_tokeny: TokenySignIn, sandbox: Sandbox, heeds: bool
) -> None:
    sandbox.by_others("text", times=150)
    sandbox.state(heeds_paging=heeds)
    listed = tokeny.client(at_tokeny).list_disclaimers()
    assert (len(listed.entries) == 150, listed.is_complete) == (heeds, heeds)


def test_the_record_names_hashes_and_never_the_text(live: Disclaimer) -> None:
    entries = Entry.objects.filter(subject=f"disclaimer:{live.pk}")
    actions = set(entries.values_list("action", flat=True))
    assert actions >= {"disclaimer begun", "version made", "version approved", "push begun", "push confirmed"}
    assert "lose all" not in str(list(entries.values_list("details", flat=True)))
