"""Access to a team as of a day: its page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import ranges, short_time, values
from apps.staff.models import FACTORS, StaffMember
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission, Role
from apps.tenants.zones import zone_words

from . import access, naming, rights


@for_member(can=Permission.VIEW_AUDIT)
@head_asks_nothing
@require_safe
def access_on(request: TenantRequest) -> HttpResponse:
    """Who had access at the end of a day, as what, and which connections there were."""
    tenant = request.tenant
    day, problem = values.day_or_today(request.GET.get("on", ""), tenant.zone)
    until = ranges.last_instant(day, tenant.zone)
    held, tables = access.as_of(tenant.id, until), rights.as_of(until)
    people = naming.people(held.members)
    record(Action.AUDIT_READ, actor=request.user, tenant=tenant.id, page="access", day=day.isoformat())
    context = {
        "day": day,
        "iso": day.isoformat(),
        "day_words": ranges.say_day(day),
        "problem": problem,
        "zone": zone_words(tenant.zone),
        "members": sorted((member_line(number, each, people, tenant) for number, each in held.members.items())),
        "connections": [connection_line(subject, each, tenant) for subject, each in held.connections.items()],
        "roles": Role,
        "rights": role_lines(tables) if tables else [],
    }
    return render(request, "evidence/access.html", context, status=400 if problem else 200)


def member_line(
    number: int, member: access.Member, people: dict[int, StaffMember], tenant: Tenant
) -> tuple[str, str, str, str]:
    """Name, role, since when, second step."""
    kinds = None if member.factors is None else [FACTORS.get(kind, kind) for kind in sorted(+member.factors)]
    factors = "Not recorded" if kinds is None else " and ".join(kinds) or "None"
    role = Role(member.role).label if member.role in Role.values else member.role
    person = people.get(number)
    return person.called if person else f"Person {number}", role, short_time(member.since, tenant.zone), factors


def connection_line(subject: str, held: access.Connection, tenant: Tenant) -> tuple[str, str, str]:
    """Name, since when, when it was last replaced."""
    called = naming.WORDS.get(subject.partition(":")[0], subject)
    name = f"API key “{held.label}”" if held.label else called[0].upper() + called[1:]
    return name, short_time(held.since, tenant.zone), short_time(held.replaced, tenant.zone) if held.replaced else ""


def role_lines(tables: dict[str, Any]) -> list[tuple[str, list[bool]]]:
    """What some role could see or do then, and whether each could."""
    found = []
    for verb, key in (("see", "sees"), ("", "may")):
        held = {role: {*names} for role, names in tables.get(key, {}).items()}
        for name in sorted(set().union(*held.values())):
            words = f"{verb} {name}".strip()
            found.append((words[0].upper() + words[1:], [name in held.get(role.value, ()) for role in Role]))
    return found
