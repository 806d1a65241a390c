"""Replacements for some of allauth's forms."""

from typing import Any

from allauth.account import forms
from django.http import HttpRequest

from . import outbox
from .models import PasswordMail


class ResetPasswordForm(forms.ResetPasswordForm):  # type: ignore[misc]
    """Does the same for every address, so that neither words nor time reveal which are known."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **_: Any) -> str:
        email = self.cleaned_data["email"]
        outbox.ask(email, PasswordMail.Kind.RESET)
        return str(email)
