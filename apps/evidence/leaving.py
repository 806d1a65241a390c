"""A team that leaves: all of it in one archive that anyone can verify, and then nothing of it here but what must be kept."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

from django.db import models, transaction
from django.forms.models import model_to_dict

from apps.audit.actions import Action
from apps.audit.models import Entry
from apps.audit.record import record
from apps.disclaimers.models import Disclaimer, Push, Review, SetAside, Version
from apps.exports import files
from apps.investments.models import Note
from apps.jobs.models import Job
from apps.listing import SavedView
from apps.tenants.models import Tenant, TokenySignIn

from . import recording, retention, sealing
from .archive import UNKNOWN, Archive, add_log, close


class OnHold(Exception):
    """A legal hold keeps the team. The text says why it was placed."""


def export(tenant: Tenant, file: BinaryIO) -> dict[str, Any]:
    """Everything of a team that isn't a secret: texts, settings, members, notes, views, and its whole audit log with proofs.
    Returns the manifest. Raises connections.KeyLost."""
    archive, made_at = Archive(file), datetime.now(UTC)
    sealing.work_off()
    records = recording.add_disclaimers(archive, tenant, lambda number, of: None)
    archive.add_json("team.json", team(tenant))
    archive.add_lines("notes.jsonl", rows(Note.objects.filter(tenant=tenant).order_by("pk")))
    archive.add_lines("views.jsonl", rows(SavedView.objects.filter(tenant=tenant).order_by("pk")))
    entries = Entry.objects.filter(tenant=tenant.id).select_related("actor").order_by("pk")
    add_log(archive, tenant, entries.iterator(chunk_size=1000))
    of_disclaimers = list(entries.filter(subject__startswith="disclaimer:"))
    archive.add("index.html", recording.index(tenant, records, of_disclaimers, made_at))
    name = f"team-{tenant.slug}-{made_at:%Y-%m-%d-%H%M}.zip"
    return close(archive, tenant, UNKNOWN, made_at, name)


def rows(found: "models.QuerySet[Any]") -> Iterator[dict[str, Any]]:
    for each in found.iterator(chunk_size=500):
        yield {name: plain(value) for name, value in model_to_dict(each).items()} | {"id": plain(each.pk)}


def plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | dict | None) else str(value)


def team(tenant: Tenant) -> dict[str, Any]:
    """Settings, people, and connections without their secrets."""
    keys = [{"label": key.label, "offerings": key.offerings} for key in tenant.issuance_keys.all()]
    return {
        "settings": {name: plain(value) for name, value in model_to_dict(tenant).items()} | {"id": tenant.id.hex},
        "members": [
            {"id": each.person_id, "email": each.person.email, "name": each.person.name, "role": each.role}
            for each in tenant.memberships.select_related("person")
        ],
        "api_keys": keys,
        "issuance_sign_in": getattr(getattr(tenant, "firebase", None), "email", ""),
        "tokeny_sign_in": getattr(getattr(tenant, "tokeny", None), "identifier", ""),
        "audit_log_years": retention.years_of(retention.of(tenant.id)),
    }


def delete(tenant: Tenant) -> dict[str, Any]:
    """Removes the team; its entries, segments and disclaimers' proofs in them stay until their retention ends. Returns how many
    entries stay, and for how many years. Raises OnHold."""
    held = retention.of(tenant.id)
    if held.hold:
        raise OnHold(held.hold)
    for job in Job.objects.filter(tenant=tenant):
        files.delete(job)
        files.forget(job)
    with transaction.atomic():
        for chain in (tenant.id, None):
            record(Action.TEAM_DELETED, actor=None, tenant=chain, via="shell", team=tenant.slug, team_id=tenant.id.hex)
        Job.objects.filter(tenant=tenant).delete()
        disclaimers = Disclaimer.objects.filter(tenant=tenant)
        disclaimers.update(live=None, place=None, tokeny_id=None)
        for model in (SetAside, Push):
            model.objects.filter(disclaimer__in=disclaimers).delete()
        Review.objects.filter(version__disclaimer__in=disclaimers).delete()
        Version.objects.filter(disclaimer__in=disclaimers).delete()
        TokenySignIn.objects.filter(tenant=tenant).delete()
        Tenant.objects.get(pk=tenant.pk).delete()
    sealing.work_off()
    entries = Entry.objects.filter(tenant=tenant.id)
    return {"entries": entries.count(), "years": retention.years_of(held)}
