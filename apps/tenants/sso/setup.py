"""A team's identity provider: what is saved, and how it is asked."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff.models import StaffMember
from apps.tenants.checking import NotSaved
from apps.tenants.connections import KeyLost, opened, place
from apps.tenants.models import ProviderAccount, SingleSignOn, Tenant
from apps.tenants.sealing import seal
from apps.upstream import errors, oidc
from apps.upstream.deadlines import Deadline
from apps.upstream.secret import Secret

SECONDS = 8.0
"""For all that a provider is asked at one sign-in."""
FIELDS = ("kind", "issuer", "client_id", "directory", "is_factor")


def allows(host: str) -> bool:
    """A name, or one below a name that begins with a dot."""
    return any(host == name or (name.startswith(".") and host.endswith(name)) for name in settings.SSO_HOSTS)


def provider(sso: SingleSignOn) -> oidc.Provider:
    """Raises connections.KeyLost."""
    return oidc.Provider(sso.issuer, sso.client_id, opened(sso), allows, settings.UPSTREAM_CA_FILE)


def redirect_uri() -> str:
    return str(settings.SITE_URL) + reverse("sso_done")


def save(tenant: Tenant, given: dict[str, str | bool], secret: Secret | None, actor: StaffMember) -> SingleSignOn:
    """Asks the provider where it is before anything is saved. `secret`: None keeps the one that is there. Another issuer ends
    all links to people. Raises NotSaved."""
    held = SingleSignOn.objects.filter(tenant=tenant).first()
    is_another = held is not None and held.issuer != given["issuer"]
    made = held or SingleSignOn(tenant=tenant)
    for name in FIELDS:
        setattr(made, name, given[name])
    if secret is None and (held is None or is_another):
        raise NotSaved("secret", "Enter the client secret.")
    if secret:
        made.sealed = seal(secret, place(made, tenant))
    reach(made)  # before the transaction, which is not to wait for others
    with transaction.atomic():
        made.save()
        if is_another:
            ProviderAccount.objects.filter(tenant=tenant).delete()
        record(Action.SSO_SAVED, about=made, actor=actor, issuer=made.issuer, is_factor=made.is_factor)
    return made


def reach(made: SingleSignOn) -> None:
    """Raises NotSaved."""
    try:
        oidc.discover(provider(made), Deadline.within(SECONDS))
    except errors.Insecure:
        words = f"Enter an https:// address at one of {', '.join(settings.SSO_HOSTS)}. An administrator sets these as SSO_HOSTS."
        raise NotSaved("issuer", words) from None
    except errors.UpstreamError as error:
        raise NotSaved("issuer", f"{error.what} {error.means}") from None
    except KeyLost:
        raise NotSaved("secret", "The client secret can’t be read. Enter it again.") from None
    except oidc.NotTrusted as why:
        raise NotSaved("issuer", str(why)) from None


@transaction.atomic
def require(tenant: Tenant, actor: StaffMember, *, is_only: bool, break_glass: StaffMember | None) -> None:
    """Whether the team opens by its provider alone. Raises NotSaved."""
    if is_only and not ProviderAccount.objects.filter(tenant=tenant).exists():
        words = "Sign in by single sign-on once before you require it, so that you know it works."
        raise NotSaved("is_only", words)
    if is_only and break_glass is None:
        raise NotSaved("break_glass", "Choose an owner who can sign in another way if the provider is down.")
    Tenant.objects.filter(pk=tenant.pk).update(is_sso_only=is_only, break_glass=break_glass if is_only else None)
    record(Action.SSO_SAVED, tenant=tenant.id, actor=actor, is_only=is_only)


@transaction.atomic
def remove(tenant: Tenant, actor: StaffMember) -> None:
    held = SingleSignOn.objects.filter(tenant=tenant).first()
    if held is None:
        return
    record(Action.SSO_REMOVED, about=held, actor=actor)
    held.delete()
    ProviderAccount.objects.filter(tenant=tenant).delete()
    Tenant.objects.filter(pk=tenant.pk).update(is_sso_only=False, break_glass=None)
