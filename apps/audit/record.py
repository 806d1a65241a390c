"""`record(...)`, the only way to write to the audit log."""

from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from structlog.contextvars import get_contextvars

from .actions import Action
from .models import Entry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


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
    Entry.objects.create(
        action=action.value,
        actor_id=actor.pk if actor else None,
        tenant=about.tenant_id if about else tenant,
        subject=about.record_subject if about else subject,
        details=details,
        request_id=get_contextvars().get("request_id", ""),
    )


def by(actor: "AbstractBaseUser | None") -> dict[str, Any]:
    """The actor, for code that also runs from the shell, which has none: `record(..., **by(actor))`."""
    return {"actor": actor} if actor else {"actor": None, "via": "shell"}
