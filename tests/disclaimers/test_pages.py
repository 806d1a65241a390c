"""The pages of disclaimers: the library, the editor, conflicts, approval, import, drift; with a script's requests and without."""

import pytest
from django.core import mail

from apps.audit.models import Entry
from apps.disclaimers import drafting, watching
from apps.disclaimers.models import Disclaimer, Draft, Push, Version
from apps.tenants.models import Tenant, TokenySignIn
from apps.tenants.permissions import GRANTS, Permission, Role
from tests.conftest import Page, Person, page
from tests.disclaimers.conftest import LIST, approved, member, published, work_off, written
from tests.stand_in import Sandbox

TEXT = "You may lose all you invest.\n"


def saved(who: Person, number: int, text: str, revision: int) -> Page:
    """As the editor's script saves."""
    path = f"{LIST}{number}/edit/"
    return page(who.client.post(path, {"text": text, "revision": revision}, headers={"Accept": "application/json"}))


def publish(who: Person, disclaimer: Disclaimer) -> Page:
    """Confirms the latest version, as the page that asks does."""
    latest = disclaimer.latest
    return who.post(f"{LIST}{disclaimer.pk}/publish/", sha256=latest.sha256 if latest else "")


def test_without_a_sign_in_to_tokeny_all_but_publishing_works(ana: Person, cora: Person, acme: Tenant) -> None:
    opened = ana.post(f"{LIST}begin/", title="Risk factors")
    assert "Risk factors" in opened
    made = Disclaimer.objects.get()
    assert saved(ana, made.pk, TEXT, 0).status == 200
    assert "Submitted for approval." in ana.post(f"{LIST}{made.pk}/send/")
    version = Version.objects.get()
    assert "You approved v1" in cora.post(
        f"{LIST}{made.pk}/versions/1/review/", verdict="approve", sha256=version.sha256
    )
    assert "Tokeny isn’t connected" in ana.get(LIST)
    assert "Tokeny isn’t connected" in publish(ana, made)
    assert not Push.objects.exists()


def test_the_library_says_where_each_stands(ana: Person, live: Disclaimer, acme: Tenant) -> None:
    shown = ana.get(LIST)
    assert ">Live</span>" in shown
    assert "v1 is live, compared " in shown
    drafting.save(live, TEXT + "More.", live.revision, member(ana))
    assert ">Draft</span>" in ana.get(LIST)
    drafting.send_for_approval(live, member(ana))
    shown = ana.get(LIST)
    assert ">Waiting for approval</span>" in shown
    assert "v1 is live" in shown


def test_an_autosave_answers_with_its_revision_and_time(ana: Person, acme: Tenant) -> None:
    made = drafting.begin(acme, "A", member(ana))
    answer = saved(ana, made.pk, TEXT, 0)
    assert answer.response.json()["revision"] == 1
    assert saved(ana, made.pk, TEXT, 1).response.json()["revision"] == 1, "the same text is no new revision"
    assert Draft.objects.count() == 1


def test_the_second_to_save_gets_both_texts(ana: Person, max_: Person, acme: Tenant) -> None:
    made = written(acme, ana, "one\ntwo\nthree\n")
    assert saved(max_, made.pk, "one\nTWO\nthree\n", 1).status == 200
    assert saved(ana, made.pk, "ONE\ntwo\nthree\n", 1).status == 409
    shown = ana.post(f"{LIST}{made.pk}/edit/", text="ONE\ntwo\nthree\n", revision="1")
    assert shown.status == 409
    assert "max@acme.example saved while you were editing" in shown
    assert "<del>two\n</del><ins>TWO\n</ins>" in shown
    assert "<del>one\n</del><ins>ONE\n</ins>" in shown
    assert "ONE\ntwo\nthree" in shown
    drafts = list(Draft.objects.order_by("revision").values_list("text", flat=True))
    assert drafts == ["one\ntwo\nthree\n", "one\nTWO\nthree\n"]
    assert saved(ana, made.pk, "ONE\nTWO\nthree\n", 2).status == 200


def test_a_session_that_ended_is_no_lost_text_but_a_redirect(ana: Person, nobody: Person, acme: Tenant) -> None:
    made = drafting.begin(acme, "A", member(ana))
    answer = saved(nobody, made.pk, TEXT, 0)
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "text",
    [
        "a\r\nb\r\nc",
        "a\r\nb\nc\r\n",
        "a\rb\nc",
        "\n\nleads with blank lines",
        "ends with blanks  \n\t\n",
        "tab\tand \u00a0 and \u2028",
        "\r\n",
    ],
)
def test_no_byte_changes_that_nobody_touched(ana: Person, acme: Tenant, text: str) -> None:
    """As a browser sends it: every line end as CRLF from a form, as LF from a script."""
    made = written(acme, ana, text)
    as_shown = text.replace("\r\n", "\n").replace("\r", "\n")
    for sent in (as_shown, as_shown.replace("\n", "\r\n")):
        saved(ana, made.pk, sent, 1)
        assert made.drafts.order_by("-revision")[0].text == text
    saved(ana, made.pk, f"new line\n{as_shown}", 1)
    assert made.drafts.order_by("-revision")[0].text.endswith(text)
    assert "<textarea" in ana.get(f"{LIST}{made.pk}/edit/")


