"""What is held here of a person, and what of it can go: of an investor, and of a staff member.

Entries of the audit log stay until their retention ends: they hold numbers, not names, contact details or amounts, and of staff the
browser and address of sign-ins.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q, QuerySet

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.audit.record import record
from apps.disclaimers.models import Draft, Review, Version
from apps.exports import files
from apps.investments.models import Note
from apps.jobs.models import Job
from apps.listing import SavedView
from apps.notices.models import Choice, Notice
from apps.staff.models import PasswordMail, StaffMember, StaffSession
from apps.tenants import members
from apps.tenants.models import Invitation, ProviderAccount, Tenant

GONE = "removed-{}@removed.invalid"
"""The email of an account that was emptied: its number stays, since entries and reviews name it."""


class Held(NamedTuple):
    """`number`: how many; `stays`: why it isn't removed, "" if it is."""

    what: str
    number: int
    stays: str = ""
    remove: Callable[[], object] = lambda: None


IDS_ALONE = "kept until retention ends: entries hold numbers, not names or contact details"
OF_ACCOUNT = "kept until retention ends: entries hold the account’s number, and browser and address of sign-ins"
EVIDENCE = "kept: the record of what was published and who approved it"
A_DAY = "deleted by itself within 24 hours"


def of_investor(team: Tenant, number: int, investments: Iterable[int], words: str) -> list[Held]:
    """`investments`: theirs, as Issuance lists them; `words`: a name or an email that views may hold."""
    notes = Note.objects.filter(tenant=team, investment__in=[*investments])
    views = [view for view in SavedView.objects.filter(tenant=team) if names(view, number, words)]
    exports = Job.objects.filter(tenant=team, kind=files.KIND).exclude(result__file="").filter(result__has_key="file")
    return [
        Held("notes on their investments", notes.count(), remove=notes.delete),
        Held("saved views that name them", len(views), remove=lambda: [view.delete() for view in views]),
        Held("files of exports that may hold them", exports.count(), A_DAY),
        Held("audit log entries about them", entries(team, f"investor:{number}").count(), IDS_ALONE),
        Held(
            "audit log entries about their investments",
            sum(entries(team, f"investment:{each}").count() for each in investments),
            IDS_ALONE,
        ),
    ]


def names(view: SavedView, number: int, words: str) -> bool:
    given = {str(value).lower() for value in view.asked.values()}
    is_by_number = any(str(number) in str(view.asked.get(name, "")).split(",") for name in ("investor", "investor__in"))
    return is_by_number or bool(words and any(words.lower() in value for value in given))


def entries(team: Tenant, subject: str) -> QuerySet[Entry]:
    return Entry.objects.filter(tenant=team.id, subject=subject)


def of_staff(person: StaffMember) -> list[Held]:
    memberships = list(person.memberships.select_related("tenant"))
    rows: tuple[tuple[str, QuerySet], ...] = (  # type: ignore[type-arg]
        ("sessions, with browser and address", StaffSession.objects.filter(person=person)),
        ("second steps and recovery codes", Authenticator.objects.filter(user=person)),
        ("accounts at identity providers", ProviderAccount.objects.filter(person=person)),
        ("email notices", Notice.objects.filter(person=person)),
        ("choices of email notices", Choice.objects.filter(person=person)),
        ("emails about their password", PasswordMail.objects.filter(Q(person=person) | Q(email=person.email))),
        ("invitations to their email", Invitation.objects.filter(email=person.email)),
    )
    written = Version.objects.filter(author=person).count() + Draft.objects.filter(author=person).count()
    about = Entry.objects.filter(Q(actor=person) | Q(subject=f"staff:{person.pk}"))
    return [
        Held("account with name and email", 1, remove=lambda: empty(person)),
        Held("memberships", len(memberships), remove=lambda: [members.remove(each, None) for each in memberships]),
        *(Held(what, found.count(), remove=found.delete) for what, found in rows),
        Held("versions and drafts of disclaimers that they wrote", written, EVIDENCE),
        Held("reviews of disclaimers", Review.objects.filter(person=person).count(), EVIDENCE),
        Held("audit log entries by and about them", about.count(), OF_ACCOUNT),
    ]


def empty(person: StaffMember) -> None:
    person.email, person.name, person.is_active = GONE.format(person.pk), "", False
    person.set_unusable_password()
    person.save()


@transaction.atomic
def remove(held: Iterable[Held], subject: str, teams: Iterable[Tenant]) -> None:
    """All that needn't stay, with an entry in each team's log. Raises members.LastOwner, and then nothing is removed."""
    gone = {each.what: each.number for each in held if not each.stays and each.number}
    teams = list(teams)
    for each in held:
        if not each.stays:
            each.remove()
    for team in teams:
        record(Action.PERSON_REMOVED, actor=None, tenant=team.id, subject=subject, via="shell", removed=gone)
