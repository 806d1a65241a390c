"""Links from a listing's page: to another time zone, to another key, and to the API itself."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe

from apps.listing.keep import saved
from apps.listing.models import SavedView
from apps.listing.query.list_request import ListRequest
from apps.listing.query.reader import zone_named
from apps.listing.schema.column import Column
from apps.tenants.connections import ALL_KEYS
from apps.tenants.models import IssuanceKey
from apps.tenants.permissions import DataClass
from apps.tenants.zones import zone_words
from apps.upstream.issuance.client import Page
from apps.upstream.transport import query_string

CHANGED = "updated_at__gte"


class Link(NamedTuple):
    label: str
    href: str
    is_current: bool = False
    title: str = ""


def anchors(found: Iterable[Link]) -> SafeString:
    """The links of a menu, joined here: a template takes longer for each of them."""
    return mark_safe("\n".join(map(anchor, found)))  # noqa: S308 - escaped one by one


def anchor(link: Link) -> str:
    title = f' title="{escape(link.title)}"' if link.title else ""
    current = ' aria-current="true"' if link.is_current else ""
    return f'<a href="{escape(link.href)}"{title}{current}>{escape(link.label)}</a>'


def named_offerings(list_request: ListRequest) -> list[str]:
    held = [list_request.query.filters.get(name, "") for name in ("offering", "offering__in")]
    return [number for number in ",".join(held).split(",") if number]


COMMON_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "UTC")


def zones(list_request: ListRequest, offerings: Iterable[str]) -> SafeString:
    """A menu: this page in the team's time zone, in those of its offerings, in those of the United States, and in UTC."""
    known = list_request.zones if DataClass.PLAIN in list_request.visible_classes else {}
    query, own, used = list_request.query, list_request.tenant.timezone, list_request.zone.key
    theirs = tuple(known[number] for number in offerings if zone_named(known.get(number, "")))
    return anchors(
        Link(label, query.in_zone("" if name == own else name), name == used, name)
        for name, label in zone_labels(own, theirs, used).items()
    )


@lru_cache(maxsize=256)
def zone_labels(own: str, theirs: tuple[str, ...], used: str) -> dict[str, str]:
    """Zone -> what a menu calls it. One of the usual ones that would be called like one before it is left out."""
    found = {own: " (your team)", **{name: " (the offering)" for name in theirs if name != own}}
    said = {name_of(name) for name in found}
    found |= {name: "" for name in (used, *COMMON_ZONES) if name not in found and name_of(name) not in said}
    return {name: name_of(name) + what for name, what in found.items()}


def name_of(zone: str) -> str:
    return zone_words(ZoneInfo(zone))


def keys(list_request: ListRequest) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is in use: the same query with each key, and with all of them; none if there is a
    single key."""
    if len(list_request.keys) < 2:
        return []
    wants_all = list_request.wants_all_keys
    slugs = [(key.label, key.slug, key == list_request.key and not wants_all) for key in list_request.keys]
    slugs.append(("Each key separately", ALL_KEYS, wants_all))
    return [(label, of_key(list_request, slug), is_used) for label, slug, is_used in slugs]


def of_key(list_request: ListRequest, slug: str) -> str:
    return list_request.list_url + replace(list_request.query, key=slug, page=1).address


def all_keys(list_request: ListRequest) -> str:
    return of_key(list_request, ALL_KEYS)


def view(list_request: ListRequest, saved_view: SavedView) -> str:
    return list_request.list_url + saved.address(list_request.listing, saved_view)


def copies(list_request: ListRequest) -> SafeString:
    """To copy: this page, and the same query to the API, never with a key or a token."""
    is_of_keys = list_request.listing.credential is IssuanceKey
    what, header = ("key", "Api-Key YOUR_KEY") if is_of_keys else ("token", "Bearer YOUR_TOKEN")
    asked = f"{list_request.listing.path}{query_string(list_request.query.params)}"
    api = f"{list_request.tenant.issuance_url}{asked}"
    texts = {
        "Link to this page": list_request.request.build_absolute_uri(list_request.address),
        f"API URL (without the {what})": api,
        f"curl command (add your {what})": f"curl -H 'Authorization: {header}' '{api}'",
    }
    return mark_safe("\n".join(copy_row(at, *each) for at, each in enumerate(texts.items(), start=1)))  # noqa: S308 - texts are escaped


def copy_row(place: int, label: str, text: str) -> str:
    """Joined here, as the other menus: a template takes longer for each of them."""
    name = f"copy-{place}"
    return (
        f'<div class="pop-pad"><label for="{name}">{label}</label>'
        f'<div class="copy-row"><input id="{name}" readonly value="{escape(text)}">'
        f'<button type="button" class="btn" data-copy="{name}" aria-label="Copy: {label}" hidden>Copy</button></div></div>'
    )


def sorts(list_request: ListRequest, columns: Iterable[Column]) -> SafeString:
    """A menu: the list in the order of each column, and back in its own. For phones, whose cards have no header row."""
    query, asked = list_request.query, list_request.query.ordering.partition(",")[0]
    base = list_request.list_url
    found = [Link("Created, newest first", base + query.sorted_by(""), not asked)]
    for column in columns:
        if column.name in list_request.listing.sortable:
            turned = f"-{column.name}" if asked == column.name else column.name
            is_used = asked.removeprefix("-") == column.name
            found.append(Link(column.label, base + query.sorted_by(turned), is_used))
    return anchors(found)


def newer(list_request: ListRequest, page: Page) -> str:
    """The address that tells whether rows are newer than these by the API's own clock; "" if times are masked for the
    role."""
    is_askable = CHANGED in list_request.listing.parameters and DataClass.PLAIN in list_request.visible_classes
    if not is_askable or list_request.query.page > 1:
        return ""
    since = int((page.api_time or page.at).timestamp())
    return list_request.url("newer", since) + list_request.query.address
