"""The sections of the navigation. One that a role may not open is not named."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.tenants.models import Membership
from apps.tenants.permissions import Permission, may

PLACES = (
    ("Investments", "investment_list", Permission.VIEW_INVESTMENTS),
    ("Investors", "investor_list", Permission.VIEW_INVESTORS),
    ("Offerings", "offering_list", Permission.VIEW_OFFERINGS),
    ("Platform users", "user_list", Permission.VIEW_USERS),
    ("Disclaimers", "disclaimer_list", Permission.VIEW_DISCLAIMERS),
)
TEAMS = 10
"""Of an agency's staff with a thousand, the menu of every page would be most of it."""


def places(request: HttpRequest) -> dict[str, Any]:
    """`version`: the dashboard's. For pages of a team: `places`: label, address, whether it is the current one; `teams`:
    the person's first memberships; `has_more_teams`: whether there are others; `may_*`: one for each permission, so that
    no template names a role."""
    tenant, role = getattr(request, "tenant", None), getattr(request, "role", None)
    if tenant is None or role is None:
        return {"version": settings.VERSION}
    found = [(label, reverse(name, args=[tenant.slug])) for label, name, can in PLACES if may(role, can)]
    teams = list(Membership.objects.filter(person=request.user.pk).select_related("tenant")[: TEAMS + 1])
    return {
        "places": [(label, href, request.path.startswith(href)) for label, href in found],
        **{f"may_{each.name.lower()}": may(role, each) for each in Permission},
        "version": settings.VERSION,
        "teams": teams[:TEAMS],
        "has_more_teams": len(teams) > TEAMS,
    }
