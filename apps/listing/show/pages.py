"""Page or fragment: same address, same view, one template. Also the pager's arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django_htmx.http import push_url, replace_url

from apps.listing.query.list_request import ListRequest
from apps.listing.query.query import PAGE_SIZES, Query
from apps.tenants.access import TenantRequest

from .streaming import MARK, Deferred, Rendered, arrived, streamed


@dataclass(frozen=True, slots=True)
class Pager:
    """Which rows of how many. The API may silently cap the page size: `size` is what it really gives. `rows`: how many
    came; `is_last`: the API named no next page."""

    query: Query
    count: int
    rows: int
    is_last: bool

    @property
    def size(self) -> int:
        before = self.query.page - 1
        if self.rows == self.query.page_size or not self.rows:
            return self.query.page_size
        if not self.is_last:
            return self.rows
        return max(self.rows, (self.count - self.rows) // before) if before else self.query.page_size

    @property
    def first(self) -> int:
        return (self.query.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        return self.first + self.rows - 1

    @property
    def pages(self) -> int:
        return self.query.page if self.is_last else max(self.query.page + 1, -(-self.count // self.size))

    @property
    def is_odd(self) -> bool:
        """The count contradicts the rows that came."""
        if self.is_last and self.query.page > 1 and self.count > self.rows:
            return bool((self.count - self.rows) % (self.query.page - 1))
        held = (self.query.page - 1) * self.size + self.rows
        return self.count < held or (self.count > held if self.is_last else self.count <= held)

    @property
    def is_capped(self) -> bool:
        return self.size < self.query.page_size

    @property
    def links(self) -> list[tuple[str, str]]:
        """("First", address) and so on; "" if there is nowhere to go."""
        here, last = self.query.page, self.pages
        places = {"First": 1, "Previous": here - 1, "Next": here + 1, "Last": last}
        return [(name, self.query.on_page(to) if 1 <= to <= last and to != here else "") for name, to in places.items()]


RELATIONS = {"Previous": ' rel="prev"', "Next": ' rel="next"'}


def size_links(pager: Pager, base: str) -> SafeString:
    """How many rows a page may have."""
    found = []
    for size in PAGE_SIZES:
        address = escape(base + pager.query.sized(size))
        link = f'<a href="{address}" hx-get="{address}" aria-label="{size} rows on a page">{size}</a>'
        current = f'<strong aria-label="{size} rows per page, current">{size}</strong>'
        found.append(current if size == pager.query.page_size else link)
    return mark_safe("\n".join(found))  # noqa: S308 - addresses are escaped


def page_links(pager: Pager, base: str) -> SafeString:
    """First, previous, next, last; without a link where there is nowhere to go."""
    found = []
    for name, href in pager.links:
        address = escape(base + href)
        link = f'id="page-{name.lower()}" href="{address}" hx-get="{address}"{RELATIONS.get(name, "")}'
        found.append(
            f'<a class="btn btn-small" {link}>{name}</a>' if href else f'<span class="btn btn-small">{name}</span>'
        )
    return mark_safe("\n".join(found))  # noqa: S308 - as above


def page_or_fragment(
    request: TenantRequest,
    page: str,
    fragments: Mapping[str, str],
    context: dict[str, Any],
    *,
    deferred: Deferred | None = None,
    address: str = "",
    status: int = 200,
) -> HttpResponseBase:
    """Chooses the fragment by HX-Target, never by HX-Request alone, since the browser's Back would get a bare table.
    `fragments`: id of the element -> template. With a `deferred`, the whole page is streamed; a fragment never is,
    since htmx swaps at its end anyway."""
    template = fragments.get(request.htmx.target or "", page) if request.htmx else page
    if deferred and template == page:
        return streamed(render_to_string(template, {**context, "deferred": MARK}, request), deferred)
    rendered = deferred.render() if deferred else None
    if rendered and rendered.is_failed:
        return failed_fragment(rendered)
    content = mark_safe(arrived(rendered.html)) if rendered else ""  # noqa: S308 - rendered by us
    html = render_to_string(template, {**context, "deferred": content}, request)
    response = HttpResponse(html, status=status)
    if request.htmx and address:
        push = replace_url if status >= 400 else push_url
        push(response, request.path + address if address != "?" else request.path)
    return response


def failed_fragment(rendered: Rendered) -> HttpResponse:
    """The former rows stay, with their own age; the panel goes above them, and the address stays too."""
    response = HttpResponse(rendered.html)
    response["HX-Retarget"], response["HX-Reswap"] = "#results", "afterbegin"
    return response


def to_canonical(list_request: ListRequest) -> HttpResponse | None:
    """A redirect from a plain form's address, with its blanks and repeats, to the canonical one; None if they are
    equal."""
    request, address = list_request.request, list_request.query.address
    if request.htmx or QueryDict(address.removeprefix("?")) == request.GET:
        return None
    return HttpResponseRedirect(request.path + (address if address != "?" else ""))
