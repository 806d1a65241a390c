"""Accepting an invitation by its link: with a new account, or with the one that its email has."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.staff.models import StaffMember

from . import invitations, members
from .models import Invitation


class AccountForm(forms.Form):
    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 15 characters, and not easy to guess: several unrelated words are good.",
    )

    def __init__(self, *arguments: object, email: str, **options: object) -> None:
        self.email = email
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        validate_password(password, StaffMember(email=self.email))
        return password


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the link opens, for whoever has the mailbox."""
    found = invitations.by_token(token)
    if found is None:
        return render(request, "tenants/invitation_late.html", status=404)
    person = StaffMember.objects.filter(email__iexact=found.email).first()
    try:
        if person and not person.is_active:
            return render(request, "tenants/invitation_late.html", status=404)
        if request.user.is_authenticated or (person and person.has_usable_password()):
            return for_account(request, found, person)
        return for_newcomer(request, found)
    except invitations.NotInvited:
        return render(request, "tenants/invitation_late.html", status=404)


def for_account(request: HttpRequest, found: Invitation, person: StaffMember | None) -> HttpResponse:
    """Who has an account signs in first; who is signed in as somebody else signs out first."""
    is_theirs = request.user.is_authenticated and request.user == person
    if request.method == "POST" and is_theirs and person:
        membership = invitations.accept(found, person)
        messages.success(request, f"You joined {found.tenant.name} as {membership.role_label.lower()}.")
        return redirect(found.tenant)
    return render(request, "tenants/invitation.html", {"invitation": found, "is_theirs": is_theirs})


def for_newcomer(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = AccountForm(request.POST or None, email=found.email, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            person = members.created(found.email)
            person.name = form.cleaned_data["name"]
            person.set_password(form.cleaned_data["password"])
            person.save(update_fields=("name", "password"))
            invitations.accept(found, person)
        record_authentication(request, person, method="password", email=person.email)
        response: HttpResponse = perform_login(
            request, Login(user=person, redirect_url=found.tenant.get_absolute_url(), email=person.email)
        )
        return response
    context = {"invitation": found, "form": form, "is_new": True}
    return render(request, "tenants/invitation.html", context, status=400 if form.errors else 200)
