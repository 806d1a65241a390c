"""Saved views: an address with a name, private or shared with the team.

A link to a view is its whole address, so the page always shows what the address says; the page says if the view has
changed since.
"""

import secrets
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.http import QueryDict
from django.utils.text import slugify

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing.models import SavedView
from apps.listing.query.chips import spoken
from apps.listing.query.list_request import ListRequest
from apps.listing.query.query import Query
from apps.listing.query.reader import Reader
from apps.listing.schema.listing import Listing
from apps.tenants.models import Tenant
from apps.tenants.permissions import Permission

MOST_VIEWS = 30
NOT_KEPT = ("page", "page_size", "view")
OTHERS = {
    "ordering": "different sort order",
    "key": "different API key",
    "cols": "different columns",
    "tz": "another time zone",
}
"""What an address keeps behind its filters, in this order."""


class NotSaved(Exception):
    """A view was not saved. The text says why and what to do."""


def find(list_request: ListRequest, slug: str) -> SavedView | None:
    """One of the team's views or the person's own. Another person's view, or one that the role may not ask, is not
    found."""
    return next((view for view in tabs(list_request) if view.slug == slug), None)


def tabs(list_request: ListRequest) -> list[SavedView]:
    """The views that the person may use, the team's first. One whose filters or columns the role may not see is not
    named either."""
    views: list[SavedView] = list_request.request.known.rows("views")
    found = [view for view in views if view.listing == list_request.listing.name and may_ask(list_request, view)]
    return sorted(found, key=lambda view: (not view.is_the_teams, view.name, view.pk))


def may_ask(list_request: ListRequest, view: SavedView) -> bool:
    reader = Reader(list_request.listing, list_request.visible_classes, list_request.tenant.zone, list_request.now)
    return not reader.read(given(view)).problems


def given(view: SavedView) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(view.asked)
    return query


def asked(listing: Listing, view: SavedView) -> dict[str, str]:
    """What the view asks, in the order of a canonical address: PostgreSQL keeps the names of a JSON object in its own."""
    names = (*listing.parameters, *OTHERS)
    return {name: view.asked[name] for name in names if name in view.asked}


def address(listing: Listing, view: SavedView) -> str:
    return f"?{urlencode({**asked(listing, view), 'view': view.slug}, safe=',:', quote_via=quote)}"


def kept(query: Query) -> dict[str, str]:
    return {name: text for name, text in query.asked.items() if name not in NOT_KEPT}


def differences(list_request: ListRequest) -> list[str]:
    """How the address differs from the view it names; [] if it does not, or names none."""
    if not list_request.view:
        return []
    here, there = kept(list_request.query), asked(list_request.listing, list_request.view)

    def sentence(name: str, text: str) -> str:
        return OTHERS[name] if name in OTHERS else spoken(list_request, name, text)

    with_ = [sentence(name, text) for name, text in here.items() if there.get(name) != text]
    without = [
        f"“{sentence(name, text)}” removed" if name not in OTHERS else sentence(name, text)
        for name, text in there.items()
        if name not in here and (name in OTHERS or name in list_request.listing.parameters)
    ]
    return [*with_, *without]


def may_change(list_request: ListRequest, view: SavedView) -> bool:
    return view.owner_id == list_request.person.pk if view.owner_id else list_request.may(Permission.SHARE_VIEWS)


@transaction.atomic
def save(list_request: ListRequest, name: str, *, is_the_teams: bool) -> SavedView:
    """Raises NotSaved."""
    name = " ".join(name.split())
    if not slugify(name, allow_unicode=True) or len(name) > 40:
        raise NotSaved("Enter a name of 1 to 40 characters with at least one letter or number.")
    if is_the_teams and not list_request.may(Permission.SHARE_VIEWS):
        raise NotSaved("Your role can save private views but can’t share them with the team.")
    owner = None if is_the_teams else list_request.person
    Tenant.objects.select_for_update().get(pk=list_request.tenant.pk)  # two views of one name, saved at once
    seen = SavedView.objects.filter(tenant=list_request.tenant, listing=list_request.listing.name)
    seen = seen.seen_by(list_request.person)
    if seen.filter(name__iexact=name, owner=owner).exists():
        raise NotSaved(f"A view named “{name}” already exists. Choose another name, or update that view.")
    if seen.count() >= MOST_VIEWS:
        raise NotSaved(f"You’ve reached the limit of {MOST_VIEWS} views. Delete one first.")
    view = SavedView.objects.create(
        tenant=list_request.tenant,
        listing=list_request.listing.name,
        owner=owner,
        name=name,
        slug=f"{slugify(name, allow_unicode=True)}-{secrets.token_hex(2)}",
        asked=kept(list_request.query),
        changed_by=list_request.person,
    )
    record(Action.VIEW_SAVED, actor=list_request.person, about=view, **recorded(view))
    return view


@transaction.atomic
def change(list_request: ListRequest, view: SavedView) -> None:
    """Makes the view ask what the address asks. Raises NotSaved."""
    if not may_change(list_request, view):
        raise NotSaved(f"Your role can’t change the team view “{view.name}”. Save your own view instead.")
    view.asked, view.changed_by = kept(list_request.query), list_request.person
    view.save(update_fields=("asked", "changed_by", "changed_at"))
    record(Action.VIEW_CHANGED, actor=list_request.person, about=view, **recorded(view))


@transaction.atomic
def remove(list_request: ListRequest, view: SavedView) -> None:
    """Raises NotSaved."""
    if not may_change(list_request, view):
        raise NotSaved(f"Your role can’t delete the team view “{view.name}”.")
    record(Action.VIEW_REMOVED, actor=list_request.person, about=view, **recorded(view))
    view.delete()


def recorded(view: SavedView) -> dict[str, Any]:
    """What the audit log keeps of a view: names of filters, never their values."""
    return {"whose": "the team's" if view.is_the_teams else "own", "filters": [*view.asked]}
