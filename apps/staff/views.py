"""Views for refused requests: a form that was submitted too late."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's CSRF token was missing or old: usually a page left open overnight."""
    return render(request, "403_csrf.html", status=403)
