"""Forms of the members and connections pages. Secrets are write-only: no form ever holds a saved one."""

from typing import Any

from django import forms

from .permissions import Role
from .sign_ins import firebase as firebase_sign_in


class MemberForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.SUPPORT)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)


class SecretForm(forms.Form):
    secret = forms.CharField(
        label="API key",
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="From the offering's settings in Issuance. It is sealed when saved, and never shown again.",
    )


class KeyForm(SecretForm):
    """The URL is asked for once, with the team's first key."""

    label = forms.CharField(label="Label", max_length=60, help_text="What your team calls it, for example “Reg A”.")
    url = forms.CharField(
        label="API address",
        max_length=200,
        initial="https://api.issuance.com",
        help_text="All keys of a team share it.",
    )
    field_order = ("label", "url", "secret")

    def __init__(self, *arguments: Any, team_url: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        if team_url:
            del self.fields["url"]


class FirebaseForm(forms.Form):
    """The API's URL is asked for only if neither a key nor a sign-in has named it."""

    url = forms.CharField(label="API address", max_length=200, initial="https://api.issuance.com")
    email = forms.EmailField(
        label="E-mail", max_length=254, help_text="Of the account with which your team signs in to Issuance."
    )
    password = forms.CharField(
        label="Password",
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Sealed when saved, and never shown again. Best an account for this dashboard alone.",
    )
    web_api_key = forms.CharField(
        label="Web API key",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="The public key of Issuance's Firebase project; Issuance's support tells it.",
    )
    token_prefix = forms.CharField(
        label="Word before the token",
        max_length=20,
        initial="Bearer",
        help_text=f"The API's description does not say which; mostly one of {', '.join(firebase_sign_in.PREFIXES)}.",
    )
    identity_url = forms.CharField(
        label="Address of the sign-in",
        max_length=200,
        initial=firebase_sign_in.IDENTITY_URL,
        help_text="Google's, mostly.",
    )
    token_url = forms.CharField(
        label="Address of the renewal",
        max_length=200,
        initial=firebase_sign_in.TOKEN_URL,
        help_text="Google's, mostly.",
    )

    field_order = ("email", "password", "web_api_key", "url")

    def __init__(self, *arguments: Any, team_url: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        if team_url:
            del self.fields["url"]


class TokenyForm(forms.Form):
    base_url = forms.CharField(
        label="API address", max_length=200, initial="https://primary-market-api-develop.tokeny.com",
        help_text="A push to it publishes at once.",
    )  # fmt: skip
    identifier = forms.CharField(
        label="E-mail", max_length=254, help_text="Of the account that may manage disclaimers."
    )
    password = forms.CharField(
        label="Password", max_length=500, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Sealed when saved, and never shown again.",
    )  # fmt: skip
    texts = forms.ChoiceField(
        label="If the host or the account changes", required=False, choices=(
            ("", "Neither changes"),
            ("same", "The same texts, under a new address or account"),
            ("other", "Other texts: what was published stays where it was, and counts as not published here"),
        ), help_text="Choose “Other texts” too where this Tokeny was emptied and set up again.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, team_url: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.is_bound and not self.initial:
            del self.fields["texts"]  # the first sign-in changes nothing
