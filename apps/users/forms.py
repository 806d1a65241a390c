"""Forms to add or change a platform user. A password is never shown again, not even after an error."""

import secrets
from typing import Any

from django import forms

PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without letters and digits that are taken for one another when read aloud."""


def generated() -> str:
    """20 characters: some 115 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))


class UserForm(forms.Form):
    email = forms.EmailField(
        label="Email",
        max_length=255,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Case-sensitive in Issuance: Ana@… and ana@… are two users.",
    )
    password = forms.CharField(
        label="Password", required=False, strip=False, max_length=128, widget=PASSWORD,
        help_text="Leave blank to generate one. It’s sent to Issuance and isn’t stored here.",
    )  # fmt: skip


class ChangeForm(forms.Form):
    email = forms.EmailField(
        label="New email",
        required=False,
        max_length=255,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text="Leave unchanged to keep it.",
    )
    password = forms.CharField(
        label="New password", required=False, strip=False, max_length=128, widget=PASSWORD,
        help_text="Leave blank to keep the current password.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="Saved in the audit log with your name. Changing an email or password gives control of the account.",
    )

    def __init__(self, *arguments: Any, email: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.held = email
        self.fields["email"].initial = email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("password") and given.get("email") in ("", self.held):
            raise forms.ValidationError("Enter a new email or a new password.")
        return given
