"""A team's sign-in to Issuance: the account that reads investors and platform users. Saved sealed, tried before."""

import json
import re
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.staff.models import StaffMember
from apps.upstream import errors, firebase, transport
from apps.upstream.deadlines import Deadline
from apps.upstream.issuance.client import Issuance
from apps.upstream.secret import Secret

from .connections import KeyLost, NotSaved, Trial, account, check_url, limits_key, note, opened, place, rules
from .models import FirebaseSignIn, Tenant
from .sealing import seal

IDENTITY_URL = "https://identitytoolkit.googleapis.com"
TOKEN_URL = "https://securetoken.googleapis.com"  # noqa: S105 - an address
PREFIXES = ("Bearer", "JWT", "Token", "FirebaseToken")


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave to sign in with."""

    email: str
    password: Secret
    web_api_key: Secret
    token_prefix: str = "Bearer"  # noqa: S105 - a word before it
    identity_url: str = IDENTITY_URL
    token_url: str = TOKEN_URL


def save(tenant: Tenant, given: Given, url: str, actor: StaffMember | None) -> tuple[FirebaseSignIn, Trial]:
    """Tries the account, then seals and saves it. One that ever worked is replaced only by one that works.

    `url`: the API's address, used where the team has none yet. Raises NotSaved.
    """
    check(given)
    address = check_url(tenant.issuance_url or url)
    held = Secret(json.dumps({"password": given.password.reveal(), "web_api_key": given.web_api_key.reveal()}))
    trial = tried(filled(FirebaseSignIn(tenant=tenant), given), held, address)
    with transaction.atomic():
        team = Tenant.objects.select_for_update().get(pk=tenant.pk)  # the trial may have taken seconds
        if team.issuance_url not in ("", address):
            raise NotSaved("url", f"Meanwhile the team's address became {team.issuance_url}. Try again.")
        existing = FirebaseSignIn.objects.filter(tenant=team).first()
        if existing and existing.last_success_at and trial.state != "working":
            raise NotSaved("password", f"The former sign-in stays in use. {trial.words}")
        Tenant.objects.filter(pk=tenant.pk).update(issuance_url=address)
        tenant.issuance_url = address
        saved = filled(existing or FirebaseSignIn(tenant=tenant), given)
        saved.tenant, saved.sealed = tenant, seal(held, place(saved, tenant))
        saved.replaced_at = timezone.now() if existing else None
        saved.last_success_at = saved.last_refusal_at = None
        note(saved, trial)
        saved.save()
        action = Action.FIREBASE_REPLACED if existing else Action.FIREBASE_ADDED
        record(action, about=saved, state=trial.state, **by(actor))
    firebase.forget(limits_key(tenant))
    return saved, trial


def filled(sign_in: FirebaseSignIn, given: Given) -> FirebaseSignIn:
    sign_in.email, sign_in.token_prefix = given.email, given.token_prefix
    sign_in.identity_url, sign_in.token_url = given.identity_url, given.token_url
    return sign_in


def check(given: Given) -> None:
    """Raises NotSaved."""
    for field in ("identity_url", "token_url"):
        try:
            origin, path = firebase.split(getattr(given, field))
            transport.check_address(origin, rules())
        except (errors.Insecure, ValueError):
            raise NotSaved(
                field, "This address is refused: https:// and a host that the operator allows are needed."
            ) from None
        if not re.fullmatch(r"(/[a-z0-9.-]+)?", path):
            raise NotSaved(field, "An address and at most one path segment is expected.")
    if not re.fullmatch(r"[A-Za-z-]{1,20}", given.token_prefix):
        raise NotSaved("token_prefix", f"One word is expected, mostly one of {', '.join(PREFIXES)}.")
    if not re.fullmatch(r"[!-~]{1,200}", given.web_api_key.reveal()):
        raise NotSaved("web_api_key", "This is not a web API key: letters, digits and signs without blanks.")


def test(saved: FirebaseSignIn, actor: StaffMember) -> Trial:
    """Signs in anew with what is saved and keeps what was said."""
    try:
        trial = tried(saved, opened(saved), saved.tenant.issuance_url)
    except KeyLost as error:
        return Trial("untested", f"{error.what} {error.next}", [])
    firebase.forget(limits_key(saved.tenant))
    note(saved, trial)
    with transaction.atomic():
        saved.save(update_fields=("last_success_at", "last_refusal_at", "last_refusal"))
        record(Action.FIREBASE_TESTED, about=saved, state=trial.state, actor=actor)
    return trial


def tried(sign_in: FirebaseSignIn, held: Secret, url: str) -> Trial:
    fresh = firebase.Session(account(sign_in, held))
    try:
        api = Issuance(url, fresh, rules(), deadline=Deadline())
        found = api.list_users({"page_size": "1"}).result().count
    except errors.KeyRefused as error:
        return Trial("refused", f"{error.what} {error.means} {error.next}", [])
    except errors.UpstreamError as error:
        return Trial("untested", f"{error.what} {error.next}", [])
    return Trial("working", f"The sign-in works. It sees {found:,} platform users.", [])


@transaction.atomic
def remove(saved: FirebaseSignIn, actor: StaffMember) -> None:
    record(Action.FIREBASE_REMOVED, about=saved, actor=actor)
    firebase.forget(limits_key(saved.tenant))
    saved.delete()
