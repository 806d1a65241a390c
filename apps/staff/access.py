"""`for_staff` guards a view that belongs to no tenant; `sign_in_first` is what who is not signed in gets."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect, HttpResponseStopPolling
from django_htmx.middleware import HtmxDetails

from .models import StaffMember
from .sessions import is_poll


class StaffRequest(HttpRequest):
    """A request of a signed-in staff member."""

    user: StaffMember
    htmx: HtmxDetails
    request_id: str


View = Callable[..., HttpResponseBase]


def for_staff(view: View) -> View:
    @wraps(view)
    def guarded(request: StaffRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        return view(request, *arguments, **options)

    guarded.guard = "staff"  # type: ignore[attr-defined]
    return guarded


NEW_ADDRESSES = ("listing",)
"""Elements whose swap is the page at another address: a filter that was typed when the session had ended is not lost."""


def sign_in_first(request: StaffRequest) -> HttpResponse:
    """A fragment's request gets the sign-in page as a whole page; it must not be swapped into a table."""
    asked = request.get_full_path() if request.method in ("GET", "HEAD") else "/"  # a form is not sent again by itself
    is_part = request.htmx and request.htmx.target not in NEW_ADDRESSES
    came_from = request.htmx.current_url_abs_path if is_part else None
    return lead(request, redirect_to_login(came_from or asked).url)


def lead(request: HttpRequest, address: str) -> HttpResponse:
    """To another page as a whole. What a page asks for by itself ends there: it must not take away what somebody types."""
    if not getattr(request, "htmx", None):
        return HttpResponseRedirect(address)
    return (
        HttpResponseStopPolling(headers={"HX-Reswap": "none"})
        if is_poll(request)
        else HttpResponseClientRedirect(address)
    )
