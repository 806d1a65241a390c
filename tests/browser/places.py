"""Every page, and every state that has a look of its own: what is photographed and what is checked for accessibility."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page

from apps.disclaimers import drafting, publishing, watching
from apps.disclaimers.models import Disclaimer
from apps.jobs import queue
from apps.jobs.models import Job
from apps.staff.models import StaffMember
from apps.tenants.models import FirebaseSignIn, Tenant
from tests.browser.conftest import open_filter
from tests.browser.preparing import (
    added_up,
    added_up_once,
    adding_up,
    contradicting,
    gone_live,
    invited,
    lived_in,
    record_made,
    told,
    waiting,
)
from tests.conftest import person
from tests.disclaimers.conftest import approved, connect_tokeny, published, work_off, written
from tests.exports.conftest import ask, exported
from tests.exports.conftest import work_off as work_off_exports
from tests.stand_in import Sandbox

Prepare = Callable[[Sandbox], object]


def nothing(sandbox: Sandbox) -> None: ...


def disconnect(sandbox: Sandbox) -> None:
    Tenant.objects.get(slug="acme").issuance_keys.all().delete()


def blocked(sandbox: Sandbox) -> None:
    """Four kinds of blockers, a null and a value that cannot be read, on the investment that is photographed."""
    sandbox.fault(
        "changed",
        path="/api/investments/1999/",
        value={
            "processing_issue_statuses": "kyc_failed,watchlist_hits,new_code",
            "net_worth": None,
            "price_fees": "lots",
        },
    )


def sign_out(sandbox: Sandbox) -> None:
    FirebaseSignIn.objects.all().delete()


def losing(sandbox: Sandbox) -> None:
    sandbox.fault("lost-request", path="/api/users/$", method="POST")


def one_part_down(sandbox: Sandbox) -> None:
    sandbox.fault("status", path="/api/users/", value=418)


def by_status(page: Page) -> None:
    page.locator(".stages").wait_for()


SAMPLE = """# Risk factors

An investment in this offering is **speculative**. You may lose *all* you invest (see section 12(c)).

- No market for the shares exists -- and none may develop.
- "Forward-looking" statements may not come true.

5. Numbered elsewhere

