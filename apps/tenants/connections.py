"""API keys: saving, testing, and the only place that decrypts one and builds a client from it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.staff.models import StaffMember
from apps.upstream import errors, firebase, transport
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Row, whole
from apps.upstream.issuance.auth import api_key
from apps.upstream.issuance.client import Issuance, Page
from apps.upstream.secret import Secret

from .agreed import shared_token
from .checking import NotSaved, check_key, check_url, rules
from .models import (
    Connection,
    FirebaseSignIn,
    Installation,
    IssuanceKey,
    SigningKey,
    SingleSignOn,
    Tenant,
    TokenySignIn,
)
from .sealing import CannotOpen, Place, open_seal, seal

log = structlog.get_logger("upstream")

OFFERINGS_QUERY = {"ordering": "id", "page_size": "100"}
MOST_OFFERING_PAGES = 5
ALL_KEYS = "all"
"""`key=all` in an address: each key's rows in a section of their own; no key has this label."""
MOST_ODDITIES = 40
Source: TypeAlias = IssuanceKey | FirebaseSignIn
"""What answers a list of Issuance: a key, or the team's sign-in."""


class TestFailed(NotSaved):
    """Nothing was saved, since the test failed; it may be saved anyway."""

    __test__ = False

    def __init__(self, field: str, trial: "Trial") -> None:
        super().__init__(field, f"Not saved, because the test failed. {trial.words}")


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of testing a key: `state` is working, refused or untested; `words` describe it; `offerings` are what
    it sees."""

    state: str
    words: str
    offerings: list[dict[str, Any]]
    refusal: dict[str, Any] = field(default_factory=dict)
    """What is kept of a refusal."""
    statuses: dict[str, str] = field(default_factory=dict)


class KeyLost(errors.Unreachable):
    """A saved key cannot be decrypted, since its encryption key is no longer among ENCRYPTION_KEYS."""

    means = "Nothing was sent. The key is saved, but it was encrypted with a key this server doesn’t have."
    next = (
        "Ask your administrator to restore the encryption key, or an owner to replace the API "
        "key under Settings > Connections."
    )

    kept: ClassVar[tuple[str, ...]] = ("label", "why")

    def __init__(self, label: str, why: CannotOpen | str) -> None:
        super().__init__()
        self.label, self.why = label, str(why)
        self._what = f"Couldn’t decrypt the saved key “{label}”: {why}."


def place(connection: Connection | SigningKey, tenant: Tenant | Installation, field: str = "sealed") -> Place:
    return Place(tenant.id, type(connection).__name__, connection.id, field)


def opened(
    connection: Source | TokenySignIn | SigningKey | SingleSignOn, field: str = "sealed", sealed: str = ""
) -> Secret:
    """Decrypts a key. `sealed`: the sealed value itself, if it was read apart from its row. Raises KeyLost."""
    try:
        return open_seal(sealed or connection.sealed, place(connection, connection.tenant, field))
    except CannotOpen as why:
        raise KeyLost(connection.label, why) from None


def issuance(source: Source, request_id: str = "", deadline: Deadline | None = None) -> Issuance:
    """The API as this key or sign-in sees it. Raises KeyLost."""
    secret = opened(source)
    credential: transport.Credential
    if isinstance(source, IssuanceKey):
        credential = transport.Fixed(api_key(secret))
    else:
        credential = firebase.session(account(source, secret), shared_token(source))
    way = f"{source.tenant_id}:issuance"
    return Issuance(source.tenant.issuance_url, credential, rules(), request_id, deadline or Deadline(), limits_key=way)


def limits_key(tenant: Tenant) -> str:
    """The name of a team's limits at Firebase."""
    return f"{tenant.id}:firebase"


def account(sign_in: FirebaseSignIn, secret: Secret) -> firebase.Account:
    """`secret`: the decrypted content of `sealed`."""
    held = json.loads(secret.reveal())
    return firebase.Account(
        sign_in.email,
        Secret(held["password"]),
        Secret(held["web_api_key"]),
        sign_in.identity_url,
        sign_in.token_url,
        sign_in.token_prefix,
        rules(),
        limits_key(sign_in.tenant),
    )


def client(url: str, secret: Secret) -> Issuance:
    """A client for a key that is not saved yet."""
    return Issuance(url, transport.Fixed(api_key(secret)), rules())


def save_key(
    tenant: Tenant,
    label: str,
    secret: Secret,
    url: str,
    actor: StaffMember | None,
    *,
    is_new: bool = False,
    anyway: bool = False,
) -> tuple[IssuanceKey, Trial]:
    """Tests the key, then encrypts and saves it under its label. One that ever worked is replaced only by one that
    works. `actor`: who does it, None for the shell. `is_new`: refuse rather than replace a key with this label;
    `anyway`: save it though its test fails. Raises NotSaved for a refused URL, an unusable label or key, a second
    environment, or a refused replacement; TestFailed."""
    url, slug = check_url(url), slugify(label)
    if not slug or len(label) > 60:
        raise NotSaved("label", "Enter a name of 1 to 60 characters with at least one letter or number.")
    if slug == ALL_KEYS:
        raise NotSaved("label", "“All” is reserved. Choose another name.")
    check_key(secret)
    check_place(tenant, slug, url, is_new)
    trial = try_key(client(url, secret))
    if trial.state != "working" and not anyway and not has_worked(tenant, slug):
        raise TestFailed("secret", trial)
    return keep_key(tenant, label, secret, url, actor, trial, is_new=is_new), trial


