"""What is recorded: every address that changes something or shows somebody's data writes one entry, or says here why not."""

import re
from typing import Any

from django.core import mail
from django.test import Client

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.disclaimers import drafting
from apps.evidence.sentences import TOLD
from apps.investments.models import Note
from apps.staff import outbox
from apps.tenants import invitations
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import Role
from tests.conftest import ACME_KEY, PASSWORD, Person, person
from tests.disclaimers.conftest import approved, connect_tokeny, member, published, rewritten, written
from tests.exports.conftest import exported
from tests.stand_in import Sandbox
from tests.tenants.test_access import EVERY

LISTINGS = ("investment", "investor", "offering", "user")
OWN = "one’s own account or its way in: what it changes is recorded by allauth’s signals (tests/staff)"
WITHOUT = {
    "home": "leads to a team, or names one’s teams",
    "healthz": "for machines", "healthz_live": "for machines", "healthz_ready": "for machines", "metrics": "for machines",
    "robots": "for machines", "security": "for machines", "stay": "says who is signed in, to themselves",
    "sso_find": "says whether a domain has a provider", "sso_start": "leads to the provider; coming back is recorded",
    "account_inactive": OWN, "account_reauthenticate": OWN, "account_set_password": OWN, "account_reset_password_done": OWN,
    "account_reset_password_from_key_done": OWN, "mfa_index": OWN, "mfa_authenticate": OWN, "mfa_reauthenticate": OWN,
    "mfa_reauthenticate_webauthn": OWN, "mfa_activate_totp": OWN, "mfa_deactivate_totp": OWN, "mfa_view_recovery_codes": OWN,
    "mfa_generate_recovery_codes": OWN, "mfa_list_webauthn": OWN, "mfa_add_webauthn": OWN, "mfa_login_webauthn": OWN,
    "mfa_edit_webauthn": OWN, "mfa_remove_webauthn": OWN, "account_signup": "leads to the sign-in page", "account_email": OWN,
    "overview": "sums of the team, no one’s data", "overview_breakdown": "sums of the team, no one’s data",
    "overview_progress": "how far a pass is", "overview_update": "the pass that it begins is recorded when it has read",
    "list_filter": "asks nothing of Issuance", "list_filter_field": "asks nothing of Issuance",
    "list_filter_operator": "asks nothing of Issuance", "list_columns": "one’s own columns, which no one else sees",
    "offering_settings": "an offering’s own terms, recorded with its page",
    "disclaimer_list": "the team’s own texts, no one’s data", "disclaimer_detail": "the team’s own texts, no one’s data",
    "disclaimer_state": "the team’s own texts, no one’s data", "version_detail": "the team’s own texts, no one’s data",
    "live_on": "the team’s own texts, no one’s data", "disclaimer_preview": "the team’s own texts, no one’s data",
    "disclaimer_edit": "each save is a row with its writer and time (Draft)",
    "disclaimer_check": "a comparison with Tokeny; what it finds is recorded",
    "export_list": "one’s own exports by their filters", "export_detail": "one’s own exports by their filters",
    "guide": "the guide", "guide_page": "the guide",
}  # fmt: skip
"""Addresses that write none, each with the reason."""
ELSEWHERE = {
    "record_file": "tests/evidence/test_records.py", "sso_done": "tests/tenants/test_sso.py, test_sso_attacks.py", "single_sign_on": "tests/tenants/test_sso.py",
    "account_login": "below", "account_logout": "below", "account_change_password": "below", "account_reset_password": "below",
    "account_reset_password_from_key": "tests/staff/test_sign_in.py", "member_reset": "tests/staff/test_two_step.py",
    "overview_rows": "tests/overview/test_pages.py", "export_cancel": "tests/exports/test_exports.py",
    "push_give_up": "tests/disclaimers/test_publishing.py", "drift_decide": "tests/disclaimers/test_pages.py",
    "disclaimer_import": "tests/disclaimers/test_watching.py", "offering_exposure": "tests/offerings/test_exposure.py",
    "service_save": "tests/tenants/test_connections.py", "session_end": "tests/staff/test_sessions.py",
    "notice_stop": "tests/notices/test_notices.py", "user_change": "tests/users/test_users.py",
}  # fmt: skip
"""Addresses whose entry another test looks at, since it takes more than a request."""


