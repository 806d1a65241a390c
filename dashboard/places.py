"""The sections of the navigation. One that a role may not open is not named."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.tenants.models import Membership
from apps.tenants.permissions import Permission, may

PLACES = (
    ("Investments", "investment_list", Permission.VIEW_INVESTMENTS, "money"),
    ("Investors", "investor_list", Permission.VIEW_INVESTORS, "people"),
    ("Offerings", "offering_list", Permission.VIEW_OFFERINGS, "offering"),
    ("Platform users", "user_list", Permission.VIEW_USERS, "user"),
    ("Disclaimers", "disclaimer_list", Permission.VIEW_DISCLAIMERS, "document"),
)
SETTINGS = (
    ("Connections", "connection_list", Permission.MANAGE_CONNECTIONS, "connection"),
    ("Members", "member_list", Permission.MANAGE_MEMBERS, "members"),
    ("Team", "team_settings", Permission.MANAGE_TEAM, "settings"),
)
AT_THE_THUMB = ("Investments", "Offerings", "Investors", "Disclaimers")
"""On a phone, beside the button that opens all."""
TEAMS = 10
"""Of an agency's staff with a thousand, the menu of every page would be most of it."""


class Place(NamedTuple):
    """`icon`: a name in static/icons.svg."""

    label: str
    href: str
    icon: str
    is_current: bool


def places(request: HttpRequest) -> dict[str, Any]:
    """`installed`: the dashboard's version. For pages of a team: `places`, `settings_places` and, for phones, `thumb_places`;
    `teams`: the person's first memberships; `has_more_teams`: whether there are others; `may_*`: one for each
    permission, so that no template names a role."""
    tenant, role = getattr(request, "tenant", None), getattr(request, "role", None)
    if tenant is None or role is None:
        return {"installed": settings.VERSION}
    found, of_settings = (
        [
            Place(label, href := reverse(name, args=[tenant.slug]), icon, request.path.startswith(href))
            for label, name, can, icon in declared
            if may(role, can)
        ]
        for declared in (PLACES, SETTINGS)
    )
    teams = list(Membership.objects.filter(person=request.user.pk).select_related("tenant")[: TEAMS + 1])
    return {
        "places": found,
        "settings_places": of_settings,
        "thumb_places": [place for label in AT_THE_THUMB for place in found if place.label == label],
        **{f"may_{each.name.lower()}": may(role, each) for each in Permission},
        "installed": settings.VERSION,
        "teams": teams[:TEAMS],
        "has_more_teams": len(teams) > TEAMS,
    }
