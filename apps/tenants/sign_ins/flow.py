"""What every sign-in does: it is tested, then encrypted and saved; tested again on request; removed. Each step is
recorded."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.staff.models import StaffMember
from apps.tenants.checking import NotSaved
from apps.tenants.connections import KeyLost, TestFailed, Trial, note
from apps.tenants.models import FirebaseSignIn, Tenant, TokenySignIn
from apps.upstream import errors

SignIn = TypeVar("SignIn", FirebaseSignIn, TokenySignIn)


def attempt(ask: Callable[[], str]) -> Trial:
    """`ask` signs in, reads something, and returns what it saw."""
    try:
        return Trial("working", ask(), [])
    except errors.KeyRefused as error:
        words = f"{error.what} {error.means} {error.next}"
        return Trial("refused", words, [], error.as_kept() | {"has_advice": True})
    except errors.UpstreamError as error:
        return Trial("untested", errors.outside_lists(error), [])


@transaction.atomic
def keep(
    model: type[SignIn],
    tenant: Tenant,
    trial: Trial,
    fill: Callable[[Tenant, SignIn | None], SignIn],
    actions: tuple[Action, Action],
    actor: StaffMember | None,
    *,
    anyway: bool,
    **details: Any,
) -> SignIn:
    """Saves what was tested. One that ever worked is replaced only by one that works; otherwise `anyway` saves one whose
    test failed. `fill(team, existing)` puts the credentials on the row; the team is locked. `actions`: added, replaced.
    Raises NotSaved; TestFailed."""
    team = Tenant.objects.select_for_update().get(pk=tenant.pk)  # the trial may have taken seconds
    existing = model.objects.filter(tenant=team).first()
    if existing and existing.last_success_at and trial.state != "working":
        raise NotSaved("password", f"The new sign-in didn’t work, so the current one stays in use. {trial.words}")
    if trial.state != "working" and not anyway:
        raise TestFailed("password", trial)
    saved = fill(team, existing)
    saved.replaced_at = timezone.now() if existing else None
    saved.last_success_at = saved.last_refusal_at = None
    note(saved, trial)
    saved.save()
    record(actions[bool(existing)], about=saved, state=trial.state, **details, **by(actor))
    return saved


def test(saved: SignIn, ask: Callable[[], Trial], action: Action, actor: StaffMember) -> Trial:
    """Tests the saved credentials and stores the outcome."""
    try:
        trial = ask()
    except KeyLost as error:
        return Trial("untested", errors.outside_lists(error), [])
    note(saved, trial)
    with transaction.atomic():
        saved.save(update_fields=("last_success_at", "last_refusal_at", "last_refusal"))
        record(action, about=saved, state=trial.state, actor=actor)
    return trial


@transaction.atomic
def remove(saved: SignIn, action: Action, actor: StaffMember) -> None:
    record(action, about=saved, actor=actor)
    saved.delete()
