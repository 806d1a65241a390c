"""A team's sign-in to Issuance: the account that reads investors and platform users. Tested, then saved encrypted."""

import json
import re
from dataclasses import dataclass

from apps.audit.actions import Action
from apps.staff.models import StaffMember
from apps.tenants.agreed import shared_token
from apps.tenants.checking import NotSaved, check_url, rules
from apps.tenants.connections import Trial, account, limits_key, opened, place
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.sealing import seal
from apps.upstream import errors, transport
from apps.upstream import firebase as api
from apps.upstream.deadlines import Deadline
from apps.upstream.issuance.client import Issuance
from apps.upstream.secret import Secret

from . import flow

IDENTITY_URL = "https://identitytoolkit.googleapis.com"
TOKEN_URL = "https://securetoken.googleapis.com"  # noqa: S105 - an address
PREFIXES = ("Bearer", "JWT", "Token", "FirebaseToken")


@dataclass(frozen=True, slots=True)
class Given:
    """The credentials a person entered."""

    email: str
    password: Secret
    web_api_key: Secret
    token_prefix: str = "Bearer"  # noqa: S105 - a word before it
    identity_url: str = IDENTITY_URL
    token_url: str = TOKEN_URL


def save(
    tenant: Tenant, given: Given, url: str, actor: StaffMember | None, *, anyway: bool = False
) -> tuple[FirebaseSignIn, Trial]:
    """`url`: the API's URL, used if the team has none yet; `anyway`: though its test fails. Raises NotSaved."""
    check(given)
    address = check_url(tenant.issuance_url or url)
    held = Secret(json.dumps({"password": given.password.reveal(), "web_api_key": given.web_api_key.reveal()}))
    trial = tried(filled(FirebaseSignIn(tenant=tenant), given), held, address)

    def fill(team: Tenant, existing: FirebaseSignIn | None) -> FirebaseSignIn:
        if existing:
            shared_token(existing).forget()
        if team.issuance_url not in ("", address):
            raise NotSaved("url", f"The team’s API URL changed to {team.issuance_url} in the meantime. Try again.")
        Tenant.objects.filter(pk=tenant.pk).update(issuance_url=address)
        tenant.issuance_url = address
        saved = filled(existing or FirebaseSignIn(tenant=tenant), given)
        saved.tenant, saved.sealed = tenant, seal(held, place(saved, tenant))
        return saved

    actions = (Action.FIREBASE_ADDED, Action.FIREBASE_REPLACED)
    saved = flow.keep(FirebaseSignIn, tenant, trial, fill, actions, actor, anyway=anyway)
    api.forget(limits_key(tenant))
    return saved, trial


def filled(sign_in: FirebaseSignIn, given: Given) -> FirebaseSignIn:
    sign_in.email, sign_in.token_prefix = given.email, given.token_prefix
    sign_in.identity_url, sign_in.token_url = given.identity_url, given.token_url
    return sign_in


def check(given: Given) -> None:
    """Raises NotSaved."""
    for field in ("identity_url", "token_url"):
        try:
            origin, path = api.split(getattr(given, field))
            transport.check_address(origin, rules())
        except (errors.Insecure, ValueError):
            raise NotSaved(
                field, "This URL isn’t allowed. Use https:// and an allowed host (ask your administrator)."
            ) from None
        if not re.fullmatch(r"(/[a-z0-9.-]+)?", path):
            raise NotSaved(field, "Enter a URL with at most one path segment.")
    if not re.fullmatch(r"[A-Za-z-]{1,20}", given.token_prefix):
        raise NotSaved("token_prefix", f"Enter one word, usually one of {', '.join(PREFIXES)}.")
    if not re.fullmatch(r"[!-~]{1,200}", given.web_api_key.reveal()):
        raise NotSaved("web_api_key", "That isn’t a valid web API key. It can’t contain spaces.")


def test(saved: FirebaseSignIn, actor: StaffMember) -> Trial:
    def ask() -> Trial:
        found = tried(saved, opened(saved), saved.tenant.issuance_url)
        shared_token(saved).forget()
        api.forget(limits_key(saved.tenant))
        return found

    return flow.test(saved, ask, Action.FIREBASE_TESTED, actor)


def tried(sign_in: FirebaseSignIn, held: Secret, url: str) -> Trial:
    """Signs in again, ignoring any token that is held."""
    fresh = api.Session(account(sign_in, held))

    def ask() -> str:
        issuance = Issuance(url, fresh, rules(), deadline=Deadline())
        return f"The sign-in works. Platform users: {issuance.list_users({'page_size': '1'}).result().count:,}."

    return flow.attempt(ask)


def remove(saved: FirebaseSignIn, actor: StaffMember) -> None:
    token = shared_token(saved)
    flow.remove(saved, Action.FIREBASE_REMOVED, actor)
    token.forget()
    api.forget(limits_key(saved.tenant))
