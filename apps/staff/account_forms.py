"""Replacements for some of allauth's forms."""

from typing import Any

from allauth.account import forms
from allauth.mfa.base import forms as factors
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkeys
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

from . import outbox
from .models import PasswordMail


def relabel(form: Any, **labels: str) -> None:
    """Sentence case, and no placeholder that repeats its label."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)


class LoginForm(forms.LoginForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, login="Email", password="Password")  # noqa: S106 - a label


class ChangePasswordForm(forms.ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, oldpassword="Current password", password1="New password", password2="Confirm new password")


class SetPasswordForm(forms.ResetPasswordKeyForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, password1="New password", password2="Confirm new password")


class ResetPasswordForm(forms.ResetPasswordForm):  # type: ignore[misc]
    """Does the same for every address, so that neither words nor time reveal which are known."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, email="Email")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **_: Any) -> str:
        email = self.cleaned_data["email"]
        outbox.ask(email, PasswordMail.Kind.RESET)
        return str(email)


class PasswordForm(forms.ReauthenticateForm):  # type: ignore[misc]
    """Says again who one is, of who has no second step."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, password="Password")  # noqa: S106 - a label


CODE = "Code from your authenticator app, or a recovery code"


class SecondStepForm(factors.AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, code=CODE)


class ConfirmForm(factors.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, code=CODE)


class AppForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, code="Code")
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class PasskeyForm(passkeys.AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, name="Name", passwordless="Sign in with it alone, without my password")
        self.fields["name"].validators.append(MaxLengthValidator(60))
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = "It then asks for a fingerprint, a face, or a PIN."


class PasskeyNameForm(passkeys.EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        relabel(self, name="Name")
        self.fields["name"].validators.append(MaxLengthValidator(60))