def test_without_a_script_the_plain_form_saves_and_previews(ana: Person, acme: Tenant) -> None:
    made = drafting.begin(acme, "A", member(ana))
    assert "Draft saved." in ana.post(f"{LIST}{made.pk}/edit/", text="**bold** (c)", revision="0")
    shown = ana.post(f"{LIST}{made.pk}/edit/", text="**bold** (c) more", revision="1", preview="1")
    assert "<strong>bold</strong>" in shown
    assert "becomes a symbol in Tokeny’s editor" in shown
    assert made.drafts.order_by("-revision")[0].text == "**bold** (c) more"


def test_the_preview_is_a_fragment_in_either_view(ana: Person, acme: Tenant) -> None:
    made = drafting.begin(acme, "A", member(ana))
    path = f"{LIST}{made.pk}/preview/"
    assert "12©" in ana.post(path, text="12(c)", view="tokeny")
    shown = ana.post(path, text="12(c)", view="plain")
    assert "12(c)" in shown
    assert "<html" not in shown
    assert "too long for live preview" in ana.post(path, text="a" * 200_001)
    assert "Blank disclaimers can’t be published." in ana.post(path, text=" ")


def test_the_approver_sees_the_redline_and_the_warnings(live: Disclaimer, ana: Person, cora: Person) -> None:
    drafting.save(live, "You will lose all (c) you invest.\n", live.revision, member(ana))
    drafting.send_for_approval(live, member(ana))
    shown = cora.get(f"{LIST}{live.pk}/versions/2/")
    assert "Changes from v1 (live)" in shown
    assert '<del data-mark="">may </del><ins data-mark="">will </ins>' in shown
    assert "becomes a symbol" in shown
    assert "Approve v2" in shown
    assert "someone else must approve it" in ana.get(f"{LIST}{live.pk}/versions/2/")


def test_a_rollback_is_a_new_version_to_be_approved_anew(live: Disclaimer, ana: Person, cora: Person) -> None:
    drafting.save(live, "Other.\n", live.revision, member(ana))
    approved(live, ana, cora)
    published(live, ana)
    assert "Rolled back to v1 as a new version" in ana.post(f"{LIST}{live.pk}/versions/1/roll-back/")
    newest = live.versions.first()
    assert newest
    assert (newest.number, newest.text, newest.origin_words) == (3, TEXT, "rolled back to v1")
    assert "0 of 1 required approval" in publish(ana, live)


def test_what_is_at_tokeny_is_imported_byte_for_byte(
    ana: Person, at_tokeny: TokenySignIn, acme: Tenant, sandbox: Sandbox
) -> None:
    for text in ("# Old one\r\nwith  ends \n", None, "second\u2028\t"):
        sandbox.by_others(text)
    ana.post(f"{LIST}check/", now="1")
    assert "3 disclaimers in Tokeny aren’t in this list yet." in ana.get(LIST)
    assert "3 imported from Tokeny" in ana.post(f"{LIST}import/")
    held = {each.tokeny_id: each.live.text for each in Disclaimer.objects.select_related("live") if each.live}
    assert held == {number: text or "" for number, text in sandbox.disclaimers.items()}
    assert ">Live</span>" in ana.get(LIST)
    assert "Old one" in ana.get(LIST)


def test_a_list_that_stops_at_100_says_so_and_calls_nothing_gone(
    ana: Person, live: Disclaimer, acme: Tenant, sandbox: Sandbox
) -> None:
    sandbox.by_others("more", times=150)
    sandbox.state(heeds_paging=False)
    watching.compare(acme)
    assert "Tokeny returned only its first 100 disclaimers" in ana.get(LIST)
    live.refresh_from_db()
    assert live.drift == ""


