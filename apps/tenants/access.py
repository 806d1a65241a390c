"""Access control: `for_member` guards a view of a tenant (apps.staff.access.for_staff one that belongs to no tenant).

Not signed in: the sign-in page, whether or not the tenant exists. Signed in but not a member: the same 404 as for a
tenant that does not exist. A member whose role may not: 403 with the roles that may. Nothing is sent upstream before.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.contrib.auth import SESSION_KEY
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff import sessions
from apps.staff.access import StaffRequest, View, sign_in_first

from . import confirming, two_step
from .known import Known, look_up
from .models import Membership, Tenant
from .permissions import DataClass, Permission, Role, may, visible_classes, who_may
from .sso import doors


class TenantRequest(StaffRequest):
    """A request that passed `for_member`."""

    known: Known
    tenant: Tenant
    role: Role
    visible_classes: frozenset[DataClass]


def for_member(*, can: Permission, confirms: bool = False) -> Callable[[View], View]:
    """`confirms`: what the page changes is weighty enough to ask again who one is."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: TenantRequest, tenant: str, **options: Any) -> HttpResponseBase:
            known = look_up(request.session.get(SESSION_KEY), tenant, sessions.number_of(request))
            if not known:
                return sign_in_first(request)
            request.user = sessions.signed_in(request, known.person, known.session)  # type: ignore[assignment]
            if not request.user.is_authenticated:
                return sign_in_first(request)
            enter(request, known)
            if sessions.is_noted(request):
                note_seen(known)
            if shut := doors.shut(request, request.tenant, request.role):
                return shut
            if stopped := two_step.stop(request, known.two_step):
                return stopped
            if not may(request.role, can):
                return forbidden(request, can)
            asked = confirming.answer(request) or (confirming.ask(request) if confirms else None)
            return asked or view(request, **options)

        guarded.guard, guarded.confirms = can, confirms  # type: ignore[attr-defined]
        return guarded

    return guard


def head_asks_nothing(view: View) -> View:
    """For a view that calls upstream: a HEAD shows no one anything, so it calls nothing, records nothing and returns
    200."""

    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        return HttpResponse() if request.method == "HEAD" else view(request, *arguments, **options)

    return answered


def note_seen(known: Known) -> None:
    Membership.objects.filter(tenant=known.team, person=known.person).update(seen_at=timezone.now())


def enter(request: TenantRequest, known: Known) -> None:
    """Puts tenant, role and visible classes on the request. Raises Http404 for anyone who is not a member."""
    if not known.team:
        record(Action.REFUSED, actor=request.user, reason="not a member")  # alike for a team that does not exist
        raise Http404
    request.known, request.tenant, request.role = known, known.team, Role(known.role)
    request.visible_classes = visible_classes(request.role)
    structlog.contextvars.bind_contextvars(team=known.team.slug)


def forbidden(request: TenantRequest, permission: Permission) -> HttpResponse:
    record(
        Action.REFUSED,
        actor=request.user,
        tenant=request.tenant.id,
        permission=permission.value,
        role=request.role.value,
    )
    words = {"permission": permission.value, "who_may": who_may(permission)}
    return render(request, "forbidden.html", words, status=403)
