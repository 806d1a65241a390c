"""A person's teams, and what owners set up: its members."""

from smtplib import SMTPException

import structlog
from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import members
from .access import StaffRequest, TenantRequest, for_member, for_staff
from .forms import MemberForm, RoleForm
from .models import Membership
from .permissions import ROLE_HELP, Permission, Role

log = structlog.get_logger("tenants")
GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
LAST_OWNER = "This team would be left without an owner. Make somebody else an owner first."


def healthz(request: HttpRequest) -> HttpResponse:
    """For load balancers: the process answers."""
    return HttpResponse("ok", content_type="text/plain")


@for_staff
@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """The one team of a person, or the choice among them."""
    memberships = list(request.user.memberships.select_related("tenant"))
    if len(memberships) == 1:
        return redirect(memberships[0].tenant)
    return render(request, "tenants/home.html", {"memberships": memberships})


@for_member(can=Permission.MANAGE_MEMBERS)
@GET_OR_POST
def member_list(request: TenantRequest) -> HttpResponse:
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        add_member(request, form.cleaned_data["email"], Role(form.cleaned_data["role"]))
        return HttpResponseRedirect(reverse("member_list", args=[request.tenant.slug]))
    context = {
        "form": form,
        "members": request.tenant.memberships.select_related("person"),
        "roles": Role,
        "role_help": [(role.label, ROLE_HELP[role]) for role in Role],
    }
    return render(request, "tenants/members.html", context, status=400 if form.errors else 200)


def add_member(request: TenantRequest, email: str, role: Role) -> None:
    """What the page says does not tell whether a person had a sign-in before."""
    membership, is_new = members.add(request.tenant, email, role, request.user)
    who = f"{membership.person.email} is {'now' if is_new else 'already'} a member, as {membership.role_label.lower()}."
    if not invited(request, membership):
        messages.error(
            request,
            f"{who} The e-mail with the link to set a password could not be sent: add them again to send it anew.",
        )
    elif is_new:
        messages.success(request, f"{who} A person without a password gets an e-mail with a link to set one.")
    else:
        messages.warning(request, f"{who} A person without a password got the link again. The role is changed below.")


def invited(request: TenantRequest, membership: Membership) -> bool:
    """Whether a person without a password got the link to set one; True for a person who has one."""
    form = ResetPasswordForm({"email": membership.person.email})
    if membership.person.has_usable_password() or not form.is_valid():
        return True
    try:
        form.save(request)
    except (OSError, SMTPException):
        log.warning("mail not sent", exc_info=True)
        return False
    return True


@for_member(can=Permission.MANAGE_MEMBERS)
@require_POST
def member_change(request: TenantRequest, number: int) -> HttpResponse:
    membership, form = member_or_404(request, number), RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the roles.")
        return back_to_members(request)
    try:
        members.change_role(membership, Role(form.cleaned_data["role"]), request.user)
    except members.LastOwner:
        messages.error(request, LAST_OWNER)
        return back_to_members(request)
    messages.success(request, f"{membership.person.email} is now {membership.role_label.lower()}.")
    return back_to_members(request)


@for_member(can=Permission.MANAGE_MEMBERS)
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
    messages.success(request, f"{membership.person.email} is no longer a member. Add them again to undo this.")
    return redirect("home") if membership.person == request.user else back_to_members(request)


def member_or_404(request: TenantRequest, number: int) -> Membership:
    return get_object_or_404(request.tenant.memberships.select_related("person"), pk=number)


def back_to_members(request: TenantRequest) -> HttpResponse:
    return redirect("member_list", request.tenant.slug)
