"""Which of Tokeny's texts a disclaimer stands for.

Tokeny's number identifies a text only within one installation, and only until the number is reused: after a restore,
Tokeny counts on from where the restored state ended.
"""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants.models import Tenant, TokenyPlace
from apps.tenants.sign_ins import tokeny
from apps.upstream.tokeny.client import Entry, Listed

from .models import PASSED, Disclaimer, Drift, Push, SetAside, UntrackedText, drift_hash

UNBOUND: dict[str, Any] = {"place": None, "tokeny_id": None, "tokeny_created_at": ""}
NOTHING: dict[str, Any] = {
    "drift": Drift.NONE,
    "drift_text": "",
    "drift_sha256": "",
    "left_sha256": "",
    "mailed": "",
} | PASSED


def is_same(created_at: str, entry: Entry) -> bool:
    """Whether a number noted with this creation time still names the same text; if either side lacks the time, it
    does."""
    return not created_at or not entry.created_at or created_at == entry.created_at


def entry_of(disclaimer: Disclaimer, listed: Listed) -> Entry | None:
    there = listed.entries.get(disclaimer.tokeny_id or 0)
    return there if there and is_same(disclaimer.tokeny_created_at, there) else None


def bound_by_others(push: Push, entries: Iterable[Entry]) -> dict[int, set[str]]:
    """Which of these are bound in the push's place to anything but the push's disclaimer: number -> its creation
    times."""
    here = Q(place=push.place, tokeny_id__in=[entry.id for entry in entries])
    disclaimers = Disclaimer.objects.filter(here).exclude(pk=push.disclaimer_id)
    pushes = Push.objects.filter(here).exclude(pk=push.pk)
    found: dict[int, set[str]] = {}
    for rows in (disclaimers, pushes):
        for number, created_at in rows.values_list("tokeny_id", "tokeny_created_at").iterator():
            found.setdefault(number or 0, set()).add(created_at)
    return found


def is_bound(entry: Entry, bound: dict[int, set[str]]) -> bool:
    return any(is_same(created_at, entry) for created_at in bound.get(entry.id, ()))


def release(place: TokenyPlace | None, number: int, keeper: int = 0) -> None:
    """Tokeny has just given this number to another text, so whatever was bound to it here is missing there."""
    former = Disclaimer.objects.filter(place=place, tokeny_id=number).exclude(pk=keeper)
    for each in former.defer("drift_text"):
        gone = {"drift": Drift.GONE, "drift_text": "", "drift_sha256": drift_hash(Drift.GONE, "")} | PASSED
        former.filter(pk=each.pk).update(**UNBOUND, **gone)
        record(Action.BINDING_ENDED, actor=None, about=each, tokeny=number)


@transaction.atomic
def follow(tenant: Tenant, place: TokenyPlace, **signal: object) -> None:
    """Sets aside what is bound in another place, and takes up again what was bound in this one. Neither needs a new
    approval: what a version says does not depend on where it is published."""
    elsewhere = tenant.disclaimers.exclude(tokeny_id=None).exclude(place=place).defer("drift_text", "notes")
    aside: list[int] = []
    up: dict[str, int | None] = {}
    for each in elsewhere.iterator(chunk_size=500):
        held = {"tokeny_id": each.tokeny_id, "tokeny_created_at": each.tokeny_created_at, "live_id": each.live_id}
        SetAside.objects.update_or_create(disclaimer=each, place_id=each.place_id, defaults=held)
        aside.append(each.pk)
    not_here = ~Q(place=place) | Q(place=None)
    tenant.disclaimers.filter(not_here, live__isnull=False).update(live=None, checked_at=None, **UNBOUND, **NOTHING)
    former = SetAside.objects.filter(place=place, disclaimer__tenant=tenant)
    for kept in former.select_related("live"):
        bound = {"place": place, "tokeny_id": kept.tokeny_id, "tokeny_created_at": kept.tokeny_created_at}
        Disclaimer.objects.filter(pk=kept.disclaimer_id).update(live=kept.live_id, **bound, **NOTHING)
        up[str(kept.disclaimer_id)] = kept.live.number if kept.live else None
    former.delete()
    UntrackedText.objects.filter(tenant=tenant).delete()
    if aside or up:
        record(Action.BINDINGS_FOLLOWED, actor=None, tenant=tenant.id, place=place.pk, set_aside=aside, taken_up=up)


tokeny.place_changed.connect(follow, dispatch_uid="bindings follow the sign-in")
