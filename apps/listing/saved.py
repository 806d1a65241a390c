"""Saved views: an address with a name, private or the team's. A link to one is its whole address, so that what is seen is
always what the address says; what has been changed since is said."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.db import transaction
from django.http import QueryDict
from django.utils.text import slugify

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants.access import TenantRequest
from apps.tenants.permissions import Permission, may

from .listing import Listing
from .models import SavedView, SavedViewQuerySet
from .query import Query, spoken
from .reader import Reader

MOST_VIEWS = 30
NOT_KEPT = ("page", "page_size", "view")
OTHERS = {"ordering": "another order", "cols": "other columns", "key": "another key", "tz": "another time zone"}


class NotSaved(Exception):
    """The text says why and what to do."""


def find(request: TenantRequest, listing: Listing, slug: str) -> SavedView | None:
    """The team's or the person's own. Another's own does not exist, nor does one that the role may not ask."""
    view = visible(request, listing).filter(slug=slug).first()
    return view if view and may_ask(request, listing, view) else None


def visible(request: TenantRequest, listing: Listing) -> SavedViewQuerySet:
    return SavedView.objects.filter(tenant=request.tenant, listing=listing.name).seen_by(request.user)


def tabs(request: TenantRequest, listing: Listing) -> list[SavedView]:
    """Those that the person may ask: a view whose filters or columns the role does not see is not named either."""
    return [view for view in visible(request, listing) if may_ask(request, listing, view)]


def may_ask(request: TenantRequest, listing: Listing, view: SavedView) -> bool:
    return not Reader(listing, request.sight, request.tenant.zone, datetime.now(UTC)).read(given(view)).problems


def given(view: SavedView) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(view.asked)
    return query


def address(view: SavedView) -> str:
    return f"?{urlencode({**view.asked, 'view': view.slug}, safe=',:', quote_via=quote)}"


def kept(query: Query) -> dict[str, str]:
    return {name: text for name, text in query.asked.items() if name not in NOT_KEPT}


def differences(
    view: SavedView, query: Query, listing: Listing, zone: ZoneInfo, now: datetime, names: Mapping[str, str]
) -> list[str]:
    """What the address asks beyond the view, or no longer; [] where it asks the same."""
    here, there = kept(query), view.asked

    def sentence(name: str, text: str) -> str:
        if name in OTHERS:
            return OTHERS[name]
        declared, lookup = listing.parameters[name]
        return spoken(declared, lookup, text, zone, now, names)

    with_ = [sentence(name, text) for name, text in here.items() if there.get(name) != text]
    without = [
        f"without “{sentence(name, text)}”" if name not in OTHERS else sentence(name, text)
        for name, text in there.items()
        if name not in here and (name in OTHERS or name in listing.parameters)
    ]
    return [*with_, *without]


def may_change(request: TenantRequest, view: SavedView) -> bool:
    return view.owner_id == request.user.pk if view.owner_id else may(request.role, Permission.SHARE_VIEWS)


@transaction.atomic
def save(request: TenantRequest, listing: Listing, query: Query, name: str, *, is_the_teams: bool) -> SavedView:
    """Raises NotSaved."""
    name = " ".join(name.split())
    if not slugify(name, allow_unicode=True) or len(name) > 40:
        raise NotSaved("A name needs 1 to 40 characters, with letters or digits among them.")
    if is_the_teams and not may(request.role, Permission.SHARE_VIEWS):
        raise NotSaved("Your role may keep views of its own, but not share them with the team.")
    owner = None if is_the_teams else request.user
    seen = visible(request, listing)
    if seen.filter(name__iexact=name, owner=owner).exists():
        raise NotSaved(f"There is a view “{name}” already. Choose another name, or change that one.")
    if seen.count() >= MOST_VIEWS:
        raise NotSaved(f"There are {MOST_VIEWS} views, which is the most. Remove one first.")
    view = SavedView.objects.create(
        tenant=request.tenant,
        listing=listing.name,
        owner=owner,
        name=name,
        slug=f"{slugify(name, allow_unicode=True)}-{secrets.token_hex(2)}",
        asked=kept(query),
        changed_by=request.user,
    )
    record(Action.VIEW_SAVED, actor=request.user, about=view, **recorded(view))
    return view


@transaction.atomic
def change(request: TenantRequest, view: SavedView, query: Query) -> None:
    """The view asks from now on what the address asks. Raises NotSaved."""
    if not may_change(request, view):
        raise NotSaved(
            f"“{view.name}” is the team's, and your role may not change it. Save a view of your own instead."
        )
    view.asked, view.changed_by = kept(query), request.user
    view.save(update_fields=("asked", "changed_by", "changed_at"))
    record(Action.VIEW_CHANGED, actor=request.user, about=view, **recorded(view))


@transaction.atomic
def remove(request: TenantRequest, view: SavedView) -> None:
    """Raises NotSaved."""
    if not may_change(request, view):
        raise NotSaved(f"“{view.name}” is the team's, and your role may not remove it.")
    record(Action.VIEW_REMOVED, actor=request.user, about=view, **recorded(view))
    view.delete()


def recorded(view: SavedView) -> dict[str, Any]:
    """What the record keeps of a view: names of filters, never what they hold."""
    return {"whose": "the team's" if view.is_the_teams else "own", "filters": [*view.asked]}
