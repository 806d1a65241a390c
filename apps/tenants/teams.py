"""A team's own settings: its name, its time zone, and the URL that all its keys call."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.timezone import now as timezone_now

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.staff.models import StaffMember

from . import checking, connections, label_cache
from .checking import NotSaved
from .connections import TestFailed, Trial
from .models import IssuanceKey, Tenant


def change(
    tenant: Tenant,
    name: str,
    timezone: str,
    url: str,
    actor: StaffMember,
    *,
    anyway: bool,
    sums_every: int | None = None,
    is_two_step: bool | None = None,
) -> None:
    """Another URL is tried with every key before it is saved, unless `anyway`. Raises NotSaved for a URL that is not
    allowed or missing; TestFailed."""
    url = checking.check_url(url) if url else ""
    if url != tenant.issuance_url:
        keys = connections.keys_of(tenant)
        if not url and (keys or connections.sign_in_of(tenant)):
            raise NotSaved("url", "Enter the API URL: this team has connections that use it.")
        trials = [(key, tried(key, url)) for key in keys]
        for key, trial in trials:
            if trial.state != "working" and not anyway:
                raise TestFailed("url", Trial(trial.state, f"“{key.label}”: {trial.words}", []))
    held: dict[str, object] = {"name": name, "timezone": timezone, "issuance_url": url}
    held |= {} if sums_every is None else {"sums_every": sums_every}
    if is_two_step is not None and is_two_step != (tenant.two_step_since is not None):
        held["two_step_since"] = timezone_now() if is_two_step else None
    keep(tenant, held, actor)


def tried(key: IssuanceKey, url: str) -> Trial:
    try:
        return connections.try_key(connections.client(url, connections.opened(key)))
    except connections.KeyLost as error:
        return Trial("untested", f"{error.what} {error.next}", [])


@transaction.atomic
def keep(tenant: Tenant, held: Mapping[str, object], actor: StaffMember) -> None:
    team = Tenant.objects.select_for_update().get(pk=tenant.pk)
    changed = sorted(field for field, value in held.items() if getattr(team, field) != value)
    Tenant.objects.filter(pk=team.pk).update(**held)
    record(Action.TEAM_SAVED, tenant=team.id, fields=changed, **by(actor))
    if "issuance_url" in changed:
        for key in connections.keys_of(tenant):
            label_cache.forget(key)
