"""A team with many disclaimers, drafts and pushes: what is kept is bounded, and a page costs the same for three as for sixty."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.disclaimers import drafting, watching
from apps.disclaimers.drafting import KEPT_BYTES, KEPT_REVISIONS
from apps.disclaimers.models import PASSED, Disclaimer, Draft, Push, PushState, Version
from apps.tenants.models import Tenant, TokenySignIn
from apps.upstream.tokeny.client import Entry, Listed
from tests.conftest import Person
from tests.disclaimers.conftest import LIST, approved, member, written
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")


def test_drafts_are_bounded_in_rows_and_bytes_from_the_first_save_on(acme: Tenant, ana: Person) -> None:
    made = written(acme, ana, "0")
    for number in range(1, 260):
        drafting.save(made, f"{number}", number, member(ana))
    assert made.drafts.count() == KEPT_REVISIONS
    for number in range(260, 330):
        drafting.save(made, f"{number}" + "é" * 48_000, number, member(ana))
    kept = list(made.drafts.values_list("size", flat=True))
    assert KEPT_BYTES * 0.9 < sum(kept) <= KEPT_BYTES
    assert made.draft
    assert made.draft.text.startswith("329")


def test_whoever_wrote_is_an_author_when_the_draft_is_no_longer_kept(
    acme: Tenant, ana: Person, max_: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "KEPT_REVISIONS", 3)
    made = written(acme, max_, "max began")
    for number in range(1, 9):
        drafting.save(made, f"ana {number}", number, member(ana))
    assert not made.drafts.filter(author=member(max_)).exists()
    version = drafting.send_for_approval(made, member(ana))
    assert set(version.authors) == {member(ana).pk, member(max_).pk}


def test_words_kept_through_a_rollback_keep_their_author(
    live: Disclaimer, ana: Person, max_: Person, cora: Person
) -> None:
    drafting.save(live, "Second.\n", live.revision, member(ana))
    approved(live, ana, cora)
    drafting.save(live, "Ana is still writing", live.revision, member(ana))
    drafting.roll_back(live, live.versions.get(number=1), member(max_))
    live.refresh_from_db()
    assert member(ana).pk in drafting.send_for_approval(live, member(max_)).authors


def queries(ana: Person, path: str = LIST) -> int:
    ana.get(path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        ana.get(path)
    return len(asked)


def test_the_library_asks_the_same_number_of_questions_for_many(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn
) -> None:
    def add(number: int) -> None:
        for place in range(number):
            made = written(acme, ana, f"Text {place}", f"Title {place}")
            if place % 2:
                approved(made, ana, cora)

    add(3)
    Disclaimer.objects.update(drift="gone", tokeny_id=None, **PASSED)
    few = queries(ana)
    add(57)
    assert queries(ana) == few
    shown = ana.get(LIST)
    assert shown.count('class="row-link"') == 50
    assert "Page 1 of 2 (60 disclaimers)" in shown
    assert ana.get(f"{LIST}?page=2").count('class="row-link"') == 10
    for odd in ("0", "-1", "abc", "9" * 5000):
        assert ana.get(f"{LIST}?page={odd}").status == 200


def test_many_that_are_missing_are_one_sentence(acme: Tenant, ana: Person, at_tokeny: TokenySignIn) -> None:
    for number in range(6):
        Disclaimer.objects.create(tenant=acme, title=f"Title {number}", tokeny_id=900 + number, drift="gone")
    shown = ana.get(LIST)
    assert shown.count('role="alert"') == 1
    assert "6 disclaimers are missing from Tokeny" in shown


def test_a_comparison_loads_no_text_and_does_not_ask_for_each_push(
    acme: Tenant, ana: Person, cora: Person, live: Disclaimer, sandbox: Sandbox
) -> None:
    version = Version.objects.get()
    done = {"state": PushState.CONFIRMED, "sha256": version.sha256, "read_back_sha256": version.sha256}
    Push.objects.bulk_create(Push(disclaimer=live, version=version, **done) for _ in range(300))
    listed = Listed(
        {live.tokeny_id or 0: Entry(live.tokeny_id or 0, version.text, "", live.tokeny_created_at)}, is_complete=True
    )
    with CaptureQueriesContext(connection) as asked:
        watching.noted(acme, listed, timezone.now())
    assert len(asked) < 10
    assert not [query for query in asked if '_version"."text"' in query["sql"] or '"drift_text"' in query["sql"]]
    live.refresh_from_db()
    assert live.checked_at


def test_a_draft_carries_its_hash_and_size(acme: Tenant, ana: Person) -> None:
    made = written(acme, ana, "é\n")
    draft = Draft.objects.get(disclaimer=made)
    assert (draft.size, len(draft.sha256)) == (3, 64)
