"""What a session opens whose person a team's provider vouched for, and what opens a team that goes by its provider alone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.staff import sessions
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role

OF_THE_ACCOUNT = frozenset({
    "mfa_index", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn",
    "mfa_list_webauthn", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "account_change_password",
    "account_set_password",
})  # fmt: skip
"""Pages by name that change how one signs in, to any team."""


def shut(request: HttpRequest, tenant: Tenant, role: Role) -> HttpResponse | None:
    """The page that says why a member's session doesn't open the team; None if it does."""
    only, person = sessions.only_team(request), request.user.pk
    if only and only != tenant.id:
        return render(request, "sso/other_team.html", {"team": tenant}, status=403)
    may_otherwise = person == tenant.break_glass_id and role == Role.OWNER
    if tenant.is_sso_only and only != tenant.id and not may_otherwise:
        return render(request, "sso/only.html", {"team": tenant}, status=403)
    return None


def shut_account(request: HttpRequest, name: str, person: StaffMember) -> HttpResponse | None:
    """How one signs in to several teams is not for one team's provider to change."""
    only = sessions.only_team(request)
    if name in OF_THE_ACCOUNT and only and person.memberships.exclude(tenant=only).exists():
        return render(request, "sso/account.html", {}, status=403)
    return None