class World:
    """Acme with one of everything that an address may name."""

    def __init__(self, acme: Tenant, ana: Person, sandbox: Sandbox) -> None:
        connect_tokeny(acme, sandbox)
        self.acme, self.sandbox = acme, sandbox
        self.people = {
            role: person(f"{role}@acme.example", acme, role) for role in ("manager", "compliance", "support")
        }
        max_, cora = self.people["manager"], self.people["compliance"]
        self.draft, self.waiting = (written(acme, max_, "A text.", title) for title in ("Draft", "Waiting"))
        self.version = drafting.send_for_approval(self.waiting, member(max_))
        self.ready = written(acme, max_, "Another.", "Ready")
        approved(self.ready, max_, cora)
        self.live = written(acme, max_, "Live.", "Live")
        approved(self.live, max_, cora)
        published(self.live, max_)
        rewritten(self.live, max_, cora, "Live, again.")
        self.export = exported(ana).job.pk
        self.second = exported(ana).job.pk
        self.invited = invitations.invite(acme, "new@acme.example", "New", Role.SUPPORT, member(ana))
        self.key = acme.issuance_keys.get().slug

    def membership(self, role: str) -> int:
        return int(self.acme.memberships.get(person=self.people[role].member).pk)


CASES: list[tuple[str, str, Any, Action]] = [
    *(
        (f"{name}_list", f"{name}s/", None, Action(f"{name}s listed")) for name in LISTINGS
    ),
    ("investment_detail", "investments/7/", None, Action.INVESTMENT_VIEWED),
    ("investor_detail", "investors/{investor}/", None, Action.INVESTOR_VIEWED),
    ("offering_detail", "offerings/1/", None, Action.OFFERING_VIEWED),
    ("user_detail", "users/{user}/", None, Action.USER_VIEWED),
    ("investment_reveal", "investments/7/reveal/", {"reason": "Asked"}, Action.REVEALED),
    ("list_values", "investments/values/investor__user__email/", None, Action.VALUES_LISTED),
    ("list_counts", "investments/counts/status/", None, Action.ROWS_COUNTED),
    ("list_newer", "investments/newer/7/", None, Action.ROWS_COUNTED),
    ("list_views", "investments/views/?status=received", {"action": "save", "name": "Received"}, Action.VIEW_SAVED),
    ("investment_of_investor", "investments/of-investor/{investor}/", None, Action.INVESTMENTS_LISTED),
    ("investment_attention", "investments/attention/", None, Action.INVESTMENTS_LISTED),
    ("offering_investments", "offerings/1/investments/", None, Action.ROWS_COUNTED),
    ("investment_note", "investments/7/notes/", {"text": "Called back."}, Action.NOTE_WRITTEN),
    ("investment_note_remove", "investments/7/notes/{note}/remove/", {}, Action.NOTE_REMOVED),
    ("user_create", "users/create/", {"email": "fresh-one@acme.example", "password": PASSWORD}, Action.USER_CREATED),
    ("search", "search/?q=ann", None, Action.SEARCHED),
    ("search_suggest", "search/suggest/?q=ann", None, Action.SUGGESTED),
    ("export", "exports/new/{plural}/", {"format": "csv", "columns": "page", "values": "labels"}, Action.EXPORT_REQUESTED),
    ("investment_mailing", "exports/new/mailing-list/", {"format": "csv"}, Action.EXPORT_REQUESTED),
    ("investment_sums", "exports/sums/", {}, Action.SUM_REQUESTED),
    ("export_verify", "exports/verify/", {"sha256": "0" * 64}, Action.EXPORT_VERIFIED),
    ("export_file", "exports/{export}/file/", None, Action.EXPORT_DOWNLOADED),
    ("export_manifest", "exports/{export}/manifest/", None, Action.MANIFEST_DOWNLOADED),
    ("export_delete", "exports/{second}/delete/", {}, Action.EXPORT_DELETED),
    ("audit_log", "audit/", None, Action.AUDIT_READ),
    ("audit_retention", "audit/retention/", {"act": "years", "years": "7"}, Action.RETENTION_CHANGED),
    ("log_export", "audit/export/?kind=exports", {}, Action.RECORD_REQUESTED),
    ("record_list", "audit/records/", {}, Action.RECORD_REQUESTED),
    ("access_on", "audit/access/?on=2026-01-01", None, Action.AUDIT_READ),
    ("notice_choices", "notices/", {"kinds": "waits"}, Action.NOTICES_CHOSEN),
    ("disclaimer_begin", "disclaimers/begin/", {"title": "New"}, Action.DISCLAIMER_CREATED),
    ("disclaimer_send", "disclaimers/{draft}/send/", {}, Action.VERSION_CREATED),
    ("version_review", "disclaimers/{waiting}/versions/1/review/", "review", Action.VERSION_APPROVED),
    ("disclaimer_publish", "disclaimers/{ready}/publish/", "publish", Action.PUSH_BEGUN),
    ("version_roll_back", "disclaimers/{live}/versions/1/roll-back/", {}, Action.VERSION_ROLLED_BACK),
    ("approvals_needed", "disclaimers/approvals/", {"needed": "2"}, Action.APPROVALS_CHANGED),
    ("team_settings", "settings/team/", {"name": "Acme Two", "timezone": "America/New_York", "sums_every": "60", "url": "{url}"}, Action.TEAM_SAVED),
    ("member_list", "settings/members/", None, Action.MEMBERS_VIEWED),
    ("invitation_send", "settings/members/invitations/{invited}/send-again/", {}, Action.MEMBER_INVITED),
    ("invitation_withdraw", "settings/members/invitations/{invited}/withdraw/", {}, Action.INVITATION_WITHDRAWN),
    ("member_change", "settings/members/{support}/role/", {"role": "manager"}, Action.MEMBER_CHANGED),
    ("member_remove", "settings/members/{support}/remove/", {}, Action.MEMBER_REMOVED),
    ("connection_list", "settings/connections/", None, Action.CONNECTIONS_VIEWED),
    ("connection_test", "settings/connections/{key}/test/", {}, Action.KEY_TESTED),
    ("connection_replace", "settings/connections/{key}/replace/", "secret", Action.KEY_REPLACED),
    ("service_test", "settings/connections/sign-in/tokeny/test/", {}, Action.TOKENY_TESTED),
    ("service_remove", "settings/connections/sign-in/tokeny/remove/", {}, Action.TOKENY_REMOVED),
    ("connection_remove", "settings/connections/{key}/remove/", {}, Action.KEY_REMOVED),
]  # fmt: skip
"""Address, what is sent by POST (None: it is a GET), and the one entry."""


