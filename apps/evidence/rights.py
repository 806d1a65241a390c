"""What each role may see and do, kept in the audit log whenever a release changes it."""

from datetime import datetime
from typing import Any

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.audit.record import record
from apps.tenants.permissions import GRANTS, VISIBLE_CLASSES, Role

_is_noted = False


def tables() -> dict[str, dict[str, list[str]]]:
    """What each role may do, and which classes of data it sees."""
    return {
        "may": {role.value: sorted(each.value for each, roles in GRANTS.items() if role in roles) for role in Role},
        "sees": {role.value: sorted(each.value for each in VISIBLE_CLASSES[role]) for role in Role},
    }


def work() -> bool:
    """Once in each worker: an entry if the tables differ from the last that was noted. False: there is no more to do."""
    global _is_noted
    if not _is_noted:
        known, now = as_of(None), tables()
        if known != now:
            record(Action.RIGHTS_CHANGED, actor=None, may=now["may"], sees=now["sees"])
        _is_noted = True
    return False


def as_of(until: datetime | None) -> dict[str, Any] | None:
    """The tables at a moment, or the last; None where the log doesn't reach back so far."""
    noted = Entry.objects.filter(tenant=None, action=Action.RIGHTS_CHANGED)
    last = (noted.filter(at__lte=until) if until else noted).order_by("-at", "-pk").first()
    return last.details if last else None
