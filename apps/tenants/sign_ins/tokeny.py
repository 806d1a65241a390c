"""A team's sign-in to Tokeny. Password and JWT are encrypted in its row; the JWT is kept because sign-ins are
rationed."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.dispatch import Signal

from apps.audit.actions import Action
from apps.staff.models import StaffMember
from apps.tenants.agreed import alone
from apps.tenants.checking import NotSaved, check_url, rules
from apps.tenants.connections import KeyLost, Trial, opened, place
from apps.tenants.models import Tenant, TokenyPlace, TokenySignIn
from apps.tenants.sealing import seal
from apps.upstream.deadlines import Deadline
from apps.upstream.secret import Secret
from apps.upstream.tokeny import auth
from apps.upstream.tokeny.client import Tokeny
from apps.upstream.transport import named

from . import flow


@dataclass(frozen=True, slots=True)
class Given:
    """`texts`: whether the texts there are the "same" as before or "other" ones; asked for if host or account
    change."""

    base_url: str
    identifier: str
    password: Secret
    texts: str = ""


place_changed = Signal()
"""`tenant`, `place`: what was published in another place is not there. Sent within the transaction that saves the sign-in."""
QUESTION = (
    "The API URL or account changed. Choose whether it has the same disclaimers as before: a Tokeny ID means something in "
    "one place only."
)


def limits_key(saved: TokenySignIn) -> str:
    return f"{saved.tenant_id}:tokeny"


def place_of(tenant: Tenant, given: Given) -> TokenyPlace:
    """The place that this sign-in sees. Raises NotSaved if no one said which."""
    current, there = TokenyPlace.objects.filter(tenant=tenant).first(), (given.base_url, given.identifier)
    if saved := TokenySignIn.objects.filter(tenant=tenant).select_related("place").first():
        current = saved.place
    if current is None:
        return TokenyPlace.objects.create(tenant=tenant, base_url=given.base_url, identifier=given.identifier)
    is_there = (current.base_url, current.identifier) == there
    if given.texts == "other":
        former = TokenyPlace.objects.filter(tenant=tenant, base_url=given.base_url, identifier=given.identifier)
        known = None if is_there else former.first()
        return known or TokenyPlace.objects.create(tenant=tenant, base_url=given.base_url, identifier=given.identifier)
    if not is_there and given.texts != "same":
        raise NotSaved("texts", QUESTION)
    TokenyPlace.objects.filter(pk=current.pk).update(base_url=given.base_url, identifier=given.identifier)
    return current


def client(saved: TokenySignIn, deadline: Deadline | None = None) -> Tokeny:
    """Raises KeyLost."""
    try:
        password = opened(saved)
    except KeyLost as lost:
        raise named(lost, auth.API) from None
    return with_session(saved, password, deadline or Deadline(), kept_in_row(saved))


@dataclass(frozen=True, slots=True)
class InRow:
    """Keeps a JWT in the sign-in's row. It is read again each time, since another process may have renewed it."""

    saved: TokenySignIn

    def load(self) -> auth.Kept | None:
        row = self._row().values("sealed_jwt", "jwt_until").first()
        if not row or not row["sealed_jwt"]:
            return None
        try:
            return auth.Kept(opened(self.saved, "sealed_jwt", row["sealed_jwt"]), row["jwt_until"])
        except KeyLost:
            return None

    def store(self, kept: auth.Kept | None) -> None:
        sealed = seal(kept.jwt, place(self.saved, self.saved.tenant, "sealed_jwt")) if kept else ""
        until = kept.until if kept else 0.0
        self._row().update(sealed_jwt=sealed, jwt_until=until)

    def renewing(self, deadline: Deadline) -> AbstractContextManager[None]:
        return alone(f"tokeny:{self.saved.pk}:renewing", deadline)

    def _row(self) -> "QuerySet[TokenySignIn]":
        """Only while the account is still the one that signed in: an owner may replace it meanwhile."""
        return TokenySignIn.objects.filter(pk=self.saved.pk, sealed=self.saved.sealed)


class InMemory:
    """For a trial: stored nowhere."""

    def __init__(self) -> None:
        self.kept: auth.Kept | None = None

    def load(self) -> auth.Kept | None:
        return self.kept

    def store(self, kept: auth.Kept | None) -> None:
        self.kept = kept

    def renewing(self, deadline: Deadline) -> AbstractContextManager[None]:
        return nullcontext()


def kept_in_row(saved: TokenySignIn) -> InRow:
    return InRow(saved)


def with_session(saved: TokenySignIn, password: Secret, deadline: Deadline, kept: InRow | InMemory) -> Tokeny:
    ways = (kept.load, kept.store, kept.renewing)
    session = auth.Session(saved.base_url, saved.identifier, password, rules(), f"{limits_key(saved)}:auth", *ways)
    return Tokeny(saved.base_url, session, rules(), deadline, limits_key(saved))


def of_tenant(tenant: Tenant) -> TokenySignIn | None:
    found = TokenySignIn.objects.filter(tenant=tenant).first()
    if found:
        found.tenant = tenant
    return found


def save(
    tenant: Tenant, given: Given, actor: StaffMember | None, *, anyway: bool = False
) -> tuple[TokenySignIn, Trial]:
    """`anyway`: though its test fails. Raises NotSaved."""
    given = replace(given, base_url=check_url(given.base_url))
    auth.forget(f"{tenant.id}:tokeny:auth")
    probe = TokenySignIn(tenant=tenant, base_url=given.base_url, identifier=given.identifier)
    kept = InMemory()
    trial = tried(with_session(probe, given.password, Deadline(), kept))

    def fill(team: Tenant, existing: TokenySignIn | None) -> TokenySignIn:
        saved, place_before = existing or probe, existing.place_id if existing else None
        saved.place = place_of(tenant, given)
        saved.tenant, saved.base_url, saved.identifier = tenant, given.base_url, given.identifier
        saved.sealed, saved.sealed_jwt = seal(given.password, place(saved, tenant)), ""
        if saved.place_id != place_before:
            place_changed.send(TokenySignIn, tenant=tenant, place=saved.place)
        return saved

    actions = (Action.TOKENY_ADDED, Action.TOKENY_REPLACED)
    saved = flow.keep(TokenySignIn, tenant, trial, fill, actions, actor, anyway=anyway, texts=given.texts)
    InRow(saved).store(kept.kept)
    return saved, trial


def test(saved: TokenySignIn, actor: StaffMember) -> Trial:
    """Signs in again if the token has expired."""
    auth.forget(f"{limits_key(saved)}:auth")
    return flow.test(saved, lambda: tried(client(saved)), Action.TOKENY_TESTED, actor)


def tried(api: Tokeny) -> Trial:
    def ask() -> str:
        found = api.list_disclaimers()
        least = "" if found.is_complete else "at least "
        return f"The sign-in works. Disclaimers in Tokeny: {least}{len(found.entries)}."

    return flow.attempt(ask)


def remove(saved: TokenySignIn, actor: StaffMember) -> None:
    flow.remove(saved, Action.TOKENY_REMOVED, actor)
