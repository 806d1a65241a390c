"""Platform users: detail, creating and changing. Only owners and managers write, and every write is recorded."""

import hashlib
from typing import Any

import structlog
from django import forms
from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.listing import ListRequest, RowDetail, find_row, list_context, page_context, read_request, row_detail
from apps.listing import detail as facts
from apps.tenants import connections
from apps.tenants.access import TenantRequest, for_member, head_asks_nothing
from apps.tenants.permissions import Permission, may
from apps.upstream import errors
from apps.upstream.issuance.client import Issuance
from apps.upstream.secret import Secret

from . import writing
from .forms import ChangeForm, UserForm, generated
from .listing import USERS
from .writing import End, Written

log = structlog.get_logger("users")
GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@for_member(can=Permission.VIEW_USERS)
@head_asks_nothing
@require_safe
def user_detail(request: TenantRequest, number: int) -> HttpResponseBase:

    def describe(list_request: ListRequest, one: RowDetail) -> dict[str, Any]:
        return facts.detail(list_request, one, number)

    beside = {"may_write": may(request.role, Permission.MANAGE_USERS)}
    return row_detail(request, USERS, number, "users/detail.html", describe, beside)


def no_list(list_request: ListRequest) -> HttpResponse:
    status = list_request.query.status if list_request.query.problems else 200
    return render(list_request.request, "listing/list.html", list_context(list_request), status=status)


@sensitive_post_parameters("password")
@for_member(can=Permission.MANAGE_USERS)
@GET_OR_POST
@sensitive_variables()
def user_create(request: TenantRequest) -> HttpResponse:
    """A generated password is shown once, in the answer to this very request."""
    list_request = read_request(request, USERS)
    if list_request.query.problems or not list_request.key:
        return no_list(list_request)
    form = UserForm(request.POST or None)
    context = page_context(list_request) | {"form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "users/create.html", context, status=400 if form.errors else 200)
    made = "" if form.cleaned_data["password"] else generated()
    email, password = form.cleaned_data["email"], Secret(made or form.cleaned_data["password"])
    note(request, Action.USER_CREATION_BEGUN, "", email_sha256=hashlib.sha256(email.encode()).hexdigest())
    try:
        written = writing.create(connections.issuance(list_request.key, request.request_id), email, password)
    except writing.Taken as taken:
        form.add_error("email", f"A user with this email already exists (ID {taken.number}).")
    except errors.Invalid as error:
        put_on_fields(form, error)
    except errors.UpstreamError as error:
        connections.note_failure(list_request.key, error)
        return render(request, "users/create.html", context | {"error": error, "not_added": email})
    else:
        return created(request, context, written, email, made)
    return render(request, "users/create.html", context, status=400)


@sensitive_variables("made")
def created(request: TenantRequest, context: dict[str, Any], written: Written, email: str, made: str) -> HttpResponse:
    note_end(request, Action.USER_CREATED, written.row.get("id"), end=written.end.value)
    shown = {"written": written, "email": email, "made": made, "is_known": written.end is not End.UNKNOWN}
    response = render(request, "users/created.html", context | shown)
    patch_cache_control(response, no_transform=True)  # compressed, its length would tell of the password
    return response


@sensitive_post_parameters("password")
@for_member(can=Permission.MANAGE_USERS)
@head_asks_nothing
@GET_OR_POST
@sensitive_variables()
def user_change(request: TenantRequest, number: int) -> HttpResponseBase:
    """Sends only what changes."""
    list_request = read_request(request, USERS)
    if list_request.query.problems or not list_request.key:
        return no_list(list_request)
    context = page_context(list_request) | {"number": number}
    try:
        one = find_row(list_request, number)
        api = connections.issuance(list_request.key, request.request_id)
    except errors.Missing:
        return render(request, "listing/missing.html", context, status=404)
    except errors.UpstreamError as error:
        return render(request, "users/detail.html", context | {"error": error})
    form = ChangeForm(request.POST or None, email=str(one.row.get("email") or ""))
    context |= {"form": form, "one": one}
    if request.method == "POST" and form.is_valid() and (done := changed(request, form, api, one, number)):
        return done
    return render(request, "users/change.html", context, status=400 if form.errors else 200)


@sensitive_variables()
def changed(
    request: TenantRequest, form: ChangeForm, api: Issuance, one: RowDetail, number: int
) -> HttpResponse | None:
    """None if it was refused: the form says why."""
    given, changes = form.cleaned_data, dict[str, str | Secret]()
    if given["email"] and given["email"] != form.held:
        changes["email"] = given["email"]
    if given["password"]:
        changes["password"] = Secret(given["password"])
    note(request, Action.USER_CHANGE_BEGUN, number, fields=[*changes], reason=given["reason"])
    try:
        written = writing.change(api, number, changes)
    except errors.Invalid as error:
        put_on_fields(form, error)
        return None
    except errors.UpstreamError as error:
        connections.note_failure(one.key, error)
        form.add_error(None, f"{error.what} {error.next} No data was changed.")
        return None
    note_end(request, Action.USER_CHANGED, number, fields=[*changes], reason=given["reason"], end=written.end.value)
    say_changed(request, written, [*changes])
    return HttpResponseRedirect(reverse("user_detail", args=[request.tenant.slug, number]))


def say_changed(request: TenantRequest, written: Written, fields: list[str]) -> None:
    what = " and ".join(fields)
    if written.end is End.DONE:
        messages.success(request, f"{what.capitalize()} changed. Issuance doesn’t notify the user, so let them know.")
    elif written.end is End.FOUND:
        messages.success(
            request,
            f"{what.capitalize()} changed. Issuance’s response was lost, but we checked and the change is there.",
        )
    else:
        words = (
            f"We couldn’t confirm that the {what} changed because Issuance didn’t respond. The "
            "request was sent once and won’t be resent automatically."
        )
        messages.error(request, f"{words} Check the email below. A password can’t be verified, so set it again.")


def put_on_fields(form: forms.Form, error: errors.Invalid) -> None:
    """Puts each refusal at its field; those that belong to none go above."""
    for name, said in error.fields.items():
        for sentence in said:
            form.add_error(name if name in form.fields else None, f"Issuance: {sentence}")
    if not error.fields:
        form.add_error(None, f"{error.what} {error.means}")


def note_end(request: TenantRequest, action: Action, number: object, **details: Any) -> None:
    """The start is in the audit log already; failing to record the end must not cost the person the answer."""
    try:
        note(request, action, number, **details)
    except DatabaseError:
        log.exception("the end of a write is not in the record", action=action)


def note(request: TenantRequest, action: Action, number: object, **details: Any) -> None:
    record(action, actor=request.user, tenant=request.tenant.id, subject=f"user:{number or ''}", **details)
