"""What the library says of each disclaimer: live since when, whom it waits for; and the page that asks before it publishes."""

import re
from datetime import UTC, datetime

import pytest

from apps.disclaimers import approving, drafting, library, states, watching
from apps.disclaimers.models import Disclaimer, Push
from apps.tenants import members
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import Role
from tests.conftest import Person
from tests.disclaimers.conftest import LIST, approved, member, rewritten, written
from tests.stand_in import Sandbox

TEXT = "You may lose all you invest.\n"


def status(disclaimer: Disclaimer, viewer: Person) -> states.DisclaimerStatus:
    disclaimer.refresh_from_db()
    return states.status_of(disclaimer, disclaimer.tenant, member(viewer))


def test_a_live_text_says_since_which_day_in_the_teams_zone(live: Disclaimer, ana: Person) -> None:
    Push.objects.update(ended_at=datetime(2026, 10, 13, 2, tzinfo=UTC))
    found = status(live, ana)
    assert (found.live, found.waits_for) == ("v1 since Oct 12, 2026", "")
    assert "v1 since Oct 12, 2026" in ana.get(LIST)


def test_a_version_waits_for_those_who_may_approve_it(live: Disclaimer, ana: Person, cora: Person) -> None:
    drafting.save(live, TEXT + "More.\n", live.revision, member(ana))
    drafting.send_for_approval(live, member(ana))
    assert status(live, cora).waits_for == "You: approve v2"
    assert status(live, ana).waits_for == "cora@acme.example: approve v2", "who wrote in it is not named"
    assert status(live, ana).live.startswith("v1 since ")
    members.remove(live.tenant.memberships.get(person=member(cora)), member(ana))
    assert status(live, ana).waits_for == "No one yet: approve v2", "no one is left who may"


def test_many_who_may_are_counted(live: Disclaimer, ana: Person, cora: Person, acme: Tenant) -> None:
    for name in ("carl", "cleo", "cem"):
        members.add(acme, f"{name}@acme.example", Role.COMPLIANCE, None)
    drafting.save(live, TEXT + "More.\n", live.revision, member(ana))
    drafting.send_for_approval(live, member(ana))
    assert status(live, cora).waits_for == "You or 3 others: approve v2"
    assert status(live, ana).waits_for == "Any of 4 people: approve v2"


def test_what_was_approved_waits_for_who_may_publish(live: Disclaimer, ana: Person, cora: Person, max_: Person) -> None:
    rewritten(live, ana, cora, TEXT + "More.\n")
    assert status(live, max_).waits_for == "You or ana@acme.example: publish v2"


def test_a_change_in_tokeny_waits_until_someone_accepts_it(live: Disclaimer, ana: Person, sandbox: Sandbox) -> None:
    sandbox.by_others("You may win.\n", id=live.tokeny_id)
    watching.compare(live.tenant)
    found = status(live, ana)
    assert (found.live, found.waits_for) == ("Different text", "You: review difference")
    watching.leave(live, member(ana), "the regulator asked for it")
    assert status(live, ana).waits_for == ""


def test_publishing_asks_once_and_publishes_what_was_confirmed(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn
) -> None:
    made = written(acme, ana, TEXT)
    first = approved(made, ana, cora)
    asked = ana.get(f"{LIST}{made.pk}/publish/")
    assert "Publish v1 of" in asked
    assert "Approved by cora@acme.example." in asked
    assert f'name="sha256" value="{first.sha256}"' in asked
    assert not Push.objects.exists()
    second = rewritten(made, ana, cora, TEXT + "More.\n")
    refused = ana.post(f"{LIST}{made.pk}/publish/", sha256=first.sha256)
    assert "The latest version is now v2. Review it before you publish." in refused
    assert "The latest version is now v2." in ana.post(f"{LIST}{made.pk}/publish/"), "nothing was confirmed at all"
    assert not Push.objects.exists()
    ana.post(f"{LIST}{made.pk}/publish/", sha256=second.sha256)
    assert Push.objects.get().version == second


def test_what_is_not_approved_has_no_button(acme: Tenant, ana: Person, at_tokeny: TokenySignIn) -> None:
    made = written(acme, ana, TEXT)
    assert ana.get(f"{LIST}{made.pk}/publish/", follow=False).status == 302, "there is no version yet"
    drafting.send_for_approval(made, member(ana))
    asked = ana.get(f"{LIST}{made.pk}/publish/")
    assert "It isn’t approved yet" in asked
    assert ">Publish v1</button>" not in asked


def test_a_rejection_without_a_reason_stays_on_its_page(acme: Tenant, ana: Person, cora: Person) -> None:
    made = written(acme, ana, TEXT)
    version = drafting.send_for_approval(made, member(ana))
    page = cora.post(f"{LIST}{made.pk}/versions/1/review/", verdict="reject", sha256=version.sha256, reason=" ")
    assert "Enter a reason so the author knows what to change." in page
    assert "Your decision" in page
    assert not approving.is_rejected(version)


@pytest.mark.parametrize(("text", "is_made"), [(TEXT, True), ("", False)])
def test_the_editor_saves_and_submits_in_one_act(acme: Tenant, ana: Person, text: str, is_made: bool) -> None:
    made = written(acme, ana, "Before.\n")
    page = ana.post(f"{LIST}{made.pk}/edit/", text=text, revision=1, send="1")
    assert ("Submitted for approval." in page) == is_made
    assert ("The text is blank." in page) != is_made
    latest = made.latest
    assert (latest.text if latest else None) == (text if is_made else None)
    draft = made.draft
    assert draft
    assert draft.text == text, "what was written is saved either way"


def titles(page: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]+)<', page)


def test_tabs_show_what_needs_the_reader_drafts_and_what_is_live(live: Disclaimer, ana: Person, cora: Person) -> None:
    drafting.save(live, TEXT + "More.\n", live.revision, member(ana))
    drafting.send_for_approval(live, member(ana))
    written(live.tenant, ana, "Still writing", "Privacy notice")
    assert len(titles(cora.get(LIST))) == 2
    assert titles(cora.get(f"{LIST}?tab=yours")) == [live.title]
    assert titles(cora.get(f"{LIST}?tab=drafts")) == ["Privacy notice"]
    assert titles(cora.get(f"{LIST}?tab=live")) == [live.title]
    assert "Nothing is waiting for you." in ana.get(f"{LIST}?tab=yours"), "who wrote a text may not approve it"
    counts = re.findall(r'class="count-badge">(\d+)<', cora.get(LIST))
    assert counts == ["2", "1", "1", "1"]
    assert len(titles(cora.get(f"{LIST}?tab=nonsense"))) == 2


def test_a_large_library_counts_only_in_a_tab_and_keeps_it_on_the_next_page(acme: Tenant, ana: Person) -> None:
    for number in range(library.A_PAGE + 1):
        written(acme, ana, "Text", f"Title {number:02}")
    assert 'class="count-badge"' not in ana.get(LIST)
    first = ana.get(f"{LIST}?tab=drafts")
    assert 'class="count-badge">51<' in first
    assert "?tab=drafts&amp;page=2" in first
    assert titles(ana.get(f"{LIST}?tab=drafts&page=2")) == [f"Title {library.A_PAGE:02}"]
