"""Views for requests that failed: a form that was submitted too late, a fault of ours, a database that is away."""

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views.defaults import server_error as fault

from apps.audit import outage
from apps.audit.actions import Action

from . import trail

SECONDS = "5"
"""When to try again, as Retry-After says it."""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's CSRF token was missing or old: usually a page left open overnight."""
    if request.user.is_authenticated:
        trail.by(request.user, Action.CSRF_REFUSED)
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away. Neither page asks anything of it."""
    error = sys.exc_info()[1]
    if error is None or not outage.is_outage(error):
        return fault(request)
    outage.note_away(error)
    page = loader.get_template("503.html").render({})
    return HttpResponse(page, status=503, headers={"Retry-After": SECONDS})
