"""What a new team still needs, step by step."""

from dataclasses import dataclass

from django.urls import reverse

from .connections import keys_of, sign_in_of
from .models import Tenant
from .permissions import GRANTS, Permission


@dataclass(frozen=True, slots=True)
class SetupStep:
    """`act`: what its button says; `href`: where that is done."""

    label: str
    said: str
    act: str
    href: str
    is_done: bool


def steps(tenant: Tenant) -> list[SetupStep]:
    """An API key, a sign-in, and people: in the order in which each is of use."""
    keys, sign_ins = keys_of(tenant), sign_in_of(tenant)
    people = list(tenant.memberships.values_list("role", flat=True))
    may_approve = any(role in GRANTS[Permission.APPROVE_DISCLAIMERS] for role in people if role != "owner")
    return [
        SetupStep(
            "API key",
            f"“{keys[0].label}” reads investments and offerings" if keys else "Reads investments and offerings",
            "Add API key",
            reverse("connection_list", args=[tenant.slug]),
            bool(keys),
        ),
        SetupStep(
            "Issuance sign-in",
            f"{sign_ins[0].email} reads investors and platform users"
            if sign_ins
            else "Reads investors and platform users",
            "Add sign-in",
            reverse("service_save", args=[tenant.slug, "firebase"]),
            bool(sign_ins),
        ),
        SetupStep(
            "People",
            f"{len(people)} member{'s' if len(people) > 1 else ''}"
            + ("" if may_approve or len(people) > 1 else "; add someone who can approve disclaimers"),
            "Invite members",
            reverse("member_list", args=[tenant.slug]),
            len(people) > 1,
        ),
    ]