[Offering circular](www.example.com/circular) ![Plan](https://cdn.example/plan.png)
"""


def disclaimers(sandbox: Sandbox) -> dict[str, int]:
    """One in each state that has a look of its own; their numbers by state."""
    acme = Tenant.objects.get(slug="acme")
    sandbox.removed_by_others()
    connect_tokeny(acme, sandbox)
    writer, approver = (
        person(f"{name}@acme.example", acme, "manager" if name == "wilma" else "compliance")
        for name in ("wilma", "carl")
    )
    made = {
        name: written(acme, writer, SAMPLE, title)
        for name, title in (
            ("live", "Risk factors"),
            ("drifted", "Fees"),
            ("waiting", "Testing the waters"),
            ("unknown", "Transfer restrictions"),
        )
    }
    for each in made.values():
        approved(each, writer, approver)
    for name in ("live", "drifted", "waiting"):
        published(made[name], writer)
    drafting.save(made["waiting"], SAMPLE.replace("may lose", "will lose"), made["waiting"].revision, writer.member)
    drafting.send_for_approval(made["waiting"], writer.member)
    sandbox.by_others(SAMPLE.replace("speculative", "safe"), id=made["drifted"].tokeny_id)
    sandbox.by_others("A text that nobody here knows.")
    watching.compare(acme)
    sandbox.fault("lost-request", path="/disclaimers", method="POST", times=1)
    publishing.push(made["unknown"], writer.member)
    work_off()
    draft = written(acme, writer, SAMPLE, "Draft of the legend")
    ready = written(acme, writer, SAMPLE, "Bad actor disclosure")
    approved(ready, writer, approver)
    return {**{name: each.pk for name, each in made.items()}, "draft": draft.pk, "approved": ready.pk}


def exports(sandbox: Sandbox) -> dict[str, str]:
    """One in each state; their IDs by state."""
    acme = Tenant.objects.get(slug="acme")
    wilma = person("wilma@acme.example", acme, "manager")
    made = {"done": exported(wilma, "?status=refunded", format="xlsx").job}
    sandbox.fault("changed", path="/api/investments/$", value={"count": 90})
    made["incomplete"] = exported(wilma, "?status__in=refunded,cancelled").job
    sandbox.fault("throttled", path="/api/investments/$", value=3600)
    ask(wilma, "?amount__gte=5000")
    work_off_exports()
    ask(wilma, columns="all", values="codes")
    lease = queue.claim(["export"])
    assert lease
    at = {"totals": {"amount": "6041877.32"}}
    lease.beat(reached={"at": at}, steps=912, of=1420)
    Job.objects.filter(pk=lease.job.pk).update(started_at=timezone.now() - timedelta(seconds=4))
    return {name: str(each.pk) for name, each in {**made, "running": lease.job}.items()}


def see_total(page: Page) -> None:
    """Both: as Issuance says it, and as it is being added up."""
    page.locator("nav.pager").scroll_into_view_if_needed()
    page.get_by_role("button", name="Add up all rows").click()
    page.get_by_role("button", name="Adding up…").wait_for()
    work_off_exports()
    page.get_by_role("button", name="Add up again").wait_for()
    page.evaluate("scrollTo(0, 0)")


def open_export(page: Page) -> None:
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("button", name="Export 1").wait_for()


def in_conflict(page: Page) -> None:
    """Somebody else saves while this page is open; the script's own save is then refused."""
    number = int(page.url.split("/")[-3])
    other = StaffMember.objects.get(email="wilma@acme.example")
    drafting.save(Disclaimer.objects.get(pk=number), SAMPLE + "Theirs.", 1, other)
    page.get_by_label("Disclaimer text (Markdown)").press_sequentially("Mine. ")
    page.get_by_role("button", name="Compare versions").click()
    page.get_by_role("heading", name="Someone else saved changes").wait_for()


def submit(page: Page, button: str, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def add_unusable_key(page: Page) -> None:
    page.get_by_role("button", name="Add API key").click()
    submit(page, "Test and save key", Label="***", **{"API key": "two words"})


def invite(page: Page, email: str) -> None:
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Email", exact=True).fill(email)
    page.locator("#invite").get_by_role("button", name="Send invitation").click()
    page.wait_for_load_state()


def add_filter(page: Page) -> None:
    page.get_by_role("link", name="Add filter").click()
    page.get_by_role("link", name="Share value").click()
    page.get_by_label("Share value is", exact=True).wait_for()


def count_each(page: Page) -> None:
    open_filter(page, "Status")
    page.get_by_role("button", name="Show counts").click()
    page.locator(".tally").first.wait_for()


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    path: str
    role: str = "owner"
    prepare: Prepare = nothing
    act: Callable[[Page], object] = lambda page: None


PLACES = (
    Place("sign-in", "/accounts/login/", role=""),
    Place("password-reset", "/accounts/password/reset/", role=""),
    Place("password-reset-done", "/accounts/password/reset/done/", role=""),
    Place("password-reset-old-link", "/accounts/password/reset/key/1-none/", role=""),
    Place("password-change", "/accounts/password/change/"),
    Place("profile", "/accounts/profile/"),
    Place("single-sign-on", "/acme/settings/sso/"),
    Place("single-sign-on-find", "/accounts/sso/?email=x@else.example", role=""),
    Place("single-sign-on-over", "/accounts/sso/done/", role=""),
    Place("two-step", "/accounts/two-step/"),
    Place("two-step-app", "/accounts/two-step/app/"),
    Place("passkey-add", "/accounts/passkeys/add/"),
    Place("sign-out", "/accounts/logout/"),
    Place("teams-none", "/", role="none"),
    Place("teams", "/", role="two", prepare=waiting),
    Place("overview", "/acme/", prepare=added_up),
    Place("overview-offering", "/acme/?offering=2", prepare=added_up),
    Place("overview-breakdown", "/acme/overview/breakdown/", prepare=added_up),
    Place("overview-first", "/acme/", prepare=adding_up),
    Place("overview-failed", "/acme/", prepare=added_up_once),
    Place("overview-not-connected", "/acme/", prepare=disconnect),
    Place("overview-rows", "/acme/overview/rows/?waits=kyc_failed", prepare=added_up),
    Place("investments", "/acme/investments/"),
    Place(
        "investments-filtered",
        "/acme/investments/?status__in=received,invested&amount__gte=1000&created_at__gte=2026-06-01",
    ),
    Place("investments-none", "/acme/investments/?amount__gte=99999999"),
    Place("investments-past-the-end", "/acme/investments/?page=999"),
    Place("investments-refused-filter", "/acme/investments/?statuss=received&amount__gte=lots"),
    Place("investments-failed", "/acme/investments/", prepare=lambda sandbox: sandbox.fault("html-500")),
    Place("investments-not-connected", "/acme/investments/", prepare=disconnect),
    Place("investments-marketing", "/acme/investments/", role="marketing"),
    Place("attention", "/acme/investments/attention/"),
    Place("investment", "/acme/investments/1999/", prepare=blocked),
    Place("investment-support", "/acme/investments/1999/", role="support", prepare=blocked),
    Place("investment-missing", "/acme/investments/99999999/"),
    Place("filter-fields", "/acme/investments/filter/?status=received"),
    Place("filter-number", "/acme/investments/filter/amount/at-least/"),
    Place("filter-day", "/acme/investments/filter/created_at/on/"),
    Place("filter-range", "/acme/investments/filter/processed_at/within/"),
    Place("filter-several", "/acme/investments/filter/investor__user__email/any-of/"),
    Place("filter-checks", "/acme/investments/filter/investor__type/any-of/"),
    Place("filter-empty", "/acme/investments/filter/investor__entity/empty/"),
    Place("filter-in-place", "/acme/investments/", act=add_filter),
    Place("investments-within", "/acme/investments/?created_at__within=last-90-days&ordering=-created_at"),
    Place("investments-each-key", "/acme/investments/?key=all"),
    Place("investments-counts", "/acme/investments/", act=count_each),
    Place(
        "investments-more",
        "/acme/investments/",
        act=lambda page: page.get_by_role("button", name="More actions").click(),
    ),
    Place("counts", "/acme/investments/counts/status/?amount__gte=5000"),
    Place("columns", "/acme/investments/columns/"),
    Place("views", "/acme/investments/views/?status=received&created_at__within=last-7-days"),
    Place(
        "views-refused",
        "/acme/investments/views/?status=received",
        act=lambda page: submit(page, "Save view", **{"View name": "***"}),
    ),
    Place(
        "investment-note",
        "/acme/investments/1999/",
        act=lambda page: submit(page, "Save note", Note="Called, she will send the wire."),
    ),
    Place("offerings", "/acme/offerings/"),
    Place("offering", "/acme/offerings/2/", act=by_status),
    Place("offering-to-mend", "/acme/offerings/3/", prepare=contradicting),
    Place("offering-counts", "/acme/offerings/1/investments/"),
    Place("investors", "/acme/investors/"),
    Place("investors-not-connected", "/acme/investors/", prepare=sign_out),
    Place(
        "investor",
        "/acme/investors/4/",
        act=lambda page: page.locator("#theirs-rows table, #theirs-rows .empty").wait_for(),
    ),
    Place("users", "/acme/users/"),
    Place("user", "/acme/users/4/"),
    Place("user-for-support", "/acme/users/4/", role="support"),
    Place("user-create", "/acme/users/create/"),
    Place(
        "user-created",
        "/acme/users/create/",
        act=lambda page: submit(page, "Add user", Email=f"new.{time.time_ns()}@x.example"),
    ),
    Place(
        "user-refused",
        "/acme/users/create/",
        act=lambda page: submit(page, "Add user", Email="new@x.example", Password="short"),
    ),
    Place(
        "user-unknown",
        "/acme/users/create/",
        prepare=losing,
        act=lambda page: submit(page, "Add user", Email="lost@x.example", Password="long-enough-1"),
    ),
    Place("user-change", "/acme/users/4/change/"),
    Place("search", "/acme/search/?q=Nakamura"),
    Place("search-number", "/acme/search/?q=1999", prepare=one_part_down),
    Place("search-empty", "/acme/search/"),
    Place("connection-sign-in", "/acme/settings/connections/sign-in/firebase/"),
    Place("connection-sign-in-remove", "/acme/settings/connections/sign-in/firebase/remove/"),
    Place("disclaimers", "/acme/disclaimers/", prepare=disclaimers),
    Place("disclaimers-none", "/acme/disclaimers/"),
    Place("disclaimer", "/acme/disclaimers/{live}/", prepare=disclaimers),
    Place("disclaimer-drifted", "/acme/disclaimers/{drifted}/", prepare=disclaimers),
    Place("disclaimer-unknown", "/acme/disclaimers/{unknown}/", prepare=disclaimers),
    Place("disclaimer-publish", "/acme/disclaimers/{approved}/publish/", prepare=disclaimers),
    Place("disclaimer-edit", "/acme/disclaimers/{draft}/edit/", prepare=disclaimers),
    Place("disclaimer-conflict", "/acme/disclaimers/{draft}/edit/", prepare=disclaimers, act=in_conflict),
    Place("disclaimer-version", "/acme/disclaimers/{waiting}/versions/2/", role="compliance", prepare=disclaimers),
    Place("disclaimer-guide", "/acme/guide/disclaimers/"),
    Place("connection-tokeny", "/acme/settings/connections/sign-in/tokeny/"),
    Place("exports", "/acme/exports/", prepare=exports),
    Place("exports-none", "/acme/exports/"),
    Place("export-running", "/acme/exports/{running}/", prepare=exports),
    Place("export-incomplete", "/acme/exports/{incomplete}/", prepare=exports),
    Place("mailing-list", "/acme/exports/new/mailing-list/?status=received"),
    Place("sums", "/acme/exports/sums/?status=received"),
    Place("investments-total", "/acme/investments/?status=refunded", act=see_total),
    Place("export-verify", "/acme/exports/verify/"),
    Place("export-new", "/acme/exports/new/investments/?status=received"),
    Place("export-in-place", "/acme/investments/", act=open_export),
    Place("members", "/acme/settings/members/", prepare=invited),
    Place("audit-log", "/acme/audit/", prepare=lived_in),
    Place(
        "audit-log-filter",
        "/acme/audit/",
        prepare=lived_in,
        act=lambda page: page.get_by_role("button", name="Kind").click(),
    ),
    Place("audit-log-of-a-record", "/acme/audit/?about=investment:7&kind=data-viewed", prepare=lived_in),
    Place("access-on", "/acme/audit/access/", prepare=lived_in),
    Place("retention", "/acme/audit/retention/"),
    Place("records", "/acme/audit/records/", prepare=record_made),
    Place("live-on", "/acme/disclaimers/live/", prepare=gone_live),
    Place("audit-log-refused", "/acme/audit/?kind=x&from=1"),
    Place("leave", "/acme/settings/leave/"),
    Place("invitation", "{invitation}", role="", prepare=invited),
    Place("invitation-late", "/accounts/invitations/none/", role=""),
    Place("notices", "/acme/notices/"),
    Place("notice-stop", "{stop}", role="", prepare=told),
    Place(
        "members-invite",
        "/acme/settings/members/",
        act=lambda page: page.get_by_role("button", name="Invite").click(),
    ),
    Place("team", "/acme/settings/team/"),
    Place("guide", "/acme/guide/"),
    Place("guide-roles", "/acme/guide/roles/"),
    Place("guide-blockers", "/acme/guide/blockers/"),
    Place("set-up", "/acme/investments/", prepare=disconnect),
    Place("connections", "/acme/settings/connections/"),
    Place("connections-none", "/acme/settings/connections/", prepare=disconnect),
    Place(
        "connections-refused-form",
        "/acme/settings/connections/",
        act=add_unusable_key,
    ),
    Place("connection-replace", "/acme/settings/connections/acme-robotics-all-offerings/replace/"),
    Place("connection-remove", "/acme/settings/connections/acme-robotics-all-offerings/remove/"),
    Place(
        "members-refused-form",
        "/acme/settings/members/",
        act=lambda page: invite(page, "nobody@x"),
    ),
    Place(
        "member-remove",
        "/acme/settings/members/",
        act=lambda page: page.get_by_role("link", name="Remove").first.click(),
    ),
    Place(
        "sign-in-refused",
        "/accounts/login/",
        role="",
        act=lambda page: submit(page, "Sign in", Email="a@b.example", Password="wrong"),
    ),
    Place(
        "page-too-old",
        "/acme/settings/members/",
        act=lambda page: (
            page.context.clear_cookies(name="csrf"),
            invite(page, "a@b.example"),
        ),
    ),
    Place("forbidden", "/acme/settings/members/", role="support"),
    Place("not-found", "/nowhere/investments/"),
)
