"""The page on which owners set up their team's single sign-on."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.staff.models import StaffMember
from apps.tenants.access import TenantRequest, for_member
from apps.tenants.checking import NotSaved
from apps.tenants.models import SingleSignOn
from apps.tenants.permissions import Permission, Role
from apps.upstream.secret import Secret

from . import setup
from .forms import ProviderForm, RequireForm


@for_member(can=Permission.MANAGE_TEAM, confirms=True)
@require_http_methods(["GET", "HEAD", "POST"])
def single_sign_on(request: TenantRequest) -> HttpResponse:
    team, held = request.tenant, SingleSignOn.objects.filter(tenant=request.tenant).first()
    what = request.POST.get("what", "")
    owners = StaffMember.objects.filter(memberships__tenant=team, memberships__role=Role.OWNER, is_active=True)
    initial = {name: getattr(held, name) for name in setup.FIELDS} if held else {}
    form = ProviderForm(request.POST if what == "save" else None, initial=initial)
    asked = {"is_only": team.is_sso_only, "break_glass": team.break_glass_id}
    require = RequireForm(request.POST if what == "require" else None, initial=asked, owners=owners)
    if (what == "save" and saved(request, form)) or (what == "require" and held and required(request, require)):
        return redirect("single_sign_on", team.slug)
    if what == "remove" and held:
        setup.remove(team, request.user)
        messages.success(request, "Single sign-on was removed. Members sign in with their passwords and passkeys.")
        return redirect("single_sign_on", team.slug)
    context = {
        "form": form, "require": require, "held": held, "domains": team.proven_domains.all(),
        "redirect_uri": setup.redirect_uri(),
    }  # fmt: skip
    return render(request, "sso/setup.html", context, status=400 if form.errors or require.errors else 200)


def saved(request: TenantRequest, form: ProviderForm) -> bool:
    """If not, the form says why."""
    if not form.is_valid():
        return False
    given = form.cleaned_data
    try:
        secret = Secret(given["secret"]) if given["secret"] else None
        setup.save(request.tenant, {name: given[name] for name in setup.FIELDS}, secret, request.user)
    except NotSaved as why:
        form.add_error(why.field, str(why))
        return False
    messages.success(request, "Saved. Your provider responds. Try it before you require it.")
    return True


def required(request: TenantRequest, form: RequireForm) -> bool:
    if not form.is_valid():
        return False
    given = form.cleaned_data
    try:
        setup.require(request.tenant, request.user, is_only=given["is_only"], break_glass=given["break_glass"])
    except NotSaved as why:
        form.add_error(why.field, str(why))
        return False
    messages.success(request, "Saved.")
    return True
