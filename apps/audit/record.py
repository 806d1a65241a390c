"""`record(...)`, the only way to write to the audit log."""

import os
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.db import connection
from django.utils import timezone
from structlog.contextvars import get_contextvars

from . import proofs
from .actions import Action
from .content import content
from .models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


FIELDS = [field for field in Entry._meta.concrete_fields if not field.primary_key]
INSERT = (
    f"INSERT INTO {Entry._meta.db_table} ({', '.join(str(field.column) for field in FIELDS)}) "  # noqa: S608 - our own names
    f"VALUES ({', '.join(['%s'] * len(FIELDS))})"
)
"""Written out: the ORM's own way took a page half a millisecond more (docs/adr/0020)."""


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
    at, salt = timezone.now(), os.urandom(16)
    team, thing = (about.tenant_id, about.record_subject) if about else (tenant, subject)
    request_id = get_contextvars().get("request_id", "")
    written = content(at, team, actor.pk if actor else None, action.value, thing, details, request_id)
    values = {
        "at": at,
        "action": action.value,
        "actor_id": actor.pk if actor else None,
        "tenant": team,
        "subject": thing,
        "details": details,
        "request_id": request_id,
        "salt": salt,
        "content": written,
        "leaf": proofs.entry_hash(salt, written),
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [field.get_db_prep_save(values[field.attname], connection) for field in FIELDS])


def by(actor: "AbstractBaseUser | None") -> dict[str, Any]:
    """The actor, for code that also runs from the shell, which has none: `record(..., **by(actor))`."""
    return {"actor": actor} if actor else {"actor": None, "via": "shell"}
