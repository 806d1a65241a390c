"""A person's list of teams; members and settings of one, which owners manage."""

import zoneinfo
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.staff import outbox
from apps.staff.models import PasswordMail

from . import checking, members, teams, two_step
from .access import TenantRequest, for_member
from .connection_views import explain
from .forms import MemberForm, ReasonForm, RoleForm, TeamForm
from .models import Membership
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
    if request.method == "POST" and form.is_valid():
        add_member(request, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
        return HttpResponseRedirect(reverse("member_list", args=[request.tenant.slug]))
    people = list(request.tenant.memberships.select_related("person"))
    stands = two_step.of_members(request.tenant, people)
    context = {
        "form": form,
        "members": [(each, *stands[each.pk]) for each in people],
        "undelivered": outbox.undelivered([each.person_id for each in people]),
        "roles": Role,
        "role_help": [(role.label, ROLE_HELP[role]) for role in Role],
        "matrix": matrix(),
        "joined": {each.pk for each in people if has_joined(each)},
        "zone": zone_words(request.tenant.zone),
    }
    return render(request, "tenants/members.html", context, status=400 if form.errors else 200)


def has_joined(membership: Membership) -> bool:
    """Whether the person has signed in since: what it says of an account they had before is nothing."""
    last = membership.person.last_login
    return bool(last and last >= membership.created_at)


def add_member(request: TenantRequest, email: str, role: Role) -> None:
    """The page does not reveal whether a person had an account before."""
    membership, is_new = members.add(request.tenant, email, role, request.user)
    person = membership.person
    role_label = membership.role_label.lower()
    who = (
        f"{person.email} was added as {role_label}."
        if is_new
        else f"{person.email} is already a member ({role_label})."
    )
    invitation = {"inviter": request.user.email, "team": request.tenant.name, "role": membership.role_label}
    if not person.has_usable_password() and not outbox.ask(person.email, PasswordMail.Kind.INVITATION, invitation):
        words = f"We sent them {outbox.MOST_A_DAY} emails today, which is the most. Add them again tomorrow to resend."
        messages.error(request, f"{who} {words}")
    elif is_new:
        messages.success(request, f"{who} If they have no password yet, we’ll email them a link to set one.")
    else:
        words = "If they have no password yet, we’ll email them the link again. Change the role below."
        messages.warning(request, f"{who} {words}")


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
