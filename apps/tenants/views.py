"""A person's list of teams; members and settings of one, which owners manage."""

import zoneinfo
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff import outbox
from apps.staff.models import StaffMember

from . import checking, invitations, members, teams, two_step
from .access import TenantRequest, for_member
from .connection_views import explain
from .forms import MemberForm, ReasonForm, RoleForm, TeamForm
from .models import Invitation, Membership, Tenant
from .permissions import ROLE_HELP, Permission, Role, matrix
from .zones import zone_words

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
LAST_OWNER = "A team needs at least one owner. Make someone else an owner first."


def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


def security(request: HttpRequest) -> HttpResponse:
    """Where to report a vulnerability (RFC 9116)."""
    until = timezone.now() + timedelta(days=90)
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {until:%Y-%m-%dT00:00:00Z}",
        f"Canonical: {settings.SITE_URL}{request.path}",
        "Preferred-Languages: en",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@for_member(can=Permission.MANAGE_MEMBERS, confirms=True)
@GET_OR_POST
def member_list(request: TenantRequest) -> HttpResponse:
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and invited(request, form):
        return back_to_members(request)
    people = list(request.tenant.memberships.select_related("person"))
    record(Action.MEMBERS_VIEWED, actor=request.user, tenant=request.tenant.id, count=len(people))
    stands = two_step.of_members(request.tenant, people)
    context = {
        "form": form,
        "members": [(each, *stands[each.pk]) for each in people],
        "invitations": pending(request.tenant),
        "roles": Role,
        "role_help": [(role.label, ROLE_HELP[role]) for role in Role],
        "matrix": matrix(),
        "zone": zone_words(request.tenant.zone),
    }
    return render(request, "tenants/members.html", context, status=400 if form.errors else 200)


def pending(tenant: Tenant) -> list[tuple[Invitation, str, bool]]:
    """The invitations that are open, when each ends, and whether its email could not be delivered."""
    held = invitations.pending(tenant)
    failed = outbox.undelivered_invitations([str(each.pk) for each in held])
    return [(each, ends(each), str(each.pk) in failed) for each in held]


def ends(invitation: Invitation) -> str:
    left = (invitation.until - timezone.now()).days
    return "ended" if invitation.is_late else "ends today" if left < 1 else f"ends in {left} day{'s' * (left > 1)}"


def invited(request: TenantRequest, form: MemberForm) -> bool:
    """If not, the form says why."""
    given = form.cleaned_data
    try:
        made = invitations.invite(request.tenant, given["email"], given["name"], Role(given["role"]), request.user)
    except invitations.NotInvited as why:
        form.add_error("email", str(why))
        return False
    messages.success(request, f"We’re sending {made.email} an invitation as {made.role_label.lower()}.")
    return True


@for_member(can=Permission.MANAGE_MEMBERS, confirms=True)
@require_POST
def invitation_send(request: TenantRequest, number: UUID) -> HttpResponse:
    return done_with(
        request, number, invitations.send_again, "We’re sending {} a new link. The one before no longer works."
    )


@for_member(can=Permission.MANAGE_MEMBERS, confirms=True)
@require_POST
def invitation_withdraw(request: TenantRequest, number: UUID) -> HttpResponse:
    return done_with(request, number, invitations.withdraw, "The invitation of {} was withdrawn.")


def done_with(
    request: TenantRequest, number: UUID, act: Callable[[Invitation, StaffMember], object], says: str
) -> HttpResponse:
    made = get_object_or_404(request.tenant.invitations, pk=number)
    try:
        act(made, request.user)
    except invitations.NotInvited as why:
        messages.error(request, str(why))
    else:
        messages.success(request, says.format(made.email))
    return back_to_members(request)


@for_member(can=Permission.MANAGE_MEMBERS, confirms=True)
@require_POST
def member_change(request: TenantRequest, number: int) -> HttpResponse:
    membership, form = member_or_404(request, number), RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Select a role.")
        return back_to_members(request)
    try:
        members.change_role(membership, Role(form.cleaned_data["role"]), request.user)
    except members.LastOwner:
        messages.error(request, LAST_OWNER)
        return back_to_members(request)
    messages.success(request, f"{membership.person.email} is now {membership.role_label.lower()}.")
    return back_to_members(request)


