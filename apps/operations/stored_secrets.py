"""Stored secrets by the encryption key that sealed them: which cannot be opened, and sealing them again."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Q

from apps.tenants import two_step
from apps.tenants.connections import KeyLost, opened, place
from apps.tenants.models import Connection, FirebaseSignIn, IssuanceKey, SigningKey, SingleSignOn, TokenySignIn
from apps.tenants.sealing import VERSION, CannotOpen, seal

SEALED: tuple[tuple[Any, str], ...] = (
    (IssuanceKey, "sealed"),
    (FirebaseSignIn, "sealed"),
    (TokenySignIn, "sealed"),
    (TokenySignIn, "sealed_jwt"),
    (SigningKey, "sealed"),
    (SingleSignOn, "sealed"),
    (Authenticator, "data__secret"),
    (Authenticator, "data__seed"),
)
"""Every field that holds one, or field and name within its JSON. A test compares this with the models' fields."""


def by(key_id: str, field: str) -> Q:
    return Q(**{f"{field}__startswith": f"{VERSION}:{key_id}:"})


def filled(model: Any, field: str) -> Any:
    return model.objects.filter(**{f"{field}__isnull": False}).exclude(**{field: ""})


def lost() -> Counter[str]:
    """ID of each missing encryption key -> how many secrets it sealed."""
    found: Counter[str] = Counter()
    for model, field in SEALED:
        rows = filled(model, field)
        for key_id in settings.ENCRYPTION_KEYS:
            rows = rows.exclude(by(key_id, field))
        found.update(sealed.split(":", 2)[1] if ":" in sealed else "" for sealed in rows.values_list(field, flat=True))
    return found


def to_reseal() -> Counter[str]:
    """ID of each key but the first -> how many secrets it sealed."""
    _, *others = settings.ENCRYPTION_KEYS
    found = Counter(
        {key_id: sum(model.objects.filter(by(key_id, field)).count() for model, field in SEALED) for key_id in others}
    )
    return +found


def reseal() -> Iterator[bool]:
    """Seals one secret after another with the first key; whether each could be opened. What was replaced meanwhile, or
    cannot be opened, stays as it is, so it may be stopped and started again at any time."""
    first, *_ = settings.ENCRYPTION_KEYS
    for model, field in SEALED:
        rows = filled(model, field).exclude(by(first, field))
        rows = rows.select_related("tenant") if issubclass(model, Connection) else rows
        for row in rows.iterator(chunk_size=200):
            column, _, name = field.partition("__")
            before = getattr(row, column)[name] if name else getattr(row, column)
            try:
                again = sealed_again(row, field, before)
            except (KeyLost, CannotOpen):
                yield False
                continue
            value = {**getattr(row, column), name: again} if name else again
            model.objects.filter(pk=row.pk, **{field: before}).update(**{column: value})
            yield True


def sealed_again(row: Any, field: str, sealed: str) -> str:
    """Raises KeyLost or CannotOpen."""
    if isinstance(row, Authenticator):
        return seal(two_step.opened(sealed), two_step.WHERE)
    return seal(opened(row, field, sealed), place(row, row.tenant, field))
