"""A person's list of teams: their figures, and what waits there."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.disclaimers import turns
from apps.staff import sessions
from apps.staff.access import StaffRequest, for_staff
from apps.tenants.known import TEAMS, Team
from apps.tenants.models import Membership
from apps.tenants.permissions import Permission, Role, may


@for_staff
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """Redirects to a person's only team, or lists their teams: those whose name or slug holds `q`; a fragment of the
    first few for the switcher."""
    wanted = request.GET.get("q", "").strip()[:120].replace("\0", "")
    held = request.user.memberships.select_related("tenant")
    if only := sessions.only_team(request):
        held = held.filter(tenant=only)
    if wanted:
        held = held.filter(Q(tenant__name__icontains=wanted) | Q(tenant__slug__icontains=wanted))
    if request.htmx:
        return render(
            request, "tenants/_teams.html", {"teams": switcher(list(held.select_related("tenant__digest")[:TEAMS]))}
        )
    memberships = list(held.select_related("tenant__digest"))
    if len(memberships) == 1:
        return redirect(memberships[0].tenant)
    waiting = turns.waiting_in_teams(memberships)
    teams = [(each, waiting[each.tenant_id]) for each in memberships]
    return render(request, "overview/home.html", {"teams": teams, "wanted": wanted})


def switcher(memberships: list[Membership]) -> list[Team]:
    """With what waits in each for its member: investments for the team, disclaimers for the person."""
    disclaimers = turns.waiting_in_teams(memberships)
    return [
        Team(each.tenant.slug, each.tenant.name, each.role, disclaimers[each.tenant_id] + investments(each))
        for each in memberships
    ]


def investments(membership: Membership) -> int:
    digest = getattr(membership.tenant, "digest", None)
    return digest.your_team if digest and may(Role(membership.role), Permission.VIEW_BLOCKERS) else 0
