"""A person's teams, and what owners set up: members and connections."""

from smtplib import SMTPException

import structlog
from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.upstream.secret import Secret

from . import connections, members, names
from .access import StaffRequest, TenantRequest, for_member, for_staff
from .forms import KeyForm, MemberForm, RoleForm, SecretForm
from .models import IssuanceKey, Membership
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


@for_member(can=Permission.MANAGE_CONNECTIONS)
@GET_OR_POST
def connection_list(request: TenantRequest) -> HttpResponse:
    keys = list(request.tenant.issuance_keys.all())
    form = KeyForm(request.POST or None, team_url=request.tenant.issuance_url if keys else "")
    if request.method == "POST" and form.is_valid() and add_key(request, form):
        return back_to_connections(request)
    context = {"form": form, "keys": keys}
    return render(request, "tenants/connections.html", context, status=400 if form.errors else 200)


def add_key(request: TenantRequest, form: KeyForm) -> bool:
    given = form.cleaned_data
    return save(request, form, given["label"], given.get("url") or request.tenant.issuance_url, is_new=True)


def save(request: TenantRequest, form: SecretForm, label: str, url: str, *, is_new: bool) -> bool:
    """Whether the key was saved; where not, the form says why, at the field that it concerns."""
    secret = Secret(form.cleaned_data["secret"])
    try:
        key, trial = connections.save_key(request.tenant, label, secret, url, request.user, is_new=is_new)
    except connections.NotSaved as error:
        form.add_error(error.field if error.field in form.fields else "secret", str(error))
        return False
    names.forget(key)
    say = messages.success if trial.state == "working" else messages.warning
    say(request, f"“{key.label}” is saved. {trial.words}")
    return True


@for_member(can=Permission.MANAGE_CONNECTIONS)
@require_POST
def connection_test(request: TenantRequest, slug: str) -> HttpResponse:
    key = key_or_404(request, slug)
    trial = connections.test_key(key, request.user)
    say = messages.success if trial.state == "working" else messages.error
    say(request, f"“{key.label}”: {trial.words}")
    return back_to_connections(request)


@for_member(can=Permission.MANAGE_CONNECTIONS)
@GET_OR_POST
def connection_replace(request: TenantRequest, slug: str) -> HttpResponse:
    """The former key serves until the new one has been tried."""
    key = key_or_404(request, slug)
    form = SecretForm(request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and save(request, form, key.label, request.tenant.issuance_url, is_new=False):
        return back_to_connections(request)
    return render(
        request, "tenants/connection_replace.html", {"form": form, "key": key}, status=400 if form.errors else 200
    )


@for_member(can=Permission.MANAGE_CONNECTIONS)
@GET_OR_POST
def connection_remove(request: TenantRequest, slug: str) -> HttpResponse:
    key = key_or_404(request, slug)
    if request.method != "POST":
        return render(request, "tenants/connection_remove.html", {"key": key})
    connections.remove_key(key, request.user)
    messages.success(request, f"“{key.label}” is removed. It still works at Issuance: revoke it there too.")
    return back_to_connections(request)


def key_or_404(request: TenantRequest, slug: str) -> IssuanceKey:
    key = request.tenant.issuance_keys.filter(slug=slug).first()
    if key is None:
        raise Http404
    key.tenant = request.tenant
    return key


def back_to_connections(request: TenantRequest) -> HttpResponse:
    return redirect("connection_list", request.tenant.slug)