def has_worked(tenant: Tenant, slug: str) -> bool:
    """A key that ever worked stays in use, whatever one says."""
    return tenant.issuance_keys.filter(slug=slug, last_success_at__isnull=False).exists()


@transaction.atomic
def keep_key(
    tenant: Tenant,
    label: str,
    secret: Secret,
    url: str,
    actor: StaffMember | None,
    trial: Trial,
    *,
    is_new: bool = False,
) -> IssuanceKey:
    """Encrypts and saves a key that was tested. Raises NotSaved as `save_key` does."""
    slug = slugify(label)
    tenant.refresh_from_db(from_queryset=Tenant.objects.select_for_update())
    check_place(tenant, slug, url, is_new)  # once more: the trial may have taken seconds
    existing = tenant.issuance_keys.filter(slug=slug).first()
    if existing and existing.last_success_at and trial.state != "working":
        raise NotSaved("secret", f"The new key didn’t work, so the current key stays in use. {trial.words}")
    tenant.issuance_url = url
    tenant.save(update_fields=("issuance_url",))
    key = existing or IssuanceKey(tenant=tenant, slug=slug)
    key.label, key.replaced_at = label, timezone.now() if existing else None
    key.sealed = seal(secret, place(key, tenant))
    key.last_success_at = key.last_refusal_at = None
    key.oddities = {}
    note(key, trial)
    key.save()
    action = Action.KEY_REPLACED if existing else Action.KEY_ADDED
    record(action, about=key, label=key.label, state=trial.state, **by(actor))
    return key


def check_place(tenant: Tenant, slug: str, url: str, is_new: bool) -> None:
    """Raises NotSaved if a new key's label is taken, or if the team's other keys have another URL."""
    if is_new and tenant.issuance_keys.filter(slug=slug).exists():
        raise NotSaved("label", "A key with this name already exists. Replace that key, or choose another name.")
    others = tenant.issuance_keys.exclude(slug=slug).exists() or FirebaseSignIn.objects.filter(tenant=tenant).exists()
    if tenant.issuance_url not in ("", url) and others:
        raise NotSaved(
            "url",
            f"All of a team’s API keys use the same URL. This team’s is {tenant.issuance_url}. "
            "To use another environment, create another team.",
        )


@transaction.atomic
def remove_key(key: IssuanceKey, actor: StaffMember) -> None:
    record(Action.KEY_REMOVED, about=key, label=key.label, actor=actor)
    key.delete()


def test_key(key: IssuanceKey, actor: StaffMember) -> Trial:
    """Calls the API with the saved key and stores the outcome."""
    try:
        trial = try_key(issuance(key))
    except KeyLost as error:
        return Trial("untested", errors.outside_lists(error), [])
    note(key, trial)
    with transaction.atomic():
        key.save(update_fields=("offerings", "statuses", "last_success_at", "last_refusal_at", "last_refusal"))
        record(Action.KEY_TESTED, about=key, label=key.label, state=trial.state, actor=actor)
    return trial


def try_key(api: Issuance) -> Trial:
    try:
        offerings = list_offerings(api)
        api.list_investments({"page_size": "1"}).result()
    except errors.KeyRefused as error:
        return Trial("refused", f"{error.what} {error.means}", [], error.as_kept())
    except errors.UpstreamError as error:
        return Trial("untested", errors.outside_lists(error), [])
    names = ", ".join(offering["name"] for offering in offerings) or "no offerings"
    return Trial("working", f"The key works. Offerings: {names}.", offerings, statuses=statuses(api))


def statuses(api: Issuance) -> dict[str, str]:
    """The API's statuses; {} if it does not answer."""
    try:
        return api.investment_statuses().result()
    except errors.UpstreamError:
        return {}


def note(saved: Connection, trial: Trial) -> None:
    """Records a trial's outcome on the connection, which the caller saves."""
    now = timezone.now()
    if trial.state == "working":
        saved.last_success_at = now
        if isinstance(saved, IssuanceKey):
            saved.offerings, saved.statuses = storable(trial.offerings), storable(trial.statuses) or saved.statuses
    if trial.state == "refused":
        saved.last_refusal_at, saved.last_refusal = now, trial.refusal


def note_failure(key: Source, error: errors.UpstreamError) -> None:
    """Logs one line, found by the reference ID on the page. A refused key or an insecure connection is also shown on
    the connections page until the key works again."""
    log.warning("upstream failed", failure=type(error).__name__, said=str(error), key=str(key.id))
    if not isinstance(error, errors.KeyRefused | errors.Insecure):
        return
    type(key).objects.filter(pk=key.pk).update(last_refusal_at=timezone.now(), last_refusal=error.as_kept())