@for_member(can=Permission.MANAGE_MEMBERS, confirms=True)
@GET_OR_POST
def member_remove(request: TenantRequest, number: int) -> HttpResponse:
    membership = member_or_404(request, number)
    if request.method != "POST":
        return render(request, "tenants/member_remove.html", {"membership": membership})
    try:
        members.remove(membership, request.user)
    except members.LastOwner:
        messages.error(request, LAST_OWNER)
        return back_to_members(request)
    messages.success(request, f"{membership.person.email} was removed. To undo, add them again.")
    return redirect("home") if membership.person == request.user else back_to_members(request)


@for_member(can=Permission.MANAGE_MEMBERS, confirms=True)
@GET_OR_POST
def member_reset(request: TenantRequest, number: int) -> HttpResponse:
    """Resets a member's two-step sign-in, with a reason. Not one's own, nor that of a person of other teams, whose owners this
    team's are not."""
    membership = member_or_404(request, number)
    person, form = membership.person, ReasonForm(request.POST or None)
    is_elsewhere = person.memberships.exclude(tenant=request.tenant).exists()
    may_reset = person != request.user and not is_elsewhere
    if request.method == "POST" and may_reset and form.is_valid():
        two_step.reset(person, form.cleaned_data["reason"], request.user, request.tenant.id)
        messages.success(request, f"{person.email} signs in with a password alone, and sets up two-step sign-in next.")
        return back_to_members(request)
    context = {"membership": membership, "form": form, "may_reset": may_reset, "is_elsewhere": is_elsewhere}
    status = 400 if form.errors or (request.method == "POST" and not may_reset) else 200
    return render(request, "tenants/member_reset.html", context, status=status)


@for_member(can=Permission.LEAVE_TEAM)
@GET_OR_POST
def leave(request: TenantRequest) -> HttpResponse:
    """One leaves the team by oneself."""
    if request.method != "POST":
        return render(request, "tenants/leave.html")
    try:
        members.leave(get_object_or_404(request.tenant.memberships, person=request.user))
    except members.LastOwner:
        messages.error(request, LAST_OWNER)
        return redirect("leave_team", request.tenant.slug)
    messages.success(request, f"You left {request.tenant.name}.")
    return redirect("home")


@for_member(can=Permission.MANAGE_TEAM, confirms=True)
@GET_OR_POST
def team_settings(request: TenantRequest) -> HttpResponse:
    """The team's name, time zone and API URL."""
    team = request.tenant
    held = {
        "name": team.name,
        "timezone": team.timezone,
        "url": team.issuance_url,
        "sums_every": team.sums_every,
        "is_two_step": team.two_step_since is not None,
    }
    form = TeamForm(request.POST or None, initial=held)
    if request.method == "POST" and form.is_valid() and was_changed(request, form):
        messages.success(request, "Team settings saved.")
        return redirect("team_settings", team.slug)
    context = {"form": form, "zones": sorted(zoneinfo.available_timezones())}
    return render(request, "tenants/team.html", context, status=400 if form.errors else 200)


def was_changed(request: TenantRequest, form: TeamForm) -> bool:
    """If not, the form says why, at the field concerned."""
    given = form.cleaned_data
    try:
        teams.change(
            request.tenant,
            given["name"],
            given["timezone"],
            given["url"],
            request.user,
            anyway=form.is_anyway,
            sums_every=given["sums_every"],
            is_two_step=given["is_two_step"],
        )
    except checking.NotSaved as error:
        explain(form, error, None)
        return False
    return True


def member_or_404(request: TenantRequest, number: int) -> Membership:
    return get_object_or_404(request.tenant.memberships.select_related("person"), pk=number)


def back_to_members(request: TenantRequest) -> HttpResponse:
    return redirect("member_list", request.tenant.slug)