BESIDE = {
    "investment_reveal": ("investment viewed",),
    "user_create": ("user creation begun",),
    "investment_attention": ("investments listed", "investments listed"),
    "search": tuple(f"{name}s found" for name in LISTINGS),
}
"""What an address writes beside its entry: before a write to Issuance, in case its end is never known; of each list whose rows
it shows."""


def general(name: str) -> str:
    """Pages that every list has are one view."""
    found = re.fullmatch(
        rf"({'|'.join(LISTINGS)})_(filter|filter_field|filter_operator|values|counts|newer|columns|views|export)", name
    )
    return ("export" if found[2] == "export" else f"list_{found[2]}") if found else name


def test_every_address_is_named_once() -> None:
    names = {general(str(pattern.name)) for _, pattern in EVERY}
    of_people = {"profile", "sessions_end", "invitation", "leave_team"}
    told = [{name for name, *_ in CASES}, set(WITHOUT), set(ELSEWHERE), of_people]
    assert names == set().union(*told)
    assert sum(map(len, told)) == len(names), "each of them in one place"


def test_each_writes_its_one_entry(ana: Person, acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    world, wrong = World(acme, ana, sandbox), []
    ids = {kind: sandbox_first(ana, kind) for kind in ("investor", "user")}
    for name, path, given, action in CASES:
        fields = {
            "investor": ids["investor"], "user": ids["user"], "plural": "investments", "export": world.export, "second": world.second,
            "draft": world.draft.pk, "waiting": world.waiting.pk, "ready": world.ready.pk, "live": world.live.pk,
            "invited": world.invited.pk, "support": world.membership("support") if name.startswith("member_") and "{support}" in path else 0,
            "key": world.key, "note": note_of(acme),
        }  # fmt: skip
        sent = {"review": {"verdict": "approve", "sha256": world.version.sha256}, "publish": {"sha256": world.ready.versions.get().sha256},
                "secret": {"secret": sandbox.key(ACME_KEY)}}.get(given, {}) if isinstance(given, str) else given  # fmt: skip
        address = f"/acme/{path.format(**fields)}"
        sent = sent and {field: sandbox.url if value == "{url}" else value for field, value in sent.items()}
        response = ana.client.get(address) if sent is None else ana.client.post(address, sent)
        b"".join(response.streaming_content) if response.streaming else response.content
        found = [entry.action for entry in Entry.objects.filter(request_id=response["X-Request-ID"]).order_by("pk")]
        expected = [action.value, *BESIDE.get(name, ())]
        if sorted(found) != sorted(expected):
            wrong.append(f"{name} ({response.status_code}): {found} instead of {expected}")
    assert wrong == [], "\n".join(wrong)


def sandbox_first(ana: Person, kind: str) -> int:
    found = re.search(rf'href="/acme/{kind}s/(\d+)/', ana.get(f"/acme/{kind}s/"))
    assert found
    return int(found[1])


def note_of(acme: Tenant) -> int:
    return int(Note.objects.filter(tenant=acme).values_list("pk", flat=True).first() or 0)


# people’s own accounts


def test_sign_ins_and_what_people_do_with_their_accounts_stand_in_their_team_s_log(
    acme: Tenant, nobody: Person
) -> None:
    ana = member(person("ana@acme.example", acme, "support"))
    client = nobody.client
    for path, given, action in (
        ("login/", {"login": ana.email, "password": "wrong-horse-9"}, Action.SIGN_IN_REFUSED),
        ("login/", {"login": ana.email, "password": PASSWORD}, Action.SIGNED_IN),
        ("profile/", {"name": "Ana"}, Action.NAME_CHANGED),
        ("sessions/end/", {}, Action.SESSIONS_ENDED),
        ("password/change/", {"oldpassword": PASSWORD, "password1": f"{PASSWORD}-two", "password2": f"{PASSWORD}-two"}, Action.PASSWORD_CHANGED),
        ("logout/", {}, Action.SIGNED_OUT),
    ):  # fmt: skip
        response = client.post(f"/accounts/{path}", given)
        found = list(Entry.objects.filter(request_id=response["X-Request-ID"]).values_list("action", "tenant"))
        assert found == [(action.value, acme.id)], path


def test_a_reset_is_recorded_when_its_email_is_sent_and_for_known_addresses_alone(acme: Tenant, nobody: Person) -> None:
    person("ana@acme.example", acme, "support")
    before = Entry.objects.count()
    for email in ("ana@acme.example", "stranger@else.example"):
        nobody.post("/accounts/password/reset/", email=email)
    assert Entry.objects.count() == before, "the request tells nobody whether an address is known"
    while outbox.work():
        pass
    assert len(mail.outbox) == 1
    assert [entry.action for entry in Entry.objects.order_by("pk")[before:]] == ["password reset asked"]


def test_too_many_sign_ins_are_recorded(acme: Tenant, nobody: Person) -> None:
    person("ana@acme.example", acme, "support")
    for _ in range(7):
        nobody.post("/accounts/login/", login="ana@acme.example", password="wrong-horse-9")
    assert Entry.objects.filter(action="sign-in throttled", tenant=acme.id).count() == 2


def test_a_form_that_can_t_be_verified_is_recorded_for_who_is_signed_in(acme: Tenant) -> None:
    ana = member(person("ana@acme.example", acme, "owner"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    ana.sessions.update(factor="totp")
    assert client.post("/acme/settings/team/", {"name": "x"}).status_code == 403
    assert Entry.objects.filter(action="form refused", actor=ana, tenant=acme.id).exists()


def test_leaving_and_joining_are_recorded(acme: Tenant, ana: Person) -> None:
    sue = person("sue@acme.example", acme, "support")
    sue.post("/acme/settings/leave/")
    assert Entry.objects.latest("pk").action == "member left"
    made = invitations.invite(acme, "new@acme.example", "New", Role.SUPPORT, member(ana))
    Client().post(f"/accounts/invitations/{invitations.token_of(made)}/", {"name": "New", "password": PASSWORD})
    assert Entry.objects.filter(action="invitation accepted", tenant=acme.id).exists()


def test_someone_of_two_teams_is_seen_in_both_and_of_none_in_none(acme: Tenant, borealis: Tenant) -> None:
    ana = person("ana@acme.example", acme, "owner")
    borealis.memberships.create(person=ana.member, role="support")
    person("cleo@nowhere.example")
    Entry.objects.all()
    ana.client.logout()
    assert set(Entry.objects.filter(action="signed out").values_list("tenant", flat=True)) == {acme.id, borealis.id}
    assert Entry.objects.filter(action="signed in", tenant=None, actor__email="cleo@nowhere.example").exists()


def test_every_action_has_its_words() -> None:
    assert set(TOLD) == set(Action)
    assert all("{" not in told.words.replace("{}", "") for told in TOLD.values())