@pytest.mark.parametrize("choice", ["adopt", "restore", "leave"])
def test_a_change_at_tokeny_is_said_mailed_recorded_and_decided(
    ana: Person, cora: Person, live: Disclaimer, acme: Tenant, sandbox: Sandbox, choice: str
) -> None:
    sandbox.by_others("You may win.\n", id=live.tokeny_id)
    ana.post(f"{LIST}check/", now="1")
    assert "“Risk factors” was changed in Tokeny" in ana.get(LIST)
    assert {address for message in mail.outbox for address in message.to} == {"ana@acme.example", "cora@acme.example"}
    assert "win" not in mail.outbox[0].body
    assert Entry.objects.filter(action="drift found").exists()
    shown = ana.get(f"{LIST}{live.pk}/")
    assert "Tokeny has a different text" in shown
    assert "<ins>win</ins>" in shown
    assert "Resolve the difference first" in publish(ana, live) or choice
    ana.post(f"{LIST}{live.pk}/drift/", choice=choice, reason="the regulator asked for it")
    live.refresh_from_db()
    if choice == "adopt":
        assert (live.drift, str(live.live), live.live and live.live.text) == ("", "v2", "You may win.\n")
    if choice == "leave":
        watching.compare(acme)
        assert len(mail.outbox) == 1
        assert "the difference was accepted" in ana.get(LIST)
        assert Entry.objects.get(action="drift left").details["reason"] == "the regulator asked for it"
    if choice == "restore":
        newest = live.versions.first()
        assert newest
        cora.post(f"{LIST}{live.pk}/versions/{newest.number}/review/", verdict="approve", sha256=newest.sha256)
        publish(ana, live)
        work_off()
        assert sandbox.disclaimers[live.tokeny_id or 0] == TEXT
        live.refresh_from_db()
        assert live.drift == ""


def test_a_text_that_is_gone_is_said_and_pushed_anew(
    ana: Person, cora: Person, live: Disclaimer, acme: Tenant, sandbox: Sandbox
) -> None:
    sandbox.removed_by_others(live.tokeny_id or 0)
    watching.compare(acme)
    assert "is missing from Tokeny" in ana.get(LIST)
    ana.post(f"{LIST}{live.pk}/drift/", choice="restore")
    newest = live.versions.first()
    assert newest
    cora.post(f"{LIST}{live.pk}/versions/{newest.number}/review/", verdict="approve", sha256=newest.sha256)
    publish(ana, live)
    work_off()
    assert list(sandbox.disclaimers.values()) == [TEXT]


def test_tokeny_that_fails_is_said_on_the_page_and_nothing_is_called_gone(
    ana: Person, live: Disclaimer, sandbox: Sandbox
) -> None:
    sandbox.fault("html-500", path="/disclaimers")
    ana.post(f"{LIST}check/", now="1")
    shown = ana.get(LIST)
    assert "Couldn’t compare with Tokeny. Tokeny returned an error (HTTP 500)." in shown
    assert ">Live</span>" in shown


def test_who_may_do_what(someone: Person, role: Role, acme: Tenant, live: Disclaimer) -> None:
    shown = someone.get(f"{LIST}{live.pk}/")
    assert shown.status == 200
    assert (">Edit draft</a>" in shown) == (role in GRANTS[Permission.WRITE_DISCLAIMERS])
    assert (someone.get(f"{LIST}{live.pk}/edit/").status == 200) == (role in GRANTS[Permission.WRITE_DISCLAIMERS])
    described = someone.post(f"{LIST}{live.pk}/", title="Another", offering="", notes="")
    assert described.status == (200 if role in GRANTS[Permission.WRITE_DISCLAIMERS] else 403)
    assert (publish(someone, live).status == 200) == (role in GRANTS[Permission.PUBLISH_DISCLAIMERS])


def test_another_teams_disclaimer_does_not_exist(ben: Person, live: Disclaimer) -> None:
    for path in ("", "edit/", "versions/1/", "state/"):
        assert ben.get(f"/borealis/disclaimers/{live.pk}/{path}").status == 404
    assert ben.post(f"/borealis/disclaimers/{live.pk}/publish/").status == 404


def test_the_guide_is_ours_with_contents_and_notes(ana: Person) -> None:
    shown = ana.get("/acme/guide/disclaimers/")
    assert 'class="toc"' in shown
    assert 'class="admonition note"' in shown
    assert "<table>" in shown


def test_the_number_of_approvals_is_a_setting_of_the_team(ana: Person, max_: Person, acme: Tenant) -> None:
    assert "From now on, 2 approvals by others are required." in ana.post(f"{LIST}approvals/", needed="2")
    assert max_.post(f"{LIST}approvals/", needed="0").status == 403
    assert "Nothing changed. Enter a number of approvals from 0 to 3." in ana.post(f"{LIST}approvals/", needed="99")
    acme.refresh_from_db()
    assert acme.approvals_needed == 2


def test_title_offering_and_notes_are_kept_here(ana: Person, live: Disclaimer, sandbox: Sandbox) -> None:
    sandbox.reset()
    shown = ana.post(f"{LIST}{live.pk}/", title="Risks", offering="2", notes="for the Reg CF round")
    assert "Details saved." in shown
    assert "Acme Robotics Community Round" in ana.get(LIST)
    assert sandbox.ledger == []