def storable(value: Any) -> Any:
    """What upstream sent, as PostgreSQL's JSON can hold it: without a NUL."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {storable(name): storable(held) for name, held in value.items()}
    return [storable(each) for each in value] if isinstance(value, list) else value


def note_oddities(key: Source, found: dict[str, int]) -> None:
    """Writes only when something new is seen; what was seen before stays until the key is replaced."""
    found = storable(found)
    if found.keys() - key.oddities.keys():
        merged = dict(list({**key.oddities, **found}.items())[:MOST_ODDITIES])
        type(key).objects.filter(pk=key.pk).update(oddities=merged)


def seen_by(key: IssuanceKey, api: Issuance, numbers: list[int]) -> set[int]:
    """Which of these offerings the API shows to the key; none if it does not answer. They are stored with the key."""
    try:
        page = api.list_offerings({"id__in": ",".join(map(str, numbers)), "page_size": "100"}).result()
    except errors.UpstreamError as error:
        note_failure(key, error)
        return set()
    told = [storable(offering(row)) for row in page.rows if whole(row.get("id")) in numbers]
    known = list({seen["id"]: seen for seen in [*key.offerings, *told]}.values())
    IssuanceKey.objects.filter(pk=key.pk).update(offerings=known)
    return {seen["id"] for seen in told}


def note_foreign(key: IssuanceKey, offerings: list[int], rows: int) -> None:
    """Rows that are not this key's: an error in the log, an audit entry, and a line on the connections page."""
    log.error("rows of others left out", offerings=offerings, rows=rows, key=str(key.id))
    record(Action.FOREIGN_ROWS_DROPPED, actor=None, about=key, offerings=offerings, rows=rows)
    note_oddities(
        key,
        {f"rows from offering {number}, which this key doesn’t cover, were hidden": 1 for number in offerings[:5]},
    )


def note_success(key: Source) -> None:
    """A page came after the last outcome was a refusal. An ordinary success is noted with the labels, every 5
    minutes."""
    if key.state == "refused":
        type(key).objects.filter(pk=key.pk).update(last_success_at=timezone.now())


def list_offerings(api: Issuance) -> list[dict[str, Any]]:
    """[{"id", "name", "zone"}] of the offerings that a key sees, at most 500, oldest first."""
    rows: list[Row] = []
    for number in range(1, MOST_OFFERING_PAGES + 1):
        page = api.list_offerings({**OFFERINGS_QUERY, "page": str(number)}).result()
        rows += page.rows
        if len(rows) >= page.count or not page.rows:
            break
    return [offering(row) for row in rows if whole(row.get("id")) is not None]


def offering(row: Row) -> dict[str, Any]:
    return {
        "id": whole(row["id"]),
        "name": str(row.get("name") or f"Offering {row['id']}"),
        "zone": str(row.get("default_timezone") or ""),
    }


def sign_in_of(tenant: Tenant) -> list[FirebaseSignIn]:
    """The team's sign-in with its team; [] if there is none."""
    found = list(FirebaseSignIn.objects.filter(tenant=tenant))
    for sign_in in found:
        sign_in.tenant = tenant
    return found


def keys_of(tenant: Tenant) -> list[IssuanceKey]:
    """All keys of a team, oldest first, each with its team."""
    keys = list(IssuanceKey.objects.filter(tenant=tenant))
    for key in keys:
        key.tenant = tenant
    return keys


def choose_key(keys: Sequence[Source], offerings: list[int], label: str = "") -> Source | None:
    """A key that sees all `offerings`, preferably the one labeled `label`; if there is none, or for no offering, the
    key labeled `label`, or without a label the first. None if there is no such key."""
    labelled = next((key for key in keys if key.slug == label), None) if label else keys[0] if keys else None
    if labelled is None or not offerings or all(map(labelled.offering, offerings)):
        return labelled
    return next((key for key in keys if all(map(key.offering, offerings))), labelled)


def learn(key: IssuanceKey, page: Page | None, statuses: dict[str, str] | None) -> list[dict[str, Any]]:
    """Stores what was read along with a page of the list, and returns the offerings now known. Offerings seen before
    stay if this page does not hold them all, or did not come."""
    known: list[dict[str, Any]] = key.offerings
    statuses = storable(statuses)
    changed: dict[str, Any] = {"statuses": statuses} if statuses and statuses != key.statuses else {}
    if page:
        told = [storable(offering(row)) for row in page.rows if whole(row.get("id")) is not None]
        before = [] if len(page.rows) >= page.count else known
        known = list({seen["id"]: seen for seen in [*before, *told]}.values())
        changed |= {"last_success_at": timezone.now(), "offerings": known}
    if changed:
        IssuanceKey.objects.filter(pk=key.pk).update(**changed)
    return known
