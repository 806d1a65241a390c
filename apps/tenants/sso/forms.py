from typing import Any

from django import forms

from apps.staff.models import StaffMember
from apps.tenants.models import SingleSignOn

ISSUERS = "Google: https://accounts.google.com. Entra: https://login.microsoftonline.com/DIRECTORY-ID/v2.0. Okta: https://YOUR-NAME.okta.com."


class ProviderForm(forms.Form):
    kind = forms.ChoiceField(label="Provider", choices=SingleSignOn.Kind.choices)
    issuer = forms.CharField(label="Issuer", max_length=200, help_text=ISSUERS)
    client_id = forms.CharField(
        label="Client ID", max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    secret = forms.CharField(
        label="Client secret",
        max_length=500,
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="It’s encrypted when saved and can’t be viewed again. Leave it empty to keep the one that is saved.",
    )
    directory = forms.CharField(
        label="Directory ID (Entra)",
        max_length=64,
        required=False,
        help_text="Entra doesn’t say that emails are verified; this ID tells us which directory is your company’s.",
    )
    is_factor = forms.BooleanField(
        label="The provider asks everyone for a second step",
        required=False,
        help_text="If checked, signing in there counts as two-step sign-in here.",
    )


class RequireForm(forms.Form):
    is_only = forms.BooleanField(label="Require single sign-on", required=False)
    break_glass = forms.ModelChoiceField(
        label="Owner who can sign in another way",
        queryset=StaffMember.objects.none(),
        required=False,
        help_text="If the provider is down.",
    )

    def __init__(self, *arguments: Any, owners: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["break_glass"].queryset = owners  # type: ignore[attr-defined]
