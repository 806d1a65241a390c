"""The audit log's page: who did what, whom it concerned, and when."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.audit.actions import Action
from apps.audit.models import Entry, Segment
from apps.audit.record import record
from apps.audit.segments import head_of
from apps.listing import exact_time, of_day, ranges, short_time
from apps.staff.models import StaffMember
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission
from apps.tenants.zones import zone_words

from . import asked as asking
from . import entries, naming, rows, sentences
from .asked import SYSTEM, THINGS, Asked
from .models import Check
from .sentences import Kind


class Line(NamedTuple):
    """One entry, in words. `about`: leads to all entries of the thing."""

    at: str
    exactly: str
    who: str
    initials: str
    icon: str
    sentence: SafeString
    detail: str
    subject: str


WEEK = timedelta(days=7)
MOST_WAITING = 1_000
MOST_GONE = 200
"""Former members that can be chosen: the last to go."""


@for_member(can=Permission.VIEW_AUDIT)
@head_asks_nothing
@require_safe
def audit_log(request: TenantRequest) -> HttpResponse:
    tenant = request.tenant
    asked, problems = asking.read(request.GET)
    context = {"asked": asked, "problems": problems, "zone": zone_words(tenant.zone), "standing": standing(tenant)}
    if not problems:
        found = entries.page(tenant, asked)
        record(Action.AUDIT_READ, actor=request.user, tenant=tenant.id, filters=asked.names, count=len(found.entries))
        context |= {
            "days": by_day(tenant, found.entries),
            "older": asked.older(found.older) if found.older else "",
            "looked_back_to": short_time(found.looked_back_to, tenant.zone) if found.looked_back_to else "",
        }
    context |= filters(tenant, asked) | reveals(tenant)
    return render(request, "evidence/log.html", context, status=400 if problems else 200)


def by_day(tenant: Tenant, found: list[Entry]) -> list[tuple[str, list[Line]]]:
    """Each day with its lines, newest first."""
    people = naming.people(entry.actor_id for entry in found)
    things = naming.things(tenant, {entry.subject for entry in found if entry.subject})
    today = timezone.now().astimezone(tenant.zone).date()
    days = groupby(found, lambda entry: entry.at.astimezone(tenant.zone).date())
    return [
        (
            f"{'Today, ' if day == today else ''}{ranges.say_day(day)}",
            [line(tenant, entry, people.get(entry.actor_id or 0), things) for entry in of_the_day],
        )
        for day, of_the_day in days
    ]


def line(tenant: Tenant, entry: Entry, person: StaffMember | None, things: naming.Things) -> Line:
    return Line(
        of_day(entry.at.astimezone(tenant.zone)),
        exact_time(entry.at, tenant.zone),
        person.called if person else naming.SYSTEM,
        person.initials if person else "",
        sentences.told(entry.action).icon,
        naming.sentence(entry, things),
        sentences.in_words(entry.details) if isinstance(entry.details, dict) else "",
        entry.subject,
    )


def filters(tenant: Tenant, asked: Asked) -> dict[str, Any]:
    """What can be chosen, and what was."""
    things = naming.things(tenant, [asked.about] if asked.about else [])
    people = whom(tenant)
    person = dict(people).get(asked.person, naming.SYSTEM if asked.person == SYSTEM else f"person {asked.person}")
    chips = [
        ("Person", person if asked.person else "", asked.without("person")),
        ("Kind", asked.kind.value if asked.kind else "", asked.without("kind")),
        ("Whose data", things[asked.about].name if asked.about else "", asked.without("about")),
        ("Date", asking.day_words(asked), asked.without("first", "last")),
    ]
    return {"people": [*people, (SYSTEM, naming.SYSTEM)], "kinds": list(Kind), "things": THINGS.items(), "chips": chips}


def whom(tenant: Tenant) -> list[tuple[str, str]]:
    """Members, and who was one."""
    gone = [
        subject
        for action in (Action.MEMBER_REMOVED, Action.MEMBER_LEFT)
        for subject in Entry.objects.filter(tenant=tenant.id, action=action)
        .order_by("-at", "-id")
        .values_list("subject", flat=True)[:MOST_GONE]
    ]
    numbers = {subject.partition(":")[2] for subject in gone}
    held = StaffMember.objects.filter(
        Q(memberships__tenant=tenant) | Q(pk__in=[number for number in numbers if number.isdecimal()])
    )
    return sorted(((str(person.pk), person.called) for person in held.distinct()), key=lambda each: each[1].lower())


def reveals(tenant: Tenant) -> dict[str, Any]:
    """What was revealed within a week, for those who answer for it."""
    since = timezone.now() - WEEK
    number = Entry.objects.filter(tenant=tenant.id, action=Action.REVEALED, at__gte=since).count()
    day = since.astimezone(tenant.zone).date()
    return {"reveals": number, "reveals_url": f"?kind={Kind.REVEALS.slug}&from={day.isoformat()}"}


def standing(tenant: Tenant) -> dict[str, Any]:
    """How far the log is sealed."""
    last = Segment.objects.filter(chain=tenant.id).order_by("-number").defer("leaves").first()
    number, are_all = rows.waiting_among(tenant.id, MOST_WAITING)
    waiting = number if are_all else f"At least {number:,}"
    check = Check.objects.filter(pk=tenant.id).first()
    checked = {
        "check": check,
        "checked_at": short_time(check.at, tenant.zone) if check else "",
    }
    if last is None:
        return {"sealed": 0, "waiting": waiting, **checked}
    head = head_of(last)
    return {
        "sealed": head["total"],
        "at": short_time(datetime.fromisoformat(head["sealed"]), tenant.zone),
        "segment": last.number,
        "hash": last.hash,
        "key": last.key,
        "waiting": waiting,
        **checked,
    }
