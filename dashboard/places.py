"""The frame of a page: sections, top bar, menus. One that a role may not open is not named.

Each piece is drawn from plain values that it names, once for each of them (apps.staff.drawing).
"""

from collections.abc import Iterable
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import SafeString

from apps.disclaimers import turns
from apps.staff import sessions
from apps.staff.csrf import csrf_token
from apps.staff.drawing import drawn_once
from apps.tenants.known import TEAMS, Team
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission, Role, may

PLACES = (
    ("Overview", "overview", Permission.VIEW_OVERVIEW, "home"),
    ("Investments", "investment_list", Permission.VIEW_INVESTMENTS, "money"),
    ("Investors", "investor_list", Permission.VIEW_INVESTORS, "people"),
    ("Offerings", "offering_list", Permission.VIEW_OFFERINGS, "offering"),
    ("Platform users", "user_list", Permission.VIEW_USERS, "user"),
    ("Disclaimers", "disclaimer_list", Permission.VIEW_DISCLAIMERS, "document"),
    ("Audit log", "audit_log", Permission.VIEW_AUDIT, "history"),
    ("Exports", "export_list", Permission.VIEW_EXPORTS, "download"),
)
SETTINGS = (
    ("Connections", "connection_list", Permission.MANAGE_CONNECTIONS, "connection"),
    ("Members", "member_list", Permission.MANAGE_MEMBERS, "members"),
    ("Team", "team_settings", Permission.MANAGE_TEAM, "settings"),
)
AT_THE_THUMB = ("Overview", "Investments", "Offerings", "Disclaimers")
"""On a phone, beside the button that opens all."""


class Place(NamedTuple):
    """`icon`: a name in static/icons.svg; `waits`: how many there wait for `whom`."""

    label: str
    href: str
    icon: str
    is_current: bool
    waits: int = 0
    whom: str = ""


class Frame(NamedTuple):
    """What a frame depends on. `here`: the address of the section that the page belongs to; `investments`: how many wait
    for the team, `disclaimers`: for the person; `person`, `email`, `called` and `initials`: of who is signed in. A page of
    no team has neither slug nor role."""

    slug: str = ""
    name: str = ""
    environment: str = ""
    issuance_url: str = ""
    role: Role | None = None
    here: str = ""
    investments: int = 0
    disclaimers: int = 0
    person: int = 0
    email: str = ""
    called: str = ""
    initials: str = ""

    @property
    def places(self) -> list[Place]:
        return self.offered(PLACES)

    @property
    def settings_places(self) -> list[Place]:
        return self.offered(SETTINGS)

    @property
    def thumb_places(self) -> list[Place]:
        places = self.places
        return [place for label in AT_THE_THUMB for place in places if place.label == label]

    def offered(self, declared: Iterable[tuple[str, str, Permission, str]]) -> list[Place]:
        return [
            Place(label, href := reverse(name, args=[self.slug]), icon, href == self.here, *self.waits_at(name))
            for label, name, can, icon in declared
            if self.role and may(self.role, can)
        ]

    def waits_at(self, name: str) -> tuple[int, str]:
        if name == "overview" and self.role and may(self.role, Permission.VIEW_BLOCKERS):
            return self.investments, "your team"
        return (self.disclaimers, "you") if name == "disclaimer_list" else (0, "")

    @property
    def may_search(self) -> bool:
        return bool(self.role and may(self.role, Permission.SEARCH))

    @property
    def idle(self) -> int:
        """Seconds without use after which a session ends."""
        return 60 * int(settings.SESSION_IDLE_MINUTES)

    @property
    def installed(self) -> str:
        return settings.VERSION


@lru_cache(maxsize=1024)
def addresses(slug: str) -> tuple[str, ...]:
    return tuple(reverse(name, args=[slug]) for _, name, _, _ in PLACES + SETTINGS)


@cache
def rights(role: Role) -> dict[str, bool]:
    """`may_*`: one for each permission, so that no template names a role."""
    return {f"may_{each.name.lower()}": may(role, each) for each in Permission}


def places(request: HttpRequest) -> dict[str, Any]:
    """`frame`, its pieces, and for pages of a team what its role may. A piece is drawn when a template asks for it: a
    fragment asks for none."""
    frame: Any = SimpleLazyObject(partial(frame_of, request))
    role: Role | None = getattr(request, "role", None)
    pieces = {name: partial(draw, request, frame) for name, draw in PIECES.items()}
    token = SimpleLazyObject(partial(csrf_token, request))
    return {
        "frame": frame,
        "csrf_token": token,
        "is_demo": settings.ENVIRONMENT == "demo",
        **pieces,
        **(rights(role) if role else {}),
    }


def frame_of(request: HttpRequest) -> Frame:
    tenant: Tenant | None = getattr(request, "tenant", None)
    role: Role | None = getattr(request, "role", None)
    user = getattr(request, "user", None)  # none on a page that is refused before it is known who asks
    person = getattr(user, "pk", None) or 0
    names = [getattr(user, name, "") for name in ("email", "called", "initials")]
    if tenant is None or role is None:
        return Frame("", "", "", "", None, "", 0, 0, person, *names)
    here = section(request.path, *addresses(tenant.slug))
    return Frame(
        tenant.slug,
        tenant.name,
        tenant.environment,
        tenant.issuance_url,
        role,
        here,
        *waits_of(request, person, role),
        person,
        *names,
    )


def waits_of(request: Any, person: int, role: Role) -> tuple[int, int]:
    """How many investments wait for the team, as of its sums, and how many disclaimers for the person."""
    investments = sum(digest.your_team for digest in request.known.rows("digests"))
    return investments, turns.waiting_for(person, role, request.known.rows("turns"))


def section(path: str, overview: str, *others: str) -> str:
    """The address of the section that a page belongs to; every page of a team stands under its overview's."""
    is_of_overview = path == overview or path.startswith(f"{overview}overview/")
    return overview if is_of_overview else next((href for href in others if path.startswith(href)), "")


def head(request: Any, frame: Frame) -> SafeString:
    return drawn_once("components/head.html", is_signed_in=bool(frame.person))


def side(request: Any, frame: Frame) -> SafeString:
    return drawn_once("components/nav.html", frame=frame._replace(person=0, email="", called="", initials=""))


def top(request: Any, frame: Frame) -> SafeString:
    return drawn_once("components/header.html", frame=frame._replace(here="", person=0))


def menus(request: Any, frame: Frame) -> SafeString:
    """The person's teams and account, all sections, help."""
    teams: tuple[Team, ...] = request.known.teams if frame.slug else ()
    if sessions.only_team(request):
        teams = tuple(team for team in teams if team.slug == frame.slug)
    shown = {"teams": teams[:TEAMS], "has_more_teams": len(teams) > TEAMS}
    return drawn_once("components/menus.html", frame=frame, **shown)


PIECES = {"head": head, "side": side, "top": top, "menus": menus}
