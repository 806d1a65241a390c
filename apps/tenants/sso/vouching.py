"""Whom a team's provider may vouch for.

A member, or someone invited, whose email is of a domain that the operator has seen to be the team's, and of which the provider
says that it is verified; where it does not say so, that stands in the directory that an owner declared theirs. The first time
notes the provider's name for the person (`sub`); from then on that name counts, not the email. What a provider vouches for
opens its own team alone, so none reaches another team.
"""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff.models import StaffMember
from apps.tenants import invitations, members
from apps.tenants.models import Invitation, ProviderAccount, SingleSignOn
from apps.upstream.oidc import NotTrusted

SECOND_STEPS = frozenset({"mfa"})
"""Of `amr` (RFC 8176), what says that more than one factor was used."""


def person_for(sso: SingleSignOn, claims: Mapping[str, Any]) -> StaffMember:
    """Raises NotTrusted, with words that help the right person."""
    if sso.directory and claims.get("tid") != sso.directory:
        raise NotTrusted("directory", "Your account is in another directory than your team’s.")
    known = {"tenant": sso.tenant, "issuer": sso.issuer, "subject": str(claims["sub"])}
    account = ProviderAccount.objects.select_related("person").filter(**known).first()
    person = account.person if account else newly_known(sso, claims)
    check_domain(sso, person.email)
    if not person.is_active or not sso.tenant.memberships.filter(person=person).exists():
        raise not_a_member(sso)
    return person


def not_a_member(sso: SingleSignOn) -> NotTrusted:
    return NotTrusted("not a member", f"You’re not a member of {sso.tenant.name}. Ask an owner to invite you.")


def newly_known(sso: SingleSignOn, claims: Mapping[str, Any]) -> StaffMember:
    email = verified_email(sso, claims)
    with transaction.atomic():
        membership = sso.tenant.memberships.select_related("person").filter(person__email__iexact=email).first()
        person = membership.person if membership else invited(sso, email)
        known = {"tenant": sso.tenant, "issuer": sso.issuer, "subject": str(claims["sub"])}
        try:
            with transaction.atomic():
                ProviderAccount.objects.create(person=person, **known)
        except IntegrityError:
            words = f"{email} is linked to another account of your provider. Ask an owner to remove you and invite you again."
            raise NotTrusted("another subject", words) from None
        record(Action.SSO_LINKED, about=sso, actor=person)
    return person


def check_domain(sso: SingleSignOn, email: str) -> None:
    """Each time anew: the operator may have taken a domain back."""
    domain = email.rpartition("@")[2].lower()
    if not sso.tenant.proven_domains.filter(domain=domain).exists():
        words = f"{domain} isn’t a verified domain of {sso.tenant.name}. Ask an owner to have it added."
        raise NotTrusted("domain", words)


def verified_email(sso: SingleSignOn, claims: Mapping[str, Any]) -> str:
    email = str(claims.get("email") or "").strip().lower()
    if email.count("@") != 1 or not email.isascii() or not email.isprintable():
        words = "Your provider didn’t send your email (the claim “email”). Ask whoever manages it to add that claim."
        raise NotTrusted("no email", words)
    check_domain(sso, email)
    said = claims.get("email_verified")
    is_of_directory = said is None and bool(sso.directory)  # its `tid` was compared before
    if said not in (True, "true") and not is_of_directory:
        words = "Your provider doesn’t say that your email is verified (the claim “email_verified”)."
        raise NotTrusted("email not verified", f"{words} Ask whoever manages it to send that claim.")
    return email


def invited(sso: SingleSignOn, email: str) -> StaffMember:
    """Accepts the invitation of who has one; they need no password."""
    open_ones = Invitation.objects.select_related("tenant").filter(accepted_at=None, withdrawn_at=None)
    found = open_ones.filter(tenant=sso.tenant, email=email).first()
    if found is None or found.is_late:
        raise not_a_member(sso)
    person = StaffMember.objects.filter(email=email).first() or members.created(email)
    if not person.name and found.name:
        person.name = found.name
        person.save(update_fields=("name",))
    try:
        invitations.accept(found, person)
    except invitations.NotInvited:
        raise not_a_member(sso) from None
    return person


def is_second_step(sso: SingleSignOn, claims: Mapping[str, Any]) -> bool:
    """Whether the sign-in counts as the second step too."""
    methods = claims.get("amr")
    return sso.is_factor or (isinstance(methods, list) and bool(SECOND_STEPS & {str(each) for each in methods}))
