"""`record(...)`, the only way to write to the audit log."""

import os
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import msgspec
from django.db import connection
from django.utils import timezone
from structlog.contextvars import get_contextvars

from . import proofs
from .actions import Action
from .content import content, encode
from .models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


COLUMNS = (
    "at", "tenant", "actor_id", "action", "subject", "details", "request_id", "salt", "content", "leaf",
)  # fmt: skip
INSERT = f"INSERT INTO {Entry._meta.db_table} ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608
"""Written out, values too: the ORM's own way took a page half a millisecond more (docs/adr/0020)."""


class Recorded(Protocol):
    """What an entry can be about: an object of a team that names itself, as `kind:id`."""

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def record_subject(self) -> str: ...


def record(
    action: Action,
    *,
    actor: "AbstractBaseUser | None",
    about: Recorded | None = None,
    tenant: UUID | None = None,
    subject: str = "",
    **details: Any,
) -> None:
    """Adds an entry. `about` stands for `tenant` and `subject`. `details` hold IDs, counts and our own words; never a
    value of an investor or of a filter."""
    at, salt, number = timezone.now(), os.urandom(16), actor.pk if actor else None
    team, thing = (about.tenant_id, about.record_subject) if about else (tenant, subject)
    request_id = get_contextvars().get("request_id", "")
    said = encode(details)
    written = content(at, team, number, action.value, thing, msgspec.Raw(said), request_id)
    is_native = connection.features.has_native_uuid_field
    values = (
        connection.ops.adapt_datetimefield_value(at),
        team if is_native or team is None else team.hex,
        number,
        action.value,
        thing,
        said.decode(),
        request_id,
        salt,
        written,
        proofs.entry_hash(salt, written),
    )
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def by(actor: "AbstractBaseUser | None") -> dict[str, Any]:
    """The actor, for code that also runs from the shell, which has none: `record(..., **by(actor))`."""
    return {"actor": actor} if actor else {"actor": None, "via": "shell"}
