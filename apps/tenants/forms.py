"""Forms of the members and connections pages. Secrets are write-only: no form ever holds a saved one."""

from typing import Any

from django import forms

from .models import a_time_zone
from .permissions import Role
from .sign_ins import firebase as firebase_sign_in


class MemberForm(forms.Form):
    email = forms.EmailField(label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    name = forms.CharField(
        label="Name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label="Role", choices=Role.choices, initial=Role.SUPPORT)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        max_length=200,
        help_text="For the audit log: how you made sure it’s them. Example: called back at the number on file.",
    )


class TestedForm(forms.Form):
    """What it holds is tested before it is saved."""

    __test__ = False
    anyway_help = "For example while the API is down. Enter the secret again: it isn’t shown twice."

    @property
    def is_anyway(self) -> bool:
        """Whether it is saved though its test fails."""
        return bool(self.data.get("anyway"))

    def offer_anyway(self) -> None:
        self.fields["anyway"] = forms.BooleanField(
            label="Save even if the test fails",
            required=False,
            help_text=self.anyway_help,
        )


class TeamForm(TestedForm):
    anyway_help = "For example while the API is down."
    name = forms.CharField(label="Team name", max_length=120)
    timezone = forms.CharField(
        label="Time zone",
        max_length=60,
        validators=[a_time_zone],
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Sets when a day starts and ends for this team. Example: America/New_York.",
    )
    url = forms.CharField(
        label="API URL",
        max_length=200,
        required=False,
        help_text="Used by all of the team’s API keys. A new URL is tested with every key before it’s saved.",
    )
    sums_every = forms.TypedChoiceField(
        label="Update the overview",
        choices=((15, "Every 15 minutes while someone looks"), (60, "Every hour while someone looks"), (0, "At night")),
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Everything is read again each night in any case.",
    )
    is_two_step = forms.BooleanField(
        label="Require two-step sign-in of everyone",
        required=False,
        help_text="Owners, managers, and compliance need it in any case. Members have seven days to set it up.",
    )


class SecretForm(TestedForm):
    secret = forms.CharField(
        label="API key",
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Find it in the offering’s settings in Issuance. It’s encrypted when saved and can’t be "
        "viewed again.",
    )


class KeyForm(SecretForm):
    """The URL is asked for once, with the team's first key."""

    label = forms.CharField(label="Label", max_length=60, help_text="For your team, for example “Reg A”.")
    url = forms.CharField(
        label="API URL",
        max_length=200,
        initial="https://api.issuance.com",
        help_text="Same for all of the team’s API keys.",
    )
    field_order = ("label", "url", "secret")

    def __init__(self, *arguments: Any, team_url: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        if team_url:
            del self.fields["url"]


class FirebaseForm(TestedForm):
    """The API's URL is asked for only if neither a key nor a sign-in has named it."""

    url = forms.CharField(label="API URL", max_length=200, initial="https://api.issuance.com")
    email = forms.EmailField(
        label="Email", max_length=254, help_text="An Issuance account, ideally one used only by this dashboard."
    )
    password = forms.CharField(
        label="Password",
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Encrypted when saved and can’t be viewed again.",
    )
    web_api_key = forms.CharField(
        label="Firebase web API key",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="The public key of Issuance’s Firebase project. Ask Issuance support for it.",
    )
    token_prefix = forms.CharField(
        label="Token prefix",
        max_length=20,
        initial="Bearer",
        help_text=f"Leave as Bearer unless Issuance tells you otherwise. Options: {', '.join(firebase_sign_in.PREFIXES)}.",
    )
    identity_url = forms.CharField(
        label="Sign-in URL",
        max_length=200,
        initial=firebase_sign_in.IDENTITY_URL,
        help_text="Usually Google’s. Change only if Issuance tells you to.",
    )
    token_url = forms.CharField(
        label="Token refresh URL",
        max_length=200,
        initial=firebase_sign_in.TOKEN_URL,
        help_text="Usually Google’s. Change only if Issuance tells you to.",
    )

    field_order = ("email", "password", "web_api_key", "url")

    def __init__(self, *arguments: Any, team_url: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        if team_url:
            del self.fields["url"]


class TokenyForm(TestedForm):
    base_url = forms.CharField(
        label="API URL", max_length=200, initial="https://primary-market-api-develop.tokeny.com",
        help_text="Anything published to this URL is public immediately.",
    )  # fmt: skip
    identifier = forms.CharField(
        label="Email", max_length=254, help_text="A Tokeny account that can manage disclaimers."
    )
    password = forms.CharField(
        label="Password", max_length=500, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Encrypted when saved and can’t be viewed again.",
    )  # fmt: skip
    texts = forms.ChoiceField(
        label="If the API URL or account changes", required=False, choices=(
            ("", "Neither changes"),
            ("same", "Same disclaimers, under a new URL or account"),
            ("other", "Different disclaimers: published texts stay in the old place and show here as not published"),
        ), help_text="Also choose “Different disclaimers” if this Tokeny environment was reset.",
    )  # fmt: skip

    def __init__(self, *arguments: Any, team_url: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.is_bound and not self.initial:
            del self.fields["texts"]  # the first sign-in changes nothing
